/* public_notice.c - a page with a form for each thing that waits, and what its buttons do. */
#include "control/public_notice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/lane.h"
#include "base/metric.h"
#include "control/http.h"
#include "control/public_page.h"
#include "domain/mail_token.h"
#include "domain/utf8.h"
#include "domain/value.h"
#include "store/staff_reply.h"

#define LOG_PART "public"
#include "base/log.h"

#define WAITING_MAX 100 /* callers who wait for the database */
#define PAGE_MAX    ((size_t)400 << 10)
#define NOTE_MAX    200 /* characters */
#define CODE_SIZE   40
#define DETAIL_MAX  300     /* characters */
#define SEEN        "=seen" /* no code of an outcome has such a sign in it */
#define LATER       "=later"
#define WHEN_SIZE   16 /* of a field for a day or an hour */

#define NO_SUCH "Ce lien n'existe pas ou n'existe plus. / This link does not exist, or no longer."
#define NOTHING_DONE                                                                            \
    "Rien n'a été changé : utilisez les boutons de la page. / Nothing was changed: use the " \
    "buttons on the page."
#define TROUBLED "Un instant, puis réessayez. / Please try again in a moment."

static struct metric pressed_total =
    METRIC_COUNTER("relais_notice_buttons_total", "Buttons pressed on pages of reminders");
static struct metric unknown_total = METRIC_COUNTER(
    "relais_notice_unknown_total", "Requests for pages of reminders that do not exist");

struct public_notice {
    struct public_notice_settings settings;
    struct lane_pool *lanes;
    unsigned waiting;
};

struct notice_job {
    struct job job;
    struct public_notice *owner;
    struct http_call *call;
    struct staff_reply_rules rules;
    bool is_press;
    struct staff_reply_press press;
    char outcome[CODE_SIZE], note[NOTE_MAX * 4 + 1], day[WHEN_SIZE], hour[WHEN_SIZE];
    bool sure; /* it was asked, and said so */

    /* What run() found. */
    enum rc rc, pressed;
    struct staff_reply_done done;
    struct buffer html;
    int status;
};

/* --- the page --- */

static const struct words {
    const char *hello, *seen, *later, *settle, *note, *none, *done, *over, *refused, *elsewhere,
        *alert, *more[2], *result, *call_back[2], *sure[CONTACT_EFFECTS], *yes, *no;
} languages[] = {
    { .hello = "Bonjour",
      .seen = "Je m'en occupe",
      .later = "Me le rappeler dans une heure",
      .settle = "C'est réglé",
      .note = "Note",
      .none = "Tout est réglé, merci. Il n'y a plus rien à faire ici.",
      .done = "C'est noté, merci.",
      .over = "C'était déjà réglé.",
      .refused = "Cela n'a pas pu être noté.",
      .elsewhere = "Rien n'a été noté : ce numéro n'est pas de ce rappel.",
      .alert = "Alerte",
      .more = { "Il en reste", "autres, qui paraîtront ici à mesure que ceux-ci seront réglés." },
      .result = "Noter le résultat",
      .call_back = { "Jour", "Heure" },
      .sure = { [CONTACT_EFFECT_WRONG_NUMBER] = "Le numéro ne sera plus utilisé.",
                [CONTACT_EFFECT_DO_NOT_CONTACT] =
                    "Ce client ne sera plus contacté, et ses accords seront retirés." },
      .yes = "Oui, noter",
      .no = "Non, revenir sans rien noter" },
    { .hello = "Hello",
      .seen = "I am at it",
      .later = "Remind me in an hour",
      .settle = "It is settled",
      .note = "Note",
      .none = "All is settled, thank you. There is nothing left to do here.",
      .done = "Noted, thank you.",
      .over = "It was settled before.",
      .refused = "That could not be noted.",
      .elsewhere = "Nothing was noted: that number is not of this reminder.",
      .alert = "Alert",
      .more = { "There are", "more, which appear here as these are settled." },
      .result = "Say what came of it",
      .call_back = { "Day", "Hour" },
      .sure = { [CONTACT_EFFECT_WRONG_NUMBER] = "The number will not be used any more.",
                [CONTACT_EFFECT_DO_NOT_CONTACT] =
                    "This customer will not be contacted any more, and the consents end." },
      .yes = "Yes, note it",
      .no = "No, go back and note nothing" },
};

static void add_button(struct buffer *out, const char *value, const char *label)
{
    buffer_add_text(out, "<button name=\"do\" value=\"");
    public_add(out, value);
    buffer_add_text(out, "\">");
    public_add(out, label);
    buffer_add_text(out, "</button> ");
}

