/* topic_admin.c: makes our topics and checks that they are as the rest of the program assumes (proto/topics.h is the
 * table).
 *
 * Making one never changes a topic that exists: a wrong setting may be somebody's decision, so it is named, by `create`
 * as by `check`. What `check` insists on is what loses or misplaces data; durations and sizes may be larger than
 * ours.
 */
#include "kafka/topic_admin.h"

#include <stdlib.h>
#include <string.h>

#include "kafka/topic_settings.h"
#include "kafka/voice.h"
#include "proto/clock.h"
#include "proto/message.h"
#include "proto/topics.h"

/* Formats times two, and the fixed ones. */
#define TOPICS_MAX 128
#define PROGRAM "fivefifty topics"

struct wanted {
    char name[FF_TOPIC_NAME_SIZE];
    const struct ff_topic_info *info;
};

struct admin {
    struct ff_kafka_voice *voice; /* first: the opaque of the configuration */
    struct ff_kafka_voice voice_mem;
    const struct ff_topics_options *opts;
    rd_kafka_t *rk;
    rd_kafka_t *reader; /* asks for topics that this user may not see; NULL: not needed so far */
    rd_kafka_queue_t *answers;
    const struct rd_kafka_metadata *md;
    struct wanted wanted[TOPICS_MAX];
    size_t count;
    unsigned wrong; /* findings that were told */
    bool hidden;    /* one of them: this user may not know whether a topic is there */
    bool must_see;  /* settings that this user may not look at are a finding: not of who may only make topics */
};

static int add_wanted(struct admin *a, enum ff_topic topic, const char *format)
{
    struct wanted *w = &a->wanted[a->count];
    if (a->count == TOPICS_MAX)
        return ff_kafka_say(a->voice, FF_EXIT_SOFTWARE, "more than %d topics", TOPICS_MAX);
    w->info = ff_topic_info(topic);
    if (!ff_topic_name(w->name, a->opts->topic_prefix, topic, format))
        return ff_kafka_say(a->voice, FF_EXIT_CONFIG, "--topic-prefix %s: a topic's name may have %d characters",
                            a->opts->topic_prefix, FF_TOPIC_NAME_MAX);
    a->count++;
    return FF_EXIT_OK;
}

static int list_wanted(struct admin *a)
{
    for (int t = 0; t < FF_TOPIC_COUNT; t++) {
        if (t == FF_TOPIC_RAW || t == FF_TOPIC_RAW_DLQ) {
            for (size_t i = 0; a->opts->formats[i]; i++) {
                int status = add_wanted(a, (enum ff_topic)t, a->opts->formats[i]);
                if (status != FF_EXIT_OK)
                    return status;
            }
        } else {
            int status = add_wanted(a, (enum ff_topic)t, NULL);
            if (status != FF_EXIT_OK)
                return status;
        }
    }
    return FF_EXIT_OK;
}

static void admin_close(struct admin *a)
{
    if (a->md)
        rd_kafka_metadata_destroy(a->md);
    if (a->answers)
        rd_kafka_queue_destroy(a->answers);
    if (a->reader)
        rd_kafka_destroy(a->reader);
    if (a->rk)
        rd_kafka_destroy(a->rk);
    free(a);
}

static rd_kafka_t *client(struct admin *a, rd_kafka_type_t type)
{
    static const struct ff_kafka_setting *const no_tables;
    const struct ff_kafka_access access = {a->opts->brokers, a->opts->properties, a->opts->property_count};
    rd_kafka_conf_t *conf = ff_kafka_voice_conf(a->voice, &access, &no_tables, a);
    return conf ? ff_kafka_voice_new(a->voice, type, conf) : NULL;
}

static int admin_open(const struct ff_topics_options *opts, struct admin **ret)
{
    struct admin *a = calloc(1, sizeof *a);
    if (!a) {
        ff_message(FF_SEVERITY_ERROR, PROGRAM, "memory is short");
        return FF_EXIT_OSERR;
    }
    a->voice = &a->voice_mem;
    a->voice_mem.program = PROGRAM;
    atomic_store(&a->voice_mem.quiet, true);
    a->opts = opts;
    int status = list_wanted(a);
    if (status == FF_EXIT_OK) {
        a->rk = client(a, RD_KAFKA_PRODUCER);
        status = a->rk ? ff_kafka_metadata(a->voice, a->rk, opts->brokers, NULL, &a->md) : FF_EXIT_CONFIG;
    }
    if (status != FF_EXIT_OK) {
        admin_close(a);
        return status;
    }
    a->answers = rd_kafka_queue_new(a->rk);
    *ret = a;
    return FF_EXIT_OK;
}

