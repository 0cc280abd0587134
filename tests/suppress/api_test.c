/* api_test.c: the HTTP interface from the outside, over a raw socket: what is sent and what must come back. */
#include <stdatomic.h>

#include "suppress/http/api.h"
#include "tests/suppress/api_client.h"
#include "tests/suppress/fixture.h"
#include "tests/test.h"

static unsigned port;
static atomic_bool ready_now, whole_now = true, complete_now = true; /* the server asks in its own thread */

static bool is_ready(void *ctx, char why[FF_API_WHY_MAX])
{
    (void)ctx;
    if (!ready_now)
        snprintf(why, FF_API_WHY_MAX, "waiting for \"rain\"");
    return ready_now;
}

static bool is_whole(void *ctx)
{
    (void)ctx;
    return whole_now;
}

static bool is_complete(void *ctx)
{
    (void)ctx;
    return complete_now;
}

static void put_metric(void *ctx, FILE *f)
{
    (void)ctx;
    fprintf(f, "# TYPE test_metric gauge\ntest_metric 42\n");
}

struct exchange {
    const char *name, *method, *target, *body;
    unsigned status;
    const char *type;
    const char *want; /* the whole body; NULL: not compared */
};

#define FOUND(address) "{\"address\":\"" address "\",\"suppressed\":true,\"reason\":\"hard_bounce\"," \
                       "\"category\":\"bad-mailbox\",\"since\":\"2026-08-06T08:00:00.000000Z\",\"scope\":\"*\"}\n"
#define CLEAR(address) "{\"address\":\"" address "\",\"suppressed\":false}\n"
#define PROBLEM "application/problem+json"
#define BAD(detail) "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"" detail "\"}\n"
#define NDJSON "application/x-ndjson"

