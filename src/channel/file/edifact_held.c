/* edifact_held.c - segments kept, and the search for a path among them. */
#include "channel/file/edifact_held.h"

#include <stdlib.h>
#include <string.h>

#include "channel/file/edifact_date.h"

struct edifact_held_segment {
    char tag[EDIFACT_TAG_SIZE];
    unsigned rank;
    uint32_t first_part, n_parts, text_start;
};

struct edifact_held_part {
    uint16_t element, repetition, component;
    uint32_t start, len;
};

#define PARTS_MAX (EDIFACT_HELD_SEGMENTS * 16)

void edifact_held_init(struct edifact_held *h)
{
    *h = (struct edifact_held){ 0 };
    buffer_init(&h->text, EDIFACT_HELD_TEXT);
}

void edifact_held_close(struct edifact_held *h)
{
    free(h->segments);
    free(h->parts);
    buffer_close(&h->text);
}

void edifact_held_cut(struct edifact_held *h, size_t n)
{
    h->full = false;
    if (n >= h->n_segments)
        return;
    h->n_parts = h->segments[n].first_part;
    h->text.len = h->segments[n].text_start;
    h->n_segments = n;
}

bool edifact_held_is_much(const struct edifact_held *h)
{
    return h->n_segments > EDIFACT_ABOVE_SEGMENTS || h->n_parts > EDIFACT_ABOVE_PARTS ||
           h->text.len > EDIFACT_ABOVE_TEXT;
}

/* Room for `more` behind n; false: no memory. */
static bool grow(void **array, size_t n, size_t more, size_t *cap, size_t size)
{
    size_t wanted = *cap ? *cap : 64;
    void *grown;

    if (n + more <= *cap)
        return true;
    while (wanted < n + more)
        wanted *= 2;
    grown = realloc(*array, wanted * size);
    if (!grown)
        return false;
    *array = grown;
    *cap = wanted;
    return true;
}

enum rc edifact_held_add(struct edifact_held *h, const struct edifact_segment *s)
{
    struct edifact_held_segment *kept;

    if (h->full || h->n_segments == EDIFACT_HELD_SEGMENTS || h->n_parts + s->n_parts > PARTS_MAX ||
        h->text.len + s->len > EDIFACT_HELD_TEXT) {
        h->full = true;
        return RC_OK;
    }
    if (!grow((void **)&h->segments, h->n_segments, 1, &h->segments_cap, sizeof(*h->segments)) ||
        !grow((void **)&h->parts, h->n_parts, s->n_parts, &h->parts_cap, sizeof(*h->parts)))
        return RC_FAIL;
    kept = &h->segments[h->n_segments];
    *kept = (struct edifact_held_segment){ .rank = edifact_group_rank(s->tag),
                                           .first_part = (uint32_t)h->n_parts,
                                           .n_parts = (uint32_t)s->n_parts,
                                           .text_start = (uint32_t)h->text.len };
    memcpy(kept->tag, s->tag, sizeof(kept->tag));
    for (size_t i = 0; i < s->n_parts; i++) {
        const struct edifact_part *p = &s->parts[i];

        h->parts[h->n_parts++] =
            (struct edifact_held_part){ p->element, p->repetition, p->component,
                                        (uint32_t)(kept->text_start + p->start), p->len };
    }
    buffer_add(&h->text, s->text, s->len);
    if (h->text.full)
        return RC_FAIL; /* the bound was looked at above: no memory */
    h->n_segments++;
    return RC_OK;
}

/* --- conditions --- */

static const char *part_text(const struct edifact_held *h, const struct edifact_held_part *p)
{
    return buffer_text(&h->text) + p->start;
}

/* Is it one of "DP|CN"? */
static bool is_one_of(const char *text, size_t len, const char *values)
{
    for (;;) {
        const size_t n = strcspn(values, "|");

        if (n == len && memcmp(values, text, n) == 0)
            return true;
        if (!values[n])
            return false;
        values += n + 1;
    }
}

/* Within some parts of a segment: all of them, or those of one repetition. */
static bool condition_holds(const struct edifact_held *h, const struct edifact_held_part *parts,
                            uint32_t n, const struct edifact_condition *c)
{
    for (const struct edifact_held_part *p = parts; p < parts + n; p++) {
        if (p->element == c->element && p->component == c->component &&
            is_one_of(part_text(h, p), p->len, c->values))
            return true;
    }
    return false;
}

static bool step_matches(const struct edifact_held *h, const struct edifact_held_segment *s,
                         const struct edifact_step *step)
{
    if (strcmp(s->tag, step->tag) != 0)
        return false;
    for (unsigned i = 0; i < step->n_conditions; i++) {
        if (!condition_holds(h, &h->parts[s->first_part], s->n_parts, &step->conditions[i]))
            return false;
    }
    return true;
}

