/* gen_plan.c: see gen_plan.h.
 *
 * An event is planned without those before it (gen_world.h). The exceptions are small rings of recent messages: a
 * greylisted message is delivered later, a deferred one expires, a line is logged twice.
 */
#include "ingest/generate/gen_plan.h"

#include <stdlib.h>

#define RING 64
/* They failed for hours already: a first attempt is held against nobody (docs/suppression.md). */
#define SPECIAL_ATTEMPT 6
#define SPECIAL_WAITED_US (6 * INT64_C(3600) * 1000000)
#define SPECIAL_EVENTS 8 /* per special address */

/* The latest RING messages of a kind; the newest is taken first. */
struct ring {
    struct gen_event ev[RING];
    size_t head, count;
};

struct gen_plan {
    struct gen_options o;
    uint64_t next, specials, special_done;
    int64_t step_us;
    struct ring recent, waiting, stuck;
    uint8_t *hard; /* two bits per address: a hard bounce was logged for its first, its second tenant */
};

static const struct gen_reply *reply_for(enum gen_meaning meaning, enum gen_host host, uint64_t draw)
{
    /* what this receiver says itself, and what anybody may say */
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t k = 0;
        for (size_t i = 0; i < gen_reply_count; i++) {
            const struct gen_reply *r = &gen_replies[i];
            if (r->meaning == meaning && (r->host == host || r->host == GEN_HOST_ANY)) {
                if (pass == 1 && k == draw % n)
                    return r;
                k++;
            }
        }
        n = k;
        if (n == 0)
            break;
    }
    return NULL;
}

struct gen_plan *gen_plan_new(const struct gen_options *opts)
{
    struct gen_plan *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->o = *opts;
    p->step_us = GEN_DAY_US * opts->days / (int64_t)opts->events;
    if (p->step_us < 1)
        p->step_us = 1;
    p->specials = opts->events / 400 < opts->addresses / 100 + 2 ? opts->events / 400 : opts->addresses / 100 + 2;
    p->hard = calloc(opts->addresses / 4 + 1, 1);
    if (!p->hard) {
        free(p);
        return NULL;
    }
    return p;
}

void gen_plan_free(struct gen_plan *plan)
{
    if (plan)
        free(plan->hard);
    free(plan);
}

const struct gen_options *gen_plan_options(const struct gen_plan *plan)
{
    return &plan->o;
}

/* Special address k, event number j of SPECIAL_EVENTS * specials, is due when its share of all events has passed. */
static bool special_due(const struct gen_plan *p, uint64_t index)
{
    if (p->special_done >= p->specials * SPECIAL_EVENTS)
        return false;
    return index >= (2 * p->special_done + 1) * p->o.events / (2 * p->specials * SPECIAL_EVENTS);
}

static bool special_blocks(const struct gen_plan *p, uint64_t address)
{
    return (address - p->o.addresses) % 2 == 1;
}

static void plan_special(struct gen_plan *p, struct gen_event *ev)
{
    ev->address = p->o.addresses + p->special_done++ % p->specials;
    ev->tenant = gen_tenant_of(&p->o, ev->address, false);
    ev->receiver = gen_receiver_of(&p->o, ev->address);
    bool blocks = special_blocks(p, ev->address);
    ev->stream = blocks ? (uint32_t)(ev->address % GEN_STREAMS) : ev->stream;
    ev->reply = reply_for(blocks ? GEN_BLOCKED_BY_USER : GEN_FULL, ev->receiver->host, ev->noise);
    ev->attempt = SPECIAL_ATTEMPT;
    ev->queued_us -= SPECIAL_WAITED_US;
}

static void remember(struct ring *ring, const struct gen_event *ev)
{
    ring->ev[(ring->head + ring->count) % RING] = *ev;
    if (ring->count < RING)
        ring->count++;
    else
        ring->head++;
}

/* A later attempt at a message of the ring; false when it is empty. */
static bool plan_again(struct ring *ring, struct gen_event *ev, enum gen_meaning meaning)
{
    if (ring->count == 0)
        return false;
    int64_t time_us = ev->time_us;
    uint64_t noise = ev->noise;
    *ev = ring->ev[(ring->head + --ring->count) % RING];
    ev->time_us = time_us;
    ev->noise = noise;
    ev->attempt++;
    ev->reply = reply_for(meaning, ev->receiver->host, noise);
    return true;
}

/* The three incidents, by time of the whole run: one sending IP listed, one tenant's DMARC broken, one IP blocked for
 * harvesting. The addresses are healthy all the while. */
static enum gen_meaning incident(const struct gen_plan *p, const struct gen_event *ev)
{
    int64_t part = (ev->time_us - p->o.start_us) * 100 / (GEN_DAY_US * p->o.days);
    if (part >= 20 && part < 24 && ev->sender_ip % 4 == 1)
        return GEN_LISTED;
    if (part >= 45 && part < 50 && ev->tenant == (uint32_t)(p->o.seed % GEN_TENANTS))
        return GEN_DMARC;
    if (part >= 70 && part < 72 && ev->sender_ip % 4 == 2)
        return GEN_HARVEST;
    return GEN_DELIVERED;
}

