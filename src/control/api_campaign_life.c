/* api_campaign_life.c - who made a campaign and who agreed, and how it is tried out, as JSON. */
#include "control/campaign_life.h"

#include "store/campaign_approval.h"
#include "store/campaign_life.h"
#include "store/wording.h"

static void put_approval(struct exchange *x, const struct campaign_approval *a)
{
    json_t *item = json_object();

    put_text(item, "asked_by", a->asked_by);
    put_time(item, "asked_at", a->asked_at);
    put_u64(item, "audience", a->audience);
    put_u64(item, "recipients", a->recipients);
    put_u64(item, "segments", a->segments);
    json_object_set_new(item, "cost_cents", json_integer(a->cost_cents));
    put_text(item, "currency", a->currency);
    put_text(item, "verdict", !a->decided_at ? "" : a->approved ? "approved" : "refused");
    put_text(item, "decided_by", a->decided_by);
    put_time(item, "decided_at", a->decided_at);
    put_text(item, "why", a->why);
    json_object_set_new(x->reply, "approval", item);
}

/* When there are several; of mails their subjects, which may be all that differs. */
static void put_tried(struct exchange *x, const struct campaign_life *life)
{
    json_t *texts = json_array(), *subjects = json_array();

    for (unsigned i = 0; life->n_variants > 1 && i < life->n_variants; i++) {
        const struct campaign_text *t = &life->texts[i];
        json_array_append_new(texts, json_string(t->body));
        if (t->n_texts && t->texts[0].subject && *t->texts[0].subject)
            json_array_append_new(subjects, json_string(t->texts[0].subject));
    }
    json_object_set_new(x->reply, "texts", texts);
    json_object_set_new(x->reply, "subjects", subjects);
}

enum rc put_campaign_life(struct exchange *x)
{
    struct campaign_approval approval;
    struct campaign_life life;
    enum rc rc = campaign_life_read(x->db, x->id, &x->arena, &life);

    if (!rc) {
        rc = campaign_approval_read(x->db, x->id, &approval);
        if (!rc)
            put_approval(x, &approval);
        rc = rc == RC_NOTFOUND ? RC_OK : rc;
    }
    if (rc)
        return rc;
    put_text(x->reply, "created_by", life.created_by);
    put_u64(x->reply, "hold_out_share", life.hold_out);
    put_u64(x->reply, "test_share", life.test_share);
    put_time(x->reply, "test_until", life.test_until);
    put_text(x->reply, "test_by", campaign_measure_name(life.test_by));
    put_tried(x, &life);
    if (life.winner >= 0) {
        char letter[2] = { (char)('A' + life.winner), '\0' };
        put_text(x->reply, "winner", letter);
        put_text(x->reply, "winner_by", life.winner_by);
        put_text(x->reply, "winner_why", life.winner_why);
    }
    return RC_OK;
}
