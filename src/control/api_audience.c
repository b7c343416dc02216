/* api_audience.c - audiences: their rules checked, said in words, counted, explained, kept. */
#include <stdlib.h>
#include <string.h>

#include "control/routes.h"
#include "control/rule.h"
#include "store/audience_explain.h"
#include "store/audience_saved.h"
#include "store/campaign.h"

/* --- rules in a body --- */

bool take_rule(struct exchange *x, const char *name, const char **out)
{
    const json_t *value = x->body ? json_object_get(x->body, name) : NULL;
    char *text;

    if (!json_is_object(value))
        return take_text(x, name, AUDIENCE_JSON_MAX, "", out);
    text = json_dumps(value, JSON_COMPACT);
    *out = text ? arena_copy(&x->arena, text, strlen(text)) : NULL;
    free(text);
    if (!*out)
        exchange_refuse(x, 500, NULL, "no memory");
    return *out != NULL;
}

void rule_failed(struct exchange *x, enum rc rc, const char *what, const struct error *err)
{
    const size_t character = audience_fault_character(err);

    exchange_failed(x, rc, what, err);
    if (rc == RC_INVALID)
        put_text(x->reply, "field", "audience");
    if (rc == RC_INVALID && character)
        put_u64(x->reply, "character", character);
}

/* Either a rule, or the name of one that is kept. */
static bool take_audience(struct exchange *x, const char **rule)
{
    struct audience_row row;
    const char *name;
    enum rc rc;

    if (!take_rule(x, "audience", rule) ||
        !take_text(x, "audience_name", 4 * AUDIENCE_NAME_MAX, "", &name))
        return false;
    if (!*name)
        return true;
    if (**rule) {
        exchange_refuse(x, 422, "audience", "expected a rule or an audience's name, and not both");
        return false;
    }
    rc = audience_read(x->db, name, &x->arena, &row);
    if (rc) {
        exchange_failed(x, rc, "audience", NULL);
        return false;
    }
    *rule = row.rule;
    return true;
}

static struct audience_moment moment_of(const struct exchange *x)
{
    return (struct audience_moment){ clock_now(), x->house->campaign_settings->timezone };
}

/* --- what a rule means --- */

static void put_printed(struct exchange *x, const char *name, const struct audience_rule *rule,
                        void (*print)(const struct audience_rule *, struct buffer *))
{
    struct buffer text;

    buffer_init(&text, 4 * AUDIENCE_TEXT_MAX);
    print(rule, &text);
    put_text(x->reply, name, buffer_text(&text));
    buffer_close(&text);
}

static void put_rule(struct exchange *x, const struct audience_rule *rule)
{
    put_printed(x, "rule", rule, audience_print);
    json_object_set_new(x->reply, "json", audience_to_json(rule));
    put_printed(x, "words", rule, audience_say);
}

/* A fault is an answer here, not an error. */
static void put_fault(struct exchange *x, const char *given, const struct error *err)
{
    const size_t character = audience_fault_character(err);

    json_object_set_new(x->reply, "valid", json_false());
    put_text(x->reply, "given", given);
    put_text(x->reply, "fault", err->text);
    if (character)
        put_u64(x->reply, "character", character);
}

static void check_audience(struct exchange *x)
{
    const struct audience_moment moment = moment_of(x);
    struct audience_sql *sql = arena_alloc(&x->arena, sizeof(*sql));
    struct audience_rule *rule;
    struct error err = { "" };
    const char *text;
    enum rc rc;

    if (!take_rule(x, "audience", &text))
        return;
    rc = sql ? audience_open(x->db, text, &x->arena, &rule, &err) : RC_FAIL;
    if (!rc) {
        rc = audience_compile(x->db, rule, &moment, AUDIENCE_FOR_ALL, sql, &err);
        audience_sql_close(sql);
    }
    if (rc == RC_INVALID) {
        put_fault(x, text, &err);
    } else if (rc) {
        exchange_failed(x, rc, "audience", &err);
    } else {
        json_object_set_new(x->reply, "valid", json_true());
        put_rule(x, rule);
    }
}

