/* derive.c: from what is remembered to what is published.
 *
 * A pure function, so that two owners with the same state publish the same bytes. A release makes everything up to its
 * time void; evidence chosen for display is the least (or, where days count, the greatest) of the registers that is
 * not.
 * `updated` is the time of the latest evidence or order, not of a clock, for the same reason.
 */
#include "suppress/state/key_state.h"

/* What an order of a person says outranks what a reply says; within replies the more certain one is shown. */
enum rank { RANK_UNSUBSCRIBED, RANK_COMPLAINT, RANK_ALONE, RANK_OWN_MTA, RANK_DAYS, RANK_NONE };

/* A track as a release left it. */
struct support {
    const struct ff_track *track;
    enum rank rank;
    uint32_t first; /* index of the first item that is not void */
    int64_t first_us;
};

/* Do the items from `first` on have n days within the window, far enough apart? For each last day the longest window is
 * the best one, both for the count and for the span. */
static bool days_suffice(const struct ff_track *t, uint32_t first, const struct ff_policy_row *row)
{
    uint32_t i = first;
    for (uint32_t j = first; j < t->item_count; j++) {
        int64_t last = ff_day_of(t->items[j].time_us);
        while (last - ff_day_of(t->items[i].time_us) >= (int64_t)row->window_days)
            i++;
        if (j - i + 1 >= row->after_n && last - ff_day_of(t->items[i].time_us) >= (int64_t)row->min_span_days)
            return true;
    }
    return false;
}

static struct support support_of(const struct ff_policy_row *policy, const struct ff_track *t, int64_t released_us)
{
    struct support s = {t, RANK_NONE, 0, 0};
    const struct ff_policy_row *row;
    while (s.first < t->item_count && t->items[s.first].time_us <= released_us)
        s.first++;
    if (s.first == t->item_count)
        return s;
    s.first_us = t->earliest.time_us > released_us ? t->earliest.time_us : t->items[s.first].time_us;
    if (t->number == FF_TRACK_UNSUBSCRIBED) {
        s.rank = RANK_UNSUBSCRIBED;
    } else if (t->number == FF_TRACK_COMPLAINT) {
        s.rank = RANK_COMPLAINT;
    } else if ((row = ff_policy_row(policy, t->number)) != NULL) {
        if (!ff_track_counts_days(t->number))
            s.rank = RANK_ALONE;
        else if (days_suffice(t, s.first, row))
            s.rank = row->own_mta ? RANK_OWN_MTA : RANK_DAYS;
    }
    return s;
}

static uint32_t reason_of(const struct support *s)
{
    switch (s->rank) {
    case RANK_UNSUBSCRIBED: return FF_REASON_UNSUBSCRIBED;
    case RANK_COMPLAINT: return FF_REASON_COMPLAINT_REPORT;
    case RANK_DAYS: return FF_REASON_REPEATED_SOFT_BOUNCE;
    default:
        return ff_track_category(s->track->number) == FF_BAD_DOMAIN ? FF_REASON_INVALID_DOMAIN : FF_REASON_HARD_BOUNCE;
    }
}

/* An event that was judged twice, under two rule sets, may be in two tracks: it is one hit. */
static uint32_t count_hits(const struct support *supports, uint32_t count)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = supports[i].first; k < supports[i].track->item_count; k++) {
            const struct ff_item *it = &supports[i].track->items[k];
            bool seen = false;
            for (uint32_t j = 0; j < i && !seen; j++)
                for (uint32_t m = supports[j].first; m < supports[j].track->item_count && !seen; m++)
                    seen =
                        supports[j].track->items[m].id == it->id && supports[j].track->items[m].time_us == it->time_us;
            hits += !seen;
        }
    }
    return hits;
}