static const struct exchange exchanges[] = {
    {"a suppressed address", "GET", "/v1/check?address=Gone%40example.com&tenant=acme", "", 200, "application/json",
     FOUND("Gone@example.com")},
    {"an address nobody complained about", "GET", "/v1/check?tenant=acme&address=fine@example.com", "", 200, "application/json",
     CLEAR("fine@example.com")},
    {"the suppression of one tenant is not another's", "GET", "/v1/check?address=gone@example.com&tenant=nobody", "", 200,
     "application/json", CLEAR("gone@example.com")},
    {"without a tenant it is 'default'", "GET", "/v1/check?address=gone@example.com", "", 200, "application/json",
     CLEAR("gone@example.com")},
    {"a plus is a plus: tags are part of an address", "GET", "/v1/check?address=tag+news@example.com&tenant=acme", "", 200,
     "application/json", FOUND("tag+news@example.com")},
    {"%2B is a plus, too", "GET", "/v1/check?address=tag%2Bnews@example.com&tenant=acme", "", 200, "application/json",
     FOUND("tag+news@example.com")},
    {"an entry of one stream answers for that stream", "GET", "/v1/check?address=some@example.com&tenant=acme&stream=news", "",
     200, "application/json",
     "{\"address\":\"some@example.com\",\"suppressed\":true,\"reason\":\"manual\",\"category\":\"none\","
     "\"since\":\"2026-08-06T08:00:00.000000Z\",\"scope\":\"news\"}\n"},
    {"and for no other", "GET", "/v1/check?address=some@example.com&tenant=acme&stream=bills", "", 200, "application/json",
     CLEAR("some@example.com")},
    {"no address is a bad request", "GET", "/v1/check", "", 400, PROBLEM, NULL},
    {"an empty address is a bad request", "GET", "/v1/check?address=", "", 400, PROBLEM, NULL},
    {"what is no address is a bad request", "GET", "/v1/check?address=nobody", "", 400, PROBLEM, NULL},
    {"a control byte is no address", "GET", "/v1/check?address=a%00b@example.com", "", 400, PROBLEM, NULL},
    {"a broken percent code is a bad request", "GET", "/v1/check?address=a%4@example.com", "", 400, PROBLEM, NULL},
    {"a percent code cut off is a bad request", "GET", "/v1/check?address=a@example.com%2", "", 400, PROBLEM, NULL},
    {"a misspelt parameter is no check of the default tenant", "GET", "/v1/check?address=gone@example.com&tennant=acme", "", 400,
     PROBLEM, BAD("there is no parameter \\\"tennant\\\" (did you mean tenant?)")},
    {"nor is one in other letters", "GET", "/v1/check?address=gone@example.com&TENANT=acme", "", 400, PROBLEM,
     BAD("there is no parameter \\\"TENANT\\\" (did you mean tenant?)")},
    {"nor one by its name in the export", "GET", "/v1/check?address=gone@example.com&tenant_id=acme", "", 400, PROBLEM,
     BAD("there is no parameter \\\"tenant_id\\\" (did you mean tenant?)")},
    {"a foreign parameter, whatever bytes its name has", "GET", "/v1/check?address=gone@example.com&a\"b\\\xff=acme", "", 400,
     PROBLEM, BAD("there is no parameter \\\"a\\\"b\\\\\xef\xbf\xbd\\\" (GET takes address, tenant and stream)")},
    {"a tenant twice", "GET", "/v1/check?tenant=acme&address=gone@example.com&tenant=other", "", 400, PROBLEM,
     BAD("the parameter \\\"tenant\\\" is there twice")},
    {"an address twice, once empty", "GET", "/v1/check?address=&address=gone@example.com", "", 400, PROBLEM,
     BAD("the parameter \\\"address\\\" is there twice")},
    {"an ampersand too many is none too few", "GET", "/v1/check?&address=gone@example.com&&tenant=acme&", "", 200,
     "application/json", FOUND("gone@example.com")},
    {"the query of many checks takes no address", "POST", "/v1/check?address=gone@example.com", "", 400, PROBLEM,
     BAD("there is no parameter \\\"address\\\" (POST takes tenant and stream; the addresses are in the lines)")},
    {"nor what is misspelt", "POST", "/v1/check?tenan=acme", "{\"address\":\"gone@example.com\"}\n", 400, PROBLEM,
     BAD("there is no parameter \\\"tenan\\\" (did you mean tenant?)")},
    {"health and metrics leave alone what a prober adds", "GET", "/livez?verbose=1", "", 200, "text/plain", "ok\n"},
    {"an unknown path", "GET", "/v1/nothing", "", 404, PROBLEM, NULL},
    {"an unknown method", "DELETE", "/v1/check?address=a@example.com", "", 405, PROBLEM, NULL},
    {"health takes no POST", "POST", "/livez", "", 405, PROBLEM, NULL},
    {"a HEAD has no body", "HEAD", "/v1/check?address=gone@example.com&tenant=acme", "", 200, "application/json", ""},
    {"alive", "GET", "/livez", "", 200, "text/plain", "ok\n"},
    {"lines are answered in order, a line for a line", "POST", "/v1/check?tenant=acme",
     "{\"address\":\"gone@example.com\"}\n{\"address\":\"fine@example.com\"}\r\n"
     "{\"address\":\"gone@example.com\",\"tenant\":\"other\"}\n{\"address\":\"GONE@example.com\"}",
     200, "application/x-ndjson",
     FOUND("gone@example.com") CLEAR("fine@example.com") CLEAR("gone@example.com") FOUND("GONE@example.com")},
    {"broken lines among good ones have errors and spoil nothing", "POST", "/v1/check?tenant=acme",
     "{\"address\"\n{}\n\n[1]\n{\"address\":7}\n{\"address\":\"nobody\"}\n{\"address\":\"gone@example.com\"}\n",
     200, "application/x-ndjson",
     "{\"error\":\"the line is not JSON\"}\n{\"error\":\"there is no address\"}\n{\"error\":\"the line is not JSON\"}\n"
     "{\"error\":\"the line is no JSON object\"}\n{\"error\":\"the member \\\"address\\\" must be a string\"}\n"
     "{\"address\":\"nobody\",\"error\":\"the address is none\"}\n" FOUND("gone@example.com")},
    {"members of a line that mean nothing are errors", "POST", "/v1/check?tenant=acme",
     "{\"address\":\"gone@example.com\",\"tennant\":\"acme\"}\n{\"address\":\"gone@example.com\",\"id\":7}\n"
     "{\"adress_key\":\"gone@example.com\"}\n",
     200, NDJSON, "{\"address\":\"gone@example.com\",\"error\":\"there is no member \\\"tennant\\\" (did you mean tenant?)\"}\n"
     "{\"address\":\"gone@example.com\",\"error\":\"there is no member \\\"id\\\" (a check has address, tenant and stream)\"}\n"
     "{\"error\":\"there is no member \\\"adress_key\\\" (did you mean address_key?)\"}\n"},
    {"so are members that are there twice, by whatever name", "POST", "/v1/check",
     "{\"address\":\"gone@example.com\",\"tenant\":\"acme\",\"tenant\":\"acme\"}\n"
     "{\"address\":\"gone@example.com\",\"tenant\":\"acme\",\"tenant_id\":\"acme\"}\n"
     "{\"stream_scope\":\"*\",\"stream\":\"news\"}\n{\"state\":\"active\",\"state\":\"active\"}\n",
     200, NDJSON, "{\"address\":\"gone@example.com\",\"error\":\"the member \\\"tenant\\\" is there twice\"}\n"
     "{\"address\":\"gone@example.com\",\"error\":\"the tenant is there twice (tenant and tenant_id mean the same)\"}\n"
     "{\"error\":\"the stream is there twice (stream and stream_scope mean the same)\"}\n"
     "{\"error\":\"the member \\\"state\\\" is there twice\"}\n"},
    {"so is null, and what else is no string", "POST", "/v1/check?tenant=acme",
     "{\"address\":\"gone@example.com\",\"tenant\":null}\n{\"address\":\"gone@example.com\",\"stream_scope\":[]}\n", 200, NDJSON,
     "{\"address\":\"gone@example.com\",\"error\":\"the member \\\"tenant\\\" must be a string\"}\n"
     "{\"address\":\"gone@example.com\",\"error\":\"the member \\\"stream_scope\\\" must be a string\"}\n"},
    {"a line of the export asks for its tenant and scope", "POST", "/v1/check?tenant=other&stream=bills",
     "{\"tenant_id\":\"acme\",\"stream_scope\":\"*\",\"address\":\"gone@example.com\",\"hits\":1,\"expires\":null}\n"
     "{\"tenant_id\":\"acme\",\"stream_scope\":\"news\",\"address\":\"some@example.com\"}\n"
     "{\"tenant_id\":\"acme\",\"stream_scope\":\"*\",\"address\":\"some@example.com\"}\n", 200, NDJSON,
     FOUND("gone@example.com") "{\"address\":\"some@example.com\",\"suppressed\":true,\"reason\":\"manual\",\"category\":\"none\","
     "\"since\":\"2026-08-06T08:00:00.000000Z\",\"scope\":\"news\"}\n" CLEAR("some@example.com")},
    {"names of members may be escaped", "POST", "/v1/check", "{\"\\u0061ddress\":\"gone@example.com\",\"ten\\u0061nt\":\"acme\"}", 200, NDJSON,
     FOUND("gone@example.com")},
    {"no lines, no answers", "POST", "/v1/check", "", 200, "application/x-ndjson", ""},
    {"nothing is known of an address", "GET", "/v1/explain?address=fine@example.com&tenant=acme", "", 200,
     "application/json", "{\"address\":\"fine@example.com\",\"suppressed\":false,\"entries\":[]}\n"},
    {"explain takes no stream: it shows all", "GET", "/v1/explain?address=a@example.com&stream=news", "", 400, PROBLEM,
     BAD("the entries of all streams are shown: there is no stream to ask for")},
    {"explain has an address", "GET", "/v1/explain?tenant=acme", "", 400, PROBLEM, NULL},
    {"and one that is one", "GET", "/v1/explain?address=nobody", "", 400, PROBLEM, BAD("the address is none")},
    {"explain takes no POST", "POST", "/v1/explain", "", 405, PROBLEM, NULL},
    {"the page", "GET", "/", "", 200, "text/html; charset=utf-8", NULL},
    {"its style", "GET", "/page.css", "", 200, "text/css; charset=utf-8", NULL},
    {"its script", "GET", "/page.js", "", 200, "text/javascript; charset=utf-8", NULL},
    {"no other file", "GET", "/index.html", "", 404, PROBLEM, NULL},
    {"nor one above it", "GET", "/../page.js", "", 404, PROBLEM, NULL},
};

