/* fuzz_sms_text.c - outbound: what is split is what was measured and reads back; inbound: whatever
 * comes, the text is UTF-8 within its bounds. The first two bytes choose how it is taken. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/keyword.h"
#include "domain/sms_text.h"
#include "domain/transliterate.h"
#include "domain/utf8.h"

#define INPUT_MAX  4000
#define MANY_PARTS 60

static bool has_control(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
            return true;
        if (c == 0xc2 && (unsigned char)text[1] < 0xa0)
            return true;
    }
    return false;
}

/* The bytes in parts of `step`, the second of them missing if so wished. */
static size_t cut(const struct sms_user_data *whole, size_t step, bool hole,
                  struct sms_user_data parts[INPUT_MAX + 1])
{
    size_t n = 0;

    for (size_t at = 0; at < whole->len || n == 0; at += step, n++) {
        parts[n] = *whole;
        parts[n].bytes = hole && n == 1 ? NULL : whole->bytes + at;
        parts[n].len = whole->len - at < step ? whole->len - at : step;
    }
    return n;
}

/* how: 1 a header of that many bytes, 4 in parts, 8 one missing; the rest: their size. */
static void inbound(uint8_t coding, uint8_t how, const uint8_t *bytes, size_t len)
{
    static struct sms_user_data parts[INPUT_MAX + 1];
    static char out[SMS_DECODED_SIZE(INPUT_MAX)], joined[SMS_DECODED_SIZE(INPUT_MAX)];
    size_t header = how & 1 && len && bytes[0] < len ? 1 + (size_t)bytes[0] : 0, n;
    const struct sms_user_data whole = { .data_coding = coding,
                                         .udh = header ? bytes : NULL,
                                         .udh_len = header,
                                         .bytes = bytes + header,
                                         .len = len - header };
    char small[7];

    n = sms_text_decode(&whole, 1, out, SMS_DECODED_SIZE(whole.len));
    if (n != strlen(out) || !utf8_valid(out, n, NULL) || has_control(out))
        abort();
    n = sms_text_decode(&whole, 1, small, sizeof(small));
    if (n >= sizeof(small) || strncmp(small, out, n) != 0 || !utf8_valid(small, n, NULL))
        abort();
    if (how & 4) {
        n = cut(&whole, 1 + (size_t)(how >> 4), how & 8, parts);
        n = sms_text_decode(parts, n, joined, sizeof(joined));
        if (n != strlen(joined) || !utf8_valid(joined, n, NULL) || has_control(joined))
            abort();
        if (!(how & 8) && strcmp(joined, out) != 0) /* however it is cut */
            abort();
    }
    (void)keyword_classify(out);
}

static void read_back(const char *text, const struct sms_split *s)
{
    char whole[SMS_PARTS_MAX * 500] = "", part[500];

    for (unsigned i = 0; i < s->parts; i++) {
        sms_text_decode(&(struct sms_user_data){ .data_coding = s->encoding == SMS_UCS2 ? 8 : 0,
                                                 .bytes = s->part[i].data,
                                                 .len = s->part[i].length },
                        1, part, sizeof(part));
        strcat(whole, part);
    }
    if (!has_control(text) && strncmp(text, "\ufeff", 3) != 0 && strstr(text, "\ufeff") == NULL &&
        strcmp(whole, text) != 0)
        abort();
}

static void outbound(const char *text)
{
    static char gsm[3 * INPUT_MAX + 1];
    struct sms_measure m, after;
    struct sms_split s;
    size_t ends[MANY_PARTS];
    enum rc rc = sms_text_measure(text, &m);

    (void)keyword_classify(text);
    if ((rc == RC_OK) != utf8_valid(text, strlen(text), NULL))
        abort();
    if (rc) {
        if (sms_text_split(text, &s) == RC_OK || m.bad_at >= strlen(text))
            abort();
        return;
    }
    if ((m.encoding == SMS_UCS2) != (m.forced_length > 0))
        abort();
    rc = sms_text_split(text, &s);
    if ((rc == RC_OK) != (m.parts <= SMS_PARTS_MAX))
        abort();
    if (sms_text_cuts(text, ends, MANY_PARTS) != (m.parts < MANY_PARTS ? m.parts : MANY_PARTS))
        abort();
    if (!rc) {
        if (s.parts != m.parts || s.encoding != m.encoding || strlen(text) >= SMS_TEXT_SIZE)
            abort();
        read_back(text, &s);
    }
    if (transliterate_to_gsm7(text, gsm, sizeof(gsm)) == RC_OK) {
        if (sms_text_measure(gsm, &after))
            abort();
        if (m.encoding == SMS_GSM7 && strcmp(text, gsm) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[INPUT_MAX + 1];

    if (size < 2 || size - 2 > INPUT_MAX)
        return 0;
    inbound(data[0], data[1], data + 2, size - 2);
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    outbound(text);
    return 0;
}