static const char *label_of(const struct staff_reply_page *page, const struct contact_outcome *o)
{
    return page->english ? o->label_en : o->label_fr;
}

/* Those that call back stand with the fields of when, the others by themselves. */
static void add_outcomes(struct buffer *out, const struct staff_reply_page *page, bool call_back)
{
    for (size_t i = 0; i < page->outcomes.n; i++) {
        const struct contact_outcome *o = &page->outcomes.list[i];

        if (o->on && (o->effect == CONTACT_EFFECT_CALL_BACK) == call_back)
            add_button(out, o->code, label_of(page, o));
    }
}

static void add_results(struct buffer *out, const struct staff_reply_page *page,
                        const struct words *w)
{
    buffer_printf(out, "<details%s><summary>%s</summary><p>", page->n_open == 1 ? " open" : "",
                  w->result);
    add_outcomes(out, page, false);
    buffer_printf(out,
                  "</p><p><label>%s <input type=\"date\" name=\"day\"></label> <label>%s <input "
                  "type=\"time\" name=\"hour\"></label> ",
                  w->call_back[0], w->call_back[1]);
    add_outcomes(out, page, true);
    buffer_add_text(out, "</p></details>");
}

static void add_who(struct buffer *out, const struct staff_reply_matter *m)
{
    if (*m->company) {
        buffer_add_text(out, "<p>");
        public_add(out, m->company);
        buffer_add_text(out, "</p>");
    }
    if (*m->phone) {
        buffer_add_text(out, "<p><a href=\"tel:");
        public_add(out, m->phone);
        buffer_add_text(out, "\">");
        public_add(out, m->phone);
        buffer_add_text(out, "</a></p>");
    }
}

static void add_about(struct buffer *out, const struct staff_reply_number *n)
{
    buffer_printf(out, "<input type=\"hidden\" name=\"about\" value=\"%s%" PRIu64 "\">",
                  n->alert ? "A" : "", n->id);
}

static void add_matter(struct buffer *out, const struct staff_reply_page *page,
                       const struct staff_reply_matter *m, const struct words *w)
{
    char detail[DETAIL_MAX * 4 + 1];

    snprintf(detail, sizeof(detail), "%.*s",
             (int)text_prefix(m->detail, strlen(m->detail), DETAIL_MAX), m->detail);
    buffer_printf(out, "<form method=\"post\"><h2>%s%s%" PRIu64 " ",
                  m->number.alert ? w->alert : "", m->number.alert ? " A" : "", m->number.id);
    public_add(out, m->name);
    buffer_add_text(out, "</h2>");
    add_who(out, m);
    buffer_add_text(out, "<p>");
    public_add(out, detail);
    buffer_add_text(out, "</p>");
    add_about(out, &m->number);
    buffer_printf(out, "<p><label>%s <input name=\"note\" maxlength=\"%d\"></label></p>", w->note,
                  NOTE_MAX);
    /* A return key in the note presses the first: that does least. */
    buffer_add_text(out, "<p>");
    add_button(out, SEEN, w->seen);
    add_button(out, LATER, w->later);
    if (m->number.alert)
        add_button(out, "", w->settle);
    buffer_add_text(out, "</p>");
    if (!m->number.alert)
        add_results(out, page, w);
    buffer_add_text(out, "</form>");
}

/* What was recorded of whom, or why it was not. */
static void add_result(struct buffer *out, const struct notice_job *j, const struct words *w)
{
    if (!j->is_press)
        return;
    buffer_add_text(out, "<p role=\"status\"><strong>");
    buffer_add_text(out, !j->pressed                 ? w->done
                         : j->pressed == RC_CONFLICT ? w->over
                         : j->pressed == RC_NOTFOUND ? w->elsewhere
                                                     : w->refused);
    buffer_add_text(out, "</strong>");
    if (j->done.said) {
        buffer_add_text(out, "<br>");
        public_add(out, j->done.said);
    }
    buffer_add_text(out, "</p>");
}

static void write_page(struct notice_job *j, const struct staff_reply_page *page)
{
    const struct words *w = &languages[page->english];

    buffer_add_text(&j->html, "<p>");
    public_add(&j->html, w->hello);
    buffer_add_text(&j->html, " ");
    public_add(&j->html, page->person);
    buffer_add_text(&j->html, ",</p>");
    add_result(&j->html, j, w);
    for (size_t i = 0; i < page->n; i++) {
        if (page->matters[i].open)
            add_matter(&j->html, page, &page->matters[i], w);
    }
    if (page->more)
        buffer_printf(&j->html, "<p>%s %zu %s</p>", w->more[0], page->more, w->more[1]);
    if (!page->n_open && !page->more)
        buffer_printf(&j->html, "<p>%s</p>", w->none);
    j->status = page->n_open || j->is_press ? 200 : 410;
}

