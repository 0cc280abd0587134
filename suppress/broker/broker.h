/* broker.h: what suppression needs of Kafka, so that only this folder knows librdkafka.
 *
 * One handle type in four roles. A MEMBER shares the partitions of its topics with the other members of a group; a
 * READER reads partitions it names itself and commits nothing; a WATCHER is a READER that is in no hurry, so that the
 * broker answers it ten times a second at most; a WRITER is an idempotent producer. A handle belongs to
 * one thread; its callbacks run inside ff_broker_poll() and nowhere else, never while a record is being read.
 */
#ifndef FF_SUPPRESS_BROKER_H
#define FF_SUPPRESS_BROKER_H

#include "kafka/dead_letter.h"
#include "kafka/silence.h"
#include "proto/topics.h"
#include "suppress/service.h"

struct ff_broker;

enum ff_broker_role { FF_BROKER_MEMBER, FF_BROKER_READER, FF_BROKER_WATCHER, FF_BROKER_WRITER };

/** A place in a partition. Offsets: the next one to read; FF_OFFSET_BEGINNING, FF_OFFSET_UNKNOWN. */
struct ff_broker_place {
    enum ff_topic topic;
    int32_t partition;
    int64_t offset;
};
#define FF_OFFSET_BEGINNING (-2)
#define FF_OFFSET_UNKNOWN (-1001)

/** What became of a record that was sent. */
enum ff_broker_fate {
    FF_BROKER_TAKEN,
    FF_BROKER_DROPPED,  /* the handle was closed, or replaced, before */
    FF_BROKER_BAD_TIME, /* the topic does not take its timestamp, or that of another one of its batch */
    FF_BROKER_FORBIDDEN,
    FF_BROKER_REFUSED, /* for another reason */
};

/** `why` (in words) and `topic` live as long as the call; `offset` is negative when it is not known. */
struct ff_broker_delivery {
    enum ff_broker_fate fate;
    int64_t offset;
    const char *topic, *why;
};

struct ff_broker_callbacks {
    /** MEMBER: these partitions are ours; nothing is read of them before ff_broker_read_from(). `places` is NULL
     * when memory is too short to name the `count` of them: the group takes them for served, so the member has to
     * leave it, or nobody reads them. */
    void (*assigned)(void *ctx, const struct ff_broker_place *places, size_t count);
    /** MEMBER: all of them go. `lost`: they already belong to somebody else, nothing can be committed. */
    void (*revoked)(void *ctx, bool lost);
    /** WRITER: the broker has the record, or never will. `token` was given to ff_broker_send(). */
    void (*delivered)(void *ctx, void *token, const struct ff_broker_delivery *delivery);
    void *ctx;
};

struct ff_broker_record {
    enum ff_topic topic;
    int32_t partition;
    int64_t offset, timestamp_ms; /* -1: none */
    struct ff_slice key, value;
    bool deleted;           /* no value: a tombstone */
    bool end;               /* no record: nothing is behind `offset` at present */
    void *message;
};

/** Room for what ff_broker_partitions() and ff_broker_no_partitions() say. */
#define FF_BROKER_ANSWER_MAX 800

/** Connects in the background: that there is a broker is found out by ff_broker_partitions().
 * @return FF_OK; FF_ERR_CONFIG: a property is none, or the prefix too long; FF_ERR_NOMEM; message says why */
FF_MUST_CHECK enum ff_err ff_broker_open(const struct ff_suppress_options *opts, enum ff_broker_role role,
                                         const struct ff_broker_callbacks *callbacks, struct ff_broker **ret,
                                         char *ret_message, size_t size);
/** Leaves the group, drops what was not sent, frees. A librdkafka that hangs (it has been seen to when partitions were
 * lost while closing) is left behind after timeout_ms: only for processes about to end, or for handles without work. */
void ff_broker_close(struct ff_broker *k, int timeout_ms);

const char *ff_broker_topic_name(const struct ff_broker *k, enum ff_topic topic);