static void take_evidence(const struct support *s, int64_t released_us, struct ff_suppression *ret)
{
    const struct ff_track *t = s->track;
    bool first_valid = t->earliest.time_us > released_us;
    const struct ff_register *shown = ff_track_counts_days(t->number) || !first_valid ? &t->latest : &t->earliest;
    struct ff_evidence earliest;
    /* The state was decoded or made by us: its registers decode. */
    ret->has_evidence = ff_evidence_decode(shown->encoded, &ret->evidence) == FF_OK;
    ret->address = ret->evidence.address;
    if (first_valid && shown != &t->earliest && ff_evidence_decode(t->earliest.encoded, &earliest) == FF_OK)
        ret->address = earliest.address;
}

static void derive_automatic(const struct ff_policy_row *policy, const struct ff_key_state *ks, int64_t released_us,
                             struct ff_suppression *ret)
{
    struct support supports[FF_TRACKS_MAX], *best = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < ks->track_count; i++) {
        struct support s = support_of(policy, &ks->tracks[i], released_us);
        if (s.rank == RANK_NONE)
            continue;
        supports[count] = s;
        if (!best || s.rank < best->rank || (s.rank == best->rank && s.first_us < best->first_us))
            best = &supports[count];
        if (!count || s.first_us < ret->first_event_us)
            ret->first_event_us = s.first_us;
        if (s.track->latest.time_us > ret->last_event_us)
            ret->last_event_us = s.track->latest.time_us;
        count++;
    }
    if (!best)
        return;
    ret->state = FF_STATE_ACTIVE;
    ret->reason = reason_of(best);
    ret->hits = count_hits(supports, count);
    take_evidence(best, released_us, ret);
}

/* A manual entry beside automatic ones gives its reason and names; it can expire only when it stands alone. */
static void add_manual(const struct ff_key_state *ks, int64_t released_us, struct ff_suppression *ret)
{
    struct ff_manual m;
    if (!ks->manual.encoded.len || ks->manual.time_us <= released_us ||
        ff_manual_decode(ks->manual.encoded, &m) != FF_OK)
        return;
    bool alone = ret->state != FF_STATE_ACTIVE;
    ret->state = FF_STATE_ACTIVE;
    ret->reason = m.reason ? m.reason : FF_REASON_MANUAL;
    ret->actor = m.actor;
    ret->note = m.note;
    ret->incident_id = m.incident_id;
    if (alone) {
        ret->address = m.address;
        ret->expires_us = m.expires_us;
        ret->first_event_us = ret->last_event_us = m.time_us;
        return;
    }
    if (m.time_us < ret->first_event_us)
        ret->first_event_us = m.time_us;
    if (m.time_us > ret->last_event_us)
        ret->last_event_us = m.time_us;
}

static void derive_at(const struct ff_policy_row *policy, const struct ff_key_state *ks, int64_t released_us,
                      struct ff_suppression *ret)
{
    memset(ret, 0, sizeof(*ret));
    derive_automatic(policy, ks, released_us, ret);
    add_manual(ks, released_us, ret);
}

void ff_derive(const struct ff_policy_row *policy, const struct ff_key_state *ks, struct ff_suppression *ret)
{
    derive_at(policy, ks, ks->release.time_us, ret);
    ret->updated_us = ret->last_event_us;
    if (ret->state != FF_STATE_ACTIVE && ks->release.time_us) {
        /* Released, if it would be active but for that. */
        derive_at(policy, ks, 0, ret);
        if (ret->state == FF_STATE_ACTIVE) {
            ret->state = FF_STATE_RELEASED;
            ret->actor = ks->release.actor;
            ret->note = ks->release.note;
            ret->incident_id = ks->release.incident_id;
            ret->expires_us = 0;
            ret->updated_us = ks->release.time_us;
        }
    }
    if (ret->state == FF_STATE_NONE)
        return;
    ret->tenant_id = ks->tenant_id;
    ret->stream_scope = ks->stream_scope;
    ret->address_key = ks->address_key;
    if (!ret->address.len)
        ret->address = ks->address_key;
    ret->version = ks->published_version;
}
