/* xml_values.c - see xml_values.h. */
#include "channel/file/xml_values.h"

#include <stdio.h>
#include <string.h>

#define GOODS_MAX   4096
#define DATE_LENGTH 10 /* of "2026-11-23" */

void xml_values_init(struct xml_values *v)
{
    buffer_init(&v->text, XML_VALUES_MAX);
    buffer_init(&v->goods, GOODS_MAX + 1);
    v->too_long = FIELD_COUNT;
}

void xml_values_close(struct xml_values *v)
{
    buffer_close(&v->text);
    buffer_close(&v->goods);
}

void xml_values_begin(struct xml_values *v)
{
    memset(v->from, 0, sizeof(v->from));
    memset(v->len, 0, sizeof(v->len));
    v->too_long = FIELD_COUNT;
    buffer_reset(&v->text);
    buffer_reset(&v->goods);
}

static void trim(const char **text, size_t *len)
{
    while (*len && strchr(" \t\r\n", **text)) {
        ++*text;
        --*len;
    }
    while (*len && strchr(" \t\r\n", (*text)[*len - 1]))
        --*len;
}

static void add_goods(struct xml_values *v, const char *text, size_t len)
{
    if (v->goods.len + len + 2 > GOODS_MAX)
        return; /* the mapping cuts it much shorter */
    if (v->goods.len)
        buffer_add_text(&v->goods, ", ");
    trim(&text, &len);
    buffer_add(&v->goods, text, len);
}

/* "2026-11-23" and "08:30:00Z". A date of xs:date may have an offset, which the time may lack. */
static void take_time(struct xml_values *v, enum field f, const char *text, size_t len)
{
    char both[64];
    const char *date = buffer_text(&v->text) + v->start[f];
    size_t date_len = v->len[f];
    bool has_offset;
    int n;

    trim(&date, &date_len);
    trim(&text, &len);
    has_offset = memchr(text, 'Z', len) || memchr(text, '+', len) || memchr(text, '-', len);
    if (date_len < DATE_LENGTH || date_len > DATE_LENGTH + 6 || len > 30)
        return;
    n = snprintf(both, sizeof(both), "%.*sT%.*s%.*s", DATE_LENGTH, date, (int)len, text,
                 has_offset ? 0 : (int)date_len - DATE_LENGTH, date + DATE_LENGTH);
    v->start[f] = v->text.len;
    v->len[f] = (size_t)n;
    v->date_in[f] = 0;
    buffer_add(&v->text, both, (size_t)n);
}

void xml_values_take(struct xml_values *v, const struct xml_place *place, uint64_t parent,
                     const char *text, size_t len)
{
    const enum field f = place->field;
    const char *inside = text;
    size_t inside_len = len;

    trim(&inside, &inside_len);
    if (inside_len == 0)
        return;
    if (len > VALUE_MAX) {
        v->too_long = f;
        return;
    }
    if (v->from[f] && v->from[f] < place->index + 1)
        return;
    if (place->is_time) {
        if (v->from[f] == place->index + 1 && v->date_in[f] && v->date_in[f] == parent)
            take_time(v, f, text, len);
        return;
    }
    if (f == FIELD_GOODS) {
        if (v->from[f] != place->index + 1)
            buffer_reset(&v->goods);
        add_goods(v, text, len);
    } else if (v->from[f] == place->index + 1) {
        return;
    }
    v->from[f] = place->index + 1;
    v->start[f] = v->text.len;
    v->len[f] = len;
    v->date_in[f] = parent;
    buffer_add(&v->text, text, len);
}

bool xml_values_all(const struct xml_values *v, struct raw_value values[FIELD_COUNT])
{
    if (v->text.full)
        return false;
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (v->from[f])
            values[f] = (struct raw_value){ buffer_text(&v->text) + v->start[f], v->len[f] };
    }
    if (v->from[FIELD_GOODS])
        values[FIELD_GOODS] = (struct raw_value){ buffer_text(&v->goods), v->goods.len };
    return v->too_long == FIELD_COUNT;
}
