/* engine_int.h: what the parts of the engine share: the rows in the store and the open batch over them.
 *
 * Rows, told apart by their first byte (all in one ordered map, so that one write is atomic over all of them):
 *
 *     S key                           state of a key: header, then KeyState (or, in a replica, Suppression)
 *     I tenant 1f address_key 1f scope  empty; the stream scopes of an address, for explain and release
 *     O sequence (8 bytes, big-endian)  outbox: state, reason, category that were published before, urgency; then the
 *     key F input                         offset (8 bytes, big-endian); or a struct ff_input_place (four of 8 bytes) M
 *     name                          format, active, sequence, folder-of
 *
 * A sequence number is (partition + 1) << 48 | counter, so the rows of a partition are neighbours, oldest first.
 */
#ifndef FF_SUPPRESS_ENGINE_INT_H
#define FF_SUPPRESS_ENGINE_INT_H

#include <stdatomic.h>

#include "suppress/engine/store.h"
#include "suppress/state/key_state.h"

#define FF_STORE_FORMAT 1
#define FF_PARTITION_MAX 65534
#define FF_SEQUENCE_BITS 48
/** The open batch is written by itself at this size, too. */
#define FF_SUPPRESS_BATCH_BYTES ((size_t)64 << 20)
#define FF_SUPPRESS_INPUTS_MAX 65536 /* distinct inputs with an offset in one batch */
#define FF_ROW_KEY_MAX (1 + FF_KEY_BYTES_MAX)

enum ff_row_kind { FF_ROW_STATE = 0, FF_ROW_REPLICA = 1 };

/** A row under S: varints kind, partition + 1, sequence, version; then the body. */
struct ff_row {
    enum ff_row_kind kind;
    int32_t partition;
    /* of its latest outbox entry, sent or not; 0: never had one. Of a replica: the pass that saw it last */
    uint64_t sequence;
    uint64_t version;
    struct ff_slice body; /* KeyState without published_version, or Suppression */
};
FF_MUST_CHECK enum ff_err ff_row_decode(struct ff_slice in, struct ff_row *ret);

/** What of a published suppression makes a change worth announcing. */
struct ff_published {
    uint32_t state, reason, category;
};

/** Why a key must be published. VERIFY: its state came from the changelog, and whether its suppression was
 * published as well is not known until the record is seen (a former owner may have died between the two); then the
 * entry is taken back. */
enum ff_urgency { FF_ANNOUNCE_NONE, FF_ANNOUNCE_VERIFY, FF_ANNOUNCE_FULL };
#define FF_OUTBOX_HEADER 4

/** What is known of the committed outbox row of a key. */
struct ff_outbox_row {
    bool known, waits; /* it was looked for; it is there */
    struct ff_published before;
    enum ff_urgency urgency;
};

/** Keys that are to be handed out, told apart by what they wait for. */
enum ff_lane { FF_LANE_NONE, FF_LANE_CHANGES, FF_LANE_REFRESHES, FF_LANE_COUNT };

/** One key in memory. It is in the open batch, or in a lane, or in both; or unused. */
struct ff_entry {
    struct ff_entry *previous, *next; /* in its lane, or among the unused */
    uint64_t hash;
    struct ff_row row; /* body belongs to the entry */
    struct ff_published before; /* derived from what was committed */
    struct ff_published now;    /* derived from the row as it is here */
    struct ff_outbox_row outbox;
    /* what went out last from memory, and under which sequence while that is not acknowledged */
    struct ff_published handed;
    uint64_t handed_sequence;
    enum ff_lane lane;
    uint32_t lane_of;  /* number of the struct ff_lanes */
    bool unused, open; /* open: in the open batch */
    bool committed;    /* there is a row in the store */
    bool changed;      /* the row must be written */
    enum ff_urgency announce; /* and its key published */
    bool deleted;
    bool active;       /* derived now */
    size_t body_size;
    size_t key_len;
    uint8_t key[];
};

struct ff_entry_list {
    struct ff_entry *first, *last;
};

struct ff_entries {
    struct ff_entry **slots; /* open addressing by hash */
    struct ff_entry_list unused; /* longest unused first */
    size_t unused_count, unused_bytes;
};

/** What a partition has to hand out. `in_memory`: all of it is in the lists; otherwise what the store has from
 * `handed` on comes first (after a start or a resend, or when the lists became too long). */
struct ff_lanes {
    struct ff_entry_list lists[FF_LANE_COUNT];
    size_t count;
    uint64_t handed; /* the last sequence handed out of the store */
    bool in_memory;
};
/** Keys in the lanes of all partitions together. */
#define FF_LANES_MAX 65536

struct ff_input_offset {
    struct ff_input_place place;
    bool forgotten; /* its row goes with the next write */
    size_t len;
    uint8_t input[];
};

struct ff_suppressor {
    struct ff_store *store;
    const struct ff_policy_row *policy;
    struct ff_slice default_tenant; /* of checks */
    int32_t partitions; /* of the topics; 0: results are not asked where they came from */
    bool trust_oob, outbox, read_only;
    int64_t fixed_now_us; /* 0: the machine's clock */
    uint64_t counter; /* of the next sequence */
    bool failed;      /* a commit did not succeed */
    enum ff_folder_of to_mark; /* with the next commit; ANY: as somebody's it is marked, or stays nobody's */
    char error[512];

    struct ff_entries table;
    struct ff_entry **entries; /* the open batch */
    size_t entry_count, entry_bytes;
    struct ff_input_offset **offsets;
    size_t offset_count, offset_last;
    struct ff_lanes *lanes; /* by partition + 1 */
    size_t lanes_count;     /* keys in them */

