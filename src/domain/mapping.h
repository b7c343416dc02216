/*
 * mapping.h - from the raw values of a partner's record to a typed customer and order, or to the
 * fault that refuses it.
 *
 * No I/O, no clock: `now` comes with the rules. The texts of a row live in the arena given.
 */
#pragma once

#include "base/arena.h"
#include "domain/field.h"
#include "domain/types.h"

/* A value as it stands in the file, UTF-8, not NUL-terminated; len 0: absent or empty. */
struct raw_value {
    const char *text;
    size_t len;
};

struct raw_record {
    uint64_t row_no;      /* 1 for the first record of the file */
    uint64_t line;        /* where it begins */
    struct raw_value row; /* CSV, when the reader was asked to keep rows: all of its cells */
    struct raw_value values[FIELD_COUNT];
};

enum date_form { DATE_ISO, DATE_DMY, DATE_MDY }; /* ISO dates are understood in all */
enum decimal_form { DECIMAL_AUTO, DECIMAL_COMMA, DECIMAL_DOT };

struct field_values { /* "oui" -> "yes": one line of a value table, both sides as written */
    const char *from, *to;
};

struct field_rule {
    bool mapped; /* the profile says where it comes from */
    bool required;
    bool ignore_faulty;              /* a value that cannot be understood counts as none */
    const char *constant, *fallback; /* NULL: none */
    const char *pattern;             /* see pattern.h; NULL: any value */
    const struct field_values *values;
    size_t n_values;
};

struct local_zone;
struct mapping_rules {
    enum file_kind kind;
    struct field_rule fields[FIELD_COUNT];
    char country[3]; /* default, and the region of phone numbers without a prefix */
    char language[3];
    char currency[4];
    enum date_form dates;
    enum decimal_form decimals;
    const char *timezone;
    const char *custom[FIELD_CUSTOM_MAX]; /* "field.NAME" of each; NULL behind the last */
    const char *orders_of; /* code of the partner whose numbers they are; NULL: the file's own */
};

/* Codes of import_reject, beside those of phone.h and mail_address.h. An interface: partners sort
 * by them, doc/partners.md explains them. */
#define FAULT_MISSING         "missing"
#define FAULT_TOO_LONG        "too_long"
#define FAULT_BAD_DATE        "bad_date"
#define FAULT_BAD_NUMBER      "bad_number"
#define FAULT_OUT_OF_RANGE    "out_of_range"
#define FAULT_UNKNOWN_VALUE   "unknown_value"
#define FAULT_ENCODING        "encoding"
#define FAULT_MISSING_COLUMNS "missing_columns"
#define FAULT_EXTRA_COLUMNS   "extra_columns"
#define FAULT_UNKNOWN_CODE    "unknown_code"  /* of a category, source, range or owner */
#define FAULT_UNKNOWN_FIELD   "unknown_field" /* of the house's own, and it has none of that name */
#define FAULT_SCHEMA          "schema" /* the record does not keep to the profile's XML schema */
#define FAULT_MESSAGE_TYPE    "message_type" /* EDIFACT: a message of a type that is not taken */
#define FAULT_ERASED          "erased"       /* the customer asked to be forgotten */
#define FAULT_BAD_PATTERN     "bad_pattern"  /* not as the profile says that it looks */
/* What a row is about, and we do not have. */
#define FAULT_UNKNOWN_CUSTOMER "unknown_customer"
#define FAULT_UNKNOWN_ORDER    "unknown_order"
#define FAULT_UNKNOWN_INVOICE  "unknown_invoice"
#define FAULT_OTHER_CURRENCY   "other_currency" /* a payment, than its invoice */

#define FAULT_VALUE_SIZE  201 /* as import_reject's columns, a byte a character at worst */
#define FAULT_REASON_SIZE 301