/** Waits for the broker and counts the partitions of topics.
 * @return FF_OK; FF_ERR_UNAVAILABLE: no broker within timeout_ms (or stop); FF_ERR_NOT_FOUND: a topic is missing;
 *         FF_ERR_PERMISSION: this user may not see one, or may not connect at all (a wrong password, an untrusted
 *         certificate; told after three to six seconds). ret_message: for ff_broker_no_partitions() */
FF_MUST_CHECK enum ff_err ff_broker_partitions(struct ff_broker *k, const enum ff_topic *topics, size_t count,
                                               int timeout_ms, const volatile sig_atomic_t *stop, int32_t *ret_counts,
                                               char *ret_message, size_t size);
/** The message for whoever started the program: what such a failure means and what to do. Exit status. */
int ff_broker_no_partitions(enum ff_err err, const char *brokers, const char *answer, char *ret_message, size_t size);
/** Sets the offset of each place to the present end of its partition. */
FF_MUST_CHECK enum ff_err ff_broker_ends(struct ff_broker *k, struct ff_broker_place *places, size_t count,
                                         int timeout_ms);
/** Sets the offset of each place to that of the first record that is still there. */
FF_MUST_CHECK enum ff_err ff_broker_begins(struct ff_broker *k, struct ff_broker_place *places, size_t count,
                                           int timeout_ms);
/** Asks once, and only for topics that this handle has to do with, how many partitions there are now; 0 where the
 * broker knows none. FF_ERR_UNAVAILABLE: no answer within a second. */
FF_MUST_CHECK enum ff_err ff_broker_partitions_now(struct ff_broker *k, const enum ff_topic *topics, size_t count,
                                                   int32_t *ret_counts);
/** `text` says what is wrong with a topic's setting; `setting` NULL: this user may not see it, and why. */
typedef void ff_broker_wrong_fn(void *ctx, const char *topic, const char *setting, const char *text);
/** Compares the cleanup.policy of topics with what proto/topics.h wants and calls `each` where it is another.
 * FF_ERR_UNAVAILABLE: no answer within timeout_ms. */
FF_MUST_CHECK enum ff_err ff_broker_policies_check(struct ff_broker *k, const enum ff_topic *topics, size_t count,
                                                   int timeout_ms, ff_broker_wrong_fn *each, void *ctx);
/** A hash of the cluster's name, never 0; 0: it is not known (yet). */
uint64_t ff_broker_cluster(struct ff_broker *k, int timeout_ms);
/** The end as last seen when fetching, without asking; FF_OFFSET_UNKNOWN before. */
int64_t ff_broker_end_seen(struct ff_broker *k, enum ff_topic topic, int32_t partition);
/** MEMBER: sets the offsets to what the group has committed, FF_OFFSET_UNKNOWN where it has not. */
FF_MUST_CHECK enum ff_err ff_broker_committed(struct ff_broker *k, struct ff_broker_place *places, size_t count,
                                              int timeout_ms);

/** MEMBER: joins the group. */
FF_MUST_CHECK enum ff_err ff_broker_join(struct ff_broker *k, const enum ff_topic *topics, size_t count);
/** READER, WATCHER, MEMBER: reads from these places on and from no others; replaces what was read before. */
FF_MUST_CHECK enum ff_err ff_broker_read_from(struct ff_broker *k, const struct ff_broker_place *places, size_t count);
/** The next record, or `end` of a partition (told once for an offset, so do not wait for it where a place was read
 * before); waits up to timeout_ms. Release each. Runs no callbacks. */
FF_MUST_CHECK bool ff_broker_read(struct ff_broker *k, int timeout_ms, struct ff_broker_record *ret);
/** Its header "writer"; empty: none. Headers are parsed for it, into memory of their own: not for every record. */
struct ff_slice ff_broker_writer(const struct ff_broker_record *r);
void ff_broker_release(struct ff_broker_record *r);
/** Time, key and value. */
uint64_t ff_broker_record_hash(const struct ff_broker_record *r);
/** Runs callbacks that are due. Every handle must be polled at least every few seconds. */
void ff_broker_poll(struct ff_broker *k, int timeout_ms);

