/*
 * campaign_page.h - a page of an expansion: what was read of it, and how it becomes messages in the
 * queue. For campaign_expand.c alone.
 */
#pragma once

#include "base/arena.h"
#include "store/campaign_message.h"
#include "store/campaign_row.h"

struct page_group;

struct page {
    struct arena arena; /* everything of the page */
    uint64_t from;      /* the customer that it was read from */
    struct recipients_page in;
    size_t reached;
    uint64_t next_customer;
    utc_us read_at;
    /* Of the writing: */
    const struct campaign_row *row;
    const struct campaign_settings *settings;
    utc_us now;
    struct page_group *groups;
    size_t n_groups;
    uint16_t *group_of; /* of each customer of the page */
    uint64_t first_id;
    struct member *members; /* who gets a message */
    struct message_bulks messages;
    struct db_bulk *recipients, *shared, *exclusions;
};

/* One transaction, with the checkpoint. RC_CONFLICT: it is not (or no longer) expanding, or another
 * was faster. */
enum rc campaign_page_write(struct db *db, struct page *p, const struct campaign_row *row,
                            const struct campaign_settings *settings) MUST_CHECK;
