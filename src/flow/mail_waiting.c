/* mail_waiting.c - see mail_waiting.h. */
#include "flow/mail_waiting.h"

bool mail_taken_is_large(const struct mail_taken *t)
{
    return !t->mail->bytes;
}

static size_t bytes_of(const struct mail_taken *t)
{
    return mail_taken_is_large(t) ? 0 : t->mail->size;
}

static struct mail_list *list_of(struct mail_waiting *w, const struct mail_taken *t)
{
    return mail_taken_is_large(t) ? &w->large : &w->small;
}

void mail_waiting_init(struct mail_waiting *w, unsigned lanes)
{
    *w = (struct mail_waiting){ .lanes = lanes };
    STAILQ_INIT(&w->small);
    STAILQ_INIT(&w->large);
}

void mail_waiting_add(struct mail_waiting *w, struct mail_taken *t)
{
    struct mail_list *list = list_of(w, t);

    STAILQ_INSERT_TAIL(list, t, link);
    w->n++;
    w->bytes += bytes_of(t);
}

static bool may_go_large(const struct mail_waiting *w)
{
    if (STAILQ_EMPTY(&w->large))
        return false;
    if (w->lanes == 1)
        return !w->large_last || STAILQ_EMPTY(&w->small);
    return w->large_out + 1 < w->lanes;
}

bool mail_waiting_ready(const struct mail_waiting *w)
{
    return !STAILQ_EMPTY(&w->small) || may_go_large(w);
}

/* Who came first goes first, where both may. */
static bool is_large_next(const struct mail_waiting *w)
{
    return may_go_large(w) &&
           (STAILQ_EMPTY(&w->small) || STAILQ_FIRST(&w->large)->at <= STAILQ_FIRST(&w->small)->at);
}

static struct mail_taken *take_first(struct mail_waiting *w, struct mail_list *list)
{
    struct mail_taken *t = STAILQ_FIRST(list);

    STAILQ_REMOVE_HEAD(list, link);
    w->n--;
    w->bytes -= bytes_of(t);
    return t;
}

size_t mail_waiting_take(struct mail_waiting *w, struct mail_taken *mails[MAIL_BATCH_MAILS])
{
    size_t n = 0, bytes = 0, recipients = 0;
    const struct mail_taken *t;

    w->large_last = is_large_next(w);
    if (w->large_last) {
        mails[0] = take_first(w, &w->large);
        w->large_out++;
        return 1;
    }
    while ((t = STAILQ_FIRST(&w->small)) && n < MAIL_BATCH_MAILS) {
        if (n && (bytes + t->mail->size > MAIL_BATCH_BYTES ||
                  recipients + t->mail->n_to > MAIL_BATCH_MAX))
            break;
        bytes += t->mail->size;
        recipients += t->mail->n_to;
        mails[n++] = take_first(w, &w->small);
    }
    return n;
}

void mail_waiting_put_back(struct mail_waiting *w, struct mail_taken *const *mails, size_t n)
{
    if (n)
        mail_waiting_done(w, mails[0]);
    w->large_last = false;
    while (n) {
        struct mail_taken *t = mails[--n];
        struct mail_list *list = list_of(w, t);

        STAILQ_INSERT_HEAD(list, t, link);
        w->n++;
        w->bytes += bytes_of(t);
    }
}

void mail_waiting_done(struct mail_waiting *w, const struct mail_taken *first)
{
    w->large_out -= mail_taken_is_large(first);
}

void mail_waiting_close(struct mail_waiting *w)
{
    while (!STAILQ_EMPTY(&w->small))
        mail_taken_free(take_first(w, &w->small));
    while (!STAILQ_EMPTY(&w->large))
        mail_taken_free(take_first(w, &w->large));
}
