/* template_change.c - the next version of a template: thought out in memory, checked, written. */
#include <string.h>

#include "base/arena.h"
#include "domain/language.h"
#include "store/template.h"
#include "store/template_file.h"

static const char SQL_NEW[] = "INSERT INTO template (id, name, channel, version, created_at,"
                              "                      updated_at)"
                              "VALUES (?, ?, ?, 1, ?, ?)";

static const char SQL_NEXT[] = "UPDATE template"
                               "   SET version = version + 1, updated_at = ?, deleted_at = NULL"
                               " WHERE id = ? AND version = ?";

static const char SQL_VERSION[] =
    "INSERT INTO template_version (template_id, version, kind, language, who, created_at)"
    "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_TEXT[] =
    "INSERT INTO template_text (template_id, version, language, subject, body)"
    "VALUES (?, ?, ?, ?, ?)";

static const char SQL_DELETE[] = "UPDATE template"
                                 "   SET deleted_at = ?, deleted_by = ?"
                                 " WHERE name = ? AND deleted_at IS NULL";

/* The version to come. */
struct next {
    uint64_t id;
    const char *name, *who, *language;
    unsigned before; /* the version it follows; 0: the template is new */
    enum channel channel;
    enum template_kind kind;
    const struct template_file *attach; /* NULL: none */
    const char *detach;
    struct template_text texts[WORDING_TEXTS_MAX];
    size_t n;
    bool changed;
    utc_us now;
};

static struct template_text *find_text(struct next *next, const char *language)
{
    for (size_t i = 0; i < next->n; i++) {
        if (strcmp(next->texts[i].language, language) == 0)
            return &next->texts[i];
    }
    return NULL;
}

static enum rc known_language(const char **language, struct error *err)
{
    const char *code = language_code(*language);

    if (!code)
        return error_set(err, RC_INVALID,
                         "language: expected two letters such as fr or en (ISO 639-1), got \"%s\"",
                         *language);
    *language = code;
    return RC_OK;
}

/* --- what changes --- */

static void put_words(struct next *next, const char **words, const char *others)
{
    if (!others)
        return;
    next->changed |= strcmp(*words, others) != 0;
    *words = others;
}

static enum rc set_text(struct next *next, const struct template_change *c, struct error *err)
{
    const char *language = c->language ? c->language : next->language;
    struct template_text *t;
    enum rc rc;

    if (!c->body && !c->subject)
        return RC_OK;
    if (c->body && !c->body[0])
        return error_set(err, RC_INVALID, "the text is empty");
    if (c->subject && next->channel == CHANNEL_SMS)
        return error_set(err, RC_INVALID, "subject: \"%s\" is a text for SMS", next->name);
    rc = known_language(&language, err);
    if (rc)
        return rc;
    t = find_text(next, language);
    if (!t && !c->body)
        return error_set(err, RC_INVALID, "subject: there is no text in \"%s\" yet", language);
    if (!t && next->n == WORDING_TEXTS_MAX)
        return error_set(err, RC_INVALID, "language: at most %d of them", WORDING_TEXTS_MAX);
    if (!t) {
        t = &next->texts[next->n++];
        *t = (struct template_text){ .language = language, .body = "", .subject = "" };
    }
    put_words(next, &t->body, c->body);
    put_words(next, &t->subject, c->subject);
    return RC_OK;
}

static enum rc drop_text(struct next *next, const struct template_change *c, struct error *err)
{
    struct template_text *t;

    if (!c->without)
        return RC_OK;
    t = find_text(next, c->without);
    if (!t)
        return error_set(err, RC_INVALID, "without: it has no text in \"%s\"", c->without);
    if (strcmp(next->language, c->without) == 0)
        return error_set(err, RC_INVALID,
                         "without: \"%s\" is the language of those who speak none of the others; "
                         "choose another one for them first",
                         c->without);
    *t = next->texts[--next->n];
    next->changed = true;
    return RC_OK;
}

static enum rc set_own_language(struct next *next, const struct template_change *c,
                                struct error *err)
{
    const char *language = c->own_language;
    enum rc rc;

