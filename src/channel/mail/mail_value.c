/* mail_value.c - GMime for what is fiddly (addresses, dates, bytes of encoded words), ICU for
 * charsets. */
#include "channel/mail/mail_value.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_param.h"
#include "channel/mail/mail_scan.h"
#include "domain/charset.h"
#include "domain/utf8.h"

#define FILE_NAME_MAX 255
#define PERSON_MAX    320 /* an address, a name */
#define DATE_MAX      100
#define LONGEST_WORD  2000 /* RFC 2047 allows 75 bytes; some put a whole subject into one */
#define YEAR_FIRST    1970
#define YEAR_LAST     2200
#define HIDDEN_MARK   '`'

/* GMime registers its types, and seeds rand(). It has no state of ours beyond this. */
void mail_value_start(void)
{
    static gsize started;

    if (g_once_init_enter(&started)) {
        g_mime_init();
        g_once_init_leave(&started, 1);
    }
}

/* --- plain text --- */

/* Formatting characters that make a text look like another one: marks of direction, BOM. */
static bool is_invisible(uint32_t c)
{
    return c == 0xfeff || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Most of every text: bytes that are characters, and stay. */
static size_t plain_run(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && text[n] > ' ' && text[n] < 0x7f)
        n++;
    return n;
}

void mail_value_clean(const char *text, size_t len, bool lines, struct buffer *out)
{
    size_t at = 0, begin = out->len, solid = out->len;

    while (at < len && !out->full) {
        const size_t run = plain_run(text + at, len - at);
        char bytes[UTF8_CHAR_MAX];
        uint32_t c;
        if (run) {
            buffer_add(out, text + at, run);
            solid = out->len;
            at += run;
            continue;
        }
        c = utf8_next(text, len, &at);
        if (c == UTF8_BAD) {
            at++;
            c = UTF8_REPLACEMENT;
        }
        if (is_invisible(c) || (c == '\r' && at < len && text[at] == '\n'))
            continue;
        if (lines && (c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029))
            c = '\n';
        else if (c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0xa0)
            c = ' ';
        if ((c == ' ' || c == '\n') && out->len == begin)
            continue;
        buffer_add(out, bytes, utf8_put(bytes, c));
        if (c != ' ' && c != '\n')
            solid = out->len;
    }
    out->len = solid;
    if (out->data)
        out->data[solid] = '\0';
}

/* As one clean line of at most `max` bytes. */
static const char *keep_line(struct arena *arena, const char *text, size_t len, size_t max)
{
    struct buffer line;
    const char *out;

    buffer_init(&line, len * 3 + 1);
    mail_value_clean(text, len, false, &line);
    out = arena_copy(arena, buffer_text(&line), utf8_cut(buffer_text(&line), line.len, max));
    buffer_close(&line);
    return out ? out : "";
}

/* --- encoded words --- */

struct word {
    const char *charset;
    size_t charset_len;
    bool base64;
    const char *text;
    size_t len;
    const char *next;
};

/* "=?charset*language?B?text?=". Blanks within the text are an old mistake, and are taken. */
static bool take_word(const char *at, const char *end, struct word *w)
{
    const char *mark, *stop;

    if (end - at < 8 || at[0] != '=' || at[1] != '?')
        return false;
    w->charset = at + 2;
    mark = memchr(w->charset, '?', (size_t)(end - w->charset));
    if (!mark || mark == w->charset || end - mark < 5 || mark[2] != '?')
        return false;
    if (!strchr("BbQq", mark[1]))
        return false;
    w->base64 = mark[1] == 'B' || mark[1] == 'b';
    w->charset_len = strcspn(w->charset, "?*");
    w->text = mark + 3;
    stop = w->text;
    if (end - stop > LONGEST_WORD) /* or the ends of thousands would be looked for up to the last */
        end = stop + LONGEST_WORD;
    do {
        stop = memchr(stop, '?', (size_t)(end - stop));
        if (!stop || stop + 1 >= end)
            return false;
    } while (*++stop != '=');
    w->len = (size_t)(stop - 1 - w->text);
    w->next = stop + 1;
    return true;
}

