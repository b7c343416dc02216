/*
 * customer_match.c - one small question for all phones and mails of a chunk's new numbers, one for
 * the names of those who have them, and the rest in memory.
 */
#include "store/customer_match.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/customer_double.h"
#include "store/db.h"
#include "store/id_stock.h"
#include "store/import_kind.h"

#define WAYS           2          /* by phone, by mail */
#define CANDIDATES_MAX (3 * WAYS) /* of one number: two in the database and one here, each way */
#define CARDS_MAX      (2 * WAYS * IMPORT_CHUNK_MAX)
#define PAIRS_MAX      (CANDIDATES_MAX * IMPORT_CHUNK_MAX)
#define CELLS          4096
#define NONE           UINT16_MAX
#define KEYS_MAX       ((size_t)2 << 20)

/* A number of the chunk that is not known, by the first of its rows that can be taken. */
struct want {
    struct customer_slot *slot;
    const struct partner_row *row;
    struct {
        uint64_t first, last; /* the smallest and the largest of those who have it; 0: nobody */
        bool crowded;
    } have[WAYS];
};

/* Who may be meant: a customer, or another want. */
struct candidate {
    uint64_t id;
    const struct want *peer; /* NULL: by its id */
    struct likeness_person who;
    bool by[WAYS];
};

struct pair {
    const struct want *want;
    struct candidate other;
    struct likeness_verdict verdict;
};

struct customer_match {
    struct match_rules rules;
    struct id_stock ids;
    struct buffer keys;
    struct arena arena;
    struct db_bulk *rows;
    struct want wants[IMPORT_CHUNK_MAX];
    uint16_t want_of[IMPORT_CHUNK_MAX]; /* by the slot's place in the plan */
    struct double_card cards[CARDS_MAX];
    uint16_t joined_to[CARDS_MAX]; /* numbers of this chunk */
    uint16_t peers[CELLS];         /* address -> the first want that has it */
    struct pair pairs[PAIRS_MAX];
    size_t n_wants, n_cards, n_pairs, used_ids;
    char adult_since[11];
};

struct customer_match *customer_match_new(const struct match_rules *rules)
{
    struct customer_match *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->rules = *rules;
    buffer_init(&m->keys, KEYS_MAX);
    arena_init(&m->arena);
    m->rows = db_bulk_new(DOUBLE_COLUMNS);
    if (!m->rows) {
        customer_match_free(m);
        return NULL;
    }
    return m;
}

void customer_match_free(struct customer_match *m)
{
    if (!m)
        return;
    db_bulk_free(m->rows);
    buffer_close(&m->keys);
    arena_close(&m->arena);
    free(m);
}

enum rc customer_match_prepare(struct db *db, struct customer_match *m, size_t n_rows)
{
    (void)n_rows;
    return id_stock_fill(db, &m->ids, "customer_double", PAIRS_MAX);
}

void customer_match_committed(struct customer_match *m)
{
    m->ids.next += m->used_ids;
    m->used_ids = 0;
}

/* --- what is asked --- */

static const char *address_of(const struct customer_match *m, const struct want *w, int way)
{
    if (way == 0)
        return m->rules.by_phone ? w->row->phone : "";
    return m->rules.by_mail ? w->row->email : "";
}

static bool is_minor(const struct customer_match *m, const struct partner_row *row)
{
    return row->minor == ROW_SAYS_YES || strcmp(row->birth_date, m->adult_since) > 0;
}

static void collect_wants(struct customer_match *m, struct import_plan *plan,
                          const struct import_step *step, const struct row_codes *codes)
{
    m->n_wants = 0;
    memset(m->want_of, 0xFF, sizeof(m->want_of));
    for (size_t i = 0; i < step->chunk->n_rows; i++) {
        const struct partner_row *row = &step->chunk->rows[i];
        struct customer_slot *slot = plan_customer(plan, row->customer_number);
        uint16_t *at = &m->want_of[slot - plan->customers];

        if (slot->known || codes[i].missing || *at != NONE || is_minor(m, row))
            continue;
        *at = (uint16_t)m->n_wants;
        m->wants[m->n_wants++] = (struct want){ .slot = slot, .row = row };
    }
}

