/* relaisctl_show_files.c - how partners' files go, in the few lines of the status. */
#include "relaisctl.h"

/* Only partners whose files something is in the way of have a line of their own. */
static void show_trouble(const json_t *partners)
{
    const json_t *partner;
    size_t i;

    json_array_foreach(partners, i, partner)
    {
        const char *trouble = get_text(partner, "trouble");

        if (*trouble)
            show_line("", "%s: %s", get_text(partner, "partner"), trouble);
    }
}

void show_partner_files(const json_t *partners)
{
    long long waiting = 0, at_work = 0;
    const json_t *partner;
    size_t i;

    if (!json_array_size(partners))
        return;
    json_array_foreach(partners, i, partner)
    {
        waiting += (long long)get_int(partner, "waiting");
        at_work += (long long)get_int(partner, "at_work");
    }
    show_line("files", "%lld waiting, %lld being read, of %zu %s", waiting, at_work,
              json_array_size(partners),
              plural((int64_t)json_array_size(partners), "partner", "partners"));
    show_trouble(partners);
}
