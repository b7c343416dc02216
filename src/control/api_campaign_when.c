/* api_campaign_when.c - when a campaign starts and ends, how fast it goes, what it may cost, and
 * why nothing of it moves now. */
#include "control/kick.h"
#include "control/campaign_when.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/local_time.h"
#include "flow/campaign.h"
#include "flow/gateway.h"
#include "store/campaign_approval.h"
#include "store/campaign.h"
#include "store/campaign_wait.h"
#include "store/send_window.h"

#define RATE_MAX     100000000
#define BUDGET_MAX   INT64_C(100000000000) /* cents */
#define WITHIN_MAX   (7 * SEC_PER_DAY)
#define WITHIN       (4 * 3600)
#define EXPIRES_MAX  (30 * SEC_PER_DAY)
#define WAITS_SHOWN  20
#define SENTENCE_MAX 300

/* --- fields --- */

/* "5000/h", "5000"; "none" is 0. */
static bool parse_rate(const char *text, int64_t *rate)
{
    char *end;

    *rate = 0;
    if (strcmp(text, "none") == 0)
        return true;
    if (!isdigit((unsigned char)*text))
        return false;
    *rate = strtoll(text, &end, 10);
    return (!*end || strcmp(end, "/h") == 0) && *rate > 0 && *rate <= RATE_MAX;
}

/* "250", "250.50", with the currency behind it or not; "none" is 0. */
static bool parse_budget(const char *text, const char *currency, int64_t *cents)
{
    int64_t part = 0;
    char *end;

    *cents = 0;
    if (strcmp(text, "none") == 0)
        return true;
    if (!isdigit((unsigned char)*text))
        return false;
    *cents = strtoll(text, &end, 10);
    if (*cents > BUDGET_MAX)
        return false;
    if (*end == '.') {
        if (!isdigit((unsigned char)end[1]) || !isdigit((unsigned char)end[2]))
            return false;
        part = (end[1] - '0') * 10 + (end[2] - '0');
        end += 3;
    }
    end += strspn(end, " ");
    *cents = *cents * 100 + part;
    return (!*end || strcmp(end, currency) == 0) && *cents > 0 && *cents <= BUDGET_MAX;
}

static bool take_rate(struct exchange *x, int64_t *rate, bool *given)
{
    const char *text;

    if (!take_text(x, "rate", 20, "", &text))
        return false;
    *given = *text != '\0';
    if (!*given || parse_rate(text, rate))
        return true;
    exchange_refuse(x, 422, "rate",
                    "rate: expected messages an hour such as 5000/h, or none, "
                    "got '%s'",
                    text);
    return false;
}

static bool take_budget(struct exchange *x, int64_t *cents, bool *given)
{
    const char *text, *currency = x->house->campaign_settings->currency;

    if (!take_text(x, "budget", 30, "", &text))
        return false;
    *given = *text != '\0';
    if (!*given || parse_budget(text, currency, cents))
        return true;
    exchange_refuse(x, 422, "budget",
                    "budget: expected an amount such as 250 or 99.50%s, or none, "
                    "got '%s'",
                    currency, text);
    return false;
}

bool take_when(struct exchange *x, struct campaign_plan *plan)
{
    bool given;

    return take_text(x, "window", 200, "", &plan->hours) &&
           take_rate(x, &plan->rate_per_hour, &given) &&
           take_budget(x, &plan->budget_cents, &given);
}

static bool read_number(const char **at, size_t digits, char behind, int *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++, ++*at) {
        if (!isdigit((unsigned char)**at))
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return *(*at)++ == behind;
}

/* "2026-12-01 10:00", of a day that there is. */
static bool read_wall(const char *text, struct civil *wall)
{
    struct civil there;

    *wall = (struct civil){ 0 };
    if (!read_number(&text, 4, '-', &wall->year) || !read_number(&text, 2, '-', &wall->month) ||
        !read_number(&text, 2, ' ', &wall->day) || !read_number(&text, 2, ':', &wall->hour) ||
        !read_number(&text, 2, '\0', &wall->minute))
        return false;
    if (wall->year < 2000 || wall->month < 1 || wall->month > 12 || wall->day < 1 ||
        wall->hour > 23 || wall->minute > 59)
        return false;
    there = clock_civil(clock_from_civil(wall));
    return there.month == wall->month && there.day == wall->day;
}

