/* voice.c: see voice.h. */
#include "kafka/voice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "proto/clock.h"
#include "proto/message.h"

/* At most one line of librdkafka's own log in this time; it repeats itself while a broker is away. */
#define LOG_INTERVAL_US 10000000
/* A broker that refuses us is told again after so long: credentials are being exchanged, or somebody must. */
#define REFUSED_INTERVAL_US 30000000

int ff_kafka_say(const struct ff_kafka_voice *voice, int status, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    ff_message_args(status ? FF_SEVERITY_ERROR : FF_SEVERITY_WARNING, voice->program, format, ap);
    va_end(ap);
    return status;
}

void ff_kafka_works(struct ff_kafka_voice *voice)
{
    atomic_store_explicit(&voice->answered_us, ff_steady_us(), memory_order_relaxed);
    if (atomic_load_explicit(&voice->down, memory_order_relaxed) && atomic_exchange(&voice->down, false))
        ff_message(FF_SEVERITY_INFO, voice->program, "the brokers are back");
}

int64_t ff_kafka_silent_ms(const struct ff_kafka_voice *voice)
{
    int64_t last = atomic_load_explicit(&voice->answered_us, memory_order_relaxed);
    return last ? (ff_steady_us() - last) / 1000 : INT64_MAX;
}

bool ff_kafka_is_up(const struct ff_kafka_voice *voice)
{
    return !atomic_load(&voice->down) && ff_kafka_silent_ms(voice) < FF_KAFKA_SILENCE_MS;
}

/* Is it time for another line? Among threads, only one of them is told so. */
static bool is_due(_Atomic int64_t *last_us, int64_t interval_us)
{
    int64_t now = ff_steady_us(), last = atomic_load(last_us);
    return (last == 0 || now - last >= interval_us) && atomic_compare_exchange_strong(last_us, &last, now);
}

static void on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    struct ff_kafka_voice *voice = *(struct ff_kafka_voice **)opaque;
    (void)rk;
    if (atomic_load(&voice->quiet))
        ff_kafka_trouble_note(&voice->trouble, err, reason);
    else if (ff_kafka_refuses_client(err) && is_due(&voice->refused_us, REFUSED_INTERVAL_US))
        ff_kafka_say(voice, 0, "no connection: %s (going on trying; nothing is lost)", reason);
    else if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !atomic_exchange(&voice->down, true))
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
            atomic_load(&voice->quiet) || !is_due(&voice->said_us, LOG_INTERVAL_US))
            return;
    }
    ff_kafka_say(voice, 0, "librdkafka: %s: %s", facility, text);
}

rd_kafka_conf_t *ff_kafka_voice_conf(struct ff_kafka_voice *voice, const struct ff_kafka_access *access,
                                     const struct ff_kafka_setting *const *tables, void *opaque)
{
    char why[2 * FF_KAFKA_TEXT_MAX];
    rd_kafka_conf_t *conf = ff_kafka_conf(access, tables, why, sizeof why);
    if (!conf) {
        ff_kafka_say(voice, FF_EXIT_CONFIG, "%s", why);
        return NULL;
    }
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    return conf;
}

rd_kafka_t *ff_kafka_voice_new(struct ff_kafka_voice *voice, rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[2 * FF_KAFKA_TEXT_MAX];
    rd_kafka_t *rk = ff_kafka_new(type, conf, why, sizeof why);
    if (!rk)
        ff_kafka_say(voice, FF_EXIT_CONFIG, "%s (see -X)", why);
    return rk;
}

/* Appends " NAME=VALUE" for each. */
static size_t put_settings(const rd_kafka_conf_t *conf, const struct ff_kafka_setting *s, char *text, size_t used,
                           size_t size)
{
    char value[FF_KAFKA_TEXT_MAX];
    for (; s->name && used < size; s++) {
        size_t len = sizeof value;
        if (s->since <= rd_kafka_version() && rd_kafka_conf_get(conf, s->name, value, &len) == RD_KAFKA_CONF_OK)
            used += (size_t)snprintf(text + used, size - used, " %s=%s", s->name, value);
    }
    return used;
}

int ff_kafka_say_settings(struct ff_kafka_voice *voice, const char *client,
                          const struct ff_kafka_setting *const *tables, const struct ff_kafka_property *properties,
                          size_t count)
{
    char text[2 * FF_KAFKA_TEXT_MAX] = "";
    size_t used = 0;
    rd_kafka_conf_t *conf =
        ff_kafka_voice_conf(voice, &(struct ff_kafka_access){"none", properties, count}, tables, &voice);
    if (!conf)
        return FF_EXIT_CONFIG;
    for (; *tables; tables++)
        used = put_settings(conf, *tables, text, used, sizeof text);
    rd_kafka_conf_destroy(conf);
    ff_message(FF_SEVERITY_INFO, voice->program, "librdkafka %s, %s:%s", rd_kafka_version_str(), client, text);
    return FF_EXIT_OK;
}

int ff_kafka_metadata(struct ff_kafka_voice *voice, rd_kafka_t *rk, const char *brokers,
                      const volatile sig_atomic_t *stop, const struct rd_kafka_metadata **ret)
{
    int64_t deadline = ff_steady_us() + (int64_t)FF_BROKER_WAIT_MS * 1000;
    rd_kafka_resp_err_t err;
    do {
        rd_kafka_poll(rk, 0);
        err = rd_kafka_metadata(rk, 1, NULL, ret, 1000);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && (*ret)->broker_cnt > 0)
            return FF_EXIT_OK;
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_metadata_destroy(*ret);
            rd_kafka_poll(rk, 200); /* it answered at once, and would again */
        }
        *ret = NULL;
        if (ff_kafka_trouble_is_refusal(&voice->trouble))
            return ff_kafka_say(voice, FF_EXIT_NOPERM, FF_KAFKA_REFUSED, brokers, voice->trouble.why);
        if (stop && *stop)
            return FF_EXIT_UNAVAILABLE;
    } while (ff_steady_us() < deadline);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ff_kafka_say(voice, FF_EXIT_UNAVAILABLE,
                            "%s: answers, but names no broker (is it still starting? try again)", brokers);
    return ff_kafka_say(voice, FF_EXIT_UNAVAILABLE, "%s: no broker answers: %s (is it running? is the address right?)",
                        brokers, voice->trouble.why[0] ? voice->trouble.why : rd_kafka_err2str(err));
}
