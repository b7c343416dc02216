/*
 * campaign_message.h - the recipients of campaigns and occasions as rows of table message: an SMS
 * or a mail each, and the queue that it waits in. For their files only.
 */
#pragma once

#include "store/queue.h"
#include "store/recipient.h"

struct message_bulks {
    struct db_bulk *sms, *mails;
};
/* Close them in every case. */
enum rc message_bulks_open(struct message_bulks *b) MUST_CHECK;
void message_bulks_close(struct message_bulks *b);
void message_bulks_reset(struct message_bulks *b);

/* What all messages of a campaign have in common. */
struct message_origin {
    uint64_t campaign_id;
    enum message_class class;
    const char *sender;                 /* of its SMS; mails come from the house's address */
    const struct words_settings *words; /* NULL: there are no mails, and links stay as they are */
    utc_us now;
};
struct message_place {
    uint64_t id;
    unsigned queue_id, window_id; /* of no window: 0 */
    utc_us expires_at;
};
/* Numbers its links; a second time they are the same. */
enum rc message_bulks_add(struct message_bulks *b, const struct message_origin *from,
                          const struct recipient *r, const struct message_place *place) MUST_CHECK;
/* Writes and empties those that have so many rows. */
enum rc message_bulks_run(struct db *db, struct message_bulks *b, size_t at_least) MUST_CHECK;

/* The queue of this recipient: by its route, or of a mail by the domain. */
void recipient_queue_name(const struct recipient *r, const struct route_table *routes,
                          enum message_class class, const char *sender, char name[QUEUE_NAME_SIZE]);