/* By the wall clock of the house. Not given: 0. */
static bool take_wall(struct exchange *x, const char *name, utc_us *at)
{
    const struct send_rules *rules = x->house->campaign_settings->rules;
    struct local_zone *zone;
    struct civil wall;
    const char *text;

    *at = 0;
    if (!take_text(x, name, 40, "", &text))
        return false;
    if (!*text)
        return true;
    if (!read_wall(text, &wall) ||
        local_zone_open(rules ? rules->timezone : "Etc/UTC", &zone, NULL)) {
        exchange_refuse(x, 422, name,
                        "%s: expected a day and a time such as 2026-12-01 10:00, "
                        "got '%s'",
                        name, text);
        return false;
    }
    *at = local_zone_to_utc(zone, &wall);
    local_zone_close(zone);
    return true;
}

/* --- commands --- */

static void answer(struct exchange *x, enum rc rc, const struct error *err)
{
    struct campaign campaign;

    if (!rc) {
        x->changed = true;
        rc = campaign_read(x->db, x->id, &campaign);
    }
    if (rc) {
        exchange_failed(x, rc, "campaign", err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "state", campaign_state_name(campaign.state));
    rc = put_when(x, &campaign);
    if (rc)
        exchange_failed(x, rc, "campaign", NULL);
}

static void schedule_campaign(struct exchange *x)
{
    struct error err = { "" };
    int64_t within;
    utc_us at;

    if (!take_wall(x, "start_at", &at) ||
        !take_int(x, "start_within_s", 60, WITHIN_MAX, WITHIN, &within))
        return;
    if (!at) {
        exchange_refuse(x, 422, "start_at", "start_at must be given");
        return;
    }
    answer(
        x,
        campaign_ask_schedule(x->db, x->id, at, within, x->house->campaign_settings, x->who, &err),
        &err);
}

static void unschedule_campaign(struct exchange *x)
{
    struct error err = { "" };

    answer(x, campaign_unschedule(x->db, x->id, x->who, &err), &err);
}

static void extend_campaign(struct exchange *x)
{
    struct campaign_extension e = { 0 };
    struct error err = { "" };
    int64_t expires_s;

    if (!take_wall(x, "until", &e.until) ||
        !take_int(x, "expires_s", 60, EXPIRES_MAX, 0, &expires_s) ||
        !take_rate(x, &e.rate_per_hour, &e.has_rate) ||
        !take_budget(x, &e.budget_cents, &e.has_budget))
        return;
    if (expires_s && e.until) {
        exchange_refuse(x, 422, "until", "expected until or expires, and not both");
        return;
    }
    if (expires_s)
        e.until = clock_now() + expires_s * USEC_PER_SEC;
    answer(x, campaign_extend(x->db, x->id, &e, x->who, &err), &err);
}

/* --- why nothing moves --- */

/* "12,000" */
static const char *grouped(uint64_t n, char out[32])
{
    char plain[24];
    int len = snprintf(plain, sizeof(plain), "%llu", (unsigned long long)n), used = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = plain[i];
    }
    out[used] = '\0';
    return out;
}

/* "Monday 2026-11-30 08:00" there. */
static const char *local_text(const char *zone_name, utc_us at, char out[40])
{
    static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday" };
    struct local_zone *zone;
    struct civil wall;

    if (local_zone_open(zone_name, &zone, NULL))
        return clock_format(at, out);
    wall = local_zone_civil(zone, at);
    local_zone_close(zone);
    snprintf(out, 40, "%s %04u-%02u-%02u %02u:%02u", days[hours_weekday(&wall)],
             (unsigned)wall.year % 10000, (unsigned)wall.month % 100, (unsigned)wall.day % 100,
             (unsigned)wall.hour % 100, (unsigned)wall.minute % 100);
    return out;
}

struct waiting {
    struct exchange *x;
    const struct campaign *campaign;
    const char *house_zone;
    json_t *list;
};

static void say(struct waiting *w, const char *why, uint64_t messages, const char *sentence)
{
    json_t *item = json_object();

    put_text(item, "why", why);
    put_u64(item, "messages", messages);
    put_text(item, "said", sentence);
    json_array_append_new(w->list, item);
}

static void say_wait(void *arg, const struct campaign_wait *wait)
{
    struct waiting *w = arg;
    char text[SENTENCE_MAX], n[32], rate[32], at[40];
    const char *are = wait->messages == 1 ? "message waits" : "messages wait";

    grouped(wait->messages, n);
    switch (wait->kind) {
    case CAMPAIGN_WAITS_FOR_WINDOW:
        if (wait->until == CALENDAR_NEVER)
            snprintf(text, sizeof(text),
                     "%s %s and will never leave: its hours never meet those "
                     "of promotions in %s",
                     n, are, wait->zone);
        else
            snprintf(text, sizeof(text), "%s %s for %s in %s", n, are,
                     local_text(wait->zone, wait->until, at), wait->zone);
        say(w, "window", wait->messages, text);
        break;
    case CAMPAIGN_WAITS_FOR_TURN:
        if (w->campaign->rate_per_hour)
            snprintf(text, sizeof(text), "%s %s: %s an hour leave (rate)", n, are,
                     grouped(w->campaign->rate_per_hour, rate));
        else
            snprintf(text, sizeof(text), "%s %s to be given out within the budget", n, are);
        say(w, w->campaign->rate_per_hour ? "rate" : "budget", wait->messages, text);
        break;
    case CAMPAIGN_WAITS_PUT_OFF:
        snprintf(text, sizeof(text), "%s %s until %s: a carrier refused them for now", n, are,
                 local_text(w->house_zone, wait->until, at));
        say(w, "put_off", wait->messages, text);
        break;
    }
}

