/* suppress.h: who may not be mailed, and why: policy, state that merges, store, look-ups.
 *
 * The state of one key (tenant, stream scope, address) is a join-semilattice: sets of the latest items, earliest and
 * latest registers, last-writer-wins by (time, id). What is published is a pure function of that state. So replays,
 * duplicates, reordered input and two owners of one partition (one of them frozen and woken up late) all converge to
 * the same bytes; see docs/decisions/ for what was refused.
 */
#ifndef FF_SUPPRESS_H
#define FF_SUPPRESS_H

#include "classify/classify.h"
#include "proto/address.h"
#include "proto/error.h"
#include "proto/event.h"
#include "proto/json.h"
#include "proto/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- policy ---------------------------------------------------------------------------------------------------- */

/** Row of the policy table: what one category does to an address. Counting is by distinct UTC days, so a burst of
 * retries is one. A category may have three rows: after_n = 1 for verdicts that may suppress alone (verdict.suppress),
 * after_n > 1 for those that may not (or when there is no row of the first kind), and one for those that may, but
 * are our own MTA's. */
struct ff_policy_row {
    uint32_t category;
    uint32_t after_n;      /* 1: suppress now; N: after N distinct days; 0: never */
    uint32_t window_days;  /* the N days lie within this many days */
    uint32_t min_span_days; /* and the first and the last of them are at least this far apart */
    bool per_stream;       /* scope: the event's stream when it has one, else all streams */
    bool bounces_only;     /* what the MTA tries again is not counted, whatever its code */
    bool own_mta;          /* for what our own resolver or queue says and no server did */
};

/** The built-in table; a category without a row never suppresses and never touches the store; ends with category 0. */
extern const struct ff_policy_row ff_policy_default[];

/** The row by which a verdict on a failed delivery is held against its address; NULL: it never is. Of the event
 * kind, origin, flags, and how long its mail was queued are looked at. An out-of-band report needs proof besides. */
const struct ff_policy_row *ff_policy_row_of(const struct ff_policy_row *policy, const struct ff_event *ev,
                                             const struct ff_verdict *v);
/** Writes "7 days within 60, at least 14 days apart" and a NUL; only of rows that count days. */
#define FF_POLICY_DAYS_BYTES 80
void ff_policy_format_days(const struct ff_policy_row *row, char buf[FF_POLICY_DAYS_BYTES]);

/* ---- state of one key ------------------------------------------------------------------------------------------ */

/** Items kept per category: the latest by (time, id), of categories that count days the latest of each day. Documented
 * ceiling of `hits`. */
#define FF_TRACK_ITEMS_MAX 32

/** As on the wire; 2 is reserved. */
enum ff_suppression_state { FF_STATE_NONE, FF_STATE_ACTIVE, FF_STATE_RELEASED = 3 };
enum ff_reason {
    FF_REASON_NONE,
    FF_REASON_HARD_BOUNCE,
    FF_REASON_REPEATED_SOFT_BOUNCE,
    FF_REASON_COMPLAINT_REPORT,
    FF_REASON_UNSUBSCRIBED,
    FF_REASON_MANUAL,
    FF_REASON_INVALID_DOMAIN,
    FF_REASON_IMPORTED,
    FF_REASON_ROLE_OR_TRAP,
    FF_REASON_COUNT
};
const char *ff_reason_name(uint32_t reason); /* "hard_bounce" */
enum ff_reason ff_reason_parse(struct ff_slice name);
const char *ff_suppression_state_name(uint32_t state); /* "active" */

struct ff_evidence {
    struct ff_slice event_id, message_id, campaign_id, reply_text, rule, provider, remote_ip, remote_host, local_ip;
    struct ff_slice address, stream_id, mail_from;
    uint32_t kind, reply_code, enhanced_code, category, ruleset_version, stage;
    uint64_t template_id;
    int64_t event_time_us;
};

/** A decoded message Suppression; slices point into what it was decoded from. */
struct ff_suppression {
    struct ff_slice tenant_id, stream_scope, address, address_key, actor, note, incident_id;
    uint32_t state, reason, hits;
    int64_t first_event_us, last_event_us, updated_us, expires_us;
    uint64_t version;
    bool has_evidence;
    struct ff_evidence evidence;
};

