/* connections.c: a deadline for everything that happens on a connection.
 *
 * The library's timeout begins anew with each byte, so whoever sends one every few seconds holds a connection for ever, and
 * some hundreds of those are all there are. Here the time runs from one turn to the next: until a header is read whole, a body
 * is, an answer is taken. A thread looks once a second and shuts down what is overdue; the library then sees its end.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "suppress/http/api_int.h"

struct ff_api_connection {
    struct ff_api_connection *prev, *next;
    int fd;
    _Atomic int64_t since_s;
};

struct ff_api_connections {
    pthread_t thread;
    pthread_mutex_t mutex; /* of the list; nobody closes a descriptor that is in it */
    pthread_cond_t changed;
    struct ff_api_connection *first;
    int64_t deadline_s;
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
            if (now - atomic_load_explicit(&c->since_s, memory_order_relaxed) >= all->deadline_s)
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

struct ff_api_connections *ff_api_connections_new(unsigned deadline_s)
{
    struct ff_api_connections *all = (struct ff_api_connections *)calloc(1, sizeof(*all));
    pthread_condattr_t monotonic;
    if (!all)
        return NULL;
    all->deadline_s = deadline_s;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&all->mutex, NULL);
    pthread_cond_init(&all->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&all->thread, NULL, watch, all) == 0)
        return all;
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

struct ff_api_connection *ff_api_connection_opened(struct ff_api_connections *all, int fd)
{
    struct ff_api_connection *c = (struct ff_api_connection *)calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->fd = fd;
    ff_api_connection_turn(c);
    pthread_mutex_lock(&all->mutex);
    c->next = all->first;
    if (all->first)
        all->first->prev = c;
    else
        pthread_cond_signal(&all->changed);
    all->first = c;
    pthread_mutex_unlock(&all->mutex);
    return c;
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
    pthread_mutex_unlock(&all->mutex);
    free(c);
}
