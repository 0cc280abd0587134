/* policy.c: which results are held against an address, and how many it takes.
 *
 * The table is the whole policy: a category without a row never suppresses and never costs a store access. What may count
 * at all is decided before the table is asked: a reply the receiving side made, to mail that was ours, about this
 * recipient. Deliveries reset nothing: to forget an older failure when a delivery arrives one would have to remember every
 * delivery, or else the order of arrival would decide (docs/suppression.md).
 */
#include "suppress/state/key_state.h"

/* clang-format off */
const struct ff_policy_row ff_policy_default[] = {
    /* category               after_n  window  span  per stream */
    {FF_BAD_MAILBOX,                1,      0,    0, false},
    {FF_BAD_ADDRESS_SYNTAX,         1,      0,    0, false},
    {FF_INACTIVE_MAILBOX,           1,      0,    0, false},
    {FF_BAD_DOMAIN,                 1,      0,    0, false},
    {FF_INACTIVE_MAILBOX,           5,     30,    7, false}, /* with a 4xx it may be a maintenance */
    {FF_MAILBOX_FULL,               5,     30,    7, false}, /* a holiday fills a mailbox for a week */
    {FF_CATCH_ALL_REJECT,           2,     30,    1, false},
    {FF_RESTRICTED_MAILBOX,         3,     30,    0, true},  /* about this sender, not about the mailbox */
    {FF_RECIPIENT_BLOCK,            3,     30,    0, true},
    {FF_RELAY_DENIED,               5,     30,    7, false}, /* a wrong MX record is found within days */
    {FF_ROUTING_LOOP,               5,     30,    7, false},
    {FF_AMBIGUOUS,                  7,     60,   14, false}, /* nobody knows why, but it never works */
    {FF_BAD_MAILBOX,                7,     60,   14, false}, /* said too vaguely to suppress alone: no more than ambiguous */
    {FF_BAD_ADDRESS_SYNTAX,         7,     60,   14, false},
    {FF_BAD_DOMAIN,                 7,     60,   14, false},
    {FF_CATEGORY_NONE,              0,      0,    0, false},
};
/* clang-format on */

const struct ff_policy_row *ff_policy_row(const struct ff_policy_row *policy, uint32_t category, bool alone)
{
    for (; policy->category != FF_CATEGORY_NONE; policy++)
        if (policy->category == category && policy->after_n && (policy->after_n == 1) == alone)
            return policy;
    return NULL;
}

/* Whether a refusal is for good the verdict says, by all codes of the reply and the kind of the event (classify/judge/evidence.c):
 * what `classify` promises happens. Left to decide here is what a verdict does not know: a deferral is none, whoever judged
 * it, and a code that the MTA made up proves nothing. */
static bool suppresses_alone(const struct ff_event *ev, const struct ff_verdict *v)
{
    return v->suppress && !(ev->flags & FF_FLAG_CODE_SYNTHETIC) && ev->kind != FF_KIND_TRANSIENT_FAILURE;
}

static bool counts_days(const struct ff_event *ev, const struct ff_verdict *v)
{
    return v->action == FF_ACTION_SUPPRESS_AFTER_N ||
           (v->action == FF_ACTION_SUPPRESS_NOW && ev->kind != FF_KIND_TRANSIENT_FAILURE);
}

/* RFC 5965 3.1 and its registry. "not-spam" takes a complaint back elsewhere; "auth-failure" is a report about us. */
static uint32_t feedback_track(const struct ff_event *ev)
{
    struct ff_wire_field f = {0};
    struct ff_slice type = {NULL, 0};
    for (size_t pos = 0; ff_wire_next(ev->feedback, &pos, &f) == FF_OK;)
        if (f.number == 1 && f.type == FF_WIRE_BYTES)
            type = f.bytes;
    static const struct {
        const char *type;
        uint32_t track;
    } types[] = {
        {"abuse", FF_TRACK_COMPLAINT}, {"fraud", FF_TRACK_COMPLAINT},   {"virus", FF_TRACK_COMPLAINT},
        {"other", FF_TRACK_COMPLAINT}, {"opt-out", FF_TRACK_UNSUBSCRIBED},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (ff_slice_caseeq(type, ff_slice_str(types[i].type)))
            return types[i].track;
    return 0;
}

static uint32_t failure_track(const struct ff_policy_row *policy, const struct ff_event *ev, const struct ff_verdict *v,
                              bool *ret_per_stream)
{
    const struct ff_policy_row *row = NULL;
    if (suppresses_alone(ev, v))
        row = ff_policy_row(policy, v->category, true);
    bool alone = row != NULL;
    if (!row && counts_days(ev, v))
        row = ff_policy_row(policy, v->category, false);
    if (!row)
        return 0;
    *ret_per_stream = row->per_stream;
    return alone ? v->category : v->category + FF_TRACK_DAYS;
}

enum ff_evidence_fate ff_policy_judge(const struct ff_policy_row *policy, bool trust_oob, const struct ff_event *ev,
                                      const struct ff_verdict *v, uint32_t *ret_track, bool *ret_per_stream)
{
    bool proven = trust_oob || (ev->flags & FF_FLAG_TOKEN_VERIFIED), needs_proof = true, per_stream = false;
    uint32_t track = 0;
    if (ev->kind == FF_KIND_SUPPRESSED)
        return FF_FATE_ECHO;
    if (ev->flags & (FF_FLAG_TEST | FF_FLAG_REDACTED_RCPT | FF_FLAG_REPLY_INHERITED) || ev->event_time_us <= 0)
        return FF_FATE_IRRELEVANT;
    switch (ev->kind) {
    case FF_KIND_FEEDBACK:
        track = feedback_track(ev);
        per_stream = track == FF_TRACK_UNSUBSCRIBED;
        break;
    case FF_KIND_UNSUBSCRIBE:
        track = FF_TRACK_UNSUBSCRIBED;
        per_stream = true;
        break;
    case FF_KIND_TRANSIENT_FAILURE:
    case FF_KIND_BOUNCE:
    case FF_KIND_OOB:
        if (ev->origin != FF_ORIGIN_REMOTE_REPLY && ev->origin != FF_ORIGIN_REMOTE_DSN)
            break;
        needs_proof = ev->origin == FF_ORIGIN_REMOTE_DSN || ev->kind == FF_KIND_OOB;
        if (v->category < FF_CATEGORY_COUNT)
            track = failure_track(policy, ev, v, &per_stream);
        break;
    default:
        break;
    }
    if (!track)
        return FF_FATE_IRRELEVANT;
    if (needs_proof && !proven)
        return FF_FATE_UNPROVEN;
    *ret_track = track;
    *ret_per_stream = per_stream;
    return FF_FATE_COUNTS;
}