static void try_exchange(const struct exchange *x)
{
    char status[32];
    char *text = ask(port, x->method, x->target, x->body, strlen(x->body));
    const char *body = strstr(text, "\r\n\r\n");
    CASE(x->name);
    snprintf(status, sizeof(status), "HTTP/1.1 %u ", x->status);
    CHECK(strncmp(text, status, strlen(status)) == 0, "got %.40s", text);
    const char *type = strstr(text, "Content-Type: ");
    CHECK(type && strncmp(type + 14, x->type, strlen(x->type)) == 0, "%.60s", type ? type : "no type");
    if (x->want)
        CHECK_STR(body ? body + 4 : "no body", x->want);
    free(text);
}

static void test_allow(void)
{
    static const char *const targets[] = {"/v1/check", "/livez", "/readyz", "/metrics", "/v1/explain", "/v1/categories", "/"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        char *text = ask(port, "DELETE", targets[i], "", 0);
        CASE("405 says what there is at this path");
        CHECK(strncmp(text, "HTTP/1.1 405 ", 13) == 0 && strstr(text, i ? "Allow: GET, HEAD\r\n" : "Allow: GET, HEAD, POST\r\n"),
              "%s: got %s", targets[i], text);
        free(text);
    }
}

static void test_limits(void)
{
    size_t len = (17u << 20);
    char *big = (char *)malloc(len);
    CASE("a body over 16 MiB is refused, and the answer can be read");
    memset(big, '\n', len);
    char *text = ask(port, "POST", "/v1/check", big, len);
    CHECK(strncmp(text, "HTTP/1.1 413 ", 13) == 0, "got %.60s", text);
    free(text);
    CASE("more lines than 100,000 are refused");
    text = ask(port, "POST", "/v1/check", big, 100001);
    CHECK(strncmp(text, "HTTP/1.1 413 ", 13) == 0, "got %.60s", text);
    free(text);
    CASE("a line of 40,000 bytes is an error of its own");
    memset(big, 'x', 40000);
    big[40000] = '\n';
    text = ask(port, "POST", "/v1/check", big, 40001);
    CHECK(strstr(text, "{\"error\":\"the line is longer than 32768 bytes\"}\n"), "got %.300s", text);
    free(text);
    free(big);
    static const size_t queries[] = {5000, 20000, 30000};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        static char target[1 << 16] = "/v1/check?address=";
        CASE("a query of thousands of bytes is a bad request, said as all others are");
        memset(target + 18, 'a', queries[i]);
        target[18 + queries[i]] = 0;
        text = ask(port, "GET", target, "", 0);
        CHECK(strncmp(text, "HTTP/1.1 400 ", 13) == 0 && strstr(text, PROBLEM), "%zu bytes: got %.200s", queries[i], text);
        free(text);
    }
    CASE("what is no HTTP neither crashes nor hangs it");
    int fd = dial(port);
    send_all(fd, "\x16\x03\x01 hello\r\n\r\n", 14);
    free(receive_all(fd));
    fd = dial(port);
    send_all(fd, "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf", 59);
    close(fd);
}

