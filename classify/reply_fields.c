/* reply_fields.c: the fields of a reply: those of an event, and by the names that people write. */
#include "classify/explain.h"

void ff_reply_of_event(const struct ff_event *ev, struct ff_reply *ret)
{
    *ret = (struct ff_reply){
        .code = ev->reply_code,
        .enhanced = ev->enhanced_code,
        .text = ev->reply_text,
        .stage = ev->stage,
        .origin = ev->origin,
        .kind = ev->kind,
        .flags = ev->flags,
        .mx = ev->remote_host,
        .sending_ip = ev->local_ip,
        .mail_from = ev->mail_from,
        .recipient = ev->recipient,
    };
}

bool ff_reply_stage_parse(struct ff_slice name, uint32_t *ret_stage, uint32_t *ret_kind, uint32_t *ret_origin)
{
    static const struct {
        const char *name;
        uint32_t stage, kind, origin;
    } stages[] = {
        {"connect", FF_STAGE_CONNECT, 0, 0},
        {"helo", FF_STAGE_HELO, 0, 0},
        {"starttls", FF_STAGE_STARTTLS, 0, 0},
        {"auth", FF_STAGE_AUTH, 0, 0},
        {"mail", FF_STAGE_MAIL_FROM, 0, 0},
        {"rcpt", FF_STAGE_RCPT_TO, 0, 0},
        {"data", FF_STAGE_DATA, 0, 0},
        {"end-of-data", FF_STAGE_END_OF_DATA, 0, 0},
        {"queue", FF_STAGE_QUEUE, 0, FF_ORIGIN_LOCAL_QUEUE},
        {"oob", FF_STAGE_AFTER_ACCEPT, FF_KIND_OOB, FF_ORIGIN_REMOTE_DSN},
    };
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (ff_slice_eq(name, ff_slice_str(stages[i].name))) {
            *ret_stage = stages[i].stage;
            *ret_kind = stages[i].kind;
            *ret_origin = stages[i].origin;
            return true;
        }
    return false;
}

bool ff_reply_origin_parse(struct ff_slice name, uint32_t *ret_origin)
{
    if (ff_slice_eq(name, FF_SLICE("remote")))
        *ret_origin = FF_ORIGIN_REMOTE_REPLY;
    else if (ff_slice_eq(name, FF_SLICE("local")))
        *ret_origin = FF_ORIGIN_LOCAL_POLICY; /* nothing says more: the kind that never suppresses */
    else if (ff_slice_eq(name, FF_SLICE("dsn")))
        *ret_origin = FF_ORIGIN_REMOTE_DSN;
    else
        return false;
    return true;
}
