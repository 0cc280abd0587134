/* client.c: see client.h. */
#include "kafka/client.h"

#include <stdio.h>
#include <string.h>

#include "proto/clock.h"

/* RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD, which the headers of librdkafka before 2.4 do not have. */
#define ERR_OTHER_RECORD_OF_BATCH (-138)
/* A request more: three seconds in all, six where requests are given three. */
#define REFUSAL_STANDS_US 2500000

const struct ff_kafka_setting ff_kafka_settings_all[] = {
    {"socket.nagle.disable", "true", 0},
    {"reconnect.backoff.max.ms", "1000", 0}, /* the default of 10 s is how long we would not notice that it is back */
    {NULL, NULL, 0},
};
const struct ff_kafka_setting ff_kafka_settings_consumer[] = {
    {"enable.auto.commit", "false", 0},
    {"enable.auto.offset.store", "false", 0},
    {"enable.partition.eof", "true", 0}, /* the position behind control records, which are never delivered */
    {"auto.offset.reset", "earliest", 0}, /* gaps are noticed and told by the reader */
    {"partition.assignment.strategy", "range", 0},
    {NULL, NULL, 0},
};
const struct ff_kafka_setting ff_kafka_settings_producer[] = {
    {"enable.idempotence", "true", 0},
    {"acks", "all", 0},
    /* An outage delays, it does not lose; and giving up breaks the sequence numbers of librdkafka 2.0. */
    {"message.timeout.ms", "0", 0},
    {NULL, NULL, 0},
};

static bool set_table(rd_kafka_conf_t *conf, const struct ff_kafka_setting *s, char *ret_message, size_t size)
{
    char why[FF_KAFKA_TEXT_MAX];
    for (; s->name; s++) {
        if (s->since > rd_kafka_version() ||
            rd_kafka_conf_set(conf, s->name, s->value, why, sizeof why) == RD_KAFKA_CONF_OK)
            continue;
        snprintf(ret_message, size, "librdkafka %s: %s", rd_kafka_version_str(), why);
        return false;
    }
    return true;
}

static bool set_access(rd_kafka_conf_t *conf, const struct ff_kafka_access *access, char *ret_message, size_t size)
{
    char why[FF_KAFKA_TEXT_MAX];
    if (rd_kafka_conf_set(conf, "bootstrap.servers", access->brokers, why, sizeof why) != RD_KAFKA_CONF_OK) {
        snprintf(ret_message, size, "--brokers %s: %s", access->brokers, why);
        return false;
    }
    for (size_t i = 0; i < access->property_count; i++) {
        const struct ff_kafka_property *p = &access->properties[i];
        if (rd_kafka_conf_set(conf, p->name, p->value, why, sizeof why) != RD_KAFKA_CONF_OK) {
            snprintf(ret_message, size, "-X %s: %s", p->name, why); /* the value may be a password */
            return false;
        }
    }
    return true;
}

rd_kafka_conf_t *ff_kafka_conf(const struct ff_kafka_access *access, const struct ff_kafka_setting *const *tables,
                               char *ret_message, size_t size)
{
    if (ff_kafka_properties_check(access->properties, access->property_count, ret_message, size) != FF_OK)
        return NULL;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool ok = true;
    for (; ok && *tables; tables++)
        ok = set_table(conf, *tables, ret_message, size);
    if (ok && set_access(conf, access, ret_message, size))
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

rd_kafka_t *ff_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *ret_message, size_t size)
{
    char why[FF_KAFKA_TEXT_MAX];
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        snprintf(ret_message, size, "librdkafka: %s", why);
    }
    return rk;
}

int32_t ff_kafka_partitions(const struct rd_kafka_metadata *md, const char *topic)
{
    for (int i = 0; i < md->topic_cnt; i++)
        if (strcmp(md->topics[i].topic, topic) == 0)
            return md->topics[i].partition_cnt;
    return 0;
}

bool ff_kafka_topic_is_hidden(rd_kafka_t *consumer, const char *topic, int timeout_ms)
{
    const struct rd_kafka_metadata *md;
    bool hidden = false;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(consumer, topic, NULL);
    if (handle && rd_kafka_metadata(consumer, 0, handle, &md, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        hidden = md->topic_cnt == 1 && ff_kafka_forbids(md->topics[0].err);
        rd_kafka_metadata_destroy(md);
    }
    if (handle)
        rd_kafka_topic_destroy(handle);
    return hidden;
}

bool ff_kafka_forbids(int err)
{
    return err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
           err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

bool ff_kafka_refuses_client(int err)
{
    return err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
           err == RD_KAFKA_RESP_ERR__SSL;
}

void ff_kafka_trouble_note(struct ff_kafka_trouble *t, int err, const char *why)
{
    bool refused = ff_kafka_refuses_client(err);
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || (t->refused_us && !refused)) /* how many, not why */
        return;
    if (refused && !t->refused_us)
        t->refused_us = ff_steady_us();
    snprintf(t->why, sizeof t->why, "%s", why);
}

bool ff_kafka_trouble_is_refusal(const struct ff_kafka_trouble *t)
{
    return t->refused_us && ff_steady_us() - t->refused_us >= REFUSAL_STANDS_US;
}

bool ff_kafka_refuses_time(int err)
{
    return err == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP || err == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
           err == ERR_OTHER_RECORD_OF_BATCH;
}
