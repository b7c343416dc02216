/* audit.h - the book of commands: who changed what, and when. Append-only. */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"

struct db;
struct db_bulk;

enum audit_subject {
    AUDIT_MESSAGE,
    AUDIT_CAMPAIGN,
    AUDIT_CUSTOMER,
    AUDIT_OCCASION,
    AUDIT_PLAN,
    AUDIT_MAIL,
    AUDIT_IMPORT,
    AUDIT_MAIL_IN,
    AUDIT_ALERT_RULE,
    AUDIT_CONTACT_TASK,
    AUDIT_CONTACT_OUTCOME,
    AUDIT_TEAM,
    AUDIT_STAFF,
    AUDIT_CONTACT_POLICY,
    AUDIT_CONTACT_TOPIC,
    AUDIT_CONTACT_LIST,
    AUDIT_ESCALATION,
    AUDIT_MATTER,
    AUDIT_REPORT,
    AUDIT_ALERT,
};

struct audit_entry {
    uint64_t id; /* taken before the transaction, with audit_new_id() */
    utc_us at;
    const char *who, *verb;
    enum audit_subject subject;
    uint64_t subject_id;
    const char *detail; /* NULL: none */
};

enum rc audit_new_id(struct db *db, uint64_t *id) MUST_CHECK;
/* Part of the transaction that does what it says. */
enum rc audit_write(struct db *db, const struct audit_entry *entry) MUST_CHECK;
/* The same of many, a row each: NULL, no memory; db_bulk_free() in the end. */
struct db_bulk *audit_bulk_new(void);
enum rc audit_bulk_add(struct db_bulk *bulk, const struct audit_entry *entry) MUST_CHECK;
enum rc audit_bulk_run(struct db *db, const struct db_bulk *bulk) MUST_CHECK;
/* Of one subject, oldest first, at most 200. */
enum rc audit_read(struct db *db, enum audit_subject subject, uint64_t subject_id,
                   void (*each)(void *arg, const struct audit_entry *entry), void *arg) MUST_CHECK;
