/* relaisd_mail_in.c - the part of the daemon that takes mail, and how it is told its settings. */
#include "relaisd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void answered(void *arg)
{
    struct relaisd *r = arg;

    postman_kick(r->postman);
}

static void files_noted(void *arg)
{
    struct relaisd *r = arg;

    mail_files_kick(r->mail_files);
}

static void of_staff(void *arg)
{
    struct relaisd *r = arg;

    staff_desk_kick(r->staff_desk);
}

static struct mail_house house_of(const struct relaisd *r)
{
    const struct settings_mail_in *s = &r->settings->mail_in;
    struct mail_house house = {
        .domain = s->domain,
        .key = r->mail_key,
        .own = r->settings->mail.from,
        .contacts = (const char *const *)s->contacts.items,
        .n_contacts = s->contacts.n,
        .unsubscribes = (const char *const *)s->unsubscribes.items,
        .n_unsubscribes = s->unsubscribes.n,
        .authserv_id = s->authserv_id,
        .keywords = r->keywords,
    };

    house.partners = intake_profiles(r->intake, &house.n_partners);
    return house;
}

static void take_settings(struct relaisd *r)
{
    const struct settings_mail_in *s = &r->settings->mail_in;

    r->mail_intake_settings = (struct mail_intake_settings){
        .lmtp = { .listen = (const char *const *)s->listen.items,
                  .n_listen = s->listen.n,
                  .name = r->mail_helo,
                  .spool = r->mail_spool,
                  .max_bytes = (size_t)s->max_size,
                  .max_recipients = (unsigned)s->max_recipients,
                  .max_connections = (unsigned)s->max_connections,
                  .timeout_ms = s->timeout_ms },
        .rules = { .house = house_of(r),
                   .store = { .stop = s->stop_answer,
                              .start = s->start_answer,
                              .help = s->help_answer,
                              .yes = s->yes_answer,
                              .subject = s->answer_subject,
                              .english = { .stop = s->stop_answer_en,
                                           .start = s->start_answer_en,
                                           .help = s->help_answer_en,
                                           .yes = s->yes_answer_en,
                                           .subject = s->answer_subject_en },
                              .sender = r->settings->mail.from,
                              .routes = &r->settings->ways.table,
                              .expires_s = s->answer_expires_ms / 1000,
                              .answer_again_s = s->answer_again_ms / 1000,
                              .suppress_after = (unsigned)s->suppress_after },
                   .attachments = { .size_max = (uint64_t)s->attachment_max,
                                    .total_max = (uint64_t)s->attachments_max,
                                    .count_max = (unsigned)s->attachments_count,
                                    .refused = (const char *const *)s->refused.items,
                                    .n_refused = s->refused.n } },
        .lanes = (unsigned)s->lanes,
        .keep_source_ms = s->keep_source_ms,
    };
}

enum rc relaisd_mail_in_start(struct relaisd *r, struct error *err)
{
    enum rc rc;

    /* Also while no mail is taken: files that came before, or wait on the review list, go their
     * way. */
    r->mail_files = mail_files_new(r->base, r->work_lanes, r->intake, r->settings->files.root);
    if (!r->mail_files)
        return error_set(err, RC_FAIL, "no memory");
    if (!r->settings->mail_in.listen.n)
        return RC_OK;
    snprintf(r->mail_spool, sizeof(r->mail_spool), "%s/mail", r->settings->daemon.data_dir);
    if (mkdir(r->mail_spool, 0700) < 0 && errno != EEXIST)
        return error_set(err, RC_INVALID, "%s: cannot be made: %s", r->mail_spool, strerror(errno));
    take_settings(r);
    rc = mail_intake_new(
        r->base, r->mail_in_lanes, &r->mail_intake_settings,
        &(struct mail_intake_events){
            .answered = answered, .files = files_noted, .of_staff = of_staff, .arg = r },
        &r->mail_intake, err);
    if (rc)
        error_prefix(err, "mail_in");
    return rc;
}

void relaisd_mail_in_stop(struct relaisd *r)
{
    if (r->mail_intake)
        mail_intake_stop(r->mail_intake);
    if (r->mail_files)
        mail_files_stop(r->mail_files);
}

bool relaisd_mail_in_busy(const struct relaisd *r)
{
    return (r->mail_intake && mail_intake_busy(r->mail_intake)) ||
           (r->mail_files && mail_files_busy(r->mail_files));
}

void relaisd_mail_in_close(struct relaisd *r)
{
    mail_intake_free(r->mail_intake);
    mail_files_free(r->mail_files);
}
