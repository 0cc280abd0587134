/* client_test.c: what librdkafka is told, and what a dead letter says of itself; without a broker. */
#include "kafka/client.h"
#include "kafka/dead_letter.h"
#include "kafka/letter_log.h"
#include "tests/test.h"

static const struct ff_kafka_setting ours[] = {{"linger.ms", "7", 0}, {"retries", "3", 0x7f000000}, {NULL, NULL, 0}};
static const struct ff_kafka_setting later[] = {{"linger.ms", "8", 0}, {NULL, NULL, 0}};

static const struct {
    const char *name;
    struct ff_kafka_property property;
    const char *linger, *message; /* NULL: there is no configuration; there is one */
} confs[] = {
    {"of two tables the later wins", {"retries", "5"}, "8", NULL},
    {"the user wins over both", {"linger.ms", "9"}, "9", NULL},
    {"an unknown property is named", {"no.such", "1"}, NULL, "-X no.such: No such configuration property: \"no.such\""},
    {"one of ours is refused", {"group.id", "mine"}, NULL, "-X group.id: not for the user to set (use --group)"},
};

static void test_conf(void)
{
    const struct ff_kafka_setting *const tables[] = {ours, later, NULL};
    for (size_t i = 0; i < sizeof confs / sizeof *confs; i++) {
        char message[FF_KAFKA_TEXT_MAX] = "", linger[16] = "";
        size_t size = sizeof linger;
        const struct ff_kafka_access access = {"127.0.0.1:1", &confs[i].property, 1};
        CASE(confs[i].name);
        rd_kafka_conf_t *conf = ff_kafka_conf(&access, tables, message, sizeof message);
        CHECK((conf != NULL) == (confs[i].linger != NULL), "%s", message);
        CHECK(!confs[i].message || strcmp(message, confs[i].message) == 0, "%s", message);
        if (!conf)
            continue;
        CHECK_INT(rd_kafka_conf_get(conf, "linger.ms", linger, &size), RD_KAFKA_CONF_OK);
        CHECK(strcmp(linger, confs[i].linger) == 0, "%s", linger);
        rd_kafka_conf_destroy(conf);
    }
}

static void test_promises(void)
{
    static const struct ff_kafka_setting *const tables[] = {ff_kafka_settings_consumer, ff_kafka_settings_producer};
    char message[256];
    CASE("a property of ours is refused, without its value");
    const struct ff_kafka_property properties[] = {{"linger.ms", "1"}, {"acks", "secret"}};
    CHECK_INT(ff_kafka_properties_check(properties, 1, message, sizeof message), FF_OK);
    CHECK_INT(ff_kafka_properties_check(properties, 2, message, sizeof message), FF_ERR_CONFIG);
    CHECK(strncmp(message, "-X acks: not for the user to set (", 34) == 0 && !strstr(message, "secret"), "%s", message);
    CASE("what is refused with -X is what we set");
    size_t refused = 0;
    for (size_t t = 0; t < 2; t++)
        for (const struct ff_kafka_setting *s = tables[t]; s->name; s++)
            refused += ff_kafka_property_is_ours(s->name) != NULL;
    CHECK_INT(refused, 6);
}

static const char *header(const struct ff_kafka_letter_headers *h, const char *name)
{
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(h->list[i].name, name) == 0)
            return (const char *)h->list[i].value.ptr;
    return "none";
}

static void test_letter(void)
{
    struct ff_slice value = FF_SLICE("0123456789");
    struct ff_kafka_letter_headers h;
    struct ff_kafka_letter letter = {.reason = "json_syntax", .message = "m", .stage = "decode", .format = "json", .byte_offset = 4,
                                     .item_index = -1, .source_topic = "t", .source_offset = 12, .source_timestamp_ms = -1};
    CASE("a whole letter says nothing of a length or an item");
    letter.full_bytes = ff_kafka_letter_cut(&value, 10);
    ff_kafka_letter_headers(&letter, &h);
    CHECK(strcmp(header(&h, FF_LETTER_FULL_BYTES), "none") == 0 && strcmp(header(&h, "dlq.item-index"), "none") == 0, "%zu", h.count);
    CASE("a record without a timestamp has -1");
    CHECK(strcmp(header(&h, FF_LETTER_SOURCE_TIMESTAMP), "-1") == 0, "%s", header(&h, FF_LETTER_SOURCE_TIMESTAMP));
    CASE("one that was cut says how long it was; one more header fits behind all of them");
    letter.item_index = 3;
    letter.full_key_bytes = 70000;
    letter.full_bytes = ff_kafka_letter_cut(&value, 4);
    ff_kafka_letter_headers(&letter, &h);
    CHECK_INT(value.len, 4);
    CHECK(strcmp(header(&h, FF_LETTER_FULL_BYTES), "10") == 0 && strcmp(header(&h, FF_LETTER_FULL_KEY_BYTES), "70000") == 0 &&
              strcmp(header(&h, "dlq.item-index"), "3") == 0 && strcmp(header(&h, FF_LETTER_SOURCE_OFFSET), "12") == 0,
          "%zu", h.count);
    CHECK_INT(h.count < FF_LETTER_HEADERS_MAX, true);
}