static void decode_word(const struct word *w, struct buffer *out)
{
    GMimeEncoding state;
    char *raw = g_strndup(w->text, w->len), *decoded;

    for (char *c = raw; !w->base64 && *c; c++)
        *c = *c == '_' ? ' ' : *c;
    g_mime_encoding_init_decode(&state, w->base64 ? GMIME_CONTENT_ENCODING_BASE64
                                                  : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    decoded = g_malloc(g_mime_encoding_outlen(&state, w->len) + 1);
    buffer_add(out, decoded, g_mime_encoding_flush(&state, raw, w->len, decoded));
    g_free(decoded);
    g_free(raw);
}

/* The bytes of neighbours with one charset are decoded together: characters are cut between them.
 */
struct words {
    struct buffer pending;
    char charset[64];
    struct buffer *out;
};

static void flush_words(struct words *s)
{
    charset_to_utf8(s->charset, buffer_text(&s->pending), s->pending.len, s->out);
    buffer_reset(&s->pending);
    s->charset[0] = '\0';
}

static void add_word(struct words *s, const struct word *w)
{
    char charset[sizeof(s->charset)] = "";

    if (w->charset_len < sizeof(charset))
        memcpy(charset, w->charset, w->charset_len);
    if (strcasecmp(charset, s->charset) != 0) {
        flush_words(s);
        memcpy(s->charset, charset, sizeof(charset));
    }
    decode_word(w, &s->pending);
}

static void decode_words(const char *value, size_t len, struct buffer *out)
{
    const char *at = value, *end = value + len;
    struct words s = { .out = out };

    buffer_init(&s.pending, len + 1);
    while (at < end) {
        const char *plain = at;
        struct word w = { .len = 0 };
        while (at < end && !take_word(at, end, &w))
            at++;
        /* Blanks between two words are no text (RFC 2047, 6.2). */
        if (at == end || !s.charset[0] || strspn(plain, " \t") < (size_t)(at - plain)) {
            flush_words(&s);
            charset_to_utf8(NULL, plain, (size_t)(at - plain), out);
        }
        if (at == end)
            break;
        add_word(&s, &w);
        at = w.next;
    }
    flush_words(&s);
    buffer_close(&s.pending);
}

const char *mail_value_text(struct arena *arena, const char *value, size_t max)
{
    const size_t len = strlen(value);
    struct buffer text;
    const char *out;

    if (!len)
        return "";
    buffer_init(&text, len * 3 + 1);
    decode_words(value, len, &text);
    out = keep_line(arena, buffer_text(&text), text.len, max);
    buffer_close(&text);
    return out;
}

const char *mail_value_raw(struct arena *arena, const char *value)
{
    const char *c = value, *out;
    struct buffer text;

    while (*c >= ' ' && *c < 0x7f)
        c++;
    if (!*c)
        return value;
    buffer_init(&text, strlen(value) * 3);
    charset_to_utf8(NULL, value, strlen(value), &text);
    out = keep_line(arena, buffer_text(&text), text.len, text.len);
    buffer_close(&text);
    return out;
}

/* --- what GMime is given --- */

/* Without encoded words, which are decoded here: GMime keeps the name of every charset that they
 * make up for as long as the program runs. */
static char *hide_words(const char *value)
{
    char *hidden = g_strdup(value);

    for (char *c = hidden; (c = strstr(c, "=?")) != NULL; c++)
        c[1] = HIDDEN_MARK;
    return hidden;
}

static void unhide_words(char *text)
{
    for (; *text; text++) {
        if (text[0] == '=' && text[1] == HIDDEN_MARK)
            text[1] = '?';
    }
}

/* Whatever path it came with. */
static const char *file_name(struct arena *arena, const char *value, const char *parameter)
{
    const char *name = mail_param_text(arena, value, parameter, MAIL_VALUE_MAX), *slash;
    size_t len;

    while ((slash = strpbrk(name, "/\\")) != NULL)
        name = slash + 1;
    len = utf8_cut(name, strlen(name), FILE_NAME_MAX);
    if (name[len])
        name = arena_copy(arena, name, len);
    return name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 ? name : "";
}

static bool is_type(const char *type, const char *prefix)
{
    return !strncmp(type, prefix, strlen(prefix));
}

static void read_type(struct arena *arena, struct mail_entity *e, const char *value)
{
    const char *type = mail_param_head(arena, value);

    if (strchr(type, '/'))
        e->type = type;
    e->charset = mail_param_word(arena, value, "charset");
    e->is_flowed = !strcmp(mail_param_word(arena, value, "format"), "flowed");
    e->is_joined = !strcmp(mail_param_word(arena, value, "delsp"), "yes");
    e->report_type = mail_param_word(arena, value, "report-type");
    e->name = file_name(arena, value, "name");
    e->boundary = is_type(e->type, "multipart/") ? mail_param_bytes(arena, value, "boundary") : "";
}

static void read_disposition(struct arena *arena, struct mail_entity *e, const char *value)
{
    const char *how = mail_param_head(arena, value);
    const char *name = file_name(arena, value, "filename");

    e->is_attachment = !strcmp(how, "attachment");
    e->is_inline = !strcmp(how, "inline");
    if (*name)
        e->name = name;
}

/* False: nobody knows it. */
static bool read_encoding(struct mail_entity *e, const char *value)
{
    char *word = g_ascii_strdown(value, (gssize)strcspn(value, ";("));
    bool known = true;

    g_strdelimit(g_strchomp(word), " \t", '-');
    if (!strcmp(word, "base64"))
        e->encoding = MAIL_BASE64;
    else if (!strcmp(word, "quoted-printable"))
        e->encoding = MAIL_QUOTED_PRINTABLE;
    else if (!strcmp(word, "x-uuencode") || !strcmp(word, "uuencode") || !strcmp(word, "x-uue"))
        e->encoding = MAIL_UUENCODE;
    else
        known = !*word || !strcmp(word, "7bit") || !strcmp(word, "8bit") || !strcmp(word, "binary");
    g_free(word);
    return known;
}

/* Longer ones say no more. */
static const char *clipped(struct arena *arena, const char *value)
{
    const char *out = value;

    if (strlen(value) > MAIL_VALUE_MAX)
        out = arena_copy(arena, value, MAIL_VALUE_MAX);
    return out ? out : "";
}

bool mail_value_content(struct arena *arena, struct mail_entity *e, bool in_digest)
{
    bool known;

    e->type = in_digest ? "message/rfc822" : "text/plain";
    read_type(arena, e, clipped(arena, mail_header_value(e, "Content-Type")));
    read_disposition(arena, e, clipped(arena, mail_header_value(e, "Content-Disposition")));
    /* Multiparts may not be encoded, and are not where they say so (RFC 2045, 6.4). A mail within
     * that says so is, and stays whole. */
    known = read_encoding(e, mail_header_value(e, "Content-Transfer-Encoding"));
    e->is_multipart = is_type(e->type, "multipart/");
    e->is_message = e->encoding == MAIL_AS_IT_IS &&
                    (!strcmp(e->type, "message/rfc822") || !strcmp(e->type, "message/global") ||
                     !strcmp(e->type, "message/news"));
    return known;
}

utc_us mail_value_date(const char *value)
{
    char *clipped = g_strndup(value, DATE_MAX);
    GDateTime *date = *clipped ? g_mime_utils_header_decode_date(clipped) : NULL;
    utc_us at = 0;

    if (date) {
        const int year = g_date_time_get_year(date);
        if (year >= YEAR_FIRST && year <= YEAR_LAST)
            at = g_date_time_to_unix(date) * USEC_PER_SEC;
        g_date_time_unref(date);
    }
    g_free(clipped);
    return at;
}

const char *mail_value_id(struct arena *arena, const char **value)
{
    const char *begin = *value + strspn(*value, " \t,"), *open = strchr(begin, '<');
    const char *close = open ? strchr(open, '>') : NULL;
    size_t len;

    if (close) {
        *value = close + 1;
        return keep_line(arena, open + 1, (size_t)(close - open - 1), MAIL_VALUE_MAX);
    }
    len = strcspn(begin, " \t");
    *value = begin + len;
    return keep_line(arena, begin, len, MAIL_VALUE_MAX);
}

/* --- people --- */

/* The first mailbox; of a group, its first member. A group within it is not looked into. */
static InternetAddressMailbox *first_mailbox(InternetAddressList *list)
{
    for (int depth = 0; depth < 2 && list && internet_address_list_length(list); depth++) {
        InternetAddress *first = internet_address_list_get_address(list, 0);
        if (INTERNET_ADDRESS_IS_MAILBOX(first))
            return INTERNET_ADDRESS_MAILBOX(first);
        list = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(first));
    }
    return NULL;
}

