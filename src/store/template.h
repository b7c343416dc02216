/*
 * template.h (store) - the catalogue of texts: by name, in versions, a text a language.
 *
 * A version is never changed. Every change makes the next one, and campaigns name the version they
 * took, so what was sent can be shown for ever. Deleting takes a template out of the catalogue; the
 * next change of that name brings it back, with its history.
 */
#pragma once

#include "domain/template.h"
#include "store/wording.h"

struct arena;
struct db;

#define TEMPLATE_NAME_MAX 64 /* characters */

struct template_file;

struct template_row {
    uint64_t id;
    unsigned version;
    enum channel channel;
    enum template_kind kind;
    const char *name, *who;
    const char *language, *subject, *body; /* of who speaks none of its languages */
    struct template_text *texts;           /* that one first, then by language */
    size_t n_texts;
    bool deleted;
    utc_us created_at; /* of the template */
    utc_us updated_at; /* of the version */
};

struct template_change {
    const char *name, *who;
    const enum channel *channel;        /* of a new one; SMS for NULL. It stays what it is */
    const char *subject, *body;         /* the new ones; NULL: as they were */
    const char *language;               /* in this language; NULL: the template's own */
    const char *own_language;           /* the template's own from now on; NULL: as it was */
    const char *without;                /* a language it no longer has; NULL: none */
    const enum template_kind *kind;     /* NULL: as it was; promotional for a new one */
    const struct template_file *attach; /* of template_file_put(); NULL: none */
    const char *detach;                 /* the name of a file it no longer has; NULL: none */
};

/*
 * Checks all of it, then writes the next version; where nothing changes there is none. RC_INVALID:
 * a text does not parse, names an unknown field, or is too long (the place is in err), the name
 * will not do, or a file is too much. RC_CONFLICT: somebody changed it meanwhile.
 */
enum rc template_change(struct db *db, const struct template_change *change,
                        const struct words_settings *words, uint64_t *id, unsigned *version,
                        struct error *err) MUST_CHECK;
/* The same for a text in the template's own language, with no more to say. */
enum rc template_put(struct db *db, const char *name, const char *body, uint64_t *id,
                     struct error *err) MUST_CHECK;
/* RC_NOTFOUND: no such name, or deleted already. */
enum rc template_delete(struct db *db, const char *name, const char *who) MUST_CHECK;

/* The newest version, all of it in `arena`. RC_NOTFOUND: no such name, or it was deleted. */
enum rc template_read(struct db *db, const char *name, struct arena *arena,
                      struct template_row *out) MUST_CHECK;
/* One version, also of a deleted template; 0: the newest. */
enum rc template_read_version(struct db *db, const char *name, unsigned version,
                              struct arena *arena, struct template_row *out) MUST_CHECK;
/* All that are not deleted, by name (at most 1,000), without their texts but the own language's.
 * The row lives during the call; `languages`: "fr, en". */
enum rc template_list(struct db *db,
                      void (*each)(void *arg, const struct template_row *t, const char *languages),
                      void *arg) MUST_CHECK;
/* Its versions, the newest first (at most 1,000), likewise. */
enum rc template_history(struct db *db, const char *name,
                         void (*each)(void *arg, const struct template_row *t,
                                      const char *languages),
                         void *arg) MUST_CHECK;

/* The texts of a version, its own language's first, in `arena`; *n 0: no such version. */
enum rc template_texts(struct db *db, uint64_t id, unsigned version, struct arena *arena,
                       struct template_text **texts, size_t *n) MUST_CHECK;
/* Part of the caller's transaction: the first version of a new template with one text. */
enum rc template_make(struct db *db, uint64_t id, const char *name, enum template_kind kind,
                      const struct template_text *text, const char *who, utc_us now) MUST_CHECK;

/* Will it do as a name of a template or a campaign? `what` begins the sentence. */
enum rc template_name_check(const char *what, const char *name, struct error *err) MUST_CHECK;