static void test_health(struct ff_suppressor *s)
{
    CASE("not ready until it says so, and why");
    ready_now = false;
    char *text = ask(port, "GET", "/readyz", "", 0);
    CHECK(strncmp(text, "HTTP/1.1 503 ", 13) == 0 && strstr(text, PROBLEM) &&
              strstr(text, "\"detail\":\"waiting for \\\"rain\\\"\""), "got %s", text);
    free(text);
    ready_now = true;
    text = ask(port, "GET", "/readyz", "", 0);
    CHECK(strncmp(text, "HTTP/1.1 200 ", 13) == 0, "got %.60s", text);
    free(text);
    CASE("metrics: the interface's own and the process's");
    text = ask(port, "GET", "/metrics", "", 0);
    CHECK(strstr(text, "\nfivefifty_http_checks_total{result=\"suppressed\"} ") && strstr(text, "\ntest_metric 42\n") &&
              strstr(text, "# HELP ") && strstr(text, "Content-Type: text/plain"), "got %s", text);
    free(text);
    (void)s;
}

/* A state that may be a part only, or was never read to its end: no answer is better than a guess. */
static void test_whole(struct ff_suppressor *s)
{
    const struct {
        const char *sentence, *want, *says;
        bool whole, complete, ready;
    } rows[] = {
        {"a state that holds a part only refuses checks and says who to ask", "HTTP/1.1 421 ", "ask serve", false, true, true},
        {"one that was never complete says to ask again, and when", "HTTP/1.1 503 ", "Retry-After: 1\r\n", true, false, false},
        {"so it does when it is called ready", "HTTP/1.1 503 ", "Retry-After: 1\r\n", true, false, true},
        {"one that was complete answers", "HTTP/1.1 200 ", "\"suppressed\":", true, true, true},
        {"also while it is not kept up", "HTTP/1.1 200 ", "\"suppressed\":", true, true, false},
    };
    static const char one[] = "/v1/check?address=nobody@example.com", many[] = "{\"address\":\"nobody@example.com\"}\n";
    static const char known[] = "/v1/check?address=gone@example.com&tenant=acme";
    char msg[256];
    struct ff_api *api = NULL;
    struct ff_api_options opts = {.listen = "127.0.0.1:0", .suppressor = s, .ready = is_ready, .whole = is_whole, .complete = is_complete};
    CHECK_INT(ff_api_start(&opts, &api, msg, sizeof(msg)), FF_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        whole_now = rows[i].whole;
        complete_now = rows[i].complete;
        ready_now = rows[i].ready;
        CASE(rows[i].sentence);
        char *answers[] = {ask(ff_api_port(api), "GET", one, "", 0), ask(ff_api_port(api), "GET", known, "", 0),
                           ask(ff_api_port(api), "GET", "/v1/explain?address=gone@example.com", "", 0),
                           ask(ff_api_port(api), "POST", "/v1/check", many, sizeof(many) - 1)};
        for (size_t k = 0; k < sizeof(answers) / sizeof(answers[0]); k++) {
            CHECK(strncmp(answers[k], rows[i].want, 13) == 0 && strstr(answers[k], rows[i].says), "got %.300s", answers[k]);
            free(answers[k]);
        }
    }
    ff_api_stop(api);
}

