/* byte_feed.c - see byte_feed.h. */
#include "channel/file/byte_feed.h"

enum rc byte_feed_open(struct byte_feed *f, const struct profile *profile,
                       struct record_queue *queue)
{
    static const struct format *const formats[] = {
        [FORMAT_CSV] = &csv_format, [FORMAT_XML] = &xml_format, [FORMAT_EDIFACT] = &edifact_format
    };

    *f = (struct byte_feed){ .format = formats[profile->format] };
    buffer_init(&f->narrow, 2 * BYTE_FEED_MAX);
    return f->format->open(profile, queue, &f->parser);
}

void byte_feed_close(struct byte_feed *f)
{
    if (f->parser)
        f->format->close(f->parser);
    f->parser = NULL;
    buffer_close(&f->narrow);
}

static enum rc add_wide(struct byte_feed *f, const char *data, size_t len, struct error *why)
{
    enum rc rc;

    buffer_reset(&f->narrow);
    rc = utf16_decode(&f->wide, data, len, &f->narrow, why);
    for (size_t at = 0; !rc && at < f->narrow.len;) {
        const size_t left = f->narrow.len - at;
        const size_t now = left < BYTE_FEED_MAX ? left : BYTE_FEED_MAX;

        rc = f->format->feed(f->parser, f->narrow.data + at, now, why);
        at += now;
    }
    return rc;
}

enum rc byte_feed_add(struct byte_feed *f, const char *data, size_t len, struct error *why)
{
    if (!f->begun) {
        f->begun = true;
        f->is_wide = utf16_detect(data, len, &f->wide);
    }
    return f->is_wide ? add_wide(f, data, len, why) : f->format->feed(f->parser, data, len, why);
}

enum rc byte_feed_end(struct byte_feed *f, struct error *why)
{
    const enum rc rc = f->is_wide ? utf16_end(&f->wide, why) : RC_OK;

    return rc ? rc : f->format->end(f->parser, why);
}

unsigned byte_feed_recognise(const struct byte_feed *f, char *what, size_t size)
{
    return f->format->recognise(f->parser, what, size);
}

const char *byte_feed_document(const struct byte_feed *f)
{
    return f->format->document(f->parser);
}

const char *byte_feed_encoding(const struct byte_feed *f)
{
    return f->is_wide ? utf16_name(&f->wide) : f->format->encoding(f->parser);
}
