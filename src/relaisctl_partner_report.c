/* relaisctl_partner_report.c - what a trial of a file found, for a person. */
#include <string.h>

#include "relaisctl_partner.h"

/* A good row is not always one that would be taken. */
static const char *good_words(const json_t *report)
{
    if (*get_text(report, "file_fault"))
        return "good";
    return get_int(json_object_get(report, "known"), "refused")
               ? "good by themselves (see below what is not known)"
               : "would be taken";
}

static void show_counts(const json_t *report)
{
    const int64_t rows = get_int(report, "rows"), refused = get_int(report, "refused");

    show_line("profile", "%s: %s of partner %s", get_text(report, "profile"),
              get_text(report, "kind"), get_text(report, "partner"));
    if (*get_text(report, "encoding"))
        show_line("encoding", "%s", get_text(report, "encoding"));
    if (*get_text(report, "document"))
        show_line("document", "%s", get_text(report, "document"));
    show_line("rows", "%lld: %lld %s, %lld refused (%.1f %%)", (long long)rows,
              (long long)get_int(report, "good"), good_words(report), (long long)refused,
              rows ? 100.0 * (double)refused / (double)rows : 0.0);
    if (*get_text(report, "file_fault"))
        show_line("THE FILE", "would be refused as a whole, without any effect: %s",
                  get_text(report, "file_fault"));
}

static void show_faults(const json_t *report)
{
    static const struct column columns[] = {
        { "LINE", "line", 'n', 0 },         { "FIELD", "field", 't', 0 },
        { "VALUE", "value", 't', 30 },      { "REASON", "reason", 't', 0 },
        { "FILE IN IT", "entry", 't', 30 },
    };
    const json_t *faults = json_object_get(report, "faults"), *n;
    const char *cause;

    if (json_array_size(faults) == 0)
        return;
    puts("\nWhat would be refused:");
    json_object_foreach((json_t *)(uintptr_t)json_object_get(report, "causes"), cause, n)
        printf("  %lld %s: %s\n", (long long)json_integer_value(n),
               plural((int64_t)json_integer_value(n), "row", "rows"), cause);
    puts("");
    /* Of a packed file of several, the line is of one of them. */
    show_table(faults, columns, *get_text(json_array_get(faults, 0), "entry") ? 5 : 4, "");
    if (get_int(report, "refused") > (int64_t)json_array_size(faults))
        printf("... and %lld more.\n",
               (long long)(get_int(report, "refused") - (int64_t)json_array_size(faults)));
}

static void show_sample(const json_t *sample)
{
    const json_t *value;
    size_t i;

    printf("\nRow %lld, line %lld, would be understood as:\n", (long long)get_int(sample, "row"),
           (long long)get_int(sample, "line"));
    json_array_foreach(json_object_get(sample, "fields"), i, value)
    {
        const char *said = get_text(value, "value"), *was = get_text(value, "was");

        printf("  %-18s = %s", get_text(value, "field"), *said ? said : "(nothing)");
        if (*was && strcmp(was, said) != 0)
            printf("   <- %s", was);
        puts("");
    }
}

static void show_known_list(const json_t *known, const char *name)
{
    const json_t *list = json_object_get(known, name);

    if (!list)
        return;
    if (json_is_true(json_object_get(list, "needed")))
        show_line(name, "%s%lld: %lld of them not known here%s",
                  json_is_true(json_object_get(list, "cut")) ? "the first " : "",
                  (long long)get_int(list, "asked"), (long long)get_int(list, "new"),
                  get_int(list, "new") ? ": such rows would be refused" : "");
    else
        show_line(name, "%s%lld: %lld new, %lld changed, %lld as they are already",
                  json_is_true(json_object_get(list, "cut")) ? "the first " : "",
                  (long long)get_int(list, "asked"), (long long)get_int(list, "new"),
                  (long long)get_int(list, "changed"), (long long)get_int(list, "unchanged"));
    if (get_int(list, "erased"))
        show_line("", "%lld of customers who asked to be forgotten: such rows would be refused",
                  (long long)get_int(list, "erased"));
}

static void show_known(const json_t *report)
{
    const json_t *known = json_object_get(report, "known");

    if (!known)
        return;
    puts("");
    if (*get_text(known, "why")) {
        printf("Whether what it names is known could not be asked: %s\n", get_text(known, "why"));
        return;
    }
    show_known_list(known, "customers");
    show_known_list(known, "orders");
    show_known_list(known, "invoices");
}

void partner_show_report(const json_t *report)
{
    const json_t *sample;
    size_t i;

    show_counts(report);
    show_faults(report);
    json_array_foreach(json_object_get(report, "samples"), i, sample) show_sample(sample);
    if (json_array_size(json_object_get(report, "samples")))
        printf("\nTimes are those of the clock in %s.\n", get_text(report, "timezone"));
    show_known(report);
    puts("\nNothing was changed.");
}
