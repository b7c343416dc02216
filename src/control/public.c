/* public.c - which of the few things a stranger may ask for. */
#include "control/public.h"

#include <stdlib.h>
#include <string.h>

#include "base/metric.h"
#include "control/http.h"
#include "control/public_links.h"
#include "control/public_notice.h"
#include "control/public_page.h"
#include "control/public_unsubscribe.h"

#define UNSUBSCRIBE "/u/" /* no code of a link has a slash in it */
#define NOTICE      "/n/"
#define BODY_MAX    2048
#define HEADERS_MAX                                                               \
    (8 * 1024) /* phones send a few hundred bytes; cookies of others come to this \
                */

static struct metric calls_total =
    METRIC_COUNTER("relais_public_calls_total", "Requests to the public listener");

struct public
{
    struct http_server *server;
    struct public_links *links;
    struct public_unsubscribe *unsubscribe;
    struct public_notice *notice;
};

static void on_call(void *arg, struct http_call *call)
{
    struct public *p = arg;
    const char *path = http_path(call);

    metric_add(&calls_total, 1);
    if (strncmp(path, UNSUBSCRIBE, strlen(UNSUBSCRIBE)) == 0) {
        public_unsubscribe_serve(p->unsubscribe, call, path + strlen(UNSUBSCRIBE));
    } else if (strncmp(path, NOTICE, strlen(NOTICE)) == 0) {
        public_notice_serve(p->notice, call, path + strlen(NOTICE));
    } else if (public_act(call, false,
                          "Cette adresse ne fait que mener ailleurs. / This address only leads "
                          "elsewhere.") == PUBLIC_NEITHER) {
        return;
    } else if (strcmp(path, "/robots.txt") == 0) {
        public_text(call, 200, "User-agent: *\nDisallow: /\n");
    } else {
        public_links_follow(p->links, call, *path == '/' ? path + 1 : "");
    }
}

enum rc public_new(const struct public_settings *settings, struct event_base *base,
                   struct lane_pool *lanes, struct public **out, struct error *err)
{
    const struct http_limits limits = { .max_body = BODY_MAX,
                                        .max_headers = HEADERS_MAX,
                                        .max_connections = settings->max_connections,
                                        .timeout_ms = settings->timeout_ms,
                                        .lifetime_ms = settings->timeout_ms };
    const struct public_notice_settings notices = { .key = settings->mail_key,
                                                    .rules = settings->staff_rules,
                                                    .stopped = settings->stopped,
                                                    .arg = settings->arg };
    struct public *p = calloc(1, sizeof(*p));
    enum rc rc;

    if (!p)
        return error_set(err, RC_FAIL, "no memory");
    p->server = http_server_new(base, &limits, on_call, p);
    p->links = public_links_new(settings->links, base, lanes);
    p->unsubscribe = public_unsubscribe_new(settings->mail_key, lanes);
    p->notice = public_notice_new(&notices, lanes);
    if (!p->server || !p->links || !p->unsubscribe || !p->notice)
        rc = error_set(err, RC_FAIL, "no memory");
    else
        rc = http_listen_tcp(p->server, settings->host, settings->port, err);
    if (rc) {
        public_free(p);
        return rc;
    }
    *out = p;
    return RC_OK;
}

void public_stop(struct public *p)
{
    http_stop_listening(p->server);
    public_links_stop(p->links);
}

bool public_busy(const struct public *p)
{
    return public_links_busy(p->links) || public_unsubscribe_busy(p->unsubscribe) ||
           public_notice_busy(p->notice);
}

void public_free(struct public *p)
{
    if (!p)
        return;
    http_server_free(p->server);
    public_links_free(p->links);
    public_unsubscribe_free(p->unsubscribe);
    public_notice_free(p->notice);
    free(p);
}
