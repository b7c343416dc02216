/* exchange.c - what handlers say with: replies, refusals, fields of a body. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "control/exchange.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/routes.h"
#include "domain/mail_address.h"
#include "domain/phone.h"
#include "domain/value.h"

FILE *exchange_open_file(const struct exchange *x)
{
    int fd = open(x->house->data_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (!file && fd >= 0)
        close(fd);
    return file;
}

void exchange_refuse(struct exchange *x, int status, const char *field, const char *fmt, ...)
{
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    x->status = status;
    json_object_clear(x->reply);
    put_text(x->reply, "error", text);
    if (field)
        put_text(x->reply, "field", field);
}

void exchange_failed(struct exchange *x, enum rc rc, const char *what, const struct error *err)
{
    static const struct {
        int status;
        const char *sentence; /* when nobody said it better */
    } answers[] = {
        [RC_OK] = { 200, "" },
        [RC_AGAIN] = { 503, "the database is away; nothing was changed, try again" },
        [RC_NOTFOUND] = { 404, "no such" },
        [RC_CONFLICT] = { 409, "somebody else changed it, or its name is taken" },
        [RC_INVALID] = { 422, "it cannot be taken as it is" },
        [RC_UNKNOWN] = { 503, "the database went away before it said whether this was done; look" },
        [RC_FAIL] = { 500, "it failed; the log says why" },
    };
    bool said = err && err->text[0];

    x->again = rc == RC_AGAIN;
    if (said)
        exchange_refuse(x, answers[rc].status, NULL, "%s", err->text);
    else if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL, "no such %s", what);
    else
        exchange_refuse(x, answers[rc].status, NULL, "%s: %s", what, answers[rc].sentence);
}

/* A text from outside may hold bytes that are no UTF-8; JSON cannot. */
void put_text(json_t *object, const char *name, const char *text)
{
    json_t *value = json_string(text ? text : "");

    json_object_set_new(object, name, value ? value : json_string("?"));
}

void put_u64(json_t *object, const char *name, uint64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

void put_id(json_t *object, const char *name, uint64_t id)
{
    json_object_set_new(object, name, id ? json_integer((json_int_t)id) : json_null());
}

void put_time(json_t *object, const char *name, utc_us at)
{
    char text[CLOCK_TEXT_SIZE];

    json_object_set_new(object, name, at ? json_string(clock_format(at, text)) : json_null());
}

static json_t *field(struct exchange *x, const char *name)
{
    json_t *value = x->body ? json_object_get(x->body, name) : NULL;

    return json_is_null(value) ? NULL : value;
}

bool take_text(struct exchange *x, const char *name, size_t max, const char *def, const char **out)
{
    json_t *value = field(x, name);

    if (!value && !def) {
        exchange_refuse(x, 422, name, "%s must be given", name);
        return false;
    }
    if (value && !json_is_string(value)) {
        exchange_refuse(x, 422, name, "%s: expected a text", name);
        return false;
    }
    if (value && json_string_length(value) > max) {
        exchange_refuse(x, 422, name, "%s: expected at most %zu bytes, got %zu", name, max,
                        json_string_length(value));
        return false;
    }
    *out = value ? json_string_value(value) : def;
    return true;
}

bool take_bool(struct exchange *x, const char *name, bool def, bool *out)
{
    json_t *value = field(x, name);

    if (value && !json_is_boolean(value)) {
        exchange_refuse(x, 422, name, "%s: expected true or false", name);
        return false;
    }
    *out = value ? json_is_true(value) : def;
    return true;
}

bool take_yes_no(struct exchange *x, const char *name, int *out)
{
    const json_t *value = field(x, name);
    bool yes = json_is_true(value);

    if (value && !json_is_boolean(value) &&
        (!json_is_string(value) || value_yes_no(json_string_value(value), &yes))) {
        exchange_refuse(x, 422, name, "%s: expected yes or no", name);
        return false;
    }
    *out = value ? yes : -1;
    return true;
}

bool take_int(struct exchange *x, const char *name, int64_t min, int64_t max, int64_t def,
              int64_t *out)
{
    json_t *value = field(x, name);

    if (value && (!json_is_integer(value) || json_integer_value(value) < min ||
                  json_integer_value(value) > max)) {
        exchange_refuse(x, 422, name, "%s: expected a whole number from %" PRId64 " to %" PRId64,
                        name, min, max);
        return false;
    }
    *out = value ? json_integer_value(value) : def;
    return true;
}

bool take_query_u64(struct exchange *x, size_t nth, uint64_t max, uint64_t def, uint64_t *out)
{
    const char *text = x->query[nth];
    uint64_t number;

    if (!text) {
        *out = def;
        return true;
    }
    if (!route_parse_id(text, strlen(text), &number) || number > max) {
        exchange_refuse(x, 422, x->route->query[nth],
                        "%s: expected a whole number from 0 to %" PRIu64, x->route->query[nth],
                        max);
        return false;
    }
    *out = number;
    return true;
}

bool as_mail_address(struct exchange *x, const char *name, const char *text, char out[ADDRESS_SIZE])
{
    enum mail_fault fault;

    if (!mail_address_normalise(text, out, &fault))
        return true;
    exchange_refuse(x, 422, name, "%s: the mail address %s", name, mail_fault_reason(fault));
    return false;
}

bool as_phone_number(struct exchange *x, const char *name, const char *text, char out[E164_SIZE])
{
    enum phone_fault fault;

    if (!phone_to_e164(text, x->house->country, out, &fault))
        return true;
    exchange_refuse(x, 422, name, "%s: the phone number %s", name, phone_fault_reason(fault));
    return false;
}

bool take_query_address(struct exchange *x, size_t nth, char out[ADDRESS_SIZE])
{
    const char *text = x->query[nth], *name = x->route->query[nth];

    return strchr(text, '@') ? as_mail_address(x, name, text, out)
                             : as_phone_number(x, name, text, out);
}