    if (!language)
        return RC_OK;
    rc = known_language(&language, err);
    if (rc)
        return rc;
    next->changed |= strcmp(next->language, language) != 0;
    next->language = language;
    return RC_OK;
}

/* What it is for was decided with its first text, which the others stand beside. */
static enum rc set_channel(struct next *next, const struct template_change *c, struct error *err)
{
    if (!c->channel || *c->channel == next->channel)
        return RC_OK;
    if (next->before)
        return error_set(err, RC_INVALID,
                         "channel: \"%s\" is for channel %s and stays so; take another name",
                         next->name, channel_name(next->channel));
    next->channel = *c->channel;
    return RC_OK;
}

static enum rc apply(struct next *next, const struct template_change *c, struct error *err)
{
    enum rc rc;

    if (c->kind) {
        next->changed |= next->kind != *c->kind;
        next->kind = *c->kind;
    }
    /* A new template speaks what its first text is in; an old one keeps its language. */
    if (!next->before && c->language && !c->own_language)
        next->language = c->language;
    rc = set_channel(next, c, err);
    if (!rc)
        rc = set_own_language(next, c, err);
    if (!rc)
        rc = set_text(next, c, err);
    if (!rc)
        rc = drop_text(next, c, err);
    if (!rc && next->n == 0)
        rc = error_set(err, RC_INVALID, "the text is empty");
    if (!rc && !find_text(next, next->language))
        rc = error_set(err, RC_INVALID, "own language: there is no text in \"%s\"", next->language);
    return rc;
}

/* The files as they will be: few enough, small enough. */
static enum rc check_files(const struct next *next, const struct template_file *files, size_t n,
                           struct error *err)
{
    const struct template_file *attach = next->attach;
    uint64_t bytes = attach ? attach->size : 0;
    size_t left = attach ? 1 : 0;
    bool detached = !next->detach;

    for (size_t i = 0; i < n; i++) {
        const bool gone = next->detach && strcmp(files[i].name, next->detach) == 0;
        detached = detached || gone;
        if (gone || (attach && strcmp(files[i].name, attach->name) == 0))
            continue;
        left++;
        bytes += files[i].size;
    }
    if (!detached)
        return error_set(err, RC_INVALID, "detach: it has no file named \"%s\"", next->detach);
    if (left > TEMPLATE_FILES_MAX || bytes > TEMPLATE_FILE_BYTES_MAX)
        return error_set(err, RC_INVALID,
                         "attach: expected at most %d files of %d bytes together, since every mail "
                         "carries them",
                         TEMPLATE_FILES_MAX, TEMPLATE_FILE_BYTES_MAX);
    return RC_OK;
}

static enum rc set_files(struct db *db, struct next *next, const struct template_change *c,
                         struct arena *arena, struct error *err)
{
    struct template_file *files;
    size_t n;
    enum rc rc;

    if (!c->attach && !c->detach)
        return RC_OK;
    if (next->channel == CHANNEL_SMS)
        return error_set(err, RC_INVALID,
                         "attach: \"%s\" is a text for SMS, which carries no files", next->name);
    next->attach = c->attach;
    next->detach = c->detach;
    next->changed = true;
    rc = template_files_list(db, next->id, next->before, arena, &files, &n);
    return rc ? rc : check_files(next, files, n, err);
}

/* What a campaign or an occasion would say against it is said now. */
static enum rc check(struct db *db, struct next *next, const struct words_settings *words,
                     struct arena *arena, struct error *err)
{
    struct template_text *own = find_text(next, next->language), first = *own;
    const struct wording_spec spec = {
        .channel = next->channel,
        .class = template_kind_class(next->kind),
        .texts = next->texts,
        .n_texts = next->n,
        .order = true,
        .settings = words,
    };
    struct wording *w;

    *own = next->texts[0];
    next->texts[0] = first;
    return wording_open(db, &spec, arena, &w, err);
}

/* --- written --- */

static const char *words_or(const char *subject)
{
    return subject ? subject : "";
}