static void add_key(struct customer_match *m, size_t n, int way, const char *address)
{
    buffer_printf(&m->keys, "%s[%zu,%d,\"", m->keys.len > 1 ? "," : "", n, way);
    for (const char *c = address; *c; c++) {
        if ((unsigned char)*c < ' ')
            buffer_printf(&m->keys, "\\u%04x", (unsigned)*c);
        else
            buffer_printf(&m->keys, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    }
    buffer_add_text(&m->keys, "\"]");
}

/* One probe each, however many have it. */
#define HAS_IT                                                 \
    "SELECT p.customer_id"                                     \
    "          FROM contact_point p"                           \
    "         WHERE p.address = w.address COLLATE utf8mb4_bin" \
    "           AND p.channel = IF(w.way = 0, 'sms', 'email')"
static const char SQL_WHO_HAS[] =
    "SELECT w.n, w.way,"
    "       (" HAS_IT " ORDER BY p.customer_id LIMIT 1),"
    "       (" HAS_IT " ORDER BY p.customer_id DESC LIMIT 1),"
    "       (" HAS_IT " ORDER BY p.customer_id LIMIT 1 OFFSET 9)" /* DOUBLE_CROWD - 1 */
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS (n       INT UNSIGNED PATH '$[0]',"
    "                                     way     INT          PATH '$[1]',"
    "                                     address VARCHAR(254) PATH '$[2]')) w";

static enum rc find_owners(struct db *db, struct customer_match *m)
{
    struct db_rows *rows;
    enum rc rc;

    buffer_reset(&m->keys);
    buffer_add_text(&m->keys, "[");
    for (size_t i = 0; i < m->n_wants; i++) {
        for (int way = 0; way < WAYS; way++) {
            const char *address = address_of(m, &m->wants[i], way);

            if (*address)
                add_key(m, i, way, address);
        }
    }
    buffer_add_text(&m->keys, "]");
    if (m->keys.full)
        return RC_FAIL;
    if (m->keys.len == 2)
        return RC_OK;
    rc = db_query(db, SQL_WHO_HAS, DB_IN(db_bytes(m->keys.data, m->keys.len)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t n = db_get_u64(rows, 0), way = db_get_u64(rows, 1);

        if (n >= m->n_wants || way >= WAYS)
            continue;
        m->wants[n].have[way].first = db_get_u64(rows, 2);
        m->wants[n].have[way].last = db_get_u64(rows, 3);
        m->wants[n].have[way].crowded = !db_is_null(rows, 4);
    }
    return db_rows_end(rows);
}

static int compare_ids(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Each once: several numbers of a chunk may lead to one customer. */
static enum rc read_cards(struct db *db, struct customer_match *m, utc_us now)
{
    uint64_t *ids = arena_alloc(&m->arena, CARDS_MAX * sizeof(*ids));
    size_t n = 0;

    m->n_cards = 0;
    memset(m->joined_to, 0, sizeof(m->joined_to));
    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < m->n_wants; i++) {
        for (int way = 0; way < WAYS; way++) {
            if (!m->wants[i].have[way].first || m->wants[i].have[way].crowded)
                continue;
            ids[n++] = m->wants[i].have[way].first;
            ids[n++] = m->wants[i].have[way].last;
        }
    }
    if (!n)
        return RC_OK;
    qsort(ids, n, sizeof(*ids), compare_ids);
    buffer_reset(&m->keys);
    for (size_t i = 0; i < n; i++) {
        if (!i || ids[i] != ids[i - 1])
            buffer_printf(&m->keys, "%s%" PRIu64, i ? "," : "[", ids[i]);
    }
    buffer_add_text(&m->keys, "]");
    return double_cards(db, &m->keys, now, &m->arena, m->cards, CARDS_MAX, &m->n_cards);
}

/* --- who may be meant --- */

static struct likeness_person person_of(const struct partner_row *row)
{
    return (struct likeness_person){ row->first_name, row->last_name, row->company,
                                     row->birth_date };
}

static void add_candidate(struct candidate *list, size_t *n, const struct candidate *c, int way)
{
    size_t i = 0;

    while (i < *n && (list[i].id != c->id || list[i].peer != c->peer))
        i++;
    if (i == *n)
        list[(*n)++] = *c;
    list[i].by[way] = true;
}

static void add_customer(const struct customer_match *m, struct candidate *list, size_t *n,
                         uint64_t id, int way)
{
    const struct double_card *card = double_card_of(m->cards, m->n_cards, id);

    if (card && !card->minor)
        add_candidate(list, n, &(struct candidate){ .id = id, .who = card->who }, way);
}

static size_t cell_of(const char *address, int way)
{
    uint64_t h = UINT64_C(14695981039346656037) + (uint64_t)way; /* FNV-1a */

    for (; *address; address++)
        h = (h ^ (unsigned char)*address) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 32)) % CELLS;
}

/* The first want with this address; the want itself when there was none. */
static struct want *peer_of(struct customer_match *m, struct want *w, int way, const char *address)
{
    size_t i = cell_of(address, way);

    for (;; i = (i + 1) % CELLS) {
        struct want *other;

        if (m->peers[i] == NONE) {
            m->peers[i] = (uint16_t)(w - m->wants);
            return w;
        }
        other = &m->wants[m->peers[i]];
        if (strcmp(address_of(m, other, way), address) == 0)
            return other;
    }
}

static struct want *want_of(struct customer_match *m, const struct import_plan *plan,
                            const struct customer_slot *slot)
{
    return &m->wants[m->want_of[slot - plan->customers]];
}

static size_t find_candidates(struct customer_match *m, const struct import_plan *plan,
                              struct want *w, struct candidate list[CANDIDATES_MAX])
{
    size_t n = 0;

    for (int way = 0; way < WAYS; way++) {
        const char *address = address_of(m, w, way);
        const struct want *peer;

        if (!*address || w->have[way].crowded)
            continue;
        if (w->have[way].first) {
            add_customer(m, list, &n, w->have[way].first, way);
            add_customer(m, list, &n, w->have[way].last, way);
        }
        peer = peer_of(m, w, way, address);
        if (peer != w && peer->slot->same_as)
            peer = want_of(m, plan, peer->slot->same_as);
        if (peer == w)
            continue;
        if (peer->slot->joined)
            add_customer(m, list, &n, peer->slot->id, way);
        else
            add_candidate(list, &n,
                          &(struct candidate){ .peer = peer, .who = person_of(peer->row) }, way);
    }
    return n;
}

static void join_customer(struct customer_match *m, struct customer_slot *slot, uint64_t id)
{
    const struct double_card *card = double_card_of(m->cards, m->n_cards, id);

    slot->joined = true;
    slot->id = id;
    snprintf(slot->phone, sizeof(slot->phone), "%s", card->phone);
    snprintf(slot->mail, sizeof(slot->mail), "%s", card->mail);
    slot->had[CHANNEL_SMS] = slot->has[CHANNEL_SMS] =
        (struct channel_word){ card->word, card->word_at };
    slot->had_orders = card->orders;
    m->joined_to[card - m->cards]++;
}

static void decide(struct customer_match *m, const struct import_plan *plan, struct want *w)
{
    const struct likeness_person who = person_of(w->row);
    struct candidate list[CANDIDATES_MAX];
    const size_t n = find_candidates(m, plan, w, list);

    for (size_t i = 0; i < n; i++) {
        const struct likeness_verdict v = likeness_of(&who, &list[i].who);

        if (n == 1 && v.likeness == LIKENESS_SAME && m->rules.rule == MATCH_SAME) {
            if (list[i].peer)
                w->slot->same_as = list[i].peer->slot;
            else
                join_customer(m, w->slot, list[i].id);
            return;
        }
        m->pairs[m->n_pairs++] = (struct pair){ w, list[i], v };
    }
}

/* Of several new numbers, each with an address of its own, nobody can tell which will be the
 * customer's primary one. */
static void mark_crowds(struct customer_match *m)
{
    for (size_t i = 0; i < m->n_wants; i++) {
        struct customer_slot *slot = m->wants[i].slot;

        if (slot->same_as)
            slot->crowded = true;
        else if (slot->joined)
            slot->crowded =
                m->joined_to[double_card_of(m->cards, m->n_cards, slot->id) - m->cards] > 1;
    }
}

enum rc customer_match_find(struct db *db, struct customer_match *m, struct import_plan *plan,
                            const struct import_step *step, const struct row_codes *codes)
{
    enum rc rc;

    arena_close(&m->arena);
    m->n_pairs = 0;
    double_adult_since(step->now, m->adult_since);
    memset(m->peers, 0xFF, sizeof(m->peers));
    collect_wants(m, plan, step, codes);
    rc = find_owners(db, m);
    if (!rc)
        rc = read_cards(db, m, step->now);
    if (rc)
        return rc;
    for (size_t i = 0; i < m->n_wants; i++)
        decide(m, plan, &m->wants[i]);
    mark_crowds(m);
    return RC_OK;
}

/* --- what a person has to decide --- */

enum rc customer_match_ask(struct db *db, struct customer_match *m, const struct import_step *step)
{
    enum rc rc = RC_OK;

    m->used_ids = 0;
    db_bulk_reset(m->rows);
    for (size_t i = 0; !rc && i < m->n_pairs; i++) {
        const struct pair *p = &m->pairs[i];
        const struct candidate *other = &p->other;
        const struct double_pair pair = { .a = p->want->slot->id,
                                          .b = other->peer ? other->peer->slot->id : other->id,
                                          .by_phone = other->by[0],
                                          .by_mail = other->by[1],
                                          .verdict = p->verdict };
        char source[48];

        /* Its rows were refused in the end, or it came to be the same after all. */
        if (!pair.a || !pair.b || pair.a == pair.b)
            continue;
        snprintf(source, sizeof(source), "import %" PRIu64 ":%" PRIu64, step->imp->id,
                 p->want->row->row_no);
        rc = double_put(m->rows, &pair, m->ids.next + m->used_ids++, source, step->now);
    }
    return rc ? rc : db_bulk_run(db, double_add_sql, m->rows, NULL);
}
