/* relaisctl_commands_partner.c - commands about partners, their profiles and their files. */
#include "relaisctl.h"

#define IMPORT_ORDER(verb, words)                                                  \
    {                                                                              \
        "import " verb, "POST", "/v1/imports/{}/" verb,                            \
            { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } }, show_said, .help = words \
    }

static const struct column import_columns[] = {
    { "ID", "id", 'n', 0 },
    { "PARTNER", "partner", 't', 0 },
    { "FILE", "file", 't', 40 },
    { "STATE", "state", 't', 0 },
    { "ROWS", "rows_total", 'n', 0 },
    { "TAKEN", "rows_taken", 'n', 0 },
    { "UNCHANGED", "rows_unchanged", 'n', 0 },
    { "REFUSED", "rows_refused", 'n', 0 },
    { "RECEIVED", "received_at", 'd', 0 },
};

static void show_imports(const json_t *reply)
{
    show_house_table(reply, json_object_get(reply, "imports"), import_columns,
                     sizeof(import_columns) / sizeof(import_columns[0]), "No such file was taken.");
    if (get_int(reply, "next"))
        printf("There are older ones: --before %lld shows them, --limit N more at once.\n",
               (long long)get_int(reply, "next"));
}

static const struct column reject_columns[] = {
    { "LINE", "line", 'n', 0 },        { "ROW", "row", 'n', 0 },       { "FIELD", "field", 't', 0 },
    { "VALUE", "value", 't', 40 },     { "REASON", "reason", 't', 0 }, { "CODE", "code", 't', 0 },
    { "FILE IN IT", "entry", 't', 0 },
};
#define REJECT_COLUMNS (sizeof(reject_columns) / sizeof(reject_columns[0]))

/* Of a packed file of several, the lines are of one of them. */
static void show_rejects(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "rejects");
    const bool packed = *get_text(json_array_get(list, 0), "entry");

    show_table(list, reject_columns, packed ? REJECT_COLUMNS : REJECT_COLUMNS - 1,
               "No row was refused.");
}

static const struct ctl_list rejects = { .name = "rejects",
                                         .columns = reject_columns,
                                         .n = REJECT_COLUMNS };

const struct command ctl_partner_commands[] = {
    { "partner list",
      "GET",
      "/v1/partners",
      { { 0 } },
      show_partners,
      .can_watch = true,
      .help = "The partners: what waits, what came today, what is wrong with their profiles." },
    { "partner show",
      "GET",
      "/v1/partners/{}",
      { { "PARTNER", NULL, NULL, ARG_TEXT, NEEDED } },
      show_partner,
      .can_watch = true,
      .help = "One of them: its directory, its profiles and their faults, its last file." },
    { "partner check",
      "",
      "",
      { { 0 } },
      .offline = ctl_partner_check,
      .help = "Reads all profiles and says what is wrong with them. Needs no relaisd." },
    { "partner keys",
      "",
      "",
      { { 0 } },
      .offline = ctl_partner_keys,
      .help = "Every key of a profile, with what it means and its default. Needs no relaisd." },
    { "partner guess",
      "",
      "",
      { { "FILE", NULL, NULL, ARG_OURS, NEEDED }, { "--as", "NAME", NULL, ARG_OURS, false } },
      .offline = ctl_partner_guess,
      .help = "Proposes a profile for a file, on stdout, or with --as as the profile NAME that is "
              "not there yet. Needs no relaisd." },
    { "partner test",
      "",
      "",
      { { "PROFILE", NULL, NULL, ARG_OURS, NEEDED },
        { "FILE", NULL, NULL, ARG_OURS, NEEDED },
        { "--offline", NULL, NULL, ARG_OURS_FLAG, false } },
      .offline = ctl_partner_test,
      .help = "Reads a file as it would be taken, and changes nothing: what would be refused and "
              "why, how the first rows are understood, what is new. PROFILE is a name or a path. "
              "--offline asks no relaisd." },

    { "import list",
      "GET",
      "/v1/imports",
      { { "--partner", "PARTNER", "partner", ARG_TEXT, false },
        { "--state", "STATE", "state", ARG_TEXT, false },
        { "--since", "DURATION", "since", ARG_AGO, false },
        { "--before", "ID", "before", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_imports,
      .can_watch = true,
      .help = "Files that partners dropped, the newest first. --since 2d; --state failed." },
    { "import show",
      "GET",
      "/v1/imports/{}",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_import,
      .can_watch = true,
      .over = import_is_over,
      .help = "One file, its figures, and how far it is. --watch stays until it is over." },
    { "import rejects",
      "GET",
      "/v1/imports/{}/rejects",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED },
        { "--after", "ROW", "after", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      show_rejects,
      .list = &rejects,
      .help = "Its refused rows, and why. --csv writes them as CSV, with --all all of them." },
    IMPORT_ORDER("pause", "Stops one that is under way, between two chunks of rows."),
    IMPORT_ORDER("resume", "Lets a paused one go on where it stopped."),
    { "import undo",
      "POST",
      "/v1/imports/{}/undo",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED },
        { "--dry-run", NULL, "dry_run", ARG_FLAG, false } },
      show_undo,
      .help = "Takes back what an import did and nobody has changed since. --dry-run: what that "
              "would be." },
    IMPORT_ORDER("replay", "Takes its file, from done/ or failed/, once more."),
    IMPORT_ORDER("cancel", "Ends one that is under way; the rows that it applied stay."),
};
const size_t ctl_n_partner_commands =
    sizeof(ctl_partner_commands) / sizeof(ctl_partner_commands[0]);
