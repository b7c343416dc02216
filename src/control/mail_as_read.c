/* mail_as_read.c - see mail_as_read.h. */
#include "control/mail_as_read.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/markup.h"
#include "flow/letter.h"
#include "store/campaign.h"
#include "store/link.h"
#include "store/wording.h"

char *mail_source_filled(const struct exchange *x, const char *source, struct arena *arena)
{
    const struct words_settings *words = x->house->campaign_settings->words;
    const struct letter_house nobody = { .from = "",
                                         .domain = "",
                                         .public_url = words && words->links
                                                           ? words->links->base
                                                           : "https://r.example" };
    char *filled = letter_fill(&nobody, 0, source, arena);

    if (filled && words && words->links)
        link_fill(words->links, 0, filled);
    return filled;
}

const char *mail_as_read(const struct exchange *x, const char *source, struct arena *arena)
{
    const char *filled = mail_source_filled(x, source, arena), *text = NULL;
    struct buffer out;

    if (!filled)
        return source;
    buffer_init(&out, MARKUP_HTML_MAX);
    markup_text(&out, filled);
    if (!out.full)
        text = arena_copy(arena, buffer_text(&out), out.len);
    buffer_close(&out);
    return text ? text : source;
}

void put_words(struct exchange *x, json_t *item, const char *channel, const char *text)
{
    const bool mail = strcmp(channel, channel_name(CHANNEL_EMAIL)) == 0;

    put_text(item, "text", mail ? mail_as_read(x, text, &x->arena) : text);
    if (mail)
        put_text(item, "source", text);
}
