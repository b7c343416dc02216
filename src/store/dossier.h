/*
 * dossier.h - all that Relais knows of one customer, in the order of time.
 *
 * Entries are plain: a time, a kind, a title and named details, so that whoever shows them needs
 * to know no table. The names of kinds and fields are part of the API.
 */
#pragma once

#include "domain/types.h"

struct db;

enum dossier_kind {
    DOSSIER_CUSTOMER,      /* when the customer was first known: the card */
    DOSSIER_CONTACT_POINT, /* a number or mail address was learnt */
    DOSSIER_CONSENT,       /* a line of the ledger */
    DOSSIER_ORDER,
    DOSSIER_STATUS, /* what happened to an order, as its partner told it */
    DOSSIER_INVOICE,
    DOSSIER_PAYMENT,  /* of an invoice */
    DOSSIER_MESSAGE,  /* a text of ours, in its present state */
    DOSSIER_EVENT,    /* what happened to one: accepted, delivered, failed ... */
    DOSSIER_INBOUND,  /* a text from one of the customer's addresses */
    DOSSIER_DOCUMENT, /* what was attached to one, by mail */
    DOSSIER_TASK,     /* somebody of the house is to contact the customer, or was */
    DOSSIER_RESULT,   /* what came of a contact */
    DOSSIER_NOTE,     /* what was said about a task besides */
    DOSSIER_PLAN,     /* a contact plan began, was gone through, or was left */
};

const char *dossier_kind_name(enum dossier_kind kind);

struct dossier_field {
    const char *name, *value; /* UTF-8 */
};

#define DOSSIER_FIELDS_MAX 20

struct dossier_entry {
    utc_us at;
    enum dossier_kind kind;
    uint64_t id; /* of the row, where it has one; 0 otherwise */
    const char *title;
    struct dossier_field fields[DOSSIER_FIELDS_MAX];
    size_t n_fields;
};

struct dossier_sink {
    void (*entry)(void *arg, const struct dossier_entry *entry); /* lives during the call */
    void *arg;
};

/* Each kind is read up to this many of its newest rows. */
#define DOSSIER_ROWS_MAX 2000

/* Oldest first. *cut (may be NULL): some kind had more rows than are shown. RC_NOTFOUND: no such
 * customer. */
enum rc dossier_read(struct db *db, uint64_t customer_id, const struct dossier_sink *sink,
                     bool *cut) MUST_CHECK;

/* --- finding one --- */

struct customer_hit {
    uint64_t id;
    const char *first_name, *last_name, *company, *postcode, *city, *category; /* category: code */
    const char *phone, *mail; /* primary ones, "" for none */
};

/* By a contact point, exactly as stored (a phone number in E.164: the caller brings it there). */
enum rc customer_find_address(struct db *db, const char *address, size_t limit,
                              void (*hit)(void *arg, const struct customer_hit *h),
                              void *arg) MUST_CHECK;
/* By the beginning of the name (which may begin with the first name, too) or the company; accents
 * and capital letters make no difference. */
enum rc customer_find_name(struct db *db, const char *name, size_t limit,
                           void (*hit)(void *arg, const struct customer_hit *h),
                           void *arg) MUST_CHECK;
/* By our own number, or a partner's: NUMBER of any of them, PARTNER:NUMBER of one. */
enum rc customer_find_reference(struct db *db, const char *text, size_t limit,
                                void (*hit)(void *arg, const struct customer_hit *h),
                                void *arg) MUST_CHECK;
/* By the number under which a partner knows the customer. RC_NOTFOUND: none. */
enum rc customer_find_number(struct db *db, const char *partner, const char *number,
                             uint64_t *customer_id) MUST_CHECK;
