/* contact_outcome.c - the house's catalogue of what can come of a contact. */
#include "store/contact_outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff_reply_book.h"
#include "domain/utf8.h"
#include "store/audit.h"
#include "store/db.h"

#define COLUMNS "id, code, label_fr, label_en, words, reached, is_on, effect, next_days"

static const char *const effect_names[CONTACT_EFFECTS] = {
    [CONTACT_EFFECT_NONE] = "none",
    [CONTACT_EFFECT_CALL_BACK] = "call_back",
    [CONTACT_EFFECT_WRONG_NUMBER] = "wrong_number",
    [CONTACT_EFFECT_DO_NOT_CONTACT] = "do_not_contact",
    [CONTACT_EFFECT_ORDER] = "order",
};

const char *contact_effect_name(enum contact_effect e)
{
    return effect_names[e];
}

enum rc contact_effect_parse(const char *name, enum contact_effect *out)
{
    for (int e = 0; e < CONTACT_EFFECTS; e++) {
        if (strcmp(name, effect_names[e]) == 0) {
            *out = (enum contact_effect)e;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static const char SQL_LIST[] = "SELECT " COLUMNS "  FROM contact_outcome"
                               " ORDER BY id"
                               " LIMIT ?";

static const char SQL_BY_CODE[] = "SELECT " COLUMNS "  FROM contact_outcome WHERE code = ?";

static const char SQL_LOCK[] = "SELECT " COLUMNS "  FROM contact_outcome"
                               " WHERE code = ?"
                               "   FOR UPDATE";

static const char SQL_NEXT_ID[] =
    "SELECT COUNT(*), COALESCE(MAX(id), 0) + 1 FROM contact_outcome FOR UPDATE";

static const char SQL_PUT[] =
    "INSERT INTO contact_outcome (id, code, label_fr, label_en, words, reached, is_on, effect,"
    "                             next_days)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE label_fr = VALUE(label_fr), label_en = VALUE(label_en),"
    "       words = VALUE(words), reached = VALUE(reached), is_on = VALUE(is_on),"
    "       effect = VALUE(effect), next_days = VALUE(next_days)";

static void outcome_take(const struct db_rows *rows, struct contact_outcome *o)
{
    *o = (struct contact_outcome){ .id = (unsigned)db_get_u64(rows, 0),
                                   .reached = db_get_u64(rows, 5) != 0,
                                   .on = db_get_u64(rows, 6) != 0,
                                   .next_days = (unsigned)db_get_u64(rows, 8) };
    snprintf(o->code, sizeof(o->code), "%s", db_get_text(rows, 1));
    snprintf(o->label_fr, sizeof(o->label_fr), "%s", db_get_text(rows, 2));
    snprintf(o->label_en, sizeof(o->label_en), "%s", db_get_text(rows, 3));
    snprintf(o->words, sizeof(o->words), "%s", db_get_text(rows, 4));
    if (contact_effect_parse(db_get_text(rows, 7), &o->effect))
        o->effect = CONTACT_EFFECT_NONE; /* the column has no other names */
}

enum rc contact_outcomes_read(struct db *db, struct contact_outcomes *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_IN(db_u64(CONTACT_OUTCOMES_MAX)), &rows);

    if (rc)
        return rc;
    out->n = 0;
    while (out->n < CONTACT_OUTCOMES_MAX && db_next(rows))
        outcome_take(rows, &out->list[out->n++]);
    return db_rows_end(rows);
}

struct staff_reply_outcome *contact_outcomes_words(const struct contact_outcomes *outcomes,
                                                   struct arena *arena)
{
    struct staff_reply_outcome *words = arena_alloc(arena, (outcomes->n + 1) * sizeof(*words));

    for (size_t i = 0; words && i < outcomes->n; i++) {
        const struct contact_outcome *o = &outcomes->list[i];
        words[i] = (struct staff_reply_outcome){
            .code = o->code,
            .label_fr = o->label_fr,
            .label_en = o->label_en,
            .words = o->on ? o->words : NULL,
            .needs_time = o->effect == CONTACT_EFFECT_CALL_BACK,
            .order = o->effect == CONTACT_EFFECT_ORDER,
            .final = o->effect == CONTACT_EFFECT_WRONG_NUMBER ||
                     o->effect == CONTACT_EFFECT_DO_NOT_CONTACT,
        };
    }
    return words;
}

static enum rc find(struct db *db, const char *sql, const char *code, struct contact_outcome *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, sql, DB_IN(db_text(code)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        outcome_take(rows, out);
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc contact_outcome_find(struct db *db, const char *code, struct contact_outcome *out)
{
    return find(db, SQL_BY_CODE, code, out);
}

/* --- set --- */

struct setting {
    const struct contact_outcome_plan *plan;
    const char *who;
    uint64_t audit_id;
    bool *created;
    const char **field;
    struct error *err;
    struct arena *arena;
};

static enum rc refuse(const struct setting *s, const char *field, const char *what)
{
    *s->field = field;
    return error_set(s->err, RC_INVALID, "%s: %s", field, what);
}

static bool is_code(const char *code)
{
    const size_t len = strlen(code);

    return len > 0 && len <= CONTACT_CODE_MAX &&
           strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

static enum rc check_texts(const struct setting *s)
{
    const struct {
        const char *field, *text;
        size_t max;
        bool needed;
    } texts[] = {
        { "label_fr", s->plan->label_fr, CONTACT_LABEL_MAX, true },
        { "label_en", s->plan->label_en, CONTACT_LABEL_MAX, true },
        { "words", s->plan->words, CONTACT_WORDS_MAX, false },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = texts[i].text;

        if (!text)
            continue;
        if (texts[i].needed && !*text)
            return refuse(s, texts[i].field, "it is empty");
        if (utf8_length(text, strlen(text)) > texts[i].max)
            return refuse(s, texts[i].field, "it is too long");
    }
    return RC_OK;
}

static enum rc check(const struct setting *s)
{
    const struct contact_outcome_plan *p = s->plan;
    enum contact_effect effect;
    enum rc rc;

    *s->field = NULL;
    if (!is_code(p->code))
        return refuse(s, "code", "small letters, digits and _, at most 32 of them");
    rc = check_texts(s);
    if (rc)
        return rc;
    if (p->effect && contact_effect_parse(p->effect, &effect))
        return refuse(s, "effect", "none, call_back, wrong_number, do_not_contact or order");
    if (p->next_days > CONTACT_NEXT_DAYS_MAX)
        return refuse(s, "next_days", "at most 366");
    return RC_OK;
}

static void copy(char *out, size_t size, const char *text)
{
    if (text)
        snprintf(out, size, "%s", text);
}

static void change(const struct contact_outcome_plan *p, struct contact_outcome *o)
{
    copy(o->code, sizeof(o->code), p->code);
    copy(o->label_fr, sizeof(o->label_fr), p->label_fr);
    copy(o->label_en, sizeof(o->label_en), p->label_en);
    copy(o->words, sizeof(o->words), p->words);
    if (p->reached >= 0)
        o->reached = p->reached;
    if (p->on >= 0)
        o->on = p->on;
    if (p->next_days >= 0)
        o->next_days = (unsigned)p->next_days;
    if (p->effect && contact_effect_parse(p->effect, &o->effect))
        o->effect = CONTACT_EFFECT_NONE; /* it was checked */
}

/* Both languages have a label: of a new one, that of the other will do. */
static enum rc begin_new(struct db *db, const struct setting *s, struct contact_outcome *o)
{
    const struct contact_outcome_plan *p = s->plan;
    struct db_rows *rows;
    uint64_t n;
    enum rc rc;

    if (!p->label_fr && !p->label_en)
        return refuse(s, "label_fr", "a new outcome needs a name that people read");
    rc = db_query(db, SQL_NEXT_ID, DB_NO_INPUT, &rows);
    if (rc)
        return rc;
    n = db_next(rows) ? db_get_u64(rows, 0) : 0;
    *o = (struct contact_outcome){ .id = (unsigned)db_get_u64(rows, 1), .on = true };
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (n >= CONTACT_OUTCOMES_MAX)
        return refuse(s, "code", "there are 64 outcomes already, which is the most");
    copy(o->label_fr, sizeof(o->label_fr), p->label_en);
    copy(o->label_en, sizeof(o->label_en), p->label_fr);
    return RC_OK;
}

/* How the commands begin that go before every outcome. */
static const char *const commands[] = {
    [STAFF_REPLY_RESULT] = "TOUT, ALL (all that I was told of)",
    [STAFF_REPLY_ACKNOWLEDGE] = "VU, ACK (somebody is at it)",
    [STAFF_REPLY_SNOOZE] = "PAUSE, SNOOZE (remind me later)",
    [STAFF_REPLY_HAND_OVER] = "PASSE, PASS (hand it over)",
};

/* Whoever writes a word that is of two would be asked back for ever. */
static enum rc check_words(const struct setting *s, const struct reply_book *book,
                           const struct contact_outcomes *others, bool created)
{
    const struct {
        const char *field, *words;
    } given[] = {
        { "code", created ? s->plan->code : NULL },
        { "label_fr", s->plan->label_fr },
        { "label_en", s->plan->label_en },
        { "words", s->plan->words },
    };
    char word[REPLY_PHRASE_SIZE];
    struct reply_meaning owner;

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        if (!given[i].words || !reply_book_knows(book, given[i].words, word, &owner))
            continue;
        *s->field = given[i].field;
        if (owner.verb != STAFF_REPLY_RESULT || owner.outcome == SIZE_MAX)
            return error_set(s->err, RC_INVALID,
                             "%s: \"%s\" is what people write for a command: %s; expected words of "
                             "its own",
                             given[i].field, word, commands[owner.verb]);
        return error_set(s->err, RC_INVALID,
                         "%s: \"%s\" is a word of outcome %s; expected words of its own "
                         "(relaisctl outcome list shows those that are taken)",
                         given[i].field, word, others->list[owner.outcome].code);
    }
    return RC_OK;
}

static enum rc check_others(struct db *db, const struct setting *s, bool created)
{
    struct contact_outcomes *others = arena_alloc(s->arena, sizeof(*others));
    struct staff_reply_context context = { .n_outcomes = 0 };
    struct reply_book *book;
    enum rc rc = others ? contact_outcomes_read(db, others) : RC_FAIL;

    if (rc)
        return rc;
    for (size_t i = 0; i < others->n; i++) {
        if (strcmp(others->list[i].code, s->plan->code) == 0)
            others->list[i--] = others->list[--others->n];
    }
    context.outcomes = contact_outcomes_words(others, s->arena);
    context.n_outcomes = others->n;
    rc = context.outcomes ? reply_book_make(&context, s->arena, &book) : RC_FAIL;
    return rc ? rc : check_words(s, book, others, created);
}

static enum rc set_body(struct db *db, void *arg)
{
    const struct setting *s = arg;
    struct contact_outcome o;
    enum rc rc = find(db, SQL_LOCK, s->plan->code, &o);

    *s->created = rc == RC_NOTFOUND;
    if (rc == RC_NOTFOUND)
        rc = begin_new(db, s, &o);
    if (!rc)
        rc = check_others(db, s, *s->created);
    if (rc)
        return rc;
    change(s->plan, &o);
    rc = db_run(db, SQL_PUT,
                DB_IN(db_u64(o.id), db_text(o.code), db_text(o.label_fr), db_text(o.label_en),
                      db_text(o.words), db_u64(o.reached), db_u64(o.on),
                      db_text(contact_effect_name(o.effect)), db_u64(o.next_days)),
                NULL);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                       .at = clock_now(),
                                                       .who = s->who,
                                                       .verb = *s->created ? "add" : "set",
                                                       .subject = AUDIT_CONTACT_OUTCOME,
                                                       .subject_id = o.id,
                                                       .detail = o.code });
}

enum rc contact_outcome_set(struct db *db, const struct contact_outcome_plan *plan, const char *who,
                            bool *created, const char **field, struct error *err)
{
    struct arena arena;
    struct setting s = {
        .plan = plan, .who = who, .created = created, .field = field, .err = err, .arena = &arena
    };
    enum rc rc = check(&s);

    arena_init(&arena);
    if (!rc)
        rc = audit_new_id(db, &s.audit_id);
    if (!rc)
        rc = db_transaction(db, set_body, &s);
    arena_close(&arena);
    return rc;
}
