/* id_list.c - see id_list.h. */
#include "store/id_list.h"

#include <inttypes.h>

#define DIGITS 21

void id_list_init(struct id_list *list, size_t max)
{
    buffer_init(&list->json, max * DIGITS + 2);
    list->n = 0;
}

void id_list_close(struct id_list *list)
{
    buffer_close(&list->json);
}

void id_list_reset(struct id_list *list)
{
    buffer_reset(&list->json);
    list->n = 0;
}

void id_list_add(struct id_list *list, uint64_t id)
{
    if (list->n && list->json.len && list->json.data[list->json.len - 1] == ']')
        list->json.len--;
    buffer_printf(&list->json, "%s%" PRIu64, list->n++ ? "," : "[", id);
}

enum rc id_list_text(struct id_list *list)
{
    if (!list->n && !list->json.len)
        buffer_add_text(&list->json, "[");
    if (list->json.len && list->json.data[list->json.len - 1] != ']')
        buffer_add_text(&list->json, "]");
    return list->json.full ? RC_FAIL : RC_OK;
}
