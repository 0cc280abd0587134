/* topic_watch.c: are the topics that are read still the ones of before?
 *
 * A topic may be deleted and made anew beneath a running process; what was read of the old one says nothing about
 * where to read the new one, and librdkafka 2.0 reads on at the old place when the new topic is long enough. Two
 * things tell: the topic is not there for a while (the main thread asks once a second), and its records begin again (a
 * worker sees that). Then all workers take their partitions anew, those of that topic at their beginning, and none
 * commits what it had read of the old one. Kafka forgets the group's places with a topic, so other processes and later
 * ones begin there, too.
 *
 * What this cannot see: a topic that is deleted, made anew and filled beyond the old place within about a second.
 */
#include "ingest/service/ingest_int.h"
#include "proto/clock.h"

/* A topic may be away for so long before somebody must see to it. */
#define GONE_MS 60000
#define ANSWER_MS 1000
/* So often, a second apart, the group's places must have been there for it to be the topic of before. */
#define PLACES_KEPT 3

void ff_ingest_topics_seen(const struct ff_ingest_run *run, uint32_t made[FF_FROM_MAX])
{
    for (size_t i = 0; i < FF_FROM_MAX; i++)
        made[i] = atomic_load(&run->made[i]);
}

bool ff_ingest_topic_is_other(const struct ff_ingest_run *run, size_t from, const uint32_t made[FF_FROM_MAX])
{
    return atomic_load_explicit(&run->made[from], memory_order_relaxed) != made[from];
}

bool ff_ingest_may_commit(const struct ff_ingest_run *run, size_t from, const uint32_t made[FF_FROM_MAX])
{
    return !atomic_load(&run->gone_us[from]) && !ff_ingest_topic_is_other(run, from, made);
}

bool ff_ingest_topics_are_other(const struct ff_ingest_run *run, const uint32_t made[FF_FROM_MAX])
{
    bool other = false;
    for (size_t i = 0; i < run->opts->from_count; i++)
        other |= ff_ingest_topic_is_other(run, i, made);
    return other;
}

bool ff_ingest_topic_made_anew(struct ff_ingest_run *run, size_t from, uint32_t seen)
{
    return atomic_compare_exchange_strong(&run->made[from], &seen, seen + 1);
}

bool ff_ingest_topics_gone(const struct ff_ingest_run *run)
{
    bool gone = false;
    for (size_t i = 0; i < run->opts->from_count; i++)
        gone |= atomic_load(&run->gone_us[i]) != 0;
    return gone;
}

void ff_ingest_topics_name(struct ff_ingest_run *run, rd_kafka_t *rk)
{
    for (size_t i = 0; i < run->opts->from_count; i++)
        run->watched[i] = rd_kafka_topic_new(rk, run->opts->from[i].topic, NULL);
}

void ff_ingest_topics_forget(struct ff_ingest_run *run)
{
    for (size_t i = 0; i < FF_FROM_MAX; i++)
        if (run->watched[i])
            rd_kafka_topic_destroy(run->watched[i]);
}

static bool is_missing(const struct rd_kafka_metadata *md, const char *topic)
{
    for (int i = 0; i < md->topic_cnt; i++)
        if (strcmp(md->topics[i].topic, topic) == 0)
            return md->topics[i].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    return false;
}

/* Kafka forgets a group's places with the topic. False also without an answer. */
static bool has_places(rd_kafka_t *rk, const char *topic, int partitions, bool *ret_answered)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    bool any = false;
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, topic, p);
    *ret_answered = rd_kafka_committed(rk, list, ANSWER_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int p = 0; p < partitions && *ret_answered; p++)
        any |= list->elems[p].offset >= 0;
    rd_kafka_topic_partition_list_destroy(list);
    return any;
}

/* A broker that just started may not know its topics yet. Only when the group's places went, too, was the topic
 * another one; they may go a moment later than the topic. */
static void take_return(struct ff_ingest_run *run, rd_kafka_t *rk, size_t from)
{
    const char *topic = run->opts->from[from].topic;
    bool answered;
    if (has_places(rk, topic, run->partitions[from], &answered)) {
        if (++run->kept[from] < PLACES_KEPT)
            return;
        ff_kafka_say(run->voice, 0, "%s is there again: going on where it was", topic);
    } else if (answered) {
        (void)ff_ingest_topic_made_anew(run, from, atomic_load(&run->made[from]));
        ff_kafka_say(run->voice, 0, "%s was made anew: reading it from its beginning", topic);
    } else {
        return;
    }
    atomic_store(&run->gone_us[from], 0); /* after the above: until then nobody commits anything of it */
}

static int take_answer(struct ff_ingest_run *run, rd_kafka_t *rk, size_t from, bool missing)
{
    const char *topic = run->opts->from[from].topic;
    int64_t now = ff_steady_us(), gone = atomic_load(&run->gone_us[from]);
    if (missing && !gone) {
        run->kept[from] = 0;
        atomic_store(&run->gone_us[from], now);
        ff_kafka_say(run->voice, 0, "%s is gone (waiting for a minute whether it is made anew)", topic);
    } else if (missing && now - gone >= (int64_t)GONE_MS * 1000) {
        return ff_kafka_say(run->voice, FF_EXIT_CONFIG,
                            "%s: there is no such topic any more (run fivefifty topics create)", topic);
    } else if (!missing && gone) {
        take_return(run, rk, from);
    }
    return FF_EXIT_OK;
}

int ff_ingest_topics_watch(struct ff_ingest_run *run, rd_kafka_t *rk)
{
    static const uint32_t none[FF_FROM_MAX];
    const struct rd_kafka_metadata *md;
    int status = FF_EXIT_OK;
    if (rd_kafka_metadata(rk, 0, NULL, &md, ANSWER_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return FF_EXIT_OK;
    ff_kafka_works(run->voice);
    for (size_t i = 0; i < run->opts->from_count && status == FF_EXIT_OK; i++)
        status = take_answer(run, rk, i, is_missing(md, run->opts->from[i].topic));
    rd_kafka_metadata_destroy(md);
    if (status == FF_EXIT_OK && run->opts->until_end && ff_ingest_topics_are_other(run, none))
        status = ff_kafka_say(run->voice, FF_EXIT_TEMPFAIL,
                              "a topic was made anew while it was read to its end (start again)");
    return status;
}