static void count_audience(struct exchange *x)
{
    const struct audience_moment moment = moment_of(x);
    struct audience_size size;
    struct audience_rule *rule;
    struct error err = { "" };
    const char *text;
    enum rc rc;

    if (!take_audience(x, &text))
        return;
    rc = audience_open(x->db, text, &x->arena, &rule, &err);
    if (!rc)
        rc = audience_count(x->db, rule, &moment, &size, &err);
    if (rc) {
        rule_failed(x, rc, "audience", &err);
        return;
    }
    put_printed(x, "rule", rule, audience_print);
    put_u64(x->reply, "customers", size.customers);
    put_u64(x->reply, "reachable", size.reachable);
}

/* --- why --- */

static json_t *verdict_json(const struct audience_verdict *v)
{
    static const char *const kinds[] = {
        [AUDIENCE_AND] = "and",
        [AUDIENCE_OR] = "or",
        [AUDIENCE_NOT] = "not",
        [AUDIENCE_TEST] = "test",
    };
    json_t *out = json_object(), *parts;

    put_text(out, "kind", kinds[v->node->kind]);
    put_text(out, "rule", v->rule);
    json_object_set_new(out, "holds", json_boolean(v->holds));
    if (v->value)
        put_text(out, "value", v->value);
    if (v->first_child) {
        parts = json_array();
        for (const struct audience_verdict *c = v->first_child; c; c = c->next)
            json_array_append_new(parts, verdict_json(c));
        json_object_set_new(out, "parts", parts);
    }
    return out;
}

/* The rule of a campaign, and the moment at which it asked, or would ask. */
static bool take_campaign(struct exchange *x, int64_t id, const char **rule,
                          struct audience_moment *moment)
{
    char outcome[AUDIENCE_OUTCOME_SIZE], *audience, *body;
    struct campaign campaign;
    int64_t customer_id;
    enum rc rc;

    if (**rule) {
        exchange_refuse(x, 422, "audience", "expected a rule or a campaign, and not both");
        return false;
    }
    if (!take_int(x, "customer_id", 1, INT64_MAX, 0, &customer_id))
        return false;
    rc = campaign_read(x->db, (uint64_t)id, &campaign);
    if (!rc)
        rc = campaign_read_texts(x->db, (uint64_t)id, &x->arena, &audience, &body);
    if (!rc)
        rc = audience_campaign_outcome(x->db, (uint64_t)id, (uint64_t)customer_id, outcome);
    if (rc) {
        exchange_failed(x, rc, "campaign", NULL);
        return false;
    }
    if (campaign.started_at)
        moment->now = campaign.started_at;
    put_text(x->reply, "campaign", campaign.name);
    put_text(x->reply, "outcome", outcome);
    *rule = audience;
    return true;
}

/* In the audience is not yet sent to: what else would keep the customer out now. */
static void put_rights(struct exchange *x, uint64_t campaign_id, uint64_t customer_id)
{
    enum exclusion why = EXCLUDED_ERASED;
    struct error err = { "" };
    bool reached = true;

    if (campaign_explain(x->db, campaign_id, x->house->campaign_settings, customer_id, &x->arena,
                         &reached, &why, &err) == RC_OK)
        put_text(x->reply, "left_out", reached ? "" : exclusion_name(why));
}

static void explain_audience(struct exchange *x)
{
    struct audience_moment moment = moment_of(x);
    struct audience_verdict *verdict = NULL;
    struct audience_rule *rule;
    int64_t customer_id, campaign_id;
    struct error err = { "" };
    const char *text;
    enum rc rc;

    if (!take_int(x, "customer_id", 1, INT64_MAX, 0, &customer_id) ||
        !take_int(x, "campaign_id", 1, INT64_MAX, 0, &campaign_id) || !take_audience(x, &text))
        return;
    if (!customer_id) {
        exchange_refuse(x, 422, "customer_id", "customer_id must be given");
        return;
    }
    if (campaign_id && !take_campaign(x, campaign_id, &text, &moment))
        return;
    rc = audience_open(x->db, text, &x->arena, &rule, &err);
    if (!rc)
        rc = audience_explain(x->db, rule, &moment, (uint64_t)customer_id, &x->arena, &verdict,
                              &err);
    if (rc) {
        rule_failed(x, rc, "customer", &err);
        return;
    }
    put_u64(x->reply, "customer_id", (uint64_t)customer_id);
    put_printed(x, "rule", rule, audience_print);
    json_object_set_new(x->reply, "in", json_boolean(!verdict || verdict->holds));
    json_object_set_new(x->reply, "why", verdict ? verdict_json(verdict) : json_null());
    put_rights(x, (uint64_t)campaign_id, (uint64_t)customer_id);
}

