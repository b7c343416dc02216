/* relaisctl_commands.c - what relaisctl can do: families of commands, in the order of the help. */
#include "relaisctl.h"

static const struct {
    const struct command *commands;
    const size_t *n;
} families[] = {
    { ctl_house_commands, &ctl_n_house_commands },
    { ctl_partner_commands, &ctl_n_partner_commands },
    { ctl_campaign_commands, &ctl_n_campaign_commands },
    { ctl_customer_commands, &ctl_n_customer_commands },
    { ctl_plan_commands, &ctl_n_plan_commands },
    { ctl_task_commands, &ctl_n_task_commands },
    { ctl_staff_commands, &ctl_n_staff_commands },
    { ctl_contact_commands, &ctl_n_contact_commands },
    { ctl_escalation_commands, &ctl_n_escalation_commands },
    { ctl_message_commands, &ctl_n_message_commands },
    { ctl_mail_commands, &ctl_n_mail_commands },
    { ctl_report_commands, &ctl_n_report_commands },
};

const struct command *ctl_command(size_t nth)
{
    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        if (nth < *families[f].n)
            return &families[f].commands[nth];
        nth -= *families[f].n;
    }
    return NULL;
}
