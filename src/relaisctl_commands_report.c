/* relaisctl_commands_report.c - reports of contacts. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "relaisctl.h"

static int save_as(const struct ctl *ctl, const char *path, const char *format, const char *name)
{
    struct buffer asked;
    int result;

    buffer_init(&asked, 16 * CTL_PATH_SIZE);
    buffer_printf(&asked, "%s%cformat=%s", path, strchr(path, '?') ? '&' : '?', format);
    result = ctl_save(ctl, buffer_text(&asked), name);
    buffer_close(&asked);
    return result;
}

/* With a name of a file: into it; else it is shown. */
static int save(const struct ctl *ctl, const char *path)
{
    const char *csv = ctl_given(ctl, "--csv"), *pdf = ctl_given(ctl, "--pdf");
    int result = CTL_SHOW;

    if (csv)
        result = save_as(ctl, path, "csv", csv);
    if (pdf && (result == CTL_SHOW || result == 0))
        result = save_as(ctl, path, "pdf", pdf);
    return result;
}

const struct command ctl_report_commands[] = {
    { "report contacts",
      "GET",
      "/v1/reports/contacts",
      { { "--by", "WHAT", "by", ARG_TEXT, false },
        { "--from", "DAY", "from", ARG_TEXT, false },
        { "--to", "DAY", "to", ARG_TEXT, false },
        { "--last", "PERIOD", "period", ARG_TEXT, false },
        { "--team", "TEAM", "team", ARG_TEXT, false },
        { "--manager", "LOGIN", "manager", ARG_TEXT, false },
        { "--staff", "LOGIN", "staff", ARG_TEXT, false },
        { "--category", "CATEGORY", "category", ARG_TEXT, false },
        { "--language", "fr|en", "language", ARG_TEXT, false },
        { "--csv", "FILE", NULL, ARG_OURS, false },
        { "--pdf", "FILE", NULL, ARG_OURS, false } },
      show_report,
      .fetch = save,
      .help = "Contacts planned and done, by whom and how they ended. --by: employee (without it), "
              "manager, team, category, source, day, week or month. The days are those of this "
              "month unless --from and --to, or --last day, week or month, say others. --csv, "
              "--pdf: into a new file; \"-\": to stdout." },
    { "report schedule list",
      "GET",
      "/v1/reports/schedules",
      { { 0 } },
      show_report_schedules,
      .help = "Reports that go out by mail." },
    { "report schedule set",
      "PUT",
      "/v1/reports/schedules/{}",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "--by", "WHAT", "by", ARG_TEXT, false },
        { "--period", "day|week|month", "period", ARG_TEXT, false },
        { "--at", "HH:MM", "at", ARG_TEXT, false },
        { "--team", "TEAM", "team", ARG_TEXT, false },
        { "--manager", "LOGIN", "manager", ARG_TEXT, false },
        { "--category", "CATEGORY", "category", ARG_TEXT, false },
        { "--for-each", "manager", "for_each", ARG_TEXT, false },
        { "--format", "pdf|csv", "format", ARG_TEXT, false },
        { "--language", "fr|en", "language", ARG_TEXT, false },
        { "--to", "ADDRESSES", "recipients", ARG_TEXT, false } },
      show_report_schedule,
      .help =
          "Sends a report by mail when its day, week or month is over, at that hour of the day "
          "after it. Or changes what is given. --to: mail addresses with commas between them. "
          "--for-each manager, in place of --to: each manager gets that of his or her people." },
    { "report schedule remove",
      "DELETE",
      "/v1/reports/schedules/{}",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED } },
      show_said,
      .help = "It is sent no more." },
    { "report schedule run",
      "POST",
      "/v1/reports/schedules/{}/run",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED } },
      show_report_run,
      .help = "Sends the last whole period now, whether it went out before or not." },
};
const size_t ctl_n_report_commands = sizeof(ctl_report_commands) / sizeof(ctl_report_commands[0]);
