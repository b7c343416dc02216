/* relaisctl_save.c - an answer that is a file, into a new file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "relaisctl.h"

int ctl_save(const struct ctl *ctl, const char *path, const char *name)
{
    const bool to_stdout = strcmp(name, "-") == 0;
    FILE *out = to_stdout ? stdout : fopen(name, "wxe");
    json_t *reply = NULL;
    struct error err = { 0 };
    int status = 0, result = 0;

    if (!out) {
        fprintf(stderr, "relaisctl: %s: %s\n", name, strerror(errno));
        return CTL_FAILED;
    }
    if (ctl_fetch(&ctl->place, path, out, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        result = CTL_UNREACHED;
    } else if (status != 200) {
        fprintf(stderr, "relaisctl: %s\n",
                *get_text(reply, "error") ? get_text(reply, "error")
                                          : "relaisd refused the request");
        result = CTL_FAILED;
    }
    if (!to_stdout && fclose(out) && !result) {
        fprintf(stderr, "relaisctl: %s: %s\n", name, strerror(errno));
        result = CTL_FAILED;
    }
    if (!to_stdout && result)
        unlink(name);
    json_decref(reply);
    return result;
}