/** Does it forbid mail at this moment? Nothing is written when an entry expires: whoever looks compares the clock. */
static inline bool ff_suppression_applies(const struct ff_suppression *s, int64_t now_us)
{
    return s->state == FF_STATE_ACTIVE && (!s->expires_us || s->expires_us > now_us);
}

FF_MUST_CHECK enum ff_err ff_suppression_decode(struct ff_slice in, struct ff_suppression *ret);
void ff_suppression_encode(const struct ff_suppression *s, struct ff_wire_out *out);
/** Members of the export object (docs/cli.md, export), without braces. */
void ff_suppression_put_json(struct ff_json_out *o, const struct ff_suppression *s);

/* ---- the engine: results and commands in, changes out ---------------------------------------------------------- */

struct ff_suppressor; /* state of one process: store, policy, batch under construction; one thread writes */

/** The service that a state folder belongs to. `add`, `release` and `import` with --state work on folders of `run`. */
enum ff_folder_of { FF_FOLDER_OF_ANY, FF_FOLDER_OF_RUN, FF_FOLDER_OF_SUPPRESS, FF_FOLDER_OF_SERVE };

struct ff_suppressor_options {
    const char *state_dir;
    /* ANY: whosever it is, and it stays so; else the first commit marks it, and another's is FF_ERR_CONFIG */
    enum ff_folder_of folder_of;
    bool create;       /* make the folder when it is not there; false: FF_ERR_NOT_FOUND */
    bool read_only;    /* no lock; the last committed state */
    bool sync;         /* fdatasync each commit */
    bool trust_oob;    /* the operator vouches for out-of-band reports without proof */
    bool outbox;       /* keep keys that must be published until ff_suppressor_sent() */
    const struct ff_policy_row *policy; /* NULL: ff_policy_default */
    /* whose list a check means that names no tenant; NULL: "default"; must live as long as the store */
    const char *default_tenant;
    /* the time it is; 0: the machine's clock, which goes on. Anything else stands still: for tests */
    int64_t now_us;
};

/** @return FF_OK; FF_ERR_NOT_FOUND, FF_ERR_CREATE, FF_ERR_EXISTS (in use), FF_ERR_IO, FF_ERR_PERMISSION,
 * FF_ERR_CONFIG (made by another version, or of another service); message says why and what to do */
FF_MUST_CHECK enum ff_err ff_suppressor_open(const struct ff_suppressor_options *opts, struct ff_suppressor **ret,
                                             char *ret_message, size_t size);
/** Commits nothing; what was not committed is dropped. */
void ff_suppressor_close(struct ff_suppressor *s);
/** Whose the open folder is; ANY: nobody has said so, and nothing in it does. */
enum ff_folder_of ff_suppressor_folder_of(struct ff_suppressor *s);

/** How far ahead of the clock a failure may be and still be held against its address: log lines without a zone are
 * read as
 * UTC, which is 14 hours at most; the rest is clocks that are wrong. */
#define FF_AHEAD_OF_CLOCK_MAX_US (INT64_C(86400) * 1000000)

/** A batch that has grown to so many keys is written by itself. */
#define FF_SUPPRESS_BATCH_KEYS 32768
/** Of how many partitions the topics have: results that come by another one than that of their address are refused.
 * Without it they are not asked. */
void ff_suppressor_set_partitions(struct ff_suppressor *s, int32_t count);
/** Takes one result into the open batch. Events that are no evidence cost no store access. A failure further ahead of
 * the clock than FF_AHEAD_OF_CLOCK_MAX_US is none (a complaint or an opt-out is, whatever its time: it is somebody's
 * order). A batch that has grown to FF_SUPPRESS_BATCH_KEYS keys is written by itself, without waiting for
 * ff_suppressor_commit(): harmless, because the offsets set so far go with it and everything behind them may be given
 * again. Where an event was read is not kept: the state must not depend on which copy of it came first
 * (docs/suppression.md).
 * @param partition  of the key space (ff_address_partition), -1 when embedded
 * @return FF_OK, also for what is no evidence.
 *         About this event, which changed nothing: FF_ERR_RANGE: a partition over 65534, or not that of its address
 *         (ff_suppressor_set_partitions()); FF_ERR_TOO_LARGE: its key would hold more than a key may;
 *         FF_ERR_SYNTAX, FF_ERR_TRUNCATED: what the open batch holds of its key cannot be read. About the state:
 *         FF_ERR_IO: it cannot be read or is damaged, or the full batch could not be written; FF_ERR_CONFIG: it is a
 *         read replica's; FF_ERR_NOMEM. ff_suppressor_why() says it in words */