static void test_explain(void)
{
    CASE("explain shows what suppresses an address, and the reply that did");
    char *text = ask(port, "GET", "/v1/explain?address=Gone@example.com&tenant=acme", "", 0);
    CHECK(strstr(text, "{\"address\":\"Gone@example.com\",\"suppressed\":true,\"entries\":[{\"tenant_id\":\"acme\",") &&
              strstr(text, "\"evidence\":[{\"counts\":\"at once\",\"category\":\"bad-mailbox\""), "got %s", text);
    free(text);
    CASE("an entry of one stream is shown, too, and is a yes");
    text = ask(port, "GET", "/v1/explain?address=some@example.com&tenant=acme", "", 0);
    CHECK(strstr(text, "\"suppressed\":true") && strstr(text, "\"stream_scope\":\"news\""), "got %s", text);
    free(text);
    CASE("each category says whose problem it is, what it means, what to do first");
    text = ask(port, "GET", "/v1/categories", "", 0);
    for (uint32_t i = 0; i < FF_CATEGORY_COUNT; i++) {
        char member[128];
        const struct ff_category_info *info = ff_category_info(i);
        if (!info)
            continue;
        snprintf(member, sizeof(member), "{\"category\":\"%s\",\"responsible\":\"%s\",", info->name,
                 ff_responsible_name(info->responsible));
        CHECK(strstr(text, member) && strstr(text, info->meaning) && strstr(text, info->advice), "lacks %s", member);
    }
    free(text);
}

