/* policy.c: which results are held against an address, and how many it takes.
 *
 * The table is the whole policy: a category without a row never suppresses and never costs a store access. What may
 * count at all is decided before the table is asked: a reply the receiving side made, to mail that was ours, about
 * this recipient; or what our own MTA found out without asking it, which has rows of its own. Deliveries reset
 * nothing: to forget an older failure when a delivery arrives one would have to remember every delivery, or else the
 * order of arrival would decide (docs/suppression.md). So that a mail which is delivered at its second or third
 * attempt is held against nobody, its first attempts count for nothing.
 */
#include <stdio.h>

#include "suppress/state/key_state.h"

/* clang-format off */
const struct ff_policy_row ff_policy_default[] = {
    /* category: after_n, window, span, per stream, bounces only, own MTA */
    {FF_BAD_MAILBOX,         1,  0,  0, false, true,  false},
    {FF_BAD_ADDRESS_SYNTAX,  1,  0,  0, false, true,  false},
    {FF_INACTIVE_MAILBOX,    1,  0,  0, false, true,  false},
    {FF_BAD_DOMAIN,          1,  0,  0, false, true,  false},
    {FF_BAD_DOMAIN,          2, 60,  2, false, true,  true}, /* a resolver may lie for an afternoon, ... */
    {FF_BAD_ADDRESS_SYNTAX,  2, 60,  2, false, true,  true}, /* ... also over midnight, so two days apart */
    {FF_INACTIVE_MAILBOX,    5, 30,  7, false, false, false}, /* with a 4xx it may be a maintenance */
    {FF_MAILBOX_FULL,        5, 30,  7, false, false, false}, /* a holiday fills a mailbox for a week */
    {FF_CATCH_ALL_REJECT,    2, 30,  1, false, false, false},
    {FF_RESTRICTED_MAILBOX,  3, 30,  0, true,  false, false}, /* about this sender, not about the mailbox */
    {FF_RECIPIENT_BLOCK,     3, 30,  0, true,  false, false},
    {FF_RELAY_DENIED,        5, 30,  7, false, false, false}, /* a wrong MX record is found within days */
    {FF_ROUTING_LOOP,        5, 30,  7, false, false, false},
    {FF_AMBIGUOUS,           7, 60, 14, false, true,  false}, /* nobody knows why, but it never works */
    {FF_BAD_MAILBOX,         7, 60, 14, false, true,  false}, /* said too vaguely to suppress alone: ... */
    {FF_BAD_ADDRESS_SYNTAX,  7, 60, 14, false, true,  false}, /* ... no more than ambiguous */
    {FF_BAD_DOMAIN,          7, 60, 14, false, true,  false},
    {FF_CATEGORY_NONE,       0,  0,  0, false, false, false},
};
/* clang-format on */

_Static_assert(FF_CATEGORY_COUNT <= FF_TRACK_OWN_DAYS - FF_TRACK_DAYS, "tracks of two rows would be one");

static uint32_t track_of(const struct ff_policy_row *row)
{
    if (row->after_n == 0)
        return 0;
    if (row->own_mta)
        return FF_TRACK_OWN_DAYS + row->category;
    return row->after_n == 1 ? row->category : FF_TRACK_DAYS + row->category;
}

const struct ff_policy_row *ff_policy_row(const struct ff_policy_row *policy, uint32_t track)
{
    for (; policy->category != FF_CATEGORY_NONE; policy++)
        if (track_of(policy) == track)
            return policy;
    return NULL;
}

/** A test, a recipient that somebody blotted out, a reply to somebody else that a suspended queue repeats. */
#define ABOUT_NOBODY (FF_FLAG_TEST | FF_FLAG_REDACTED_RCPT | FF_FLAG_REPLY_INHERITED)

/** A deferral counts when its mail has waited so long. Most of what is deferred is delivered within the hour
 * (greylisting, a queue that is full, a mailbox that is emptied over lunch); a lifetime in the queue of less is
 * rare. */
