/* letter_files.c - a short shelf: the templates used last, the one used longest ago makes room. */
#include "flow/letter_files.h"

#include <stdlib.h>

#include "base/arena.h"
#include "store/template_file.h"

#define PLACES 3 /* of at most TEMPLATE_FILE_BYTES_MAX each */

/* A campaign's, or (campaign_id 0) those of single messages of a template. */
struct place {
    uint64_t campaign_id, template_id;
    unsigned version;
    uint64_t used; /* 0: empty */
    struct arena arena;
    struct template_file *files;
    size_t n;
};

struct letter_files {
    struct place places[PLACES];
    uint64_t clock; /* one more with each use */
};

struct letter_files *letter_files_new(void)
{
    return calloc(1, sizeof(struct letter_files));
}

static void empty(struct place *p)
{
    arena_close(&p->arena);
    *p = (struct place){ .used = 0 };
}

void letter_files_free(struct letter_files *lf)
{
    for (size_t i = 0; lf && i < PLACES; i++)
        empty(&lf->places[i]);
    free(lf);
}

static struct place *find(struct letter_files *lf, uint64_t campaign_id, uint64_t template_id,
                          unsigned version)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct place *p = &lf->places[i];
        if (p->used && p->campaign_id == campaign_id &&
            (campaign_id || (p->template_id == template_id && p->version == version)))
            return p;
    }
    return NULL;
}

static struct place *oldest(struct letter_files *lf)
{
    struct place *p = lf->places;

    for (size_t i = 1; i < PLACES; i++) {
        if (lf->places[i].used < p->used)
            p = &lf->places[i];
    }
    return p;
}

static enum rc put(struct letter_files *lf, struct db *db, uint64_t campaign_id,
                   uint64_t template_id, unsigned version, struct place **out)
{
    struct place *p = oldest(lf);
    enum rc rc = RC_OK;

    empty(p);
    arena_init(&p->arena);
    if (template_id)
        rc = template_files_read(db, template_id, version, &p->arena, &p->files, &p->n);
    if (rc) {
        empty(p);
        return rc;
    }
    p->campaign_id = campaign_id;
    p->template_id = template_id;
    p->version = version;
    *out = p;
    return RC_OK;
}

enum rc letter_files_of(struct letter_files *lf, struct db *db, uint64_t message_id,
                        uint64_t campaign_id, const struct template_file **files, size_t *n)
{
    struct place *p = campaign_id ? find(lf, campaign_id, 0, 0) : NULL;
    uint64_t template_id = 0;
    unsigned version = 0;
    enum rc rc = RC_OK;

    if (!p)
        rc = campaign_id ? template_of_campaign(db, campaign_id, &template_id, &version)
                         : template_of_message(db, message_id, &template_id, &version);
    if (rc)
        return rc;
    *files = NULL;
    *n = 0;
    if (!p && !campaign_id && !template_id) /* words alone, as most single messages are */
        return RC_OK;
    if (!p)
        p = find(lf, campaign_id, template_id, version);
    if (!p)
        rc = put(lf, db, campaign_id, template_id, version, &p);
    if (rc)
        return rc;
    p->used = ++lf->clock;
    *files = p->files;
    *n = p->n;
    return RC_OK;
}
