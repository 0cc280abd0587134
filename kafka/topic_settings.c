/* topic_settings.c: see topic_settings.h. */
#include "kafka/topic_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond the request's own limit, which the library keeps to within moments. */
#define POLL_MORE_MS 1000

static bool agrees(const struct ff_topic_setting *s, const char *value)
{
    if (s->rule == FF_SETTING_INITIAL)
        return true;
    if (!value)
        return false;
    if (s->rule == FF_SETTING_EXACT)
        return strcmp(value, s->value) == 0;
    errno = 0;
    char *end;
    long long is = strtoll(value, &end, 10), want = strtoll(s->value, NULL, 10);
    if (errno || end == value || *end)
        return false;
    return s->rule == FF_SETTING_AT_LEAST ? is >= want : is <= want;
}

static void compare(const struct ff_kafka_topic *topic, const rd_kafka_ConfigResource_t *res, ff_kafka_wrong_fn *each,
                    void *ctx)
{
    static const char *const words[] = {"", "", "at least ", "at most "};
    char text[FF_KAFKA_TEXT_MAX];
    size_t n = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(res, &n);
    for (const struct ff_topic_setting *s = topic->settings; s->name; s++) {
        const char *value = NULL;
        for (size_t i = 0; i < n; i++)
            if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), s->name) == 0)
                value = rd_kafka_ConfigEntry_value(entries[i]);
        if (agrees(s, value))
            continue;
        snprintf(text, sizeof text, "%s is %s, must be %s%s", s->name, value ? value : "not set", words[s->rule],
                 s->value);
        each(ctx, topic->name, s->name, text);
    }
}

static void compare_all(const struct ff_kafka_topic *topics, size_t count, rd_kafka_event_t *ev,
                        ff_kafka_wrong_fn *each, void *ctx)
{
    size_t n = 0;
    const rd_kafka_ConfigResource_t **r =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(ev), &n);
    for (size_t i = 0; i < n; i++) {
        const char *name = rd_kafka_ConfigResource_name(r[i]);
        if (rd_kafka_ConfigResource_error(r[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            each(ctx, name, NULL, rd_kafka_ConfigResource_error_string(r[i]));
            continue;
        }
        for (size_t j = 0; j < count; j++)
            if (strcmp(topics[j].name, name) == 0)
                compare(&topics[j], r[i], each, ctx);
    }
}

static void ask(rd_kafka_t *rk, const struct ff_kafka_topic *topics, size_t count, int timeout_ms,
                rd_kafka_ConfigResource_t **resources, rd_kafka_queue_t *answers)
{
    char why[FF_KAFKA_TEXT_MAX];
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    for (size_t i = 0; i < count; i++)
        resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].name);
    /* Can only fail on values outside 0..3600000. */
    (void)rd_kafka_AdminOptions_set_request_timeout(o, timeout_ms, why, sizeof why);
    rd_kafka_DescribeConfigs(rk, resources, count, o, answers);
    rd_kafka_AdminOptions_destroy(o);
    rd_kafka_ConfigResource_destroy_array(resources, count);
}

enum ff_err ff_kafka_topic_settings(rd_kafka_t *rk, const struct ff_kafka_topic *topics, size_t count, int timeout_ms,
                                    ff_kafka_wrong_fn *each, void *ctx, char *ret_message, size_t size)
{
    if (count == 0)
        return FF_OK;
    rd_kafka_ConfigResource_t **resources = calloc(count, sizeof(*resources));
    if (!resources) {
        snprintf(ret_message, size, "memory is short");
        return FF_ERR_UNAVAILABLE;
    }
    rd_kafka_queue_t *answers = rd_kafka_queue_new(rk);
    ask(rk, topics, count, timeout_ms, resources, answers);
    rd_kafka_event_t *ev = rd_kafka_queue_poll(answers, timeout_ms + POLL_MORE_MS);
    enum ff_err err = ev && !rd_kafka_event_error(ev) ? FF_OK : FF_ERR_UNAVAILABLE;
    if (err == FF_OK)
        compare_all(topics, count, ev, each, ctx);
    else
        snprintf(ret_message, size, "%s", ev ? rd_kafka_event_error_string(ev) : "the broker does not answer");
    if (ev)
        rd_kafka_event_destroy(ev);
    rd_kafka_queue_destroy(answers);
    free(resources);
    return err;
}