FF_MUST_CHECK enum ff_err ff_suppressor_result(struct ff_suppressor *s, const struct ff_event *ev,
                                               const struct ff_verdict *v, int32_t partition);

enum ff_verb { FF_VERB_NONE, FF_VERB_ADD, FF_VERB_RELEASE };
struct ff_command {
    uint32_t verb, reason;
    struct ff_slice command_id, tenant_id, stream_scope, address, actor, note, incident_id;
    int64_t time_us, expires_us;
    /* of a release: void is what happened up to then, and nothing later, whatever is known; 0: all that is known.
     * So undoing an outage leaves alone what came after it */
    int64_t evidence_until_us;
};
FF_MUST_CHECK enum ff_err ff_command_decode(struct ff_slice in, struct ff_command *ret);
void ff_command_encode(const struct ff_command *c, struct ff_wire_out *out);
/** An order of now comes after all that is known of its key, also where that is ahead of the clock: then it gets the
 * time of the latest of it. An order of more than a day ago (import) keeps its time, and one that was carried out
 * before changes nothing. How many keys a release ended ff_suppressor_stats().released tells. FF_ERR_SYNTAX when the
 * command is none (bad address, no verb, no time, an entry with evidence_until_us): the caller dead-letters it. An
 * empty tenant means "default"; an empty scope means all streams, and for RELEASE also every stream scope of that
 * address known now. For that the open batch, with all that was given before, is WRITTEN first: what was released
 * before a command that is refused stays released, though nobody called ff_suppressor_commit().
 * @return FF_OK; FF_ERR_SYNTAX; else as ff_suppressor_result() */
FF_MUST_CHECK enum ff_err ff_suppressor_command(struct ff_suppressor *s, const struct ff_command *c, int32_t partition);

/** Remembers how far an input was read, in the same write as the state. `input` is e.g. "topic/3" or
 * "file:dev:inode". */
void ff_suppressor_set_offset(struct ff_suppressor *s, struct ff_slice input, int64_t next_offset);
/** -1: unknown. */
int64_t ff_suppressor_offset(struct ff_suppressor *s, struct ff_slice input);
/** The input is unknown again, in the same write: for inputs that will not come back, or there would be more of
 * them for ever. */
void ff_suppressor_forget_offset(struct ff_suppressor *s, struct ff_slice input);
/** Inputs whose names begin so and whose offsets are committed, in byte order of the names, until `each` returns
 * false. `each` may set and forget offsets, and sees nothing of it. A name lives until `each` returns.
 * FF_ERR_NOMEM; FF_ERR_IO */
FF_MUST_CHECK enum ff_err ff_suppressor_each_offset(struct ff_suppressor *s, struct ff_slice prefix,
                                                    bool (*each)(void *ctx, struct ff_slice input), void *ctx);

/** The same for an input that may be replaced by another one of its name (a topic made anew, another cluster): what
 * was seen of it at that place tells. */
struct ff_input_place {
    int64_t next;     /* -1: unknown */
    int64_t seen_at;  /* the last record that was read; -1: unknown */
    uint64_t seen;    /* its hash */
    uint64_t cluster; /* hash of the cluster's name; 0: unknown */
};
void ff_suppressor_set_place(struct ff_suppressor *s, struct ff_slice input, const struct ff_input_place *place);
struct ff_input_place ff_suppressor_place(struct ff_suppressor *s, struct ff_slice input);

/** Writes state, offsets and outbox in one atomic write. FF_ERR_IO: disk full or broken; nothing of the batch
 * counts, and nothing more can be written: close, and open again when there is room. */
FF_MUST_CHECK enum ff_err ff_suppressor_commit(struct ff_suppressor *s, char *ret_message, size_t size);