/* --- values --- */

struct search {
    struct edifact_held *held;
    const struct edifact_path *path;
    bool (*found)(void *arg, const char *text, size_t len);
    void *arg;
    bool done;
};

static bool is_blank(const char *text, size_t len)
{
    while (len && text[len - 1] == ' ')
        len--;
    return len == 0;
}

static void hand_out(struct search *f, const char *text, size_t len)
{
    if (!f->done && !is_blank(text, len))
        f->done = !f->found(f->arg, text, len);
}

/* The repetition of the path's element in which the conditions on that element hold together. */
static uint16_t right_repetition(const struct edifact_held *h, const struct edifact_held_segment *s,
                                 const struct edifact_path *path)
{
    const struct edifact_step *step = &path->steps[path->n - 1];
    const struct edifact_held_part *p = &h->parts[s->first_part], *end = p + s->n_parts;

    for (uint32_t n; p < end; p += n) {
        bool all = p->element == path->element;

        for (n = 1; p + n < end && p[n].element == p->element && p[n].repetition == p->repetition;)
            n++;
        for (unsigned k = 0; all && k < step->n_conditions; k++) {
            const struct edifact_condition *c = &step->conditions[k];

            all = c->element != path->element || condition_holds(h, p, n, c);
        }
        if (all)
            return p->repetition;
    }
    return 0;
}

static void take_value(struct search *f, const struct edifact_held_segment *s)
{
    const struct edifact_held *h = f->held;
    const struct edifact_path *path = f->path;
    const uint16_t repetition = right_repetition(h, s, path);
    char joined[EDIFACT_SEGMENT_MAX + EDIFACT_PARTS_MAX];
    size_t len = 0;

    for (uint32_t i = 0; i < s->n_parts; i++) {
        const struct edifact_held_part *p = &h->parts[s->first_part + i];

        if (p->element < path->element || p->element > path->last ||
            p->repetition != (p->element == path->element ? repetition : 0) ||
            (path->component && p->component != path->component))
            continue;
        if (len)
            joined[len++] = ' ';
        memcpy(joined + len, part_text(h, p), p->len);
        len += p->len;
    }
    hand_out(f, joined, len);
}

static const struct edifact_held_part *part_at(const struct edifact_held *h,
                                               const struct edifact_held_segment *s,
                                               uint16_t element, uint16_t component)
{
    for (uint32_t i = 0; i < s->n_parts; i++) {
        const struct edifact_held_part *p = &h->parts[s->first_part + i];

        if (p->element == element && p->component == component)
            return p;
    }
    return NULL;
}

/* A date of a form that is not known is handed out as it stands: the mapping says what is wrong. */
static void take_date(struct search *f, const struct edifact_held_segment *s)
{
    const struct edifact_held_part *text = part_at(f->held, s, 1, 2),
                                   *form = part_at(f->held, s, 1, 3);
    const bool end = f->path->want == EDIFACT_DATE_TO;
    char code[8] = "102", iso[EDIFACT_DATE_SIZE];

    if (!text)
        return;
    if (form && form->len < sizeof(code)) {
        memcpy(code, part_text(f->held, form), form->len);
        code[form->len] = '\0';
    }
    if (edifact_date(part_text(f->held, text), text->len, code, end, iso))
        hand_out(f, iso, strlen(iso));
    else if (!end)
        hand_out(f, part_text(f->held, text), text->len);
}

/* --- the search --- */

/* Where the group of segment i ends, at most `to`. Behind a segment that begins no group stands
 * what belongs to it, too: FTX behind its GDS. */
static size_t group_end(const struct edifact_held *h, size_t i, size_t to)
{
    const struct edifact_held_segment *head = &h->segments[i];
    size_t end = i + 1;

    while (end < to &&
           (h->segments[end].rank > head->rank ||
            (head->rank == EDIFACT_NO_GROUP && h->segments[end].rank == EDIFACT_NO_GROUP &&
             strcmp(h->segments[end].tag, head->tag) != 0)))
        end++;
    return end;
}

static void look(struct search *f, unsigned step, size_t from, size_t to)
{
    const struct edifact_held *h = f->held;

    for (size_t i = from; i < to && !f->done; i++) {
        const struct edifact_held_segment *s = &h->segments[i];

        if (!step_matches(h, s, &f->path->steps[step]))
            continue;
        if (step + 1 < f->path->n)
            look(f, step + 1, i + 1, group_end(h, i, to));
        else if (f->path->want == EDIFACT_VALUE)
            take_value(f, s);
        else
            take_date(f, s);
    }
}

void edifact_held_find(struct edifact_held *h, const struct edifact_path *path,
                       bool (*found)(void *arg, const char *text, size_t len), void *arg)
{
    struct search f = { h, path, found, arg, false };

    look(&f, 0, 0, h->n_segments);
}