/* --- before what cannot be taken back --- */

/* The outcome that is asked about before it is noted; NULL: none is. */
static const struct contact_outcome *to_ask(const struct notice_job *j,
                                            const struct staff_reply_page *page)
{
    for (size_t i = 0; i < page->outcomes.n; i++) {
        const struct contact_outcome *o = &page->outcomes.list[i];

        if (o->on && languages[0].sure[o->effect] && strcmp(o->code, j->outcome) == 0)
            return o;
    }
    return NULL;
}

static const char *name_of(const struct staff_reply_page *page, uint64_t task_id)
{
    for (size_t i = 0; i < page->n; i++) {
        const struct staff_reply_matter *m = &page->matters[i];

        if (!m->number.alert && m->number.id == task_id)
            return m->name;
    }
    return "";
}

static void write_question(struct notice_job *j, const struct staff_reply_page *page,
                           const struct contact_outcome *o)
{
    const struct words *w = &languages[page->english];
    struct buffer *out = &j->html;

    buffer_printf(out, "<form method=\"post\"><h2>%" PRIu64 " ", j->press.number.id);
    public_add(out, name_of(page, j->press.number.id));
    buffer_add_text(out, "</h2><p><strong>");
    public_add(out, label_of(page, o));
    buffer_printf(out, page->english ? "?</strong> %s</p>" : " ?</strong> %s</p>",
                  w->sure[o->effect]);
    add_about(out, &j->press.number);
    buffer_add_text(out, "<input type=\"hidden\" name=\"sure\" value=\"1\">"
                         "<input type=\"hidden\" name=\"note\" value=\"");
    public_add(out, j->note);
    buffer_add_text(out, "\"><p>");
    add_button(out, o->code, w->yes);
    buffer_printf(out, "</p><p><a href=\"\">%s</a></p></form>", w->no);
    j->status = 200;
}

/* --- on the lane --- */

/* What is of the press alone: the page is shown all the same. */
static bool is_answer(enum rc rc)
{
    return !rc || rc == RC_CONFLICT || rc == RC_INVALID || rc == RC_NOTFOUND;
}

static enum rc ask(struct notice_job *j, struct db *db, struct arena *arena, bool *asked)
{
    const struct contact_outcome *o;
    struct staff_reply_page page;
    enum rc rc = j->press.button == STAFF_REPLY_BUTTON_RESULT
                     ? staff_reply_page_read(db, j->press.notice_id, arena, &page)
                     : RC_OK;

    if (rc || j->press.button != STAFF_REPLY_BUTTON_RESULT)
        return rc;
    o = to_ask(j, &page);
    if (o)
        write_question(j, &page, o);
    *asked = o != NULL;
    return RC_OK;
}

static void run_job(struct job *job, void *db)
{
    struct notice_job *j = (struct notice_job *)job;
    struct staff_reply_page page;
    struct arena arena;
    bool asked = false;

    arena_init(&arena);
    j->rc = RC_OK;
    if (j->is_press && !j->press.number.alert && !j->sure)
        j->rc = ask(j, db, &arena, &asked);
    if (j->is_press && !asked && !j->rc) {
        j->pressed = staff_reply_press(db, &j->rules, &j->press, clock_now(), &arena, &j->done);
        j->rc = is_answer(j->pressed) ? RC_OK : j->pressed;
    }
    if (!asked && !j->rc)
        j->rc = staff_reply_page_read(db, j->press.notice_id, &arena, &page);
    if (!asked && !j->rc)
        write_page(j, &page);
    j->is_press = j->is_press && !asked;
    if (!j->rc && j->html.full)
        j->rc = RC_FAIL;
    arena_close(&arena);
}

/* --- on the loop --- */

static void refuse(struct http_call *call)
{
    metric_add(&unknown_total, 1);
    public_page(call, 404, NO_SUCH);
}

static void ask_again(struct http_call *call)
{
    http_add_header(call, "Retry-After", "30");
    public_page(call, 503, TROUBLED);
}

static void follow(const struct notice_job *j)
{
    const struct public_notice_settings *s = &j->owner->settings;

    for (size_t i = 0; i < j->done.n_stopped; i++)
        s->stopped(s->arg, j->done.stopped[i]);
    metric_add(&pressed_total, 1);
    log_info("notice=%llu button=%s staff=%u rc=%s", (unsigned long long)j->press.notice_id,
             j->press.button == STAFF_REPLY_BUTTON_RESULT ? "result"
             : j->press.button == STAFF_REPLY_BUTTON_SEEN ? "seen"
                                                          : "later",
             j->done.staff_id, rc_name(j->pressed));
}