/** In words, without the folder's name, why the last call that failed said `err`; the error's name where it left
 * none. Valid until the next call. */
const char *ff_suppressor_why(const struct ff_suppressor *s, enum ff_err err);

/** Counters since open; `active` counts the keys of the committed state (and of the open batch) that are active,
 * whatever their expiry. Any thread may ask. */
struct ff_suppressor_stats {
    uint64_t active;           /* exact */
    uint64_t added;            /* keys that became active */
    uint64_t refreshed;        /* new evidence for keys that were active */
    uint64_t released;         /* keys that ceased to be active */
    uint64_t evidence;         /* results that changed a state */
    uint64_t ignored_echo;     /* "not sent, already suppressed" */
    uint64_t ignored_unproven; /* out-of-band reports without proof */
    uint64_t bad_address;      /* evidence about something that is no address */
    uint64_t ahead_of_clock;   /* failures more than a day in the future */
    uint64_t surges;           /* of a provider's share, see ff_suppressor_surge() */
};
void ff_suppressor_stats(const struct ff_suppressor *s, struct ff_suppressor_stats *ret);

/** The latest surges that are kept. */
#define FF_SURGES_KEPT 32
/** Suddenly a provider has several times its share of the addresses that replies suppress, and those of several
 * tenants: it has an outage and says "no such user" of everybody, or a list that was bought is mailed
 * (suppress/engine/surge.h says how it is found). */
struct ff_surge {
    struct ff_slice provider;   /* lives as long as the suppressor */
    int64_t since_us, until_us; /* times of events, in steps of five minutes; until_us grows while it goes on */
    uint64_t added;             /* addresses that became suppressed in it */
    uint64_t usual;             /* how many there would be, had it its usual share */
    unsigned tenants;           /* at least so many */
};
/** The surges one after another, as found up to the last commit: number *next since open (0 the first), or the
 * first after it that is still kept; *next becomes that of the one after it. false: there is none yet. Only for the
 * thread that gives the results. */
bool ff_suppressor_next_surge(const struct ff_suppressor *s, uint64_t *next, struct ff_surge *ret);

/* ---- publication and repair (Kafka) ---------------------------------------------------------------------------- */

/** One key to publish: derived from the committed state at the moment of the call. */
struct ff_outgoing {
    struct ff_slice key;         /* tenant 0x1f scope 0x1f address_key */
    int32_t partition;
    struct ff_slice suppression; /* encoded Suppression; empty: nothing to publish there (only counts so far) */
    struct ff_slice state;       /* encoded KeyState */
    struct ff_slice change;      /* encoded SuppressionChange; empty unless state, reason or category changed */
    uint64_t sequence;           /* of the outbox entry: give it back to ff_suppressor_sent() */
};
typedef void ff_outgoing_fn(void *ctx, const struct ff_outgoing *out);
/** Calls `each` for up to `max` outbox entries of `partition` (-1: all) not handed out since open or
 * ff_suppressor_resend(). Changes first, then what only knows more than before; each oldest first. What changed
 * again in the open batch is handed out after the next commit. Returns how many. Slices are valid for the call. */
size_t ff_suppressor_outbox(struct ff_suppressor *s, int32_t partition, size_t max, ff_outgoing_fn *each, void *ctx);
/** Only the changes committed since ff_suppressor_outbox() last came to the end of the partition. */
size_t ff_suppressor_outbox_changes(struct ff_suppressor *s, int32_t partition, size_t max, ff_outgoing_fn *each,
                                    void *ctx);
/** How many committed keys of a partition are to be handed out; SIZE_MAX when only the store knows: after open and
 * ff_suppressor_resend(), until ff_suppressor_outbox() has come to the end of the partition. */
size_t ff_suppressor_outbox_waiting(const struct ff_suppressor *s, int32_t partition);
/** The broker has it: forgets the entry with the next commit. */
void ff_suppressor_sent(struct ff_suppressor *s, struct ff_slice key, uint64_t sequence);
/** Hand out again everything still unsent of a partition. */
void ff_suppressor_resend(struct ff_suppressor *s, int32_t partition);

