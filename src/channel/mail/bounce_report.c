/*
 * bounce_report.c - fields, line by line.
 *
 * RFC 3464 has groups of fields with an empty line between them: the first is of the message, each
 * other of one recipient. Many write it as it should be, some without the empty lines: a recipient
 * begins where a field comes again that the one before has already.
 */
#include "channel/mail/bounce_report.h"

#include <string.h>
#include <strings.h>

#include "domain/mail_address.h"

/* Copies one logical line without its breaks. Returns where the next one begins. */
static const char *take_line(const char *at, char *out, size_t size)
{
    size_t n = 0;

    while (*at) {
        size_t len = strcspn(at, "\r\n");
        const char *next = at + len;
        size_t room = size - 1 - n, fits = len < room ? len : room;

        memcpy(out + n, at, fits);
        n += fits;
        next += *next == '\r' && next[1] == '\n' ? 2 : *next != '\0';
        at = next;
        if (len == 0 || (*at != ' ' && *at != '\t'))
            break;
    }
    out[n] = '\0';
    return at;
}

/* The value of a line that is this field, or NULL. */
static const char *value_of(const char *line, const char *name)
{
    size_t len = strlen(name);

    if (strncasecmp(line, name, len) != 0)
        return NULL;
    line += len;
    line += strspn(line, " \t");
    return *line == ':' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

static void copy(char *out, size_t size, const char *text)
{
    size_t len = strnlen(text, size - 1);

    memcpy(out, text, len);
    out[len] = '\0';
}

bool bounce_field(const char *text, const char *name, bool all, char *out, size_t size)
{
    char line[BOUNCE_FIELD_SIZE];

    *out = '\0';
    while (*text) {
        const char *value;
        text = take_line(text, line, sizeof(line));
        if (!*line && !all)
            break;
        value = value_of(line, name);
        if (value) {
            copy(out, size, value);
            return true;
        }
    }
    return false;
}

void bounce_address(const char *value, char out[ADDRESS_SIZE])
{
    char text[ADDRESS_SIZE + 8];
    enum mail_fault fault;
    const char *begin = strchr(value, '<');
    size_t len;

    *out = '\0';
    if (begin) {
        begin++;
    } else {
        begin = strchr(value, ';');
        begin = begin ? begin + 1 : value;
        begin += strspn(begin, " \t");
    }
    len = strcspn(begin, "> \t\r\n(");
    if (len >= sizeof(text))
        return;
    memcpy(text, begin, len);
    text[len] = '\0';
    if (mail_address_normalise(text, out, &fault))
        *out = '\0';
}

static enum bounce_action action_of(const char *value)
{
    static const struct {
        const char *name;
        enum bounce_action action;
    } names[] = {
        { "failed", ACTION_FAILED },         { "failure", ACTION_FAILED },
        { "delayed", ACTION_DELAYED },       { "delivered", ACTION_DELIVERED },
        { "relayed", ACTION_DELIVERED },     { "expanded", ACTION_DELIVERED },
        { "deliverable", ACTION_DELIVERED },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncasecmp(value, names[i].name, strlen(names[i].name)) == 0)
            return names[i].action;
    }
    return ACTION_UNSAID;
}

/* By the class of the status, when nobody said what was done. */
static void settle(struct bounce_report *r)
{
    if (r->action)
        return;
    r->action = *r->status == '2'   ? ACTION_DELIVERED
                : *r->status == '4' ? ACTION_DELAYED
                : *r->status == '5' ? ACTION_FAILED
                                    : ACTION_UNSAID;
}

static bool is_worse(const struct bounce_report *a, const struct bounce_report *b)
{
    static const int badness[] = {
        [ACTION_UNSAID] = 0, [ACTION_DELIVERED] = 1, [ACTION_DELAYED] = 2, [ACTION_FAILED] = 3
    };

    return badness[a->action] > badness[b->action];
}

static const char *without_type(const char *value)
{
    size_t len = strcspn(value, "; \t");

    return value[len] == ';' ? value + len + 1 + strspn(value + len + 1, " \t") : value;
}

/* The original recipient is the one that we know; a forwarder's is not. */
static void note_recipient(struct bounce_report *r, const char *original, const char *final)
{
    char address[ADDRESS_SIZE];

    bounce_address(original ? original : final, address);
    if (*address && (original || !*r->recipient))
        memcpy(r->recipient, address, sizeof(address));
}

/* Returns true if the line is a field of a recipient. `begins`: another one begins with it. */
static bool note(struct bounce_report *r, const char *line, bool *begins)
{
    const char *original = value_of(line, "Original-Recipient");
    const char *final = value_of(line, "Final-Recipient"), *action = value_of(line, "Action");
    const char *status = value_of(line, "Status"), *words = value_of(line, "Diagnostic-Code");

    *begins = (action && r->action) || (status && *r->status) || (words && *r->diagnostic);
    if (*begins)
        return true;
    if (original || final)
        note_recipient(r, original, final);
    else if (action)
        r->action = action_of(action);
    else if (status)
        copy(r->status, sizeof(r->status), status);
    else if (words)
        copy(r->diagnostic, sizeof(r->diagnostic), without_type(words));
    else
        return false;
    return true;
}

static void keep_worst(struct bounce_report *r, bool *any, struct bounce_report *worst)
{
    settle(r);
    if (!*any || is_worse(r, worst))
        *worst = *r;
    *any = true;
    *r = (struct bounce_report){ .action = ACTION_UNSAID };
}

bool bounce_report_read(const char *text, struct bounce_report *out)
{
    struct bounce_report r = { .action = ACTION_UNSAID };
    char line[BOUNCE_FIELD_SIZE];
    bool any = false, open = false, begins;

    while (*text) {
        text = take_line(text, line, sizeof(line));
        if (!*line && open && (r.action || *r.status)) {
            keep_worst(&r, &any, out);
            open = false;
            continue;
        }
        if (!note(&r, line, &begins))
            continue;
        open = true;
        if (begins) {
            keep_worst(&r, &any, out);
            (void)note(&r, line, &begins);
        }
    }
    if (open && (r.action || *r.status))
        keep_worst(&r, &any, out);
    return any;
}