/* `ingest` has no addresses, and a page all the same. */
static void test_without_addresses(void)
{
    static const struct {
        const char *target, *want;
    } rows[] = {{"/", "HTTP/1.1 200 "}, {"/v1/categories", "HTTP/1.1 200 "}, {"/v1/explain?address=a@example.com", "HTTP/1.1 404 "},
                {"/v1/check?address=a@example.com", "HTTP/1.1 404 "}};
    char msg[256];
    struct ff_api *api = NULL;
    struct ff_api_options opts = {.listen = "127.0.0.1:0"};
    CHECK_INT(ff_api_start(&opts, &api, msg, sizeof(msg)), FF_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CASE(rows[i].target);
        char *text = ask(ff_api_port(api), "GET", rows[i].target, "", 0);
        CHECK(strncmp(text, rows[i].want, 13) == 0, "got %.60s", text);
        free(text);
    }
    ff_api_stop(api);
}

static void test_start(struct ff_suppressor *s)
{
    static const char *const wrong[] = {"", "8080", "localhost:80", "127.0.0.1:", "127.0.0.1:99999", "::1:8080", "[::1:80"};
    char msg[256], taken[64];
    struct ff_api *api = NULL;
    struct ff_api_options opts = {.suppressor = s};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CASE(wrong[i]);
        opts.listen = wrong[i];
        CHECK_INT(ff_api_start(&opts, &api, msg, sizeof(msg)), FF_ERR_CONFIG);
    }
    CASE("a port in use is said to be so");
    snprintf(taken, sizeof(taken), "127.0.0.1:%u", port);
    opts.listen = taken;
    CHECK_INT(ff_api_start(&opts, &api, msg, sizeof(msg)), FF_ERR_UNAVAILABLE);
    CHECK(strstr(msg, taken) != NULL, "%s", msg);
}

int main(void)
{
    char dir[512], msg[256] = "";
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    struct fixture_event gone = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 1};
    struct fixture_event tag = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 2, .to = "tag+news@example.com"};
    struct ff_command add = {.verb = FF_VERB_ADD, .time_us = FIXTURE_EPOCH_US, .tenant_id = FF_SLICE("acme"),
                             .stream_scope = FF_SLICE("news"), .address = FF_SLICE("some@example.com")};
    if (fixture_feed(s, &gone, -1) || fixture_feed(s, &tag, -1) || ff_suppressor_command(s, &add, -1))
        return 1;
    fixture_commit(s);
    struct ff_api *api = NULL;
    struct ff_api_options opts = {.listen = "127.0.0.1:0", .suppressor = s, .ready = is_ready, .metrics = put_metric};
    if (ff_api_start(&opts, &api, msg, sizeof(msg)) != FF_OK) {
        printf("%s\n", msg);
        return 1;
    }
    port = ff_api_port(api);
    for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++)
        try_exchange(&exchanges[i]);
    test_allow();
    test_limits();
    test_health(s);
    test_whole(s);
    test_explain();
    test_without_addresses();
    test_start(s);
    ff_api_stop(api);
    ff_suppressor_close(s);
    fixture_remove(dir);
    return test_end();
}
