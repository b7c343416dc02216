/* row_hash.c - the content of a row in sixteen bytes: BLAKE2b over its fields, each with its end.
 */
#include "store/row_hash.h"

#include <sodium.h>
#include <string.h>

static void hash_text(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static void hash_bytes(crypto_generichash_state *state, const void *data, size_t len)
{
    crypto_generichash_update(state, data, len);
}

/* Behind the rest, so that rows without these hash as they always did. */
static void hash_person(crypto_generichash_state *state, const struct partner_row *row)
{
    const unsigned char said[] = { (unsigned char)row->minor, (unsigned char)row->do_not_contact };

    hash_text(state, row->birth_date);
    hash_text(state, row->timezone);
    hash_bytes(state, said, sizeof(said));
    for (size_t i = 0; i < FIELD_CUSTOM_MAX; i++)
        hash_text(state, row->custom[i]);
    if (*row->owner)
        hash_text(state, row->owner);
}

void row_customer_hash(const struct partner_row *row, uint8_t out[HASH_SIZE])
{
    const char *const texts[] = { row->first_name,     row->last_name, row->company,  row->phone,
                                  row->email,          row->street,    row->postcode, row->city,
                                  row->country,        row->language,  row->category, row->source,
                                  row->consent_wording };
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash_text(&state, texts[i]);
    hash_bytes(&state, row->consent, sizeof(row->consent));
    hash_bytes(&state, &row->consent_at, sizeof(row->consent_at));
    if (row->has_person)
        hash_person(&state, row);
    crypto_generichash_final(&state, out, HASH_SIZE);
}

void row_order_hash(const struct partner_row *row, uint8_t out[HASH_SIZE])
{
    const char *const texts[] = { row->customer_number, row->goods, row->street,
                                  row->postcode,        row->city,  row->country,
                                  row->currency };
    const int64_t numbers[] = { row->has_weight,     row->weight_g,      row->window_from,
                                row->window_to,      row->collect_cents, row->ordered_at,
                                (int64_t)row->status };
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hash_text(&state, texts[i]);
    hash_bytes(&state, numbers, sizeof(numbers));
    if (*row->product_range)
        hash_text(&state, row->product_range);
    crypto_generichash_final(&state, out, HASH_SIZE);
}