struct row_fault {
    const char *code;  /* a constant */
    const char *field; /* name of the field, or "" for the whole row; a constant */
    char value[FAULT_VALUE_SIZE];
    char reason[FAULT_REASON_SIZE]; /* in plain words, for the partner */
};

/* Fills *fault; the value is cut to fit, at a character's border. */
void row_fault_set(struct row_fault *fault, const char *code, const char *field, const char *value,
                   size_t len, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

enum order_status { ORDER_PLANNED, ORDER_OUT, ORDER_DELIVERED, ORDER_MISSED, ORDER_CANCELLED };
const char *order_status_name(enum order_status s);
/* As the database has it; a word that is none of them counts as the last. */
enum order_status order_status_of(const char *name);

/* As the rows of invoices say it. */
enum invoice_state { INVOICE_NOT_SAID, INVOICE_OPEN, INVOICE_PAID, INVOICE_CANCELLED };
const char *invoice_state_name(enum invoice_state s);

enum row_answer { ROW_SAYS_NOTHING, ROW_SAYS_YES, ROW_SAYS_NO };

/* A row of any kind: what its kind does not have is as if the file said nothing. Texts are never
 * NULL; "" where the file said nothing. */
struct partner_row {
    uint64_t row_no, line;
    const char *entry; /* of a packed file, that `line` belongs to; NULL or "": there are none */
    const char *customer_number;
    const char *first_name, *last_name, *company;
    const char *phone; /* E.164 */
    const char *email;
    const char *street, *postcode, *city;
    char country[3], language[3];
    const char *category, *source;
    char birth_date[11]; /* "1990-05-01"; "": not said */
    enum row_answer minor, do_not_contact;
    const char *timezone;
    const char *owner;                    /* a login */
    const char *custom[FIELD_CUSTOM_MAX]; /* as written: their kinds are in the database */
    bool has_person;                      /* some of these six was said */

    enum consent_state consent[2]; /* by enum channel */
    utc_us consent_at;             /* 0: the file does not say when */
    const char *consent_wording;   /* consent_place included: "words (place)" */
    const char *consent_place;     /* the partner's word for where it was said */

    bool has_order;
    const char *order_number, *product_range;
    utc_us ordered_at; /* 0: not said */
    const char *goods;
    bool has_weight;
    uint32_t weight_g;
    utc_us window_from, window_to; /* 0: none */
    int64_t collect_cents;
    char currency[4]; /* of whatever amount the row has */
    enum order_status status;

    utc_us at; /* when the order became so; 0: not said */
    const char *place, *note;

    const char *code, *label; /* of a product */
    bool has_price;
    int64_t price_cents;
    char valid_from[11], valid_to[11]; /* days, as birth_date */
    enum row_answer withdrawn;

    const char *invoice_number;
    char issued_on[11], due_on[11];
    int64_t amount_cents; /* of an invoice or a payment; below 0: given back */
    enum invoice_state state;
    char paid_on[11];
    const char *reference;

    const char *reason;
    utc_us until; /* 0: for good */
};

/* As the profile and the reject call it. */
const char *mapping_field_name(const struct mapping_rules *rules, enum field f);

/* A word that a profile writes for a field that has words of ours ("delivered", "yes", "FR"):
 * RC_INVALID, it is none of them. Any word is one of the other fields. */
enum rc mapping_word_check(enum field f, const char *word, struct error *err) MUST_CHECK;

struct mapping;
/* One thread at a time. `rules` must outlive it. */
enum rc mapping_new(const struct mapping_rules *rules, struct mapping **mapping,
                    struct error *err) MUST_CHECK;
void mapping_free(struct mapping *mapping);
/*
 * RC_OK: *row is filled, its texts in `arena`. RC_INVALID: *fault says why the record is refused.
 * RC_FAIL: no memory.
 */
enum rc mapping_row(struct mapping *mapping, const struct raw_record *raw, utc_us now,
                    struct arena *arena, struct partner_row *row,
                    struct row_fault *fault) MUST_CHECK;