static void say_state(struct waiting *w)
{
    const struct campaign *c = w->campaign;
    char text[SENTENCE_MAX], at[40];

    if (c->state == CAMPAIGN_SCHEDULED) {
        snprintf(text, sizeof(text), "It starts on %s in %s",
                 local_text(w->house_zone, c->start_at, at), w->house_zone);
        say(w, "scheduled", 0, text);
    } else if (c->state == CAMPAIGN_PAUSED && strcmp(c->pause_reason, "budget") == 0) {
        snprintf(text, sizeof(text),
                 "Its budget is used up: campaign extend --budget gives it more, campaign resume "
                 "goes on");
        say(w, "budget", 0, text);
    } else if (c->state == CAMPAIGN_PAUSED && strcmp(c->pause_reason, "cannot_start") == 0) {
        snprintf(text, sizeof(text),
                 "Its audience or its text could not be read at its start: campaign preview says "
                 "why");
        say(w, "cannot_start", 0, text);
    } else if (c->state == CAMPAIGN_PAUSED && strcmp(c->pause_reason, "missed_start") == 0) {
        snprintf(text, sizeof(text),
                 "Relais did not run at its start on %s and for more than %lld minutes after: "
                 "campaign resume starts it now",
                 local_text(w->house_zone, c->start_at, at), (long long)(c->start_within_s / 60));
        say(w, "missed_start", 0, text);
    }
}

enum rc put_when(struct exchange *x, const struct campaign *c)
{
    const struct send_rules *rules = x->house->campaign_settings->rules;
    struct send_windows *windows = rules ? send_windows_new(rules) : NULL;
    struct waiting w = { .x = x,
                         .campaign = c,
                         .house_zone = rules ? rules->timezone : "Etc/UTC",
                         .list = json_array() };
    enum rc rc = RC_OK;

    if (rules && !windows) {
        json_decref(w.list);
        return RC_FAIL;
    }
    put_u64(x->reply, "rate_per_hour", c->rate_per_hour);
    json_object_set_new(x->reply, "budget_cents",
                        c->has_budget ? json_integer((json_int_t)c->budget_cents) : json_null());
    put_u64(x->reply, "spent_cents", (c->spent_millicents + 999) / 1000);
    put_time(x->reply, "start_at", c->start_at);
    put_text(x->reply, "pause_reason", c->pause_reason);
    say_state(&w);
    if (c->state == CAMPAIGN_EXPANDING || c->state == CAMPAIGN_SENDING)
        rc = campaign_waits(x->db, c->id, windows, clock_now(), WAITS_SHOWN, say_wait, &w);
    json_object_set_new(x->reply, "waiting", w.list);
    send_windows_free(windows);
    return rc;
}

static void kick(struct exchange *x)
{
    if (x->house->campaigns)
        campaign_runner_kick(x->house->campaigns);
    kick_senders(x->house);
}

const struct route campaign_when_routes[] = {
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/schedule",
      .right = RIGHT_TOKEN,
      .slow = true,
      .run = schedule_campaign,
      .then = kick,
      .body = BODY("start_at", "start_within_s"),
      .help = "Starts it at a time. Body: start_at (\"2026-12-01 10:00\" in sms.timezone), "
              "start_within_s: how much later it may still start by itself." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/unschedule",
      .right = RIGHT_TOKEN,
      .run = unschedule_campaign,
      .help = "A scheduled campaign is a draft again." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/extend",
      .right = RIGHT_TOKEN,
      .run = extend_campaign,
      .then = kick,
      .body = BODY("until", "expires_s", "rate", "budget"),
      .help = "Gives it more time, another rate or budget. Body: until (\"2026-12-01 18:00\") or "
              "expires_s (from now on), rate (\"5000/h\", \"none\"), budget (\"250\", \"none\")." },
};
const size_t n_campaign_when_routes =
    sizeof(campaign_when_routes) / sizeof(campaign_when_routes[0]);
