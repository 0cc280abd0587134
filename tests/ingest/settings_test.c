/* How much a consumer prefetches depends on whether its fetchers can be woken, i.e. whether the credentials are
 * known. */
#include <unistd.h>

#include "ingest/service/ingest_int.h"
#include "tests/test.h"

#define LITTLE "queued.max.messages.kbytes=16384 "
#define MUCH "queued.max.messages.kbytes=262144 "

static const struct {
    const char *name;
    struct ff_kafka_property properties[4];
    size_t count;
    const char *want;
} cases[] = {
    {"without SASL nobody needs credentials", {{"session.timeout.ms", "6000"}}, 1, LITTLE},
    {"TLS alone has none", {{"security.protocol", "ssl"}}, 1, LITTLE},
    {"a user and his password",
     {{"security.protocol", "SASL_PLAINTEXT"}, {"sasl.mechanisms", "PLAIN"}, {"sasl.username", "u"}, {"sasl.password", "p"}},
     4,
     LITTLE},
    {"Kerberos keeps its own", {{"security.protocol", "sasl_plaintext"}, {"sasl.mechanisms", "GSSAPI"}}, 2, MUCH},
    {"OAuth as well", {{"sasl.mechanisms", "OAUTHBEARER"}, {"security.protocol", "SASL_SSL"}}, 2, MUCH},
    {"whoever says how much gets it",
     {{"security.protocol", "sasl_plaintext"}, {"queued.max.messages.kbytes", "1000"}},
     2,
     "queued.max.messages.kbytes=1000 "},
};

/* What is printed on stderr. */
static void settings(const struct ff_ingest_options *opts, char *ret, size_t size)
{
    struct ff_kafka_voice voice = {.program = "test"};
    struct ff_ingest_run run = {.voice = &voice, .opts = opts};
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    CHECK_INT(ff_consumer_say_settings(&run), FF_EXIT_OK);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    ret[fread(ret, 1, size - 1, file)] = '\0';
    fclose(file);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char said[4096];
        struct ff_ingest_options opts = {.properties = cases[i].properties, .property_count = cases[i].count};
        CASE(cases[i].name);
        settings(&opts, said, sizeof said);
        /* from 2.2 on nobody has to be woken */
        const char *want = rd_kafka_version() < 0x020200ff || strcmp(cases[i].want, MUCH) != 0 ? cases[i].want : LITTLE;
        CHECK(strstr(said, want), "got %s", said);
    }
    return test_end();
}