    struct ff_surges *found_surges;
    struct ff_key_state *was, *delta, *merged; /* work space */
    uint8_t *encoded;                          /* FF_KEY_STATE_BYTES_MAX */
    uint8_t *published;                        /* FF_KEY_STATE_BYTES_MAX; an encoded Suppression or change */

    _Atomic int64_t active;
    _Atomic uint64_t added, refreshed, released, evidence, ignored_echo, ignored_unproven, bad_address, ahead_of_clock,
        surges;
};

/* ---- keys ------------------------------------------------------------------------------------------------------ */

/** tenant 0x1f scope 0x1f address_key; FF_ERR_SYNTAX when a part is empty, too long, or holds a control byte. */
FF_MUST_CHECK enum ff_err ff_key_make(struct ff_slice tenant, struct ff_slice scope, struct ff_slice address_key,
                                      uint8_t ret_key[FF_KEY_BYTES_MAX], size_t *ret_len);
FF_MUST_CHECK bool ff_key_split(struct ff_slice key, struct ff_slice *ret_tenant, struct ff_slice *ret_scope,
                                struct ff_slice *ret_address_key);
/** `prefix` before the key; returns a slice of buf. */
struct ff_slice ff_row_key(char prefix, struct ff_slice key, uint8_t buf[FF_ROW_KEY_MAX]);
/** Prefix of the index rows of an address: I tenant 1f address_key 1f. */
struct ff_slice ff_index_prefix(struct ff_slice tenant, struct ff_slice address_key, uint8_t buf[FF_ROW_KEY_MAX]);
struct ff_slice ff_outbox_key(uint64_t sequence, uint8_t buf[9]);
/** The row of an input: 8 bytes when only the offset is known. */
#define FF_INPUT_PLACE_BYTES 32
size_t ff_input_place_encode(const struct ff_input_place *place, uint8_t buf[FF_INPUT_PLACE_BYTES]);
/** .next is -1 when it is none. */
struct ff_input_place ff_input_place_decode(struct ff_slice in);
void ff_put_be64(uint64_t v, uint8_t buf[8]);
uint64_t ff_get_be64(const uint8_t *buf);

/* ---- folder ---------------------------------------------------------------------------------------------------- */

/** FF_ERR_CONFIG: it belongs to another service. When it belongs to none, ff_folder_mark() makes it `wanted`'s. */
FF_MUST_CHECK enum ff_err ff_folder_check(struct ff_suppressor *s, const char *dir, enum ff_folder_of wanted, char *msg,
                                          size_t size);
/** Appends the mark to what is written next, once. */
void ff_folder_mark(struct ff_suppressor *s);

/* ---- keys in memory -------------------------------------------------------------------------------------------- */

FF_MUST_CHECK enum ff_err ff_entries_init(struct ff_entries *t);
void ff_entries_free(struct ff_entries *t);
/** NULL: not in memory. */
struct ff_entry *ff_entries_find(const struct ff_entries *t, struct ff_slice key);
/** A key that is not there yet. NULL: memory is short. */
struct ff_entry *ff_entries_add(struct ff_entries *t, struct ff_slice key);
/** Frees an entry that is in no lane. */
void ff_entries_drop(struct ff_entries *t, struct ff_entry *e);
/** Takes it from the unused, if it is one of them. */
void ff_entries_use(struct ff_entries *t, struct ff_entry *e);
/** Makes it the last of the unused; the first of them go when they are too many. */
void ff_entries_leave(struct ff_entries *t, struct ff_entry *e);
size_t ff_entry_bytes(const struct ff_entry *e);
void ff_entry_list_append(struct ff_entry_list *l, struct ff_entry *e);
void ff_entry_list_remove(struct ff_entry_list *l, struct ff_entry *e);

/* ---- outbox ---------------------------------------------------------------------------------------------------- */

/** Fills e->outbox, from the store when it must. */
FF_MUST_CHECK enum ff_err ff_outbox_look(struct ff_suppressor *s, struct ff_entry *e);
/** The entry's outbox row was committed. */
void ff_outbox_enter(struct ff_suppressor *s, struct ff_entry *e);
/** Out of its lane, if it is in one. */
void ff_outbox_leave(struct ff_suppressor *s, struct ff_entry *e);

/* ---- open batch ------------------------------------------------------------------------------------------------ */

/** The entry of a key, loaded from the store when the batch does not have it; never NULL on FF_OK. */
FF_MUST_CHECK enum ff_err ff_batch_entry(struct ff_suppressor *s, struct ff_slice key, struct ff_entry **ret);
/** Replaces the body. FF_ERR_NOMEM. */
FF_MUST_CHECK enum ff_err ff_entry_set_body(struct ff_suppressor *s, struct ff_entry *e, struct ff_slice body);
/** Merges s->delta into the key. *ret_entry->changed tells nothing about this call: *ret_changed does. */
FF_MUST_CHECK enum ff_err ff_batch_merge(struct ff_suppressor *s, struct ff_slice key, int32_t partition,
                                         enum ff_urgency announce, struct ff_entry **ret_entry, bool *ret_changed);
/** Writes everything; the batch is empty afterwards. The message is in s->error. */
FF_MUST_CHECK enum ff_err ff_batch_write(struct ff_suppressor *s);
/** Forgets everything that is not committed. */
void ff_batch_clear(struct ff_suppressor *s);

struct ff_published ff_published_of(const struct ff_suppression *s);
bool ff_published_same(struct ff_published a, struct ff_published b);

#endif