static void done_job(struct job *job)
{
    struct notice_job *j = (struct notice_job *)job;

    j->owner->waiting--;
    if (j->is_press && is_answer(j->pressed))
        follow(j);
    if (!j->rc)
        public_form(j->call, j->status, "Relais", buffer_text(&j->html));
    else if (j->rc == RC_NOTFOUND)
        refuse(j->call);
    else
        ask_again(j->call);
    buffer_close(&j->html);
    free(j);
}

static struct notice_job *new_job(struct public_notice *p, struct http_call *call,
                                  uint64_t notice_id)
{
    struct notice_job *j = p->waiting < WAITING_MAX ? calloc(1, sizeof(*j)) : NULL;

    if (!j)
        return NULL;
    j->job.run = run_job;
    j->job.done = done_job;
    j->owner = p;
    j->call = call;
    j->rules = *p->settings.rules;
    j->press.notice_id = notice_id;
    j->press.note = j->note;
    j->press.outcome = j->outcome;
    j->press.day = j->day;
    j->press.hour = j->hour;
    buffer_init(&j->html, PAGE_MAX);
    return j;
}

static void post_job(struct notice_job *j)
{
    struct public_notice *p = j->owner;

    if (lane_post(p->lanes, 0, &j->job)) {
        ask_again(j->call);
        free(j);
        return;
    }
    p->waiting++;
}

/* --- a request --- */

/* "1234", "A17". */
static bool read_number(const char *text, struct staff_reply_number *out)
{
    char *end;

    out->alert = *text == 'A';
    text += out->alert;
    if (*text < '1' || *text > '9' || strlen(text) > 18)
        return false;
    out->id = strtoull(text, &end, 10);
    return !*end;
}

/* False: it is none of the page's buttons. */
static bool read_press(struct notice_job *j)
{
    const char *about = http_field(j->call, "about"), *act = http_field(j->call, "do");
    const char *note = http_field(j->call, "note");
    const char *day = http_field(j->call, "day"), *hour = http_field(j->call, "hour");

    if (!about || !act || !read_number(about, &j->press.number) || strlen(act) >= CODE_SIZE)
        return false;
    note = note && utf8_valid(note, strlen(note), NULL) ? note : "";
    snprintf(j->note, sizeof(j->note), "%.*s", (int)text_prefix(note, strlen(note), NOTE_MAX),
             note);
    snprintf(j->outcome, sizeof(j->outcome), "%s", act);
    snprintf(j->day, sizeof(j->day), "%s", day ? day : "");
    snprintf(j->hour, sizeof(j->hour), "%s", hour ? hour : "");
    j->sure = http_field(j->call, "sure") != NULL;
    j->press.button = strcmp(act, SEEN) == 0    ? STAFF_REPLY_BUTTON_SEEN
                      : strcmp(act, LATER) == 0 ? STAFF_REPLY_BUTTON_LATER
                                                : STAFF_REPLY_BUTTON_RESULT;
    j->is_press = true;
    return true;
}

static void serve(struct public_notice *p, struct http_call *call, uint64_t notice_id, bool press)
{
    struct notice_job *j = new_job(p, call, notice_id);

    if (!j) {
        ask_again(call);
    } else if (press && !read_press(j)) {
        public_page(call, 400, NOTHING_DONE);
        free(j);
    } else {
        post_job(j);
    }
}

void public_notice_serve(struct public_notice *p, struct http_call *call, const char *token)
{
    enum public_act act;
    uint64_t id;

    if (!mail_token_read_as(p->settings.key, MAIL_TOKEN_NOTICE, token, strlen(token), &id)) {
        refuse(call);
        return;
    }
    act = public_act(call, true, NOTHING_DONE);
    if (act != PUBLIC_NEITHER)
        serve(p, call, id, act == PUBLIC_PRESS);
}

/* --- begin and end --- */

struct public_notice *public_notice_new(const struct public_notice_settings *settings,
                                        struct lane_pool *lanes)
{
    struct public_notice *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->settings = *settings;
    p->lanes = lanes;
    metric_register(&pressed_total);
    metric_register(&unknown_total);
    return p;
}

bool public_notice_busy(const struct public_notice *p)
{
    return p->waiting > 0;
}

void public_notice_free(struct public_notice *p)
{
    free(p);
}