static enum gen_meaning outcome(struct gen_plan *p, struct gen_event *ev, uint64_t draw)
{
    uint64_t r = draw % 1000;
    switch (gen_fate_of(&p->o, ev->address)) {
    case GEN_FATE_DEAD:
        return r < 80 ? GEN_DEAD_4XX : GEN_DEAD;
    case GEN_FATE_INACTIVE:
        return GEN_INACTIVE;
    case GEN_FATE_SYNTAX:
        return GEN_SYNTAX;
    case GEN_FATE_TIGHT:
        if (gen_on_its_day(&p->o, ev->address, ev->time_us, 2))
            return GEN_FULL;
        break;
    case GEN_FATE_ODD:
        if (gen_on_its_day(&p->o, ev->address, ev->time_us, 1))
            return GEN_ODD;
        break;
    case GEN_FATE_ALIVE:
        break;
    }
    enum gen_meaning m = incident(p, ev);
    if (m != GEN_DELIVERED)
        return m;
    if (r < 12)
        return GEN_GREYLIST;
    if (r < 24)
        return GEN_BUSY;
    if (r < 32)
        return GEN_LOCAL;
    if (r < 46)
        return GEN_BLOCK;
    if (r < 49)
        return GEN_OOB;
    if (r < 52)
        return GEN_COMPLAINT;
    if (r < 53)
        return GEN_ADMIN;
    if (r < 58)
        return GEN_EXPIRED;
    return GEN_DELIVERED;
}

static void plan_usual(struct gen_plan *p, struct gen_event *ev, uint64_t index)
{
    ev->address = gen_chance(&p->o, GEN_DRAW_PICK, index) % p->o.addresses;
    ev->tenant = gen_tenant_of(&p->o, ev->address, (ev->noise >> 20) % 4 == 0);
    ev->receiver = gen_receiver_of(&p->o, ev->address);
    enum gen_meaning m = outcome(p, ev, gen_chance(&p->o, GEN_DRAW_OUTCOME, index));
    if (m == GEN_EXPIRED && plan_again(&p->stuck, ev, GEN_EXPIRED))
        return;
    if (m == GEN_EXPIRED)
        m = GEN_LOCAL;
    if (m == GEN_DELIVERED && (ev->noise >> 8) % 8 == 0 && plan_again(&p->waiting, ev, GEN_DELIVERED))
        return;
    ev->reply = reply_for(m, ev->receiver->host, gen_chance(&p->o, GEN_DRAW_REPLY, index));
    if (!ev->reply) /* this receiver never says such a thing */
        ev->reply = reply_for(m == GEN_DEAD_4XX ? GEN_DEAD : GEN_DELIVERED, ev->receiver->host, ev->noise);
}

static void note(struct gen_plan *p, const struct gen_event *ev)
{
    enum gen_meaning m = ev->reply->meaning;
    if (m == GEN_GREYLIST)
        remember(&p->waiting, ev);
    if (m == GEN_LOCAL)
        remember(&p->stuck, ev);
    if (ev->address < p->o.addresses && (m == GEN_DEAD || m == GEN_INACTIVE || m == GEN_SYNTAX)) {
        unsigned second = ev->tenant != gen_tenant_of(&p->o, ev->address, false);
        p->hard[ev->address / 4] |= (uint8_t)(1u << (2 * (ev->address % 4) + second));
    }
}

bool gen_plan_next(struct gen_plan *p, struct gen_event *ret)
{
    if (p->next >= p->o.events)
        return false;
    uint64_t i = p->next++;
    uint64_t d = gen_chance(&p->o, GEN_DRAW_DUPLICATE, i);
    const struct gen_event *old = &p->recent.ev[(d >> 8) % RING];
    /* an expiry twice is not believable: the message is gone, and a Postfix log names no recipient in that line */
    if (d % 100 == 0 && p->recent.count == RING && old->reply->meaning != GEN_EXPIRED) {
        *ret = *old;
        return true;
    }
    struct gen_event ev = {.message = i, .attempt = 1, .noise = gen_chance(&p->o, GEN_DRAW_NOISE, i)};
    int64_t jitter = (int64_t)(gen_chance(&p->o, GEN_DRAW_TIME, i) % (uint64_t)p->step_us);
    ev.time_us = p->o.start_us + (int64_t)i * p->step_us + jitter;
    ev.queued_us = ev.time_us - (int64_t)(300000 + gen_chance(&p->o, GEN_DRAW_QUEUED, i) % 4000000);
    ev.stream = (uint32_t)((ev.noise >> 12) % GEN_STREAMS);
    ev.campaign = (uint32_t)((ev.noise >> 24) % 40);
    ev.sender_ip = 10 + (uint32_t)((ev.noise >> 32) % 24);
    ev.upper = gen_chance(&p->o, GEN_DRAW_UPPER, i) % 16 == 0;
    if (special_due(p, i))
        plan_special(p, &ev);
    else
        plan_usual(p, &ev, i);
    note(p, &ev);
    remember(&p->recent, &ev);
    *ret = ev;
    return true;
}

void gen_truth(const struct gen_plan *p, bool with_tenants,
               void (*each)(void *ctx, const char *tenant, const char *scope, const char *address), void *ctx)
{
    char address[128];
    for (uint64_t a = 0; a < p->o.addresses; a++) {
        unsigned bits = ((unsigned)p->hard[a / 4] >> (2 * (a % 4))) & 3u;
        if (!bits)
            continue;
        gen_address(&p->o, a, false, address);
        if (!with_tenants) {
            each(ctx, "default", "*", address);
            continue;
        }
        for (unsigned second = 0; second < 2; second++) {
            if (bits & (1u << second))
                each(ctx, gen_tenant_name(gen_tenant_of(&p->o, a, second)), "*", address);
        }
    }
    uint64_t whole = p->special_done / SPECIAL_EVENTS == p->specials ? p->specials : 0;
    for (uint64_t a = p->o.addresses; a < p->o.addresses + whole; a++) {
        gen_address(&p->o, a, false, address);
        const char *scope = special_blocks(p, a) ? gen_stream_name((uint32_t)(a % GEN_STREAMS)) : "*";
        each(ctx, with_tenants ? gen_tenant_name(gen_tenant_of(&p->o, a, false)) : "default",
             with_tenants ? scope : "*", address);
    }
}