/* What stands before "<": with quotes and their backslashes gone, but encoded as it came. */
static const char *name_before(struct arena *arena, const char *value)
{
    const char *open = strchr(value, '<');
    size_t len = open ? (size_t)(open - value) : 0, n = 0;
    char *name = arena_alloc(arena, len + 1);

    for (size_t i = 0; name && i < len; i++) {
        if (value[i] == '\\' && i + 1 < len)
            name[n++] = value[++i];
        else if (value[i] != '"')
            name[n++] = value[i];
    }
    return name ? mail_value_text(arena, name, PERSON_MAX) : "";
}

/* For values that are no addresses by the book: the first word that looks like one. */
static const char *any_address(struct arena *arena, const char *value)
{
    static const char around[] = " \t<>\"'(),;:[]";
    const char *text = mail_value_text(arena, value, MAIL_VALUE_MAX), *at = strchr(text, '@');
    size_t len;

    if (!at)
        return "";
    while (at > text && !strchr(around, at[-1]))
        at--;
    len = strcspn(at, around);
    return len <= PERSON_MAX ? keep_line(arena, at, len, PERSON_MAX) : "";
}

/* Of "ann@b.example (Ann Lee)", as GMime has it. */
static const char *name_of(struct arena *arena, InternetAddressMailbox *mailbox)
{
    const char *name = internet_address_get_name(INTERNET_ADDRESS(mailbox)), *out;
    char *copy = name ? g_strdup(name) : NULL;

    if (!copy)
        return "";
    unhide_words(copy);
    out = mail_value_text(arena, copy, PERSON_MAX);
    g_free(copy);
    return out;
}

struct mail_person mail_value_person(struct arena *arena, const char *value)
{
    struct mail_person person = { .address = "", .name = "" };
    const char *in = clipped(arena, value);
    char *hidden = hide_words(in);
    InternetAddressList *list;
    InternetAddressMailbox *mailbox;

    list = internet_address_list_parse(NULL, hidden);
    mailbox = first_mailbox(list);
    if (mailbox) {
        const char *address = internet_address_mailbox_get_addr(mailbox);
        if (address && strchr(address, '@') && strlen(address) <= PERSON_MAX)
            person.address = keep_line(arena, address, strlen(address), PERSON_MAX);
        person.name = strchr(in, '<') ? name_before(arena, in) : name_of(arena, mailbox);
    }
    if (!*person.address)
        person.address = any_address(arena, in);
    if (list)
        g_object_unref(list);
    g_free(hidden);
    return person;
}
