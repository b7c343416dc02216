/* relaisctl_template.c - files for templates, sent in pieces; and how a mail looks, as HTML. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "control/base64.h"
#include "relaisctl.h"
#include "store/template_file.h"

/* Of a call: as base64 it fits in the smallest control.max_body. */
#define PIECE 9000

static int refused(int status, const json_t *reply)
{
    const char *why = get_text(reply, "error");

    fprintf(stderr, "relaisctl: %s\n",
            *why            ? why
            : status == 413 ? "that is too large"
                            : "relaisd refused the request");
    return CTL_FAILED;
}

/* --- a file --- */

static char *read_file(const char *path, size_t *n)
{
    char *bytes = malloc(TEMPLATE_FILE_BYTES_MAX + 1);
    FILE *file = fopen(path, "re");
    bool good = false;

    if (file && bytes)
        *n = fread(bytes, 1, TEMPLATE_FILE_BYTES_MAX + 1, file);
    if (!file || !bytes || ferror(file))
        fprintf(stderr, "relaisctl: %s: cannot be read: %s\n", path, strerror(errno));
    else if (!*n || *n > TEMPLATE_FILE_BYTES_MAX)
        fprintf(stderr, "relaisctl: %s: expected 1 to %d bytes, since every mail carries them\n",
                path, TEMPLATE_FILE_BYTES_MAX);
    else
        good = true;
    if (file)
        fclose(file);
    if (good)
        return bytes;
    free(bytes);
    return NULL;
}

static json_t *piece_json(const struct ctl *ctl, const char *bytes, size_t size, size_t at)
{
    const char *path = ctl_given(ctl, "FILE"), *name = ctl_given(ctl, "--as");
    const char *slash = strrchr(path, '/');
    const size_t n = size - at < PIECE ? size - at : PIECE;
    char data[BASE64_SIZE(PIECE)];

    base64_write(bytes + at, n, data);
    return json_pack("{s:s, s:I, s:I, s:b, s:s}", "file",
                     name    ? name
                     : slash ? slash + 1
                             : path,
                     "size", (json_int_t)size, "at", (json_int_t)at, "inline",
                     ctl_given(ctl, "--inline") != NULL, "data", data);
}

static int send_piece(const struct ctl *ctl, const char *path, json_t *piece, bool last)
{
    json_t *reply = NULL;
    struct error err;
    int status = 0, result = 0;

    if (!piece) {
        fputs("relaisctl: the name of the file is not UTF-8; give another one with --as\n", stderr);
        return CTL_FAILED;
    }
    if (ctl_call(&ctl->place, "POST", path, piece, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        result = CTL_UNREACHED;
    } else if (status >= 300) {
        result = refused(status, reply);
    } else if (last && ctl->json) {
        json_dumpf(reply, stdout, JSON_INDENT(2));
        puts("");
    } else if (last) {
        show_template_set(reply);
    }
    json_decref(reply);
    return result;
}

int ctl_template_attach(const struct ctl *ctl, const char *path)
{
    size_t size = 0;
    char *bytes = read_file(ctl_given(ctl, "FILE"), &size);
    int result = bytes ? 0 : CTL_FAILED;

    for (size_t at = 0; !result && at < size; at += PIECE) {
        json_t *piece = piece_json(ctl, bytes, size, at);
        result = send_piece(ctl, path, piece, at + PIECE >= size);
        json_decref(piece);
    }
    free(bytes);
    return result;
}

/* --- a look --- */

/* A customer's, or that of the language asked for, or the template's own. */
static const json_t *choose(const json_t *reply, const char *language)
{
    const json_t *customer = json_array_get(json_object_get(reply, "customers"), 0), *item;
    size_t i;

    if (customer)
        return customer;
    json_array_foreach(json_object_get(reply, "languages"), i, item)
    {
        if (!language || strcmp(get_text(item, "language"), language) == 0)
            return item;
    }
    return NULL;
}

int ctl_template_html(const struct ctl *ctl, const char *path)
{
    json_t *reply = NULL;
    struct buffer asked;
    struct error err;
    int status = 0, result = CTL_FAILED;

    buffer_init(&asked, 16 * CTL_PATH_SIZE);
    buffer_printf(&asked, "%s%chtml=1", path, strchr(path, '?') ? '&' : '?');
    if (ctl_call(&ctl->place, "GET", buffer_text(&asked), NULL, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        result = CTL_UNREACHED;
    } else if (status >= 300) {
        result = refused(status, reply);
    } else if (!*get_text(choose(reply, ctl_given(ctl, "--language")), "html")) {
        fputs("relaisctl: there is no HTML of it: a text for SMS, another language, or a customer "
              "without a value that it needs\n",
              stderr);
    } else {
        fputs(get_text(choose(reply, ctl_given(ctl, "--language")), "html"), stdout);
        result = 0;
    }
    json_decref(reply);
    buffer_close(&asked);
    return result;
}
