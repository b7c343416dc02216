/* relaisctl_commands_task.c - commands about contacts to be made, and what came of them. */
#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct column task_columns[] = {
    { "NUMBER", "id", 'n', 0 },    { "DAY", "day", 't', 0 },
    { "DUE", "due_at", 'd', 0 },   { "STATE", "timing", 't', 0 },
    { "STAFF", "staff", 't', 16 }, { "CUSTOMER", "customer", 't', 24 },
    { "WHAT", "title", 't', 32 },  { "OUTCOME", "outcome", 't', 16 },
    { "DONE", "done_at", 'd', 0 }, { "NOTE", "note", 't', 40 },
};
static const char *const task_french[] = { "Numéro",   "Jour",   "À faire avant", "État",
                                           "Personne", "Client", "Objet",         "Résultat",
                                           "Fait le",  "Note" };
_Static_assert(COUNT(task_french) == COUNT(task_columns), "a head each");
static const struct ctl_list tasks = {
    .name = "tasks", .columns = task_columns, .n = COUNT(task_columns), .french = task_french
};

static const struct column contact_columns[] = {
    { "AT", "at", 'd', 0 },       { "OUTCOME", "outcome", 't', 16 }, { "BY", "staff", 't', 16 },
    { "NOTE", "note", 't', 48 },  { "NEXT", "next_at", 'd', 0 },     { "TASK", "task_id", 'n', 0 },
    { "WHAT", "title", 't', 32 }, { "VIA", "via", 't', 0 },
};
static const char *const contact_french[] = {
    "Le", "Résultat", "Personne", "Note", "Prochain contact", "Tâche", "Objet", "Par"
};
_Static_assert(COUNT(contact_french) == COUNT(contact_columns), "a head each");
static const struct ctl_list contacts = { .name = "contacts",
                                          .columns = contact_columns,
                                          .n = COUNT(contact_columns),
                                          .french = contact_french };

#define TASK_ID                                  \
    {                                            \
        "NUMBER", NULL, NULL, ARG_NUMBER, NEEDED \
    }

/* What came of a contact. */
#define RESULT_OPTIONS                                 \
    { "OUTCOME", NULL, "outcome", ARG_TEXT, NEEDED },  \
        { "--note", "TEXT", "note", ARG_TEXT, false }, \
        { "--next", "WHEN", "next", ARG_TEXT, false }, \
        { "--staff", "LOGIN", "staff", ARG_TEXT, false },

const struct command ctl_task_commands[] = {
    { "today",
      "GET",
      "/v1/tasks/today",
      { { "--staff", "LOGIN", "staff", ARG_TEXT, false } },
      show_today,
      .can_watch = true,
      .help = "Whom an employee is to contact today: --staff, else you. The number is what task "
              "done and an answer by SMS take." },
    { "task list",
      "GET",
      "/v1/tasks",
      { { "--staff", "LOGIN", "staff", ARG_TEXT, false },
        { "--team", "CODE", "team", ARG_TEXT, false },
        { "--customer", "CUSTOMER", "customer", ARG_CUSTOMER, false },
        { "--state", "open|late|done|cancelled", "state", ARG_TEXT, false },
        { "--from", "YYYY-MM-DD", "from", ARG_TEXT, false },
        { "--to", "YYYY-MM-DD", "to", ARG_TEXT, false },
        { "--after", "NUMBER", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &tasks,
      .help = "Contacts to be made and made: by whom, in time or late, what came of them." },
    { "task show",
      "GET",
      "/v1/tasks/{}",
      { TASK_ID },
      show_task,
      .help = "One of them, and what happened to it." },
    { "task add",
      "POST",
      "/v1/customers/{}/tasks",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED },
        { "--title", "TEXT", "title", ARG_TEXT, NEEDED },
        { "--expected", "TEXT", "expected", ARG_TEXT, false },
        { "--due", "WHEN", "due", ARG_TEXT, false },
        { "--staff", "LOGIN", "staff", ARG_TEXT, false },
        { "--policy", "NAME", "policy", ARG_TEXT, false } },
      show_task_changed,
      .help = "Another contact for an employee: --staff, else who looks after the customer. --due: "
              "a day, or \"2026-12-01 14:30\"; else the end of the working day." },
    { "task done",
      "POST",
      "/v1/tasks/{}/result",
      { TASK_ID, RESULT_OPTIONS },
      show_contact_said,
      .help = "What came of it: an outcome of outcome list, by its code, name or word. Said again, "
              "the last one counts. "
              "--next: when to call again: \"2026-12-01 14:30\", \"lundi 10h\", 24/12." },
    { "task note",
      "POST",
      "/v1/tasks/{}/notes",
      { TASK_ID, { "TEXT", NULL, "note", ARG_TEXT, NEEDED } },
      show_task_changed,
      .help = "Something to know about it, besides its result." },
    { "task hand-over",
      "POST",
      "/v1/tasks/{}/hand-over",
      { TASK_ID, { "LOGIN", NULL, "to", ARG_TEXT, NEEDED } },
      show_task_changed,
      .help = "Another person is to do it. Its reminders begin anew." },
    { "task cancel",
      "POST",
      "/v1/tasks/{}/cancel",
      { TASK_ID, { "--why", "TEXT", "why", ARG_TEXT, false } },
      show_task_changed,
      .help = "It is not to be done any more, and nobody is reminded of it." },
    { "customer contacted",
      "POST",
      "/v1/customers/{}/contacts",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED }, RESULT_OPTIONS },
      show_contact_said,
      .help = "The result of a contact that nobody had planned." },
    { "customer contacts",
      "GET",
      "/v1/customers/{}/contacts",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED },
        { "--after", "ID", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &contacts,
      .help = "What came of contacts with a customer, the newest first." },
    { "outcome list",
      "GET",
      "/v1/outcomes",
      { { 0 } },
      show_outcomes,
      .help = "What can come of a contact, and what follows from it." },
    { "outcome set",
      "PUT",
      "/v1/outcomes/{}",
      { { "CODE", NULL, NULL, ARG_TEXT, NEEDED },
        { "--label-fr", "TEXT", "label_fr", ARG_TEXT, false },
        { "--label-en", "TEXT", "label_en", ARG_TEXT, false },
        { "--words", "TEXT", "words", ARG_TEXT, false },
        { "--reached", "yes|no", "reached", ARG_TEXT, false },
        { "--effect", "none|call_back|wrong_number|do_not_contact|order", "effect", ARG_TEXT,
          false },
        { "--next-days", "N", "next_days", ARG_NUMBER, false },
        { "--state", "on|off", "state", ARG_TEXT, false } },
      show_outcome_set,
      .help = "Makes one, or changes what is given. --words: how it is said in an answer by SMS or "
              "mail, with commas between them, all of them: those before are replaced; "
              "--next-days: a new task after so many days." },
};
const size_t ctl_n_task_commands = sizeof(ctl_task_commands) / sizeof(ctl_task_commands[0]);