/* The line that is due; empty: none is. */
static const char *due(struct ff_letter_log *log, int64_t now_us, bool all)
{
    static char line[FF_LETTER_LINE_MAX];
    if (!ff_letter_log_line(log, now_us, all, line))
        line[0] = '\0';
    return line;
}

static void test_letter_log(void)
{
    struct ff_letter_log log = {.count = 0};
    struct ff_kafka_letter letter = {.reason = "json_syntax", .message = "no value", .source_topic = "t", .source_partition = 2, .source_offset = 7};
    ff_letter_log_init(&log);
    CASE("the first letter of a reason is told at once, and once");
    ff_letter_log_note(&log, &letter);
    CHECK(strcmp(due(&log, 1, false), "1 dead letter, json_syntax, of t/2 offset 7: no value") == 0, "%s", due(&log, 1, true));
    CHECK(!*due(&log, FF_LETTER_LOG_INTERVAL_US, false), "again");
    CASE("those after it when half a minute is over, by the last of them");
    for (letter.source_offset = 8; letter.source_offset < 11; letter.source_offset++)
        ff_letter_log_note(&log, &letter);
    CHECK(!*due(&log, FF_LETTER_LOG_INTERVAL_US, false), "too early");
    CHECK(strcmp(due(&log, FF_LETTER_LOG_INTERVAL_US + 1, false), "3 dead letters, json_syntax, the last of t/2 offset 10: no value") == 0, "not told");
    CASE("another reason does not wait for that one, and the end waits for nothing");
    letter.reason = "too_large";
    ff_letter_log_note(&log, &letter);
    CHECK(strstr(due(&log, FF_LETTER_LOG_INTERVAL_US + 2, false), "too_large"), "not told");
    ff_letter_log_note(&log, &letter);
    CHECK(strstr(due(&log, FF_LETTER_LOG_INTERVAL_US + 3, true), "too_large"), "not told");
    ff_letter_log_fini(&log);
}

static void test_errors(void)
{
    CASE("what an older librdkafka has no name for is about the time, too");
    CHECK_INT(ff_kafka_refuses_time(-138), true);
    CHECK_INT(ff_kafka_refuses_time(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), false);
    CASE("no permission for a topic, a group or the cluster");
    CHECK_INT(ff_kafka_forbids(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED), true);
    CHECK_INT(ff_kafka_forbids(RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED), false);
}

static void test_trouble(void)
{
    struct ff_kafka_trouble t = {0};
    CASE("the last trouble is the cause until a broker refuses us; what follows of that says less");
    ff_kafka_trouble_note(&t, RD_KAFKA_RESP_ERR__TRANSPORT, "refused");
    ff_kafka_trouble_note(&t, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
    CHECK(strcmp(t.why, "refused") == 0 && !t.refused_us, "%s", t.why);
    ff_kafka_trouble_note(&t, RD_KAFKA_RESP_ERR__AUTHENTICATION, "wrong password");
    ff_kafka_trouble_note(&t, RD_KAFKA_RESP_ERR__TRANSPORT, "disconnected");
    CHECK(strcmp(t.why, "wrong password") == 0 && t.refused_us, "%s", t.why);
    CASE("a refusal is final when it is a few seconds old");
    CHECK_INT(ff_kafka_trouble_is_refusal(&t), false);
    t.refused_us -= 10000000;
    CHECK_INT(ff_kafka_trouble_is_refusal(&t), true);
}

int main(void)
{
    test_trouble();
    test_conf();
    test_promises();
    test_letter();
    test_letter_log();
    test_errors();
    return test_end();
}