/** A record of mail.suppression-state.v1 was read (at restore, or while owning the partition): merges it. When ours
 * knows more than the record, the key is queued for publication again (repair of a late write by a former owner).
 * Reading back one's own older records costs at most one more publication, none while a newer one waits in the outbox.
 * FF_ERR_SYNTAX: no state of ours; empty values (tombstones) are ignored. */
FF_MUST_CHECK enum ff_err ff_suppressor_merge_state(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                                    int32_t partition);
/** To which of `count` partitions a key of the compacted topics belongs; -1: it is no key of ours. */
int32_t ff_key_partition(struct ff_slice key, int32_t count);
/** A record of mail.suppressions.v1 was read: queues the key when the record is not what our state derives (updated and
 * version left aside), and continues from its version when that is higher than ours. Give it the state records
 * first: it ignores keys it has no state of. FF_ERR_SYNTAX, FF_ERR_TRUNCATED, FF_ERR_RANGE, FF_ERR_TOO_LARGE: no
 * suppression of ours; where only the value is wrong the key is queued all the same. */
FF_MUST_CHECK enum ff_err ff_suppressor_check_published(struct ff_suppressor *s, struct ff_slice key,
                                                        struct ff_slice value, int32_t partition);
/** What of a partition must be published again, because its topics are not those of before (made anew, of another
 * cluster).
 * SUPPRESSIONS: keys that have one; each is taken back when ff_suppressor_check_published() finds it there. ALL:
 * all keys. */
enum ff_again { FF_AGAIN_NOTHING, FF_AGAIN_SUPPRESSIONS, FF_AGAIN_ALL };
/** Queues the keys of partitions 0 to count - 1 for publication, as `again` says of each. Reads the whole store. */
FF_MUST_CHECK enum ff_err ff_suppressor_announce(struct ff_suppressor *s, const enum ff_again *again, int32_t count);
/** A read replica (serve): keeps the record as it is for look-ups. An empty value deletes; a record with a lower
 * version than the one kept in the same pass is ignored. Such a state folder is not for ff_suppressor_result().
 * @param pass  counts how often the partition was begun anew; below 2^63 */
FF_MUST_CHECK enum ff_err ff_suppressor_replicate(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value,
                                                  int32_t partition, uint64_t pass);
/** Deletes at once what a read replica kept in other passes than these, and of partitions from `count` on. Reads
 * the whole store. */
FF_MUST_CHECK enum ff_err ff_suppressor_sweep(struct ff_suppressor *s, const uint64_t *passes, int32_t count);

/* ---- look-ups: any thread, while another writes ---------------------------------------------------------------- */

struct ff_lookup; /* one per thread */
FF_MUST_CHECK struct ff_lookup *ff_lookup_new(struct ff_suppressor *s);
void ff_lookup_free(struct ff_lookup *l);
/**
 * May this address be mailed? Looks at (tenant, *), (tenant, stream), (*, *); the most specific active, unexpired
 * entry wins.
 * @param stream  empty: only entries for all streams
 * @param now_us  for expiry
 * @param ret     valid until the next call; untouched when not suppressed
 * @return FF_OK; FF_ERR_SYNTAX / FF_ERR_TOO_LARGE when the address is none; FF_ERR_IO
 */
FF_MUST_CHECK enum ff_err ff_lookup_check(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice stream,
                                          struct ff_slice address, int64_t now_us, bool *ret_suppressed,
                                          struct ff_suppression *ret);
/** Calls `each` for every key in byte order: suppression (may be empty), state. `each` returns false to stop.
 * @param tenant  empty: all */
FF_MUST_CHECK enum ff_err ff_lookup_scan(struct ff_lookup *l, struct ff_slice tenant,
                                         bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression,
                                                      struct ff_slice state),
                                         void *ctx);
/** Everything known of an address in a tenant, all scopes. */
FF_MUST_CHECK enum ff_err ff_lookup_explain(struct ff_lookup *l, struct ff_slice tenant, struct ff_slice address,
                                            bool (*each)(void *ctx, struct ff_slice key, struct ff_slice suppression,
                                                         struct ff_slice state),
                                            void *ctx);

#ifdef __cplusplus
}
#endif
#endif
