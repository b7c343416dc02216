/* erase_mail.h - what mails say of a customer who is erased. Part of a step's transaction. */
#pragma once

#include "base/rc.h"

struct db;
struct db_bulk;

/* `mails`: rows of one number each, mails from the customer. What they say, their sources, and
 * what was attached to them are gone; that they came stays. */
enum rc erase_mails(struct db *db, const struct db_bulk *mails) MUST_CHECK;
/* `messages`: the same of messages of ours to the customer: answers to them and reports about them
 * quote what was in them. */
enum rc erase_mails_about(struct db *db, const struct db_bulk *messages) MUST_CHECK;
