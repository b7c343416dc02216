/* id_list.h - ids for a statement that takes any number of them: as JSON, in one parameter. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/rc.h"

/* In the statement: FROM ID_LIST w ... w.id */
#define ID_LIST "JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$'))"

struct id_list {
    struct buffer json; /* "[1,2" until it is closed */
    size_t n;
};

void id_list_init(struct id_list *list, size_t max);
void id_list_close(struct id_list *list);
void id_list_reset(struct id_list *list);
void id_list_add(struct id_list *list, uint64_t id);
/* The parameter; valid until the next change. RC_FAIL: more than `max`, or no memory. */
enum rc id_list_text(struct id_list *list) MUST_CHECK;
#define ID_LIST_IN(list) db_bytes((list)->json.data, (list)->json.len)
