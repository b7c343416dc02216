/* xml_values.h - the values of the record that is being read, as the elements bring them. */
#pragma once

#include "base/buffer.h"
#include "channel/file/record.h"
#include "channel/file/xml_tree.h"

#define XML_VALUES_MAX ((size_t)256 << 10) /* bytes of a record */

struct xml_values {
    struct buffer text;
    size_t start[FIELD_COUNT], len[FIELD_COUNT];
    unsigned from[FIELD_COUNT];    /* the place that gave the value, from 1; 0: none yet */
    uint64_t date_in[FIELD_COUNT]; /* the element that the value was in, whose time may follow */
    struct buffer goods;           /* order lines, joined */
    enum field too_long;           /* FIELD_COUNT: none */
};

void xml_values_init(struct xml_values *v);
void xml_values_close(struct xml_values *v);
void xml_values_begin(struct xml_values *v); /* a new record */
/*
 * Of a field's places the first in the profile wins, of equal elements the first in the file.
 * `parent`: the number of the element that the value's own lies in.
 */
void xml_values_take(struct xml_values *v, const struct xml_place *place, uint64_t parent,
                     const char *text, size_t len);
/* False: something was too long, and the record cannot be used; `values` has what was not. */
bool xml_values_all(const struct xml_values *v, struct raw_value values[FIELD_COUNT]);
