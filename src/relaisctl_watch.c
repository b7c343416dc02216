/* relaisctl_watch.c - long work as one line that moves: a bar on a terminal, a line for each change
 * elsewhere. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "relaisctl.h"

#define BAR_WIDTH 30

void show_progress(FILE *out, const char *what, int64_t done, int64_t whole)
{
    int filled = whole > 0 ? (int)(done * BAR_WIDTH / whole) : 0;

    if (isatty(fileno(out)))
        fputs("\r\033[K", out);
    fprintf(out, "%-10s ", what);
    if (whole > 0) {
        for (int i = 0; i < BAR_WIDTH; i++)
            fputs(i < filled ? "█" : "░", out);
        fprintf(out, " %5.1f %%  %lld of %lld", 100.0 * (double)done / (double)whole,
                (long long)done, (long long)whole);
    } else {
        fprintf(out, "%lld", (long long)done);
    }
    fputs(isatty(fileno(out)) ? "" : "\n", out);
    fflush(out);
}

void end_progress(FILE *out)
{
    if (isatty(fileno(out)))
        fputs("\n", out);
}

/* What the work of a campaign is at, in numbers. */
struct at {
    const char *what;
    int64_t done, whole;
};

static struct at at_of(const json_t *reply)
{
    const json_t *states = json_object_get(reply, "by_state"), *retry;
    int64_t messages = get_int(reply, "messages");
    struct at at = { get_text(reply, "state"), 0, messages };

    retry = json_object_get(reply, "retry");
    if (retry && !json_is_string(json_object_get(retry, "finished_at")))
        return (struct at){ "retry", get_int(retry, "queued"), get_int(retry, "wanted") };
    if (strcmp(at.what, "expanding") == 0)
        return (struct at){ at.what, get_int(reply, "audience"), 0 }; /* its end is not known */
    at.done = messages - get_int(states, "queued") - get_int(states, "submitting") -
              get_int(states, "held");
    return at;
}

/* Nothing moves by itself any more, or only after hours. */
static bool rests(const json_t *reply)
{
    const char *state = get_text(reply, "state");

    return campaign_is_over(reply) || strcmp(state, "paused") == 0 ||
           strcmp(state, "waiting approval") == 0 ||
           (strcmp(state, "testing") == 0 && *get_text(reply, "test_until"));
}

int ctl_follow_campaign(const struct ctl *ctl, uint64_t id)
{
    const struct timespec second = { 1, 0 };
    struct at before = { "", -1, -1 };
    char path[80], what[20] = "";
    bool over = false;

    snprintf(path, sizeof(path), "/v1/campaigns/%llu", (unsigned long long)id);
    while (!over) {
        json_t *reply = NULL;
        struct error err;
        struct at at;
        int status = 0;

        if (ctl_call(&ctl->place, "GET", path, NULL, &status, &reply, &err)) {
            fprintf(stderr, "relaisctl: %s\n", err.text);
            return CTL_UNREACHED;
        }
        if (status != 200) {
            fprintf(stderr, "relaisctl: %s\n", get_text(reply, "error"));
            json_decref(reply);
            return CTL_FAILED;
        }
        at = at_of(reply);
        if (!ctl->json &&
            (at.done != before.done || at.whole != before.whole || strcmp(at.what, what) != 0))
            show_progress(stdout, at.what, at.done, at.whole);
        snprintf(what, sizeof(what), "%s", at.what);
        before = at;
        over = rests(reply);
        if (over && ctl->json) {
            json_dumpf(reply, stdout, JSON_INDENT(2));
            puts("");
        }
        json_decref(reply);
        if (!over)
            nanosleep(&second, NULL);
    }
    if (!ctl->json)
        end_progress(stdout);
    return 0;
}

#define LIST_LOOKS 1200 /* of a quarter of a second: a million customers take seconds */

static bool is_made(const json_t *reply)
{
    const json_t *list = json_array_get(json_object_get(reply, "lists"), 0);

    return !list || strcmp(get_text(list, "state"), "made") == 0;
}

json_t *ctl_stay_with_list(const struct ctl *ctl, json_t *reply)
{
    const struct timespec pause = { 0, 250 * 1000 * 1000 };
    const json_t *list = json_array_get(json_object_get(reply, "lists"), 0);
    struct buffer path;

    buffer_init(&path, CTL_PATH_SIZE);
    buffer_add_text(&path, "/v1/contact/lists?team=");
    ctl_add_escaped(&path, get_text(list, "team"));
    buffer_printf(&path, "&day=%s", get_text(list, "day"));
    for (int looks = 0; !is_made(reply) && looks < LIST_LOOKS; looks++) {
        json_t *now = NULL;
        struct error err;
        int status = 0;

        nanosleep(&pause, NULL);
        if (ctl_call(&ctl->place, "GET", buffer_text(&path), NULL, &status, &now, &err) ||
            status != 200) {
            json_decref(now); /* what was asked for stands: it is made without us */
            break;
        }
        json_decref(reply);
        reply = now;
    }
    buffer_close(&path);
    return reply;
}
