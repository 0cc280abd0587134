/* connections.c: who holds how many connections, and a deadline for everything that happens on one.
 *
 * The library can limit the connections of an address, too, but tells nobody when it closes one: a pool that leaks
 * looked like a server that hangs up now and then, and a probe of the same host failed with it. So we count: beyond
 * the limit some connections are spare ones, on which health and metrics are answered and checks are not.
 *
 * The library's timeout begins anew with each byte, so whoever sends one every few seconds holds a connection for
 * ever, and some hundreds of those are all there are. Here the time runs from one turn to the next: until a header is
 * read whole, a body is, an answer is taken. A thread looks once a second and shuts down what is overdue; the library
 * then sees its end.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "suppress/http/api_int.h"

#define NOTICE_S 30
#define NOTICE_MAX 256

/* One IP address, while it holds a connection. Few have many: a list is short. */
struct client {
    struct client *next;
    uint8_t address[16];
    size_t len;
    unsigned held;
};

struct ff_api_connection {
    struct ff_api_connection *prev, *next;
    struct client *client;
    int fd;
    bool spare, refused;
    int64_t deadline_s;
    _Atomic int64_t since_s;
};

/* What is told at most every NOTICE_S. */
enum notice { CLIENT_FULL, ALL_FULL, NOTICES };

struct ff_api_connections {
    pthread_t thread;
    pthread_mutex_t mutex; /* of the lists; nobody closes a descriptor that is in one */
    pthread_cond_t changed;
    struct ff_api_connection *first;
    struct client *clients;
    unsigned max, open;
    uint64_t refused, refused_said; /* the second: when it was told last */
    int64_t said_s[NOTICES];        /* 0: never */
    int64_t deadline_s;
    void (*say)(void *ctx, const char *text);
    void *ctx;
    bool stopping;
};

static int64_t now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return ts.tv_sec;
}

/* Sleeps for good while there is no connection. */
static void *watch(void *arg)
{
    struct ff_api_connections *all = (struct ff_api_connections *)arg;
    pthread_mutex_lock(&all->mutex);
    while (!all->stopping) {
        struct timespec next;
        int64_t now = now_s();
        for (struct ff_api_connection *c = all->first; c; c = c->next)
            if (now - atomic_load_explicit(&c->since_s, memory_order_relaxed) >= c->deadline_s)
                shutdown(c->fd, SHUT_RDWR);
        clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec++;
        if (all->first)
            pthread_cond_timedwait(&all->changed, &all->mutex, &next);
        else
            pthread_cond_wait(&all->changed, &all->mutex);
    }
    pthread_mutex_unlock(&all->mutex);
    return NULL;
}

/* How many there may be, half of the files that may be open. */
static unsigned room_for(void)
{
    struct rlimit files;
    unsigned max = FF_API_CONNECTIONS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return max;
    if (files.rlim_cur < FF_API_OPEN_FILES && files.rlim_cur < files.rlim_max) {
        struct rlimit more = {files.rlim_max < FF_API_OPEN_FILES ? files.rlim_max : FF_API_OPEN_FILES, files.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            files = more;
    }
    if (files.rlim_cur / 2 < max)
        max = (unsigned)files.rlim_cur / 2;
    return max < 2 * FF_API_THREADS ? 2 * FF_API_THREADS : max;
}

static void tell_room(const struct ff_api_connections *all)
{
    char text[NOTICE_MAX];
    if (all->max == FF_API_CONNECTIONS_MAX || !all->say)
        return;
    snprintf(text, sizeof(text),
             "HTTP: %u connections at most instead of %u, since only twice as many files may be open (raise the hard "
             "limit: ulimit -Hn, LimitNOFILE)",
             all->max, FF_API_CONNECTIONS_MAX);
    all->say(all->ctx, text);
}

struct ff_api_connections *ff_api_connections_new(unsigned deadline_s, void (*say)(void *ctx, const char *text),
                                                  void *ctx)
{
    struct ff_api_connections *all = (struct ff_api_connections *)calloc(1, sizeof(*all));
    pthread_condattr_t monotonic;
    if (!all)
        return NULL;
    all->max = room_for();
    all->deadline_s = deadline_s;
    all->say = say;
    all->ctx = ctx;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&all->mutex, NULL);
    pthread_cond_init(&all->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&all->thread, NULL, watch, all) == 0) {
        tell_room(all);
        return all;
    }
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->mutex);
    free(all);
    return NULL;
}

void ff_api_connections_free(struct ff_api_connections *all)
{
    if (!all)
        return;
    pthread_mutex_lock(&all->mutex);
    all->stopping = true;
    pthread_cond_signal(&all->changed);
    pthread_mutex_unlock(&all->mutex);
    pthread_join(all->thread, NULL);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->mutex);
    free(all);
}

unsigned ff_api_connections_max(const struct ff_api_connections *all)
{
    return all->max;
}

unsigned ff_api_connections_per_client(const struct ff_api_connections *all)
{
    return all->max / 2;
}

/* ---- who holds how many ---------------------------------------------------------------------------------------- */