/* ---- is it still the topic of which a place is known? (place_check.c) -------------------------------------------- */

enum ff_place_fate {
    FF_PLACE_UNKNOWN, /* nothing is known to compare with */
    FF_PLACE_SAME,    /* the last record that was read is there */
    /* it is not, nor is another one in its place: deleted by retention or compaction, or another topic */
    FF_PLACE_GONE,
    FF_PLACE_OTHER,   /* another cluster, another record in its place, or the partition is shorter */
};
struct ff_place_check {
    enum ff_topic topic;
    int32_t partition;
    struct ff_input_place known; /* .next -1: nothing */
    int64_t begin, end;          /* the first record, and behind the last one */
    enum ff_place_fate fate;
};
/** Fills in the rest of each check. Reads with `reader`, which reads nothing afterwards.
 * @return FF_OK; FF_ERR_UNAVAILABLE: the broker did not say where the partitions begin and end; try again */
FF_MUST_CHECK enum ff_err ff_places_check(struct ff_broker *reader, uint64_t cluster, struct ff_place_check *checks,
                                          size_t count, int timeout_ms);
/** Is a partition shorter than its place? Asks the broker; false also without an answer within a second.
 * @param ret_ends  NULL, or where to put the ends; untouched without an answer */
bool ff_places_are_beyond(struct ff_broker *asked, const struct ff_broker_place *places, size_t count,
                          int64_t *ret_ends);
/** The same of one, and the broker is asked only when what was last seen while fetching from `seen` makes it likely. */
bool ff_place_is_beyond(struct ff_broker *seen, struct ff_broker *asked, const struct ff_broker_place *place);
/** The record was read. */
void ff_place_saw(struct ff_input_place *place, uint64_t cluster, const struct ff_broker_record *r);

/** MEMBER: asks the group's coordinator to remember the places. timeout_ms 0: does not wait for the answer, which
 * ff_broker_places_refused() tells. */
FF_MUST_CHECK enum ff_err ff_broker_commit(struct ff_broker *k, const struct ff_broker_place *places, size_t count,
                                           int timeout_ms);
/** MEMBER: did the group not take places, for whose answer nobody waited, since this was asked last? */
FF_MUST_CHECK bool ff_broker_places_refused(struct ff_broker *k);

/** WRITER: queues a record; copies key and headers.
 * @param partition  -1: by the key
 * @param keep  the value stays where it is until `delivered` is called; false: it is copied, too
 * @param value  a NULL ptr is a tombstone
 * @return FF_OK: `delivered` will be called once; FF_ERR_UNAVAILABLE: the queue is full, poll and try again;
 *         FF_ERR_TOO_LARGE; FF_ERR_PERMISSION, FF_ERR_NOT_FOUND: the broker has said so of the topic before;
 *         FF_ERR_DEFECT */
FF_MUST_CHECK enum ff_err ff_broker_send(struct ff_broker *k, const char *topic, int32_t partition, struct ff_slice key,
                                         struct ff_slice value, int64_t timestamp_ms,
                                         const struct ff_kafka_header *headers, size_t header_count, bool keep,
                                         void *token);
/** WRITER: can no longer be used (its sequence numbers and the broker's disagree); close it and open another. */
bool ff_broker_is_broken(struct ff_broker *k);
/** Takes the last complaint of the library, for messages; false when there is none. */
bool ff_broker_complaint(struct ff_broker *k, char *ret_text, size_t size);
/** Did the brokers refuse this user something, ever? No retry helps. ret_text: what. */
bool ff_broker_is_forbidden(const struct ff_broker *k, char *ret_text, size_t size);
/** Was a connection lost since the brokers answered last? */
bool ff_broker_is_away(const struct ff_broker *k);
/** When a broker answered this handle, the last time (ff_steady_ms()): a question, or that it has a record. 0:
 * never. */
int64_t ff_broker_answered_ms(const struct ff_broker *k);
/** Asks them something that costs nothing; waits half a second at most. */
bool ff_broker_answers(struct ff_broker *k);

#endif
