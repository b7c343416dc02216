/* relaisctl_commands_plan.c - commands about contact plans. */
#include "relaisctl.h"

static const struct column who_columns[] = {
    { "CUSTOMER", "customer_id", 'n', 0 },
    { "NAME", "customer", 't', 30 },
    { "STATE", "state", 't', 0 },
    { "VERSION", "version", 'n', 0 },
    { "NEXT STEP", "next_step", 'n', 0 },
    { "AT", "next_at", 'd', 0 },
    { "TASK", "task_id", 'n', 0 },
    { "SINCE", "started_at", 'd', 0 },
    { "WHY", "why", 't', 24 },
};
static const struct ctl_list who = { .name = "customers",
                                     .columns = who_columns,
                                     .n = sizeof(who_columns) / sizeof(who_columns[0]) };

#define OF_CUSTOMER(...)                                                           \
    {                                                                              \
        { "NAME", NULL, NULL, ARG_TEXT, NEEDED },                                  \
            { "CUSTOMER", NULL, "customer_id", ARG_CUSTOMER, NEEDED }, __VA_ARGS__ \
    }

const struct command ctl_plan_commands[] = {
    { "plan list",
      "GET",
      "/v1/plans",
      { { 0 } },
      show_plans,
      .help = "The contact plans: what is done for a customer over weeks, step by step." },
    { "plan show",
      "GET",
      "/v1/plans/{}",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "--version", "N", "version", ARG_NUMBER, false } },
      show_plan,
      .help = "One plan: its steps, what became of each, and its text." },
    { "plan set",
      "PUT",
      "/v1/plans/{}",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "FILE", NULL, "text", ARG_FILE, NEEDED },
        { "--move", NULL, "move", ARG_FLAG, false } },
      show_plan,
      .help = "Creates a plan (off) from a file, or makes its next version; FILE is - for the "
              "standard input. Who is under way goes on with the version they began with, unless "
              "--move takes them over to the new one." },
    { "plan on",
      "POST",
      "/v1/plans/{}/on",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED }, { "--most", "N", "most", ARG_NUMBER, false } },
      show_plan,
      .help = "From now on its steps are done, and who it is for begins it by themselves. If more "
              "than N (1000) would in a day, it switches itself off; --most 0: any number." },
    { "plan off",
      "POST",
      "/v1/plans/{}/off",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED } },
      show_plan,
      .help = "None of its steps is done until it is on again." },
    { "plan enrol",
      "POST",
      "/v1/plans/{}/enrol",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "--customer", "CUSTOMER", "customer_id", ARG_CUSTOMER, false },
        { "--audience", "RULE", "audience", ARG_TEXT, false },
        { "--yes", NULL, "yes", ARG_FLAG, false } },
      show_plan_begun,
      .help = "A customer begins a plan; or all of an audience do who never were in it. --yes: "
              "also a customer whom the plan is not for." },
    { "plan stop", "POST", "/v1/plans/{}/stop",
      OF_CUSTOMER({ "--why", "TEXT", "why", ARG_TEXT, false }), show_plan_state,
      .help = "It ends for that customer; an open task of it is cancelled." },
    { "plan pause", "POST", "/v1/plans/{}/pause", OF_CUSTOMER({ 0 }), show_plan_state,
      .help = "It rests for that customer." },
    { "plan resume", "POST", "/v1/plans/{}/resume", OF_CUSTOMER({ 0 }), show_plan_state,
      .help = "It goes on for that customer, later by as long as it rested." },
    { "plan skip", "POST", "/v1/plans/{}/skip", OF_CUSTOMER({ 0 }), show_plan_state,
      .help = "The next step is not done for that customer." },
    { "plan who",
      "GET",
      "/v1/plans/{}/customers",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "--state", "active|paused|done|stopped", "state", ARG_TEXT, false },
        { "--after", "ID", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &who,
      .help = "Who is in a plan, and where." },
    { "plan customer",
      "GET",
      "/v1/customers/{}/plans",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED } },
      show_customer_plans,
      .help = "The plans that a customer is or was in, step by step." },
};
const size_t ctl_n_plan_commands = sizeof(ctl_plan_commands) / sizeof(ctl_plan_commands[0]);
