/* explain.c: what is known of an address, and what the categories mean: what the page for people is made of. Reads the
 * clock, for expiry. */
#include "proto/clock.h"
#include "suppress/export.h"
#include "suppress/http/api_int.h"

/* ---- an address -------------------------------------------------------------------------------------------------- */

struct entries {
    struct ff_json_out json; /* objects of an array */
    int64_t now_us;
    bool suppressed;
    enum ff_err err;
};

static bool on_entry(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    struct entries *e = (struct entries *)ctx;
    struct ff_suppression s;
    if (suppression.len > 0) {
        e->err = ff_suppression_decode(suppression, &s);
        if (e->err)
            return false;
        e->suppressed |= ff_suppression_applies(&s, e->now_us);
    }
    e->err = ff_explain_put_json(&e->json, key, suppression, state);
    return e->err == FF_OK;
}

enum ff_err ff_api_explain(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice address, struct ff_json_out *o)
{
    struct entries e = {.now_us = ff_now_us()};
    ff_json_out_init(&e.json);
    ff_json_open(&e.json, '[');
    enum ff_err err = ff_lookup_explain(l, tenant, address, on_entry, &e);
    ff_json_close(&e.json, ']');
    if (!err)
        err = e.json.failed ? FF_ERR_NOMEM : e.err;
    if (!err)
        ff_explain_put_answer(o, address, e.suppressed, ff_slice_of(e.json.buf, e.json.len));
    ff_json_out_fini(&e.json);
    return err;
}

/* ---- the categories ---------------------------------------------------------------------------------------------- */

void ff_api_put_categories(struct ff_json_out *o)
{
    ff_json_open(o, '[');
    for (uint32_t i = 0; i < FF_CATEGORY_COUNT; i++) {
        const struct ff_category_info *info = ff_category_info(i);
        if (!info)
            continue;
        ff_json_open(o, '{');
        ff_json_member_string(o, "category", ff_slice_str(info->name));
        ff_json_member_string(o, "responsible", ff_slice_str(ff_responsible_name(info->responsible)));
        ff_json_member_string(o, "action", ff_slice_str(ff_action_name(info->action)));
        ff_json_member_string(o, "meaning", ff_slice_str(info->meaning));
        ff_json_member_string(o, "advice", ff_slice_str(ff_advice(i, info->action)));
        ff_json_close(o, '}');
    }
    ff_json_close(o, ']');
}
