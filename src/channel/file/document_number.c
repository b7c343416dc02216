/* document_number.c - see document_number.h. */
#include "channel/file/document_number.h"

#include <string.h>

void document_number_add(struct document_number *d, const char *text, size_t len)
{
    const size_t used = strlen(d->text), comma = used ? 2 : 0;

    while (len && strchr(" \t\r\n", *text)) {
        text++;
        len--;
    }
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    if (len == 0 || d->overflow ||
        (used && strlen(d->text + d->last) == len && memcmp(d->text + d->last, text, len) == 0))
        return;
    if (used + comma + len > DOCUMENT_NUMBER_MAX) {
        d->overflow = true;
        return;
    }
    memcpy(d->text + used, ", ", comma);
    memcpy(d->text + used + comma, text, len);
    d->text[used + comma + len] = '\0';
    d->last = used + comma;
}

const char *document_number_text(const struct document_number *d)
{
    return d->overflow ? "" : d->text;
}
