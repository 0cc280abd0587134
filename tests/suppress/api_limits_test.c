/* api_limits_test.c: the HTTP interface and those who mean ill or are many: where requests end, how long they
 * may take, how much is held for them, and that those who ask for one address do not wait for those who ask for
 * thousands.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#include "suppress/http/api.h"
#include "tests/suppress/api_client.h"
#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define PER_CLIENT 512
#define LINES 100000
#define LINE_BYTES 120

static unsigned port;

/* The status of an answer; 0: none. */
static unsigned status_of(const char *answers)
{
    unsigned status = 0;
    return sscanf(answers, "HTTP/1.1 %u ", &status) == 1 ? status : 0;
}

static unsigned ask_status(const char *method, const char *target, const char *body)
{
    char *text = ask(port, method, target, body, strlen(body));
    unsigned status = status_of(text);
    free(text);
    return status;
}

/* ---- where a request ends -------------------------------------------------------------------------------------- */

struct framing {
    const char *name, *request;
    unsigned status;
};

#define NUL "\x02" /* goes out as the byte 0, which would end the string */

#define NEXT "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n" /* smuggled in: must not be answered */
#define BYE "Connection: close\r\n\r\n"

static const struct framing framings[] = {
    {"of two lengths neither holds", "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 32\r\n\r\n" NEXT, 400},
    {"two equal lengths are refused, too", "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n" NEXT, 400},
    {"a length beside chunks", "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT,
     400},
    {"a coding that is not known", "POST /v1/check HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" NEXT, 400},
    {"two codings", "POST /v1/check HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT, 400},
    {"chunks in HTTP/1.0, which has none", "POST /v1/check HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT, 400},
    {"a blank before the colon", "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length : 32\r\n\r\n" NEXT, 400},
    {"a field that begins with a blank", "GET /livez HTTP/1.1\r\n Host: t\r\nHost: t\r\n\r\n" NEXT, 400},
    {"HTTP/1.1 without a host", "GET /livez HTTP/1.1\r\n\r\n" NEXT, 400},
    {"two hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" NEXT, 400},
    {"a host that is none", "GET /livez HTTP/1.1\r\nHost: a/b c\r\n\r\n" NEXT, 400},
    {"a blank in the target", "GET /livez HTTP/1.1 HTTP/1.1\r\nHost: t\r\n\r\n" NEXT, 400},
    {"a control byte in the target", "GET /livez?\x01 HTTP/1.1\r\nHost: t\r\n\r\n" NEXT, 400},
    {"an address with a blank that nobody encoded", "GET /v1/check?address=a b@example.com HTTP/1.1\r\nHost: t\r\n\r\n" NEXT, 400},
    {"a blank behind the target", "GET /v1/check?address=a@example.com  HTTP/1.1\r\nHost: t\r\n\r\n" NEXT, 400},
    {"a NUL in the target, which is not its end", "GET /v1/check?address=a@example.com" NUL ".org HTTP/1.1\r\nHost: t\r\n\r\n" NEXT, 400},
    {"a NUL in the path", "GET /livez" NUL "/no HTTP/1.1\r\nHost: t\r\n\r\n" NEXT, 400},
    {"a CR alone in a field, which others take for the end of it", "POST /v1/check HTTP/1.1\r\nHost: t\r\nX: a\rContent-Length: 32\r\n\r\n" NEXT, 400},
    {"a control byte in a field", "GET /livez HTTP/1.1\r\nHost: t\r\nX: a\x0b\r\n\r\n" NEXT, 400},
    {"a tab in a field is none", "GET /livez HTTP/1.1\r\nHost: t\r\nX: a\tb\r\n" BYE, 200},
    {"hosts have ports, or are numbers", "GET /livez HTTP/1.1\r\nHost: [::1]:8080 \r\n" BYE, 200},
    {"an empty host is one", "GET /livez HTTP/1.1\r\nHost:\r\n" BYE, 200},
    {"HTTP/1.0 needs no host", "GET /livez HTTP/1.0\r\n\r\n", 200},
    {"chunks alone", "POST /v1/check HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n", 200},
    {"a proxy may send the whole URI", "GET http://checks.example:8080/livez HTTP/1.1\r\nHost: t\r\n" BYE, 200},
    {"with a query, too", "GET HTTPS://checks.example/v1/check?address=a@example.com HTTP/1.1\r\nHost: t\r\n" BYE, 200},
    {"a URI without a path is /, the page", "GET http://livez HTTP/1.1\r\nHost: t\r\n" BYE, 200},
};

static void try_framing(const struct framing *f)
{
    char request[1024];
    size_t len = strlen(f->request);
    for (size_t i = 0; i < len && i < sizeof(request); i++)
        request[i] = f->request[i] == NUL[0] ? (char)0 : f->request[i];
    int fd = dial(port);
    send_all(fd, request, len);
    char *text = receive_all(fd);
    unsigned answers = 0;
    CASE(f->name);
    for (const char *p = text; (p = strstr(p, "HTTP/1.1 ")) != NULL; p++)
        answers++;
    CHECK_INT(status_of(text), f->status);
    CHECK(answers == 1, "%u answers: %s", answers, text);
    CHECK(f->status < 400 || strstr(text, "application/problem+json"), "%s", text);
    free(text);
}

/* ---- many lines ------------------------------------------------------------------------------------------------ */

/* A sum over the results in /metrics. */
static unsigned long checks_counted(void)
{
    unsigned long sum = 0, one;
    char *text = ask(port, "GET", "/metrics", "", 0);
    for (const char *p = text; (p = strstr(p, "\nfivefifty_http_checks_total{")) != NULL; p++)
        if (sscanf(p, "\nfivefifty_http_checks_total{result=\"%*[a-z]\"} %lu", &one) == 1)
            sum += one;
    free(text);
    return sum;
}

static char *many_lines(size_t *ret_len)
{
    char *text = (char *)malloc((size_t)LINES * (LINE_BYTES + 1) + 1), *p = text;
    if (!text)
        exit(1);
    for (unsigned i = 0; i < LINES; i++)
        p += sprintf(p, "{\"address\":\"%06u@%s.example.com\",\"stream\":\"%s\"}\n", i,
                     "a-name-that-is-rather-long-so-that-no-buffer-holds-all-answers", "newsletters");
    *ret_len = (size_t)(p - text);
    return text;
}

/* Takes the chunks of an answer apart, in place; NULL: they are none. */
static char *unchunk(char *text)
{
    char *from = strstr(text, "\r\n\r\n"), *to = text;
    if (!from || !strstr(text, "Transfer-Encoding: chunked\r\n"))
        return NULL;
    for (from += 4;;) {
        size_t n = strtoul(from, &from, 16);
        if (strncmp(from, "\r\n", 2) != 0)
            return NULL;
        if (!n)
            break;
        memmove(to, from + 2, n);
        to += n;
        from += 2 + n + 2;
    }
    *to = 0;
    return text;
}

static void judge_lines(char *text)
{
    const char *p = unchunk(text);
    unsigned lines = 0, wrong = 0;
    for (; p && *p; lines++) {
        const char *end = strchr(p, '\n');
        wrong += !end || strncmp(p, "{\"address\":\"", 12) != 0 || strtoul(p + 12, NULL, 10) != lines ||
                 strncmp(end - 19, "\"suppressed\":false}\n", 20) != 0;
        p = end ? end + 1 : NULL;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(lines, LINES);
}

static void test_many(void)
{
    enum { BULKS = 4 }; /* more than there are threads */
    int fd[BULKS];
    char head[128], first;
    size_t len;
    char *body = many_lines(&len);
    unsigned long before = checks_counted();
    int n = snprintf(head, sizeof(head), "POST /v1/check HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", len);
    for (unsigned i = 0; i < BULKS; i++) {
        fd[i] = dial_from(port, INADDR_LOOPBACK, 1 << 16);
        send_all(fd[i], head, (size_t)n);
        send_all(fd[i], body, len);
    }
    CASE("an answer to many lines begins before all are checked, so checks of one address need not wait for it");
    for (unsigned i = 0; i < BULKS; i++)
        CHECK_INT(recv(fd[i], &first, 1, MSG_PEEK), 1);
    CHECK_INT(ask_status("GET", "/v1/check?address=a@example.com", ""), 200);
    CHECK(checks_counted() - before < (unsigned long)BULKS * LINES, "all are checked, and nobody read an answer");
    CASE("and is whole and in order");
    char *text = receive_all(fd[0]);
    judge_lines(text);
    free(text);
    for (unsigned i = 1; i < BULKS; i++)
        close(fd[i]);
    free(body);
    CASE("HTTP/1.0 knows no chunks: such an answer ends with the connection");
    static char old[8192] = "POST /v1/check HTTP/1.0\r\nContent-Length: 5000\r\n\r\n";
    for (size_t i = strlen(old), end = i + 5000; i < end; i++)
        old[i] = '\n';
    text = say(port, old);
    const char *p = strstr(text, "\r\n\r\n");
    unsigned lines = 0;
    CHECK(p && !strstr(text, "chunked"), "%.300s", text);
    for (p = p ? p + 4 : ""; strncmp(p, "{\"error\":\"the line is not JSON\"}\n", 33) == 0; p += 33)
        lines++;
    CHECK(lines == 5000 && !*p, "%u lines, then %.60s", lines, p);
    free(text);
}

/* ---- how much is held ------------------------------------------------------------------------------------------ */

static bool becomes(const char *body, unsigned wanted)
{
    struct patience p = patience();
    do
        if (ask_status("POST", "/v1/check", body) == wanted)
            return true;
    while (patience_lasts(&p));
    return false;
}

static void test_bodies(void)
{
    enum { HELD = 8 }; /* of 16 MiB: all there is */
    static const char head[] = "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 16777216\r\n\r\n";
    size_t len = (16u << 20) - 1;
    char *part = (char *)malloc(len);
    int fd[HELD];
    if (!part)
        exit(1);
    memset(part, ' ', len);
    for (unsigned i = 0; i < HELD; i++) {
        fd[i] = dial(port);
        send_all(fd[i], head, strlen(head));
        send_all(fd[i], part, len);
    }
    free(part);
    CASE("when bodies that are not sent to their ends fill 128 MiB, one more is refused");
    CHECK(becomes("{}\n", 503), "it never was");
    char *text = ask(port, "POST", "/v1/check", "{}\n", 3);
    CHECK(strstr(text, "application/problem+json") && strstr(text, "Retry-After: "), "%s", text);
    free(text);
    CASE("checks of one address go on meanwhile");
    CHECK_INT(ask_status("GET", "/v1/check?address=a@example.com", ""), 200);
    for (unsigned i = 0; i < HELD; i++)
        close(fd[i]);
    CASE("when they are gone there is room again");
    CHECK(becomes("{}\n", 200), "there never was");
}

/* What the operator was told; the interface's threads do it. */
static pthread_mutex_t told_mutex = PTHREAD_MUTEX_INITIALIZER;
static char told[1 << 16];

static void on_say(void *ctx, const char *text)
{
    (void)ctx;
    pthread_mutex_lock(&told_mutex);
    size_t len = strlen(told);
    snprintf(told + len, sizeof(told) - len, "%s\n", text);
    pthread_mutex_unlock(&told_mutex);
}

static bool was_told(const char *words)
{
    pthread_mutex_lock(&told_mutex);
    bool found = strstr(told, words) != NULL;
    pthread_mutex_unlock(&told_mutex);
    return found;
}

/* They do it behind what a client sees. */
static bool becomes_told(const char *words)
{
    struct patience p = patience();
    while (!was_told(words) && patience_lasts(&p))
        ;
    return was_told(words);
}

/* Of a scrape, from an address that holds few. */
static unsigned long metric(const char *name)
{
    static const char scrape[] = "GET /metrics HTTP/1.1\r\nHost: t\r\n" BYE;
    int fd = dial_from(port, INADDR_LOOPBACK + 1, 0);
    send_all(fd, scrape, strlen(scrape));
    char *text = receive_all(fd), *at = strstr(text, name);
    unsigned long value = at ? strtoul(at + strlen(name), NULL, 10) : 0;
    free(text);
    return value;
}

/* The header of a request goes on: what says nothing for FF_API_IDLE_S is closed, however slow the machine is. */
static void keep(const struct pollfd *fds)
{
    for (unsigned i = 0; i < PER_CLIENT; i++)
        send_all(fds[i].fd, "G", 1);
}

/* Until so many of them are closed by the server; those that a client may have are kept meanwhile. */
static unsigned closed_of(struct pollfd *fds, unsigned count, unsigned wanted)
{
    struct patience p = patience();
    unsigned closed = 0, tries = 0;
    do {
        if (tries++ % 100 == 0)
            keep(fds);
        poll(fds, count, 0);
        closed = 0;
        for (unsigned i = 0; i < count; i++)
            closed += fds[i].revents != 0;
    } while (closed < wanted && patience_lasts(&p));
    return closed;
}

/* A client that holds all it may have, and asks on one more. */
static void test_spare(void)
{
    const struct {
        const char *sentence, *request, *want;
        unsigned status;
    } rows[] = {
        {"health is answered on one more, and that is its end", NEXT, "Connection: close", 200},
        {"metrics, too", "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n", "http_connections_refused_total", 200},
        {"a check is not, and says why", "GET /v1/check?address=a@example.com HTTP/1.1\r\nHost: t\r\n\r\n", "more than 512 connections", 503},
        {"nor are many", "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\n{}\n", "Retry-After: ", 503},
    };
    unsigned long before = metric("\nfivefifty_http_connections_refused_total ");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = say(port, rows[i].request);
        CASE(rows[i].sentence);
        CHECK(status_of(text) == rows[i].status && strstr(text, rows[i].want) && strstr(text, "Connection: close"), "got %.600s", text);
        free(text);
    }
    CASE("of these the checks count as refused, and all that are held as open");
    CHECK_INT(metric("\nfivefifty_http_connections_refused_total ") - before, 2);
    unsigned long open = metric("\nfivefifty_http_connections_open ");
    CHECK(open > PER_CLIENT && open <= PER_CLIENT + 8, "%lu", open);
}

static void test_clients(void)
{
    enum { SPARE = 16, MORE = 8, ALL = PER_CLIENT + SPARE + MORE };
    struct pollfd fds[ALL];
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        exit(1);
    files.rlim_cur = files.rlim_max; /* both ends of all of them are in this process */
    if (setrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < 5 * PER_CLIENT) {
        printf("too few files can be open: connections are not counted\n");
        return;
    }
    for (unsigned i = 0; i < ALL; i++)
        fds[i] = (struct pollfd){.fd = dial(port), .events = POLLIN};
    CASE("of the connections of one client those over 512, and some for probes, are closed");
    unsigned closed = closed_of(fds, ALL, MORE);
    CHECK(closed >= MORE && closed < PER_CLIENT / 2, "%u are", closed); /* those of earlier cases may still count */
    CASE("the operator is told who it is");
    CHECK(becomes_told("HTTP: 127.0.0.1 has 529 connections, more than the 512 an address may have; 1 refused"), "%s", told);
    CASE("those for probes are, when nothing is asked on them");
    closed = closed_of(fds, ALL, SPARE + MORE);
    CHECK(closed >= SPARE + MORE && closed < PER_CLIENT / 2, "%u are", closed);
    keep(fds);
    test_spare();
    CASE("others are answered");
    int fd = dial_from(port, INADDR_LOOPBACK + 1, 0);
    static const char live[] = "GET /livez HTTP/1.1\r\nHost: t\r\n" BYE;
    send_all(fd, live, strlen(live));
    char *text = receive_all(fd);
    CHECK_INT(status_of(text), 200);
    free(text);
    CASE("when no more are accepted the operator is told");
    int others[PER_CLIENT];
    for (unsigned i = 0; i < PER_CLIENT; i++)
        others[i] = dial_from(port, INADDR_LOOPBACK + 2, 0);
    keep(fds);
    CHECK(becomes_told("HTTP: all 1024 connections are taken; more wait until one ends\n"), "%s", told);
    for (unsigned i = 0; i < PER_CLIENT; i++)
        close(others[i]);
    for (unsigned i = 0; i < ALL; i++)
        close(fds[i].fd);
    CASE("the client is answered again when it holds fewer");
    CHECK(becomes("{}\n", 200), "it never is");
}

/* ---- how long it may take -------------------------------------------------------------------------------------- */

struct slow {
    const char *name, *begin;
    int fd;
    bool cut;
};

/* Whether the server has hung up although bytes come. */
static bool cut_off(struct slow *c)
{
    char byte;
    if (c->cut)
        return true;
    send_all(c->fd, "x", 1);
    ssize_t n = recv(c->fd, &byte, 1, MSG_DONTWAIT);
    return c->cut = n == 0 || (n < 0 && errno != EAGAIN);
}

/* The deadline is for them, and the good request at the end must not meet it: a long one, so all wait for it at
 * once. */
static void test_slow(struct ff_suppressor *s)
{
    char msg[256];
    struct ff_api *api = NULL;
    struct ff_api_options opts = {.listen = "127.0.0.1:0", .suppressor = s, .deadline_s = (unsigned)(patience_s() / 30)};
    struct slow clients[] = {
        {.name = "a header that never ends is cut off, however many bytes come", .begin = "GET /livez HTTP/1.1\r\nHost: "},
        {.name = "a request line that never ends, too", .begin = "GET /"},
        {.name = "and a body", .begin = "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n"},
    };
    enum { CLIENTS = sizeof(clients) / sizeof(clients[0]) };
    CHECK_INT(ff_api_start(&opts, &api, msg, sizeof(msg)), FF_OK);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i].fd = dial(ff_api_port(api));
        send_all(clients[i].fd, clients[i].begin, strlen(clients[i].begin));
    }
    struct patience p = patience();
    unsigned cut = 0;
    do {
        cut = 0;
        for (size_t i = 0; i < CLIENTS; i++)
            cut += cut_off(&clients[i]);
    } while (cut < CLIENTS && patience_lasts(&p));
    for (size_t i = 0; i < CLIENTS; i++) {
        CASE(clients[i].name);
        CHECK(clients[i].cut, "it is not");
        close(clients[i].fd);
    }
    CASE("a connection that was cut off does no harm to the next");
    char *text = ask(ff_api_port(api), "GET", "/livez", "", 0);
    CHECK_INT(status_of(text), 200);
    free(text);
    ff_api_stop(api);
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* Whether the server has hung up. */
static bool hung_up(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void test_stop(struct ff_suppressor *s)
{
    enum { ALL = 2 * PER_CLIENT, MORE = 50 };
    char msg[256];
    int fds[ALL + MORE];
    struct rlimit files;
    struct ff_api *api = NULL;
    struct ff_api_options opts = {.listen = "127.0.0.1:0", .suppressor = s, .say = on_say};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < 5 * PER_CLIENT)
        return; /* test_clients() says so */
    CASE("a server all of whose connections are taken stops before the first of them has been silent for too long");
    CHECK_INT(ff_api_start(&opts, &api, msg, sizeof(msg)), FF_OK);
    pthread_mutex_lock(&told_mutex);
    told[0] = 0;
    pthread_mutex_unlock(&told_mutex);
    int older = dial(port); /* of another server: silent for longer than all below */
    for (unsigned i = 0; i < ALL + MORE; i++)
        fds[i] = dial_from(ff_api_port(api), INADDR_LOOPBACK + 1 + i % 4, 0);
    CHECK(becomes_told("HTTP: all 1024 connections are taken"), "%s", told);
    ff_api_stop(api);
    CHECK(!hung_up(older), "it waited for that");
    for (unsigned i = 0; i < ALL + MORE; i++)
        close(fds[i]);
    close(older);
}

int main(void)
{
    char dir[512], msg[256] = "";
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    struct ff_api *api = NULL;
    /* whoever is slow here is so because the machine is */
    struct ff_api_options opts = {.listen = "127.0.0.1:0", .suppressor = s, .deadline_s = (unsigned)patience_s(), .say = on_say};
    if (ff_api_start(&opts, &api, msg, sizeof(msg)) != FF_OK) {
        printf("%s\n", msg);
        return 1;
    }
    port = ff_api_port(api);
    for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
        try_framing(&framings[i]);
    test_many();
    test_bodies();
    test_clients();
    test_slow(s);
    test_stop(s);
    ff_api_stop(api);
    ff_suppressor_close(s);
    fixture_remove(dir);
    return test_end();
}
