/* key_state.h: everything remembered about one (tenant, stream scope, address), as a value that merges.
 *
 * A key state is a product of independent join-semilattices, so `merge` is commutative, associative and idempotent, and
 * an event is merged like any other state (one with a single item in it):
 *
 *     track.earliest, track.latest   least and greatest evidence by (time, event id, encoding)
 *     track.items                    the greatest 32 of a set; where days count, of a map day -> greatest item
 *     manual                         greatest by (time, command id)
 *     release                        greatest by (time, command id)
 *     published_version              greatest
 *
 * Nothing is ever removed by a release: if it dropped items, "release, then a late event" and "late event, then
 * release" would end differently. What is void is decided when the suppression is derived (derive.c).
 * The encoding (proto/suppression.proto, KeyState) is canonical: equal states have equal bytes.
 */
#ifndef FF_SUPPRESS_KEY_STATE_H
#define FF_SUPPRESS_KEY_STATE_H

#include "suppress/suppress.h"

/* Numbers of tracks; see message Track. */
#define FF_TRACK_DAYS 256u         /* + category: evidence of which it takes N days */
#define FF_TRACK_OWN_DAYS 320u     /* + category: the same of what our own MTA says */
#define FF_TRACK_COMPLAINT 512u
#define FF_TRACK_UNSUBSCRIBED 513u

#define FF_TRACKS_MAX 32 /* one for each row of the policy and two more; the built-in policy makes at most 19 */

/** Longest texts kept in evidence; the rest is cut off, so that a key stays small whatever is sent. */
#define FF_EVIDENCE_REPLY_MAX 2048
#define FF_EVIDENCE_TEXT_MAX 320
#define FF_EVIDENCE_BYTES_MAX (FF_EVIDENCE_REPLY_MAX + 13 * (FF_EVIDENCE_TEXT_MAX + 4) + 96)
#define FF_KEY_BYTES_MAX (FF_TENANT_BYTES_MAX + 1 + FF_TENANT_BYTES_MAX + 1 + FF_ADDRESS_KEY_MAX)
/** Room for any key state. */
#define FF_KEY_STATE_BYTES_MAX \
    ((size_t)FF_TRACKS_MAX * (2 * FF_EVIDENCE_BYTES_MAX + FF_TRACK_ITEMS_MAX * 20 + 64) + 8192)

/** A record kept as it was encoded, with what orders it. Absent: encoded.len == 0. */
struct ff_register {
    int64_t time_us;
    struct ff_slice id;
    struct ff_slice encoded;
};

struct ff_item {
    int64_t time_us;
    uint64_t id;
};

struct ff_track {
    uint32_t number;
    uint32_t item_count;
    struct ff_register earliest, latest;
    struct ff_item items[FF_TRACK_ITEMS_MAX]; /* ascending by (time, id) */
};

struct ff_release {
    int64_t time_us; /* 0: never */
    struct ff_slice id, actor, note, incident_id;
};

/** Slices point into what it was decoded from, or into what was merged. 19 KiB: not for the stack of a look-up. */
struct ff_key_state {
    struct ff_slice tenant_id, stream_scope, address_key;
    struct ff_register manual;
    struct ff_release release;
    uint64_t published_version;
    uint32_t track_count;
    struct ff_track tracks[FF_TRACKS_MAX]; /* ascending by number; only the first track_count are initialised */
};
_Static_assert(sizeof(struct ff_key_state) / 1024 <= 19, "larger than its manual says");

/** FF_ERR_SYNTAX, FF_ERR_TRUNCATED: no KeyState in canonical form; FF_ERR_TOO_LARGE: over the limits above. */
FF_MUST_CHECK enum ff_err ff_key_state_decode(struct ff_slice in, struct ff_key_state *ret);
/** Without published_version: that is written behind it (ff_key_state_put_version), since it changes without
 * content. */
void ff_key_state_encode(const struct ff_key_state *ks, struct ff_wire_out *out);
void ff_key_state_put_version(uint64_t version, struct ff_wire_out *out);
/** ret may be neither a nor b. Names are taken from a (from b where a has none). FF_ERR_TOO_LARGE: too many tracks. */
FF_MUST_CHECK enum ff_err ff_key_state_merge(const struct ff_key_state *a, const struct ff_key_state *b,
                                             struct ff_key_state *ret);
/** Makes ks a state without anything in it. */
void ff_key_state_init(struct ff_key_state *ks, struct ff_slice tenant, struct ff_slice scope,
                       struct ff_slice address_key);
/** Puts the only item into the only track of ks; `encoded` is an Evidence. */
void ff_key_state_set_event(struct ff_key_state *ks, uint32_t track, int64_t time_us, struct ff_slice event_id,
                            struct ff_slice encoded);

static inline bool ff_track_counts_days(uint32_t number)
{
    return number > FF_TRACK_DAYS && number < FF_TRACK_COMPLAINT;
}
/** Category of a track that a reply went into. */
static inline uint32_t ff_track_category(uint32_t number)
{
    return number >= FF_TRACK_COMPLAINT ? FF_CATEGORY_NONE : number % (FF_TRACK_OWN_DAYS - FF_TRACK_DAYS);
}
/** UTC day number; event times are never negative. */
static inline int64_t ff_day_of(int64_t time_us)
{
    return time_us / INT64_C(86400000000);
}

FF_MUST_CHECK enum ff_err ff_evidence_decode(struct ff_slice in, struct ff_evidence *ret);
/** Cuts what is over the limits above. */
void ff_evidence_encode(const struct ff_evidence *e, struct ff_wire_out *out);

/** What an operator or a recipient ordered (message Manual). */
struct ff_manual {
    int64_t time_us, expires_us;
    uint32_t reason;
    struct ff_slice command_id, actor, note, address, incident_id;
};
FF_MUST_CHECK enum ff_err ff_manual_decode(struct ff_slice in, struct ff_manual *ret);
void ff_manual_encode(const struct ff_manual *m, struct ff_wire_out *out);

/** The published state of a key: a pure function of its state and the policy. What no policy row supports gives
 * FF_STATE_NONE. `ret` points into ks and what that was decoded from. Cost: about 100 ns for a key with one event. */
void ff_derive(const struct ff_policy_row *policy, const struct ff_key_state *ks, struct ff_suppression *ret);

/** Row that evidence of this track falls under. NULL: there is none. */
const struct ff_policy_row *ff_policy_row(const struct ff_policy_row *policy, uint32_t track);

enum ff_evidence_fate { FF_FATE_COUNTS, FF_FATE_IRRELEVANT, FF_FATE_ECHO, FF_FATE_UNPROVEN };
/**
 * May this result be held against its recipient?
 * @param ret_track      track number; set when it counts
 * @param ret_per_stream its scope is the event's stream, when that is known
 */
enum ff_evidence_fate ff_policy_judge(const struct ff_policy_row *policy, bool trust_oob, const struct ff_event *ev,
                                      const struct ff_verdict *v, uint32_t *ret_track, bool *ret_per_stream);

#endif