static enum rc write_version(struct db *db, const struct next *next)
{
    unsigned version = next->before + 1;
    enum rc rc =
        db_run(db, SQL_VERSION,
               DB_IN(db_u64(next->id), db_u64(version), db_text(template_kind_name(next->kind)),
                     db_text(next->language), db_text(next->who), db_time(next->now)),
               NULL);

    for (size_t i = 0; !rc && i < next->n; i++)
        rc = db_run(db, SQL_TEXT,
                    DB_IN(db_u64(next->id), db_u64(version), db_text(next->texts[i].language),
                          db_text(words_or(next->texts[i].subject)), db_text(next->texts[i].body)),
                    NULL);
    return rc ? rc : template_files_write(db, next->id, version, next->attach, next->detach);
}

static enum rc write_next(struct db *db, void *arg)
{
    const struct next *next = arg;
    uint64_t changed = 1;
    enum rc rc;

    if (next->before)
        rc = db_run(db, SQL_NEXT, DB_IN(db_time(next->now), db_u64(next->id), db_u64(next->before)),
                    &changed);
    else
        rc = db_run(db, SQL_NEW,
                    DB_IN(db_u64(next->id), db_text(next->name),
                          db_text(channel_name(next->channel)), db_time(next->now),
                          db_time(next->now)),
                    NULL);
    if (!rc && !changed)
        rc = RC_CONFLICT;
    return rc ? rc : write_version(db, next);
}

static void begin_with(struct next *next, const struct template_row *row)
{
    next->id = row->id;
    next->before = row->version;
    next->channel = row->channel;
    next->kind = row->kind;
    next->language = row->language;
    next->changed = row->deleted;
    next->n = row->n_texts;
    memcpy(next->texts, row->texts, row->n_texts * sizeof(row->texts[0]));
}

enum rc template_change(struct db *db, const struct template_change *change,
                        const struct words_settings *words, uint64_t *id, unsigned *version,
                        struct error *err)
{
    struct next next = { .name = change->name,
                         .who = change->who,
                         .language = words ? words->language : "fr",
                         .now = clock_now() };
    struct template_row row;
    struct arena arena;
    enum rc rc = template_name_check("template", change->name, err);

    arena_init(&arena);
    if (!rc)
        rc = template_read_version(db, change->name, 0, &arena, &row);
    if (!rc)
        begin_with(&next, &row);
    else if (rc == RC_NOTFOUND)
        rc = RC_OK;
    if (!rc)
        rc = apply(&next, change, err);
    if (!rc)
        rc = set_files(db, &next, change, &arena, err);
    if (!rc)
        rc = check(db, &next, words, &arena, err);
    if (!rc && !next.before)
        rc = db_new_ids(db, "template", 1, &next.id);
    if (!rc && (!next.before || next.changed)) {
        rc = db_transaction(db, write_next, &next);
        if (rc == RC_CONFLICT)
            error_set(err, rc, "somebody else changed the template \"%s\" meanwhile", next.name);
        next.before++;
    }
    if (!rc) {
        *id = next.id;
        *version = next.before;
    }
    arena_close(&arena);
    return rc;
}

enum rc template_put(struct db *db, const char *name, const char *body, uint64_t *id,
                     struct error *err)
{
    const struct template_change change = { .name = name, .who = "", .body = body };
    unsigned version;

    return template_change(db, &change, NULL, id, &version, err);
}

enum rc template_make(struct db *db, uint64_t id, const char *name, enum template_kind kind,
                      const struct template_text *text, const char *who, utc_us now)
{
    struct next next = { .id = id,
                         .name = name,
                         .who = who,
                         .language = text->language,
                         .kind = kind,
                         .texts = { *text },
                         .n = 1,
                         .now = now };

    return write_next(db, &next);
}

enum rc template_delete(struct db *db, const char *name, const char *who)
{
    uint64_t changed;
    enum rc rc =
        db_run(db, SQL_DELETE, DB_IN(db_time(clock_now()), db_text(who), db_text(name)), &changed);

    return rc ? rc : changed ? RC_OK : RC_NOTFOUND;
}