#define DEFERRED_FOR_US (4 * INT64_C(3600) * 1000000)

static bool may_be_delivered_soon(const struct ff_event *ev)
{
    return ev->kind == FF_KIND_TRANSIENT_FAILURE && ev->queued_time_us > 0 &&
           ev->event_time_us - ev->queued_time_us < DEFERRED_FOR_US;
}

static bool is_own_mta(uint32_t origin)
{
    return origin == FF_ORIGIN_LOCAL_DNS || origin == FF_ORIGIN_LOCAL_NETWORK || origin == FF_ORIGIN_LOCAL_QUEUE;
}

/** Whether a refusal is for good the verdict says, by all codes of the reply and the kind of the event
 * (classify/judge/evidence.c). Left to decide here is who said it: a code that the MTA made up proves nothing of a
 * mailbox, but of what the MTA itself found out all codes are made up. */
static const struct ff_policy_row *find_row(const struct ff_policy_row *policy, const struct ff_event *ev,
                                            const struct ff_verdict *v)
{
    const struct ff_policy_row *row = NULL;
    if (is_own_mta(ev->origin))
        return v->suppress ? ff_policy_row(policy, FF_TRACK_OWN_DAYS + v->category) : NULL;
    if (ev->origin != FF_ORIGIN_REMOTE_REPLY && ev->origin != FF_ORIGIN_REMOTE_DSN)
        return NULL;
    if (v->suppress && !(ev->flags & FF_FLAG_CODE_SYNTHETIC) && ev->kind != FF_KIND_TRANSIENT_FAILURE)
        row = ff_policy_row(policy, v->category);
    if (!row && (v->action == FF_ACTION_SUPPRESS_AFTER_N || v->action == FF_ACTION_SUPPRESS_NOW))
        row = ff_policy_row(policy, FF_TRACK_DAYS + v->category);
    return row;
}

const struct ff_policy_row *ff_policy_row_of(const struct ff_policy_row *policy, const struct ff_event *ev,
                                             const struct ff_verdict *v)
{
    if (v->category >= FF_CATEGORY_COUNT || ev->flags & ABOUT_NOBODY)
        return NULL;
    if (ev->kind != FF_KIND_TRANSIENT_FAILURE && ev->kind != FF_KIND_BOUNCE && ev->kind != FF_KIND_OOB)
        return NULL;
    if (may_be_delivered_soon(ev))
        return NULL;
    const struct ff_policy_row *row = find_row(policy, ev, v);
    return row && row->bounces_only && ev->kind == FF_KIND_TRANSIENT_FAILURE ? NULL : row;
}

void ff_policy_format_days(const struct ff_policy_row *row, char buf[FF_POLICY_DAYS_BYTES])
{
    int n = snprintf(buf, FF_POLICY_DAYS_BYTES, "%u days within %u", row->after_n, row->window_days);
    if (row->min_span_days >= row->after_n) /* else so many distinct days are that far apart anyway */
        snprintf(buf + n, FF_POLICY_DAYS_BYTES - (size_t)n, ", at least %u days apart", row->min_span_days);
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

enum ff_evidence_fate ff_policy_judge(const struct ff_policy_row *policy, bool trust_oob, const struct ff_event *ev,
                                      const struct ff_verdict *v, uint32_t *ret_track, bool *ret_per_stream)
{
    bool proven = trust_oob || (ev->flags & FF_FLAG_TOKEN_VERIFIED), needs_proof = true, per_stream = false;
    const struct ff_policy_row *row;
    uint32_t track = 0;
    if (ev->kind == FF_KIND_SUPPRESSED)
        return FF_FATE_ECHO;
    if (ev->flags & ABOUT_NOBODY || ev->event_time_us <= 0)
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
    default:
        needs_proof = ev->origin == FF_ORIGIN_REMOTE_DSN || ev->kind == FF_KIND_OOB;
        row = ff_policy_row_of(policy, ev, v);
        track = row ? track_of(row) : 0;
        per_stream = row && row->per_stream;
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