/* The bytes of an address; 0: of none that we know. */
static size_t address_of(const struct sockaddr *from, uint8_t ret[16])
{
    if (from && from->sa_family == AF_INET) {
        memcpy(ret, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
        return 4;
    }
    if (from && from->sa_family == AF_INET6) {
        memcpy(ret, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

static struct client *client_of(struct ff_api_connections *all, const struct sockaddr *from)
{
    uint8_t address[16];
    size_t len = address_of(from, address);
    struct client *k = all->clients;
    while (k && (k->len != len || memcmp(k->address, address, len) != 0))
        k = k->next;
    if (k)
        return k;
    k = (struct client *)calloc(1, sizeof(*k));
    if (!k)
        return NULL;
    memcpy(k->address, address, len);
    k->len = len;
    k->next = all->clients;
    return all->clients = k;
}

static void forget(struct ff_api_connections *all, struct client *gone)
{
    struct client **at = &all->clients;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    free(gone);
}

/* False: it was told not long ago. */
static bool due(struct ff_api_connections *all, enum notice n)
{
    int64_t now = now_s();
    if (!all->say || (all->said_s[n] && now - all->said_s[n] < NOTICE_S))
        return false;
    all->said_s[n] = now;
    return true;
}

/* With the mutex held; what is to be told without it, if anything, is in `text`. */
static void refuse(struct ff_api_connections *all, struct ff_api_connection *c, char text[NOTICE_MAX])
{
    char name[INET6_ADDRSTRLEN] = "a client";
    if (c->refused)
        return;
    c->refused = true;
    all->refused++;
    if (!due(all, CLIENT_FULL))
        return;
    if (c->client->len)
        (void)inet_ntop(c->client->len == 4 ? AF_INET : AF_INET6, c->client->address, name, sizeof(name));
    snprintf(text, NOTICE_MAX,
             "HTTP: %s has %u connections, more than the %u an address may have; %" PRIu64
             " refused since this was said last "
             "(does it leave them open?)",
             name, c->client->held, ff_api_connections_per_client(all), all->refused - all->refused_said);
    all->refused_said = all->refused;
}

static void tell(struct ff_api_connections *all, const char *text)
{
    if (text[0])
        all->say(all->ctx, text);
}

/* ---- from its first to its last byte --------------------------------------------------------------------------- */

static void enter(struct ff_api_connections *all, struct ff_api_connection *c)
{
    c->next = all->first;
    if (all->first)
        all->first->prev = c;
    else
        pthread_cond_signal(&all->changed);
    all->first = c;
    all->open++;
    c->client->held++;
    c->spare = c->client->held > ff_api_connections_per_client(all);
    c->deadline_s = c->spare && all->deadline_s > FF_API_SPARE_DEADLINE_S ? FF_API_SPARE_DEADLINE_S : all->deadline_s;
}

struct ff_api_connection *ff_api_connection_opened(struct ff_api_connections *all, int fd, const struct sockaddr *from)
{
    struct ff_api_connection *c = (struct ff_api_connection *)calloc(1, sizeof(*c));
    char text[NOTICE_MAX] = "";
    if (!c) {
        shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    c->fd = fd;
    ff_api_connection_turn(c);
    pthread_mutex_lock(&all->mutex);
    c->client = client_of(all, from);
    if (c->client)
        enter(all, c);
    if (c->client && c->client->held > ff_api_connections_per_client(all) + FF_API_SPARE_PER_CLIENT_MAX)
        refuse(all, c, text);
    else if (all->open >= all->max && due(all, ALL_FULL))
        snprintf(text, sizeof(text), "HTTP: all %u connections are taken; more wait until one ends",
                 all->max);
    pthread_mutex_unlock(&all->mutex);
    tell(all, text);
    if (!c->client || c->refused)
        shutdown(fd, SHUT_RDWR);
    if (c->client)
        return c;
    free(c);
    return NULL;
}

bool ff_api_connection_spare(const struct ff_api_connection *c)
{
    return c && c->spare;
}

void ff_api_connection_refuse(struct ff_api_connections *all, struct ff_api_connection *c)
{
    char text[NOTICE_MAX] = "";
    pthread_mutex_lock(&all->mutex);
    refuse(all, c, text);
    pthread_mutex_unlock(&all->mutex);
    tell(all, text);
}

void ff_api_connections_count(struct ff_api_connections *all, unsigned *ret_open, uint64_t *ret_refused)
{
    pthread_mutex_lock(&all->mutex);
    *ret_open = all->open;
    *ret_refused = all->refused;
    pthread_mutex_unlock(&all->mutex);
}

void ff_api_connection_turn(struct ff_api_connection *c)
{
    if (c)
        atomic_store_explicit(&c->since_s, now_s(), memory_order_relaxed);
}

void ff_api_connection_closed(struct ff_api_connections *all, struct ff_api_connection *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&all->mutex);
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        all->first = c->next;
    all->open--;
    if (--c->client->held == 0)
        forget(all, c->client);
    pthread_mutex_unlock(&all->mutex);
    free(c);
}
