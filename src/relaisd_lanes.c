/* relaisd_lanes.c - the lanes of the daemon: for each kind of work so many threads, each with a
 * connection. */
#include "relaisd.h"

#include "base/lane.h"

/* Connections of this node, by number: each writes a consent chain of its own (store/db.h). */
enum {
    GATEWAY_LANES = 4,
    WORK_LANES = 2,
    INTAKE_LANES = 2, /* one slow file does not hold up all partners */
    CONTROL_LANES = 2,
    SLOW_LANES = 2,
    PUBLIC_LANES = 1,
    MAIL_LANES = 1,
    WATCH_LANES = 1,
    CONTACT_LANES = 1, /* walks over all customers hold up nobody */
};
enum {
    GATEWAY_FIRST = 0,
    WORK_FIRST = GATEWAY_FIRST + GATEWAY_LANES,
    INTAKE_FIRST = WORK_FIRST + WORK_LANES,
    CONTROL_FIRST = INTAKE_FIRST + INTAKE_LANES,
    SLOW_FIRST = CONTROL_FIRST + CONTROL_LANES,
    PUBLIC_FIRST = SLOW_FIRST + SLOW_LANES,
    MAIL_FIRST = PUBLIC_FIRST + PUBLIC_LANES,
    WATCH_FIRST = MAIL_FIRST + MAIL_LANES,
    CONTACT_FIRST = WATCH_FIRST + WATCH_LANES,
    MAIL_IN_FIRST = CONTACT_FIRST + CONTACT_LANES, /* MAIL_INTAKE_LANES_MAX of them */
    POST_FIRST = MAIL_IN_FIRST + MAIL_INTAKE_LANES_MAX,
};
#define LANE_DEPTH 64

const unsigned relaisd_first_work_lane = WORK_FIRST;

static void *open_connection(void *arg, unsigned lane)
{
    const struct relaisd *r = arg;

    return db_open(&r->db, lane);
}

static void *open_work(void *arg, unsigned lane)
{
    return open_connection(arg, WORK_FIRST + lane);
}

static void *open_intake(void *arg, unsigned lane)
{
    return open_connection(arg, INTAKE_FIRST + lane);
}

static void *open_control(void *arg, unsigned lane)
{
    return open_connection(arg, CONTROL_FIRST + lane);
}

static void *open_slow(void *arg, unsigned lane)
{
    return open_connection(arg, SLOW_FIRST + lane);
}

static void *open_public(void *arg, unsigned lane)
{
    return open_connection(arg, PUBLIC_FIRST + lane);
}

static void *open_mail(void *arg, unsigned lane)
{
    return open_connection(arg, MAIL_FIRST + lane);
}

static void *open_watch(void *arg, unsigned lane)
{
    return open_connection(arg, WATCH_FIRST + lane);
}

static void *open_contact(void *arg, unsigned lane)
{
    return open_connection(arg, CONTACT_FIRST + lane);
}

static void *open_post(void *arg, unsigned lane)
{
    return open_connection(arg, POST_FIRST + lane);
}

static void *open_mail_in(void *arg, unsigned lane)
{
    return open_connection(arg, MAIL_IN_FIRST + lane);
}

static void close_connection(void *db)
{
    db_close(db);
}

static struct lane_pool *make_lanes(struct relaisd *r, const char *name, unsigned n,
                                    void *(*open)(void *, unsigned))
{
    const struct lane_ops ops = { .open = open, .close = close_connection, .arg = r };

    return lane_pool_new(r->base, name, n, LANE_DEPTH, &ops);
}

enum rc relaisd_lanes_start(struct relaisd *r, struct error *err)
{
    r->gateway_lanes = make_lanes(r, "gateway", GATEWAY_LANES, open_connection);
    r->work_lanes = make_lanes(r, "work", WORK_LANES, open_work);
    r->intake_lanes = make_lanes(r, "intake", INTAKE_LANES, open_intake);
    r->control_lanes = make_lanes(r, "control", CONTROL_LANES, open_control);
    r->slow_lanes = make_lanes(r, "slow", SLOW_LANES, open_slow);
    r->mail_lanes = make_lanes(r, "mail", MAIL_LANES, open_mail);
    r->watch_lanes = make_lanes(r, "watch", WATCH_LANES, open_watch);
    r->contact_lanes = make_lanes(r, "contact", CONTACT_LANES, open_contact);
    if (r->settings->mail.relays.n)
        r->post_lanes = make_lanes(
            r, "post", (unsigned)r->settings->mail.sessions + POSTMAN_LANES_BESIDE, open_post);
    if (*r->settings->public.listen)
        r->public_lanes = make_lanes(r, "public", PUBLIC_LANES, open_public);
    if (r->settings->mail_in.listen.n)
        r->mail_in_lanes =
            make_lanes(r, "mail-in", (unsigned)r->settings->mail_in.lanes, open_mail_in);
    if ((r->settings->mail_in.listen.n && !r->mail_in_lanes) ||
        (r->settings->mail.relays.n && !r->post_lanes) ||
        (*r->settings->public.listen && !r->public_lanes) || !r->gateway_lanes || !r->work_lanes ||
        !r->intake_lanes || !r->control_lanes || !r->slow_lanes || !r->mail_lanes ||
        !r->watch_lanes || !r->contact_lanes)
        return error_set(err, RC_FAIL, "no threads, or no memory");
    return RC_OK;
}

void relaisd_lanes_close(struct relaisd *r)
{
    lane_pool_free(r->post_lanes);
    lane_pool_free(r->contact_lanes);
    lane_pool_free(r->watch_lanes);
    lane_pool_free(r->mail_in_lanes);
    lane_pool_free(r->mail_lanes);
    lane_pool_free(r->public_lanes);
    lane_pool_free(r->slow_lanes);
    lane_pool_free(r->control_lanes);
    lane_pool_free(r->intake_lanes);
    lane_pool_free(r->work_lanes);
    lane_pool_free(r->gateway_lanes);
}
