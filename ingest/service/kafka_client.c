/* kafka_client.c: clients of librdkafka with our settings and one voice (kafka_int.h). */
#include "ingest/service/kafka_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "proto/kafka_property.h"

/* At most one line of librdkafka's own log in this time; it repeats itself while a broker is away. */
#define LOG_INTERVAL_US 10000000

int64_t ff_kafka_now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int ff_kafka_say(const struct ff_kafka_voice *voice, int status, const char *format, ...)
{
    char text[3 * FF_KAFKA_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    fprintf(stderr, "%s: %s\n", voice->program, text); /* one call: lines of several threads stay whole */
    return status;
}

void ff_kafka_works(struct ff_kafka_voice *voice)
{
    if (atomic_load_explicit(&voice->down, memory_order_relaxed) && atomic_exchange(&voice->down, false))
        ff_kafka_say(voice, 0, "the brokers are back");
}

void ff_kafka_look_for_brokers(struct ff_kafka_voice *voice, rd_kafka_t *rk)
{
    const struct rd_kafka_metadata *md;
    if (!atomic_load(&voice->down) || rd_kafka_metadata(rk, 0, NULL, &md, 100) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    rd_kafka_metadata_destroy(md);
    ff_kafka_works(voice);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    struct ff_kafka_voice *voice = *(struct ff_kafka_voice **)opaque;
    (void)rk;
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !atomic_load(&voice->quiet) &&
        !atomic_exchange(&voice->down, true))
        ff_kafka_say(voice, 0, "no broker answers: %s (going on as soon as one does; nothing is lost)", reason);
}

/* Connection trouble is reported by on_error; what else librdkafka finds worth an error gets through, not too often. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    void *opaque = rd_kafka_opaque(rk);
    if (!opaque)
        return;
    struct ff_kafka_voice *voice = *(struct ff_kafka_voice **)opaque;
    if (level < LOG_DEBUG) {
        if (level > LOG_ERR || strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
            atomic_load(&voice->quiet))
            return;
        int64_t now = ff_kafka_now_us(), last = atomic_load(&voice->said_us);
        if (now - last < LOG_INTERVAL_US || !atomic_compare_exchange_strong(&voice->said_us, &last, now))
            return;
    }
    ff_kafka_say(voice, 0, "librdkafka: %s: %s", facility, text);
}

int ff_kafka_properties_check(const struct ff_kafka_voice *voice, const struct ff_kafka_property *properties,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *why = ff_kafka_property_is_ours(properties[i].name);
        if (why)
            return ff_kafka_say(voice, FF_EXIT_CONFIG, "-X %s: not for the user to set (%s)", properties[i].name, why);
    }
    return FF_EXIT_OK;
}

rd_kafka_conf_t *ff_kafka_conf(struct ff_kafka_voice *voice, const struct ff_kafka_setting *settings,
                               const char *brokers, const struct ff_kafka_property *properties, size_t count,
                               void *opaque)
{
    char why[FF_KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    for (; settings && settings->name; settings++) {
        if (settings->since > rd_kafka_version())
            continue;
        if (rd_kafka_conf_set(conf, settings->name, settings->value, why, sizeof why) != RD_KAFKA_CONF_OK) {
            ff_kafka_say(voice, 0, "librdkafka %s: %s", rd_kafka_version_str(), why);
            goto fail;
        }
    }
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why) != RD_KAFKA_CONF_OK) {
        ff_kafka_say(voice, 0, "--brokers %s: %s", brokers, why);
        goto fail;
    }
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_conf_set(conf, properties[i].name, properties[i].value, why, sizeof why) != RD_KAFKA_CONF_OK) {
            ff_kafka_say(voice, 0, "-X %s: %s", properties[i].name, why); /* the value may be a password */
            goto fail;
        }
    return conf;
fail:
    rd_kafka_conf_destroy(conf);
    return NULL;
}

int ff_kafka_say_settings(struct ff_kafka_voice *voice, const char *client, const struct ff_kafka_setting *settings,
                          const struct ff_kafka_property *properties, size_t count)
{
    char text[2 * FF_KAFKA_TEXT_MAX] = "", value[FF_KAFKA_TEXT_MAX];
    size_t used = 0;
    rd_kafka_conf_t *conf = ff_kafka_conf(voice, settings, "none", properties, count, &voice);
    if (!conf)
        return FF_EXIT_CONFIG;
    for (; settings->name && used < sizeof text; settings++) {
        size_t size = sizeof value;
        if (settings->since <= rd_kafka_version() &&
            rd_kafka_conf_get(conf, settings->name, value, &size) == RD_KAFKA_CONF_OK)
            used += (size_t)snprintf(text + used, sizeof text - used, " %s=%s", settings->name, value);
    }
    rd_kafka_conf_destroy(conf);
    return ff_kafka_say(voice, FF_EXIT_OK, "librdkafka %s, %s:%s", rd_kafka_version_str(), client, text);
}

rd_kafka_t *ff_kafka_new(struct ff_kafka_voice *voice, rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[FF_KAFKA_TEXT_MAX];
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        ff_kafka_say(voice, 0, "librdkafka: %s (see -X)", why);
    }
    return rk;
}

int ff_kafka_metadata(struct ff_kafka_voice *voice, rd_kafka_t *rk, const char *brokers,
                      const volatile sig_atomic_t *stop, const struct rd_kafka_metadata **ret)
{
    int64_t deadline = ff_kafka_now_us() + (int64_t)FF_BROKER_WAIT_MS * 1000;
    rd_kafka_resp_err_t err;
    do {
        rd_kafka_poll(rk, 0);
        err = rd_kafka_metadata(rk, 1, NULL, ret, 1000);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && (*ret)->broker_cnt > 0)
            return FF_EXIT_OK;
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
            rd_kafka_metadata_destroy(*ret);
        if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED)
            return ff_kafka_say(voice, FF_EXIT_NOPERM, "%s: %s (see -X sasl.*)", brokers, rd_kafka_err2str(err));
        if (stop && *stop)
            return FF_EXIT_UNAVAILABLE;
    } while (ff_kafka_now_us() < deadline);
    return ff_kafka_say(voice, FF_EXIT_UNAVAILABLE, "%s: no broker answers: %s (is it running? is the address right?)",
                        brokers, rd_kafka_err2str(err));
}

const struct rd_kafka_metadata_topic *ff_kafka_topic_find(const struct rd_kafka_metadata *md, const char *name)
{
    for (int i = 0; i < md->topic_cnt; i++)
        if (strcmp(md->topics[i].topic, name) == 0 && md->topics[i].partition_cnt > 0)
            return &md->topics[i];
    return NULL;
}

bool ff_kafka_topic_is_hidden(rd_kafka_t *rk, const char *name)
{
    const struct rd_kafka_metadata *md;
    bool hidden = false;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    if (topic && rd_kafka_metadata(rk, 0, topic, &md, FF_REQUEST_WAIT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        hidden = md->topic_cnt == 1 && md->topics[0].err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        rd_kafka_metadata_destroy(md);
    }
    if (topic)
        rd_kafka_topic_destroy(topic);
    return hidden;
}
