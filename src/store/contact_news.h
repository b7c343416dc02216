/*
 * contact_news.h - what changed for a customer is noted in the transaction that changes it, so that
 * the day's list is brought up to date (contact_news_step() in store/contact_list.h). While no
 * policy is on, nothing is noted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"

struct db;
struct db_bulk;

/* Part of the caller's transaction. */
enum rc contact_news_put(struct db *db, uint64_t customer_id, utc_us now) MUST_CHECK;

/* Of the customer who wrote that inbound_message, if anybody known did. */
enum rc contact_news_put_reply(struct db *db, uint64_t inbound_id, utc_us now) MUST_CHECK;

enum rc contact_news_put_all(struct db *db, const uint64_t *customers, size_t n,
                             utc_us now) MUST_CHECK;

/* For writers of many: whether it is wanted (one look at a table of a few rows), and then a row of
 * this for each customer. */
enum rc contact_news_wanted(struct db *db, bool *wanted) MUST_CHECK;
#define CONTACT_NEWS_SQL                           \
    "INSERT INTO contact_news (customer_id, at)\n" \
    "VALUES (?, ?)\n"                              \
    "ON DUPLICATE KEY UPDATE at = VALUES(at)"
#define CONTACT_NEWS_COLUMNS 2
enum rc contact_news_add(struct db_bulk *bulk, uint64_t customer_id, utc_us now) MUST_CHECK;