/* The answer to one admin request; NULL after a message. */
static rd_kafka_event_t *answer(struct admin *a, int *ret_status)
{
    rd_kafka_event_t *ev = rd_kafka_queue_poll(a->answers, FF_REQUEST_WAIT_MS + 1000);
    if (ev && !rd_kafka_event_error(ev))
        return ev;
    *ret_status = ff_kafka_say(a->voice, FF_EXIT_UNAVAILABLE, "%s: %s (try again)", a->opts->brokers,
                               ev ? rd_kafka_event_error_string(ev) : "the broker does not answer");
    if (ev)
        rd_kafka_event_destroy(ev);
    return NULL;
}

static rd_kafka_AdminOptions_t *request_options(struct admin *a)
{
    char why[FF_KAFKA_TEXT_MAX];
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(a->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    /* Both can only fail on values outside 0..3600000. */
    (void)rd_kafka_AdminOptions_set_request_timeout(o, FF_REQUEST_WAIT_MS, why, sizeof why);
    (void)rd_kafka_AdminOptions_set_operation_timeout(o, FF_REQUEST_WAIT_MS, why, sizeof why);
    return o;
}

/* Of a topic that is made. Where nobody asked for a number, a keyed one that is missing gets that of the others:
 * with any other they could not be used together. */
static int partitions_of(const struct admin *a, const struct wanted *w)
{
    if (w->info->partitions == FF_PARTITIONS_FEW)
        return 1;
    if (a->opts->partitions)
        return a->opts->partitions;
    for (size_t i = 0; i < a->count && w->info->partitions == FF_PARTITIONS_KEYED; i++) {
        int32_t there = ff_kafka_partitions(a->md, a->wanted[i].name);
        if (a->wanted[i].info->partitions == FF_PARTITIONS_KEYED && there > 0)
            return there;
    }
    return FF_PARTITIONS_DEFAULT;
}

static rd_kafka_NewTopic_t *new_topic(struct admin *a, const struct wanted *w, char *why, size_t size)
{
    int replicas = a->opts->replication_factor ? a->opts->replication_factor : -1;
    rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(w->name, partitions_of(a, w), replicas, why, size);
    if (!t)
        return NULL;
    for (const struct ff_topic_setting *s = w->info->settings; s->name; s++)
        (void)rd_kafka_NewTopic_set_config(t, s->name, s->value);
    /* With three replicas an acknowledgement should survive the loss of one machine. */
    if (replicas >= 3)
        (void)rd_kafka_NewTopic_set_config(t, "min.insync.replicas", "2");
    return t;
}

/* A topic is there for other clients a moment after CreateTopics answered: wait until the metadata say so. */
static int wait_visible(struct admin *a)
{
    int64_t deadline = ff_steady_us() + (int64_t)FF_REQUEST_WAIT_MS * 1000;
    while (ff_steady_us() < deadline) {
        const struct rd_kafka_metadata *md;
        size_t there = 0;
        if (rd_kafka_metadata(a->rk, 1, NULL, &md, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            for (size_t i = 0; i < a->count; i++)
                there += ff_kafka_partitions(md, a->wanted[i].name) > 0;
            rd_kafka_metadata_destroy(md);
        }
        if (there == a->count)
            return FF_EXIT_OK;
        rd_kafka_poll(a->rk, 100);
    }
    return ff_kafka_say(a->voice, FF_EXIT_UNAVAILABLE,
                        "the new topics do not appear in the metadata (try topics check)");
}

static int create_missing(struct admin *a)
{
    rd_kafka_NewTopic_t *fresh[TOPICS_MAX];
    char why[FF_KAFKA_TEXT_MAX];
    size_t n = 0;
    int status = FF_EXIT_OK;
    for (size_t i = 0; i < a->count && status == FF_EXIT_OK; i++) {
        if (ff_kafka_partitions(a->md, a->wanted[i].name) > 0)
            continue;
        fresh[n] = new_topic(a, &a->wanted[i], why, sizeof why);
        if (fresh[n])
            n++;
        else
            status = ff_kafka_say(a->voice, FF_EXIT_CONFIG, "%s: %s", a->wanted[i].name, why);
    }
    rd_kafka_event_t *ev = NULL;
    if (n > 0 && status == FF_EXIT_OK) {
        rd_kafka_AdminOptions_t *o = request_options(a);
        rd_kafka_CreateTopics(a->rk, fresh, n, o, a->answers);
        rd_kafka_AdminOptions_destroy(o);
        ev = answer(a, &status);
    }
    rd_kafka_NewTopic_destroy_array(fresh, n);
    if (!ev)
        return status;
    size_t results = 0;
    const rd_kafka_topic_result_t **r =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &results);
    for (size_t i = 0; i < results; i++) {
        rd_kafka_resp_err_t err = rd_kafka_topic_result_error(r[i]);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            status = ff_kafka_say(a->voice,
                                  err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ? FF_EXIT_NOPERM : FF_EXIT_CONFIG,
                                  "%s: %s", rd_kafka_topic_result_name(r[i]),
                                  rd_kafka_topic_result_error_string(r[i]) ? rd_kafka_topic_result_error_string(r[i])
                                                                           : rd_kafka_err2str(err));
    }
    rd_kafka_event_destroy(ev);
    return status == FF_EXIT_OK ? wait_visible(a) : status;
}

/* Whoever asked for a number of partitions would believe that all topics have it. */
static void say_what_was_done(const struct admin *a)
{
    size_t left = 0;
    int asked = a->opts->partitions;
    for (size_t i = 0; i < a->count; i++)
        left += ff_kafka_partitions(a->md, a->wanted[i].name) > 0;
    ff_message(FF_SEVERITY_INFO, a->voice->program, "made %zu topics, left %zu as they were", a->count - left, left);
    for (size_t i = 0; i < a->count; i++) {
        const struct wanted *w = &a->wanted[i];
        int32_t there = ff_kafka_partitions(a->md, w->name);
        if (asked && there > 0 && there != asked && w->info->partitions != FF_PARTITIONS_FEW)
            ff_kafka_say(a->voice, 0, "%s: %d partitions are left as they were, not %d (%s)", w->name, there, asked,
                         w->info->partitions == FF_PARTITIONS_KEYED
                             ? "addresses would belong to other ones: that takes new topics"
                         : there < asked ? "kafka-topics --alter adds some"
                                         : "there are enough");
    }
}

static void say_wrong(void *ctx, const char *topic, const char *setting, const char *text)
{
    struct admin *a = ctx;
    ff_kafka_say(a->voice, 0, "%s: %s%s", topic, text, setting ? " (alter the topic's configuration)" : "");
    a->wrong += setting || a->must_see;
}

/* Of all that were there when we began; what was made since is as we made it. */
static int check_configs(struct admin *a)
{
    struct ff_kafka_topic ask[TOPICS_MAX];
    char why[FF_KAFKA_TEXT_MAX];
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++)
        if (ff_kafka_partitions(a->md, a->wanted[i].name) > 0)
            ask[n++] = (struct ff_kafka_topic){a->wanted[i].name, a->wanted[i].info->settings};
    if (ff_kafka_topic_settings(a->rk, ask, n, FF_REQUEST_WAIT_MS, say_wrong, a, why, sizeof why) == FF_OK)
        return FF_EXIT_OK;
    return ff_kafka_say(a->voice, FF_EXIT_UNAVAILABLE, "%s: %s (try again)", a->opts->brokers, why);
}

