/* erase_mail.h - what mails say of a customer who is erased. Part of a step's transaction. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct db;

/* Mails from the customer. What they say, their sources, and what was attached to them are gone;
 * that they came stays. */
enum rc erase_mails(struct db *db, const uint64_t *mails, size_t n) MUST_CHECK;
/* The same of messages of ours to the customer: answers to them and reports about them quote what
 * was in them. */
enum rc erase_mails_about(struct db *db, const uint64_t *messages, size_t n) MUST_CHECK;
