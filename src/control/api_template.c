/* api_template.c - the texts that campaigns start from. */
#include "control/exchange.h"
#include "control/routes.h"
#include "domain/sms_text.h"
#include "store/template.h"

static json_t *template_json(const struct template_row *t)
{
    json_t *item = json_object();

    put_u64(item, "id", t->id);
    put_text(item, "name", t->name);
    put_text(item, "body", t->body);
    put_time(item, "created_at", t->created_at);
    put_time(item, "updated_at", t->updated_at);
    return item;
}

static void add_template(void *arg, const struct template_row *t)
{
    json_array_append_new(arg, template_json(t));
}

static void list_templates(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = template_list(x->db, add_template, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "templates", NULL);
        return;
    }
    json_object_set_new(x->reply, "templates", list);
}

static void get_template(struct exchange *x)
{
    struct template_row row;
    enum rc rc = template_read(x->db, x->word, &x->arena, &row);

    if (rc) {
        exchange_failed(x, rc, "template", NULL);
        return;
    }
    json_decref(x->reply);
    x->reply = template_json(&row);
}

static void put_template(struct exchange *x)
{
    const char *body;
    struct error err = { "" };
    uint64_t id;
    enum rc rc;

    if (!take_text(x, "body", TEMPLATE_BODY_MAX, NULL, &body))
        return;
    rc = template_put(x->db, x->word, body, &id, &err);
    if (rc) {
        exchange_failed(x, rc, "template", &err);
        return;
    }
    put_u64(x->reply, "id", id);
    put_text(x->reply, "name", x->word);
}

const struct route template_routes[] = {
    { .method = "GET",
      .pattern = "/v1/templates",
      .right = RIGHT_TOKEN,
      .run = list_templates,
      .help = "All templates." },
    { .method = "GET",
      .pattern = "/v1/templates/{name}",
      .right = RIGHT_TOKEN,
      .run = get_template,
      .help = "One template." },
    { .method = "PUT",
      .pattern = "/v1/templates/{name}",
      .right = RIGHT_TOKEN,
      .run = put_template,
      .help = "Creates a template or gives it a new text. Body: body, the text with its "
              "{{placeholders}}." },
};
const size_t n_template_routes = sizeof(template_routes) / sizeof(template_routes[0]);