int ff_topics_create(const struct ff_topics_options *opts)
{
    struct admin *a;
    int status = admin_open(opts, &a);
    if (status != FF_EXIT_OK)
        return status;
    status = create_missing(a);
    if (status == FF_EXIT_OK) {
        say_what_was_done(a);
        status = check_configs(a);
    }
    if (status == FF_EXIT_OK && a->wrong)
        status = a->hidden ? FF_EXIT_NOPERM : FF_EXIT_CONFIG;
    admin_close(a);
    return status;
}

static void say_missing(struct admin *a, const char *name)
{
    if (!a->reader)
        a->reader = client(a, RD_KAFKA_CONSUMER);
    bool hidden = a->reader && ff_kafka_topic_is_hidden(a->reader, name, FF_REQUEST_WAIT_MS);
    ff_kafka_say(a->voice, 0,
                 hidden ? "%s: no permission (allow this user to read, write or describe it)"
                        : "%s: there is no such topic (fivefifty topics create)",
                 name);
    a->hidden |= hidden;
    a->wrong++;
}

/* Missing ones, and keyed ones whose number of partitions is not that of the results. */
static void check_presence(struct admin *a)
{
    const struct wanted *reference = NULL;
    int32_t keyed = 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct wanted *w = &a->wanted[i];
        int32_t partitions = ff_kafka_partitions(a->md, w->name);
        if (partitions == 0) {
            say_missing(a, w->name);
        } else if (w->info->partitions == FF_PARTITIONS_KEYED) {
            if (!reference) {
                reference = w;
                keyed = partitions;
            } else if (partitions != keyed) {
                ff_kafka_say(a->voice, 0, "%s: %d partitions, but %s has %d; keyed topics must agree (make it anew)",
                             w->name, partitions, reference->name, keyed);
                a->wrong++;
            }
        }
    }
}

int ff_topics_check(const struct ff_topics_options *opts)
{
    struct admin *a;
    int status = admin_open(opts, &a);
    if (status != FF_EXIT_OK)
        return status;
    a->must_see = true;
    check_presence(a);
    status = check_configs(a);
    if (status == FF_EXIT_OK && a->wrong)
        status = a->hidden ? FF_EXIT_NOPERM : FF_EXIT_CONFIG;
    admin_close(a);
    return status;
}