/* --- kept --- */

static json_t *row_json(const struct audience_row *row)
{
    json_t *item = json_object();

    put_u64(item, "id", row->id);
    put_text(item, "name", row->name);
    put_text(item, "rule", row->rule);
    put_text(item, "who", row->who);
    put_time(item, "created_at", row->created_at);
    put_time(item, "updated_at", row->updated_at);
    return item;
}

static void add_row(void *arg, const struct audience_row *row)
{
    json_array_append_new(arg, row_json(row));
}

static void list_audiences(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = audience_list(x->db, add_row, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "audiences", NULL);
        return;
    }
    json_object_set_new(x->reply, "audiences", list);
}

static void get_audience(struct exchange *x)
{
    struct audience_rule *rule;
    struct audience_row row;
    struct error err = { "" };
    enum rc rc = audience_read(x->db, x->word, &x->arena, &row);

    if (!rc)
        rc = audience_parse(row.rule, &x->arena, &rule, &err);
    if (rc) {
        exchange_failed(x, rc, "audience", &err);
        return;
    }
    json_decref(x->reply);
    x->reply = row_json(&row);
    put_rule(x, rule);
}

static void put_audience(struct exchange *x)
{
    struct error err = { "" };
    const char *rule;
    uint64_t id;
    enum rc rc;

    if (!take_rule(x, "audience", &rule))
        return;
    rc = audience_put(x->db, x->word, rule, x->who, &id, &err);
    if (rc) {
        rule_failed(x, rc, "audience", &err);
        return;
    }
    put_u64(x->reply, "id", id);
    put_text(x->reply, "name", x->word);
}

static void delete_audience(struct exchange *x)
{
    struct error err = { "" };
    enum rc rc = audience_delete(x->db, x->word, &err);

    if (rc)
        exchange_failed(x, rc, "audience", &err);
    else
        put_text(x->reply, "deleted", x->word);
}

#define RULE "audience (a rule, as text or as an object of JSON)"

const struct route audience_routes[] = {
    { .method = "GET",
      .pattern = "/v1/audiences",
      .right = RIGHT_TOKEN,
      .run = list_audiences,
      .help = "The audiences that have a name, and their rules." },
    { .method = "POST",
      .pattern = "/v1/audiences/check",
      .right = RIGHT_READ,
      .run = check_audience,
      .body = BODY("audience"),
      .help =
          "What a rule means: its canonical form, its JSON, and a sentence; or its fault and the "
          "character. Body: " RULE "." },
    { .method = "POST",
      .pattern = "/v1/audiences/count",
      .right = RIGHT_READ,
      .run = count_audience,
      .slow = true,
      .body = BODY("audience", "audience_name"),
      .help = "How many customers a rule finds now, and how many of them may be sent a promotional "
              "SMS. Body: " RULE ", or audience_name." },
    { .method = "POST",
      .pattern = "/v1/audiences/explain",
      .right = RIGHT_READ,
      .run = explain_audience,
      .body = BODY("customer_id", "audience", "audience_name", "campaign_id"),
      .help = "Why a customer is in an audience or not, test by test. Body: customer_id, and " RULE
              ", audience_name or campaign_id." },
    { .method = "GET",
      .pattern = "/v1/audiences/{name}",
      .right = RIGHT_TOKEN,
      .run = get_audience,
      .help = "One audience: its rule, in JSON and in words too." },
    { .method = "PUT",
      .pattern = "/v1/audiences/{name}",
      .right = RIGHT_TOKEN,
      .run = put_audience,
      .body = BODY("audience"),
      .help =
          "Creates an audience or gives it a new rule; campaigns keep the one they were created "
          "with. Body: " RULE "." },
    { .method = "DELETE",
      .pattern = "/v1/audiences/{name}",
      .right = RIGHT_TOKEN,
      .run = delete_audience,
      .help = "Deletes an audience that no other one speaks of." },
};
const size_t n_audience_routes = sizeof(audience_routes) / sizeof(audience_routes[0]);
