/* gen_plan.c: see gen_plan.h.
 *
 * Randomness is a hash of (seed, what, index), not a stream of numbers, so that each decision stands by itself: adding
 * one does not change all others, and an event can be planned without those before it. The exceptions are small rings of
 * recent messages: a greylisted message is delivered later, a deferred one expires, a line is logged twice.
 */
#include "ingest/generate/gen_plan.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_US INT64_C(86400000000)
#define RING 64
#define SPECIAL_EVENTS 8 /* per special address */

enum what { W_TIME = 1, W_PICK, W_ADDRESS, W_FATE, W_OUTCOME, W_REPLY, W_NOISE, W_TENANT, W_CAMPAIGN, W_DUPLICATE, W_NAME, W_DAY, W_UPPER, W_QUEUED };

enum fate { FATE_ALIVE, FATE_DEAD, FATE_INACTIVE, FATE_SYNTAX, FATE_TIGHT, FATE_ODD };

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

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t chance(const struct gen_plan *p, enum what what, uint64_t index)
{
    return mix(mix(p->o.seed * 64 + what) ^ index);
}

static const char *const tenants[GEN_TENANTS] = {"acme",    "papeterie", "nordlicht", "kiosk",   "tienda",  "orchard",
                                                 "verlag", "velo",      "bakehouse", "librairie", "campus", "gallery"};
static const char *const streams[GEN_STREAMS] = {"transactional", "marketing", "alerts"};
static const char *const sender_domains[GEN_TENANTS] = {
    "rp.acme.example",   "ret.papeterie.example", "b.nordlicht.example", "m.kiosk.example",  "rp.tienda.example",    "r.orchard.example",
    "rp.verlag.example", "b.velo.example",        "m.bakehouse.example", "b.librairie.example", "rp.campus.example", "m.gallery.example"};

const char *gen_tenant_name(uint32_t tenant)
{
    return tenants[tenant % GEN_TENANTS];
}

const char *gen_stream_name(uint32_t stream)
{
    return streams[stream % GEN_STREAMS];
}

/* One address in twenty is a customer of two tenants. */
static uint32_t tenant_of(const struct gen_plan *p, uint64_t address, bool second)
{
    uint64_t h = chance(p, W_TENANT, address);
    uint32_t first = (uint32_t)(h % GEN_TENANTS);
    if (second && (h >> 32) % 20 == 0)
        return (first + 1 + (uint32_t)((h >> 40) % (GEN_TENANTS - 1))) % GEN_TENANTS;
    return first;
}

static const struct gen_receiver *receiver_of(const struct gen_plan *p, uint64_t address)
{
    /* the smaller of two draws: the first receivers, the big mailbox providers, get more of the mail */
    uint64_t h = chance(p, W_ADDRESS, address);
    size_t a = (size_t)(h % gen_receiver_count), b = (size_t)((h >> 32) % gen_receiver_count);
    return &gen_receivers[a < b ? a : b];
}

static enum fate fate_of(const struct gen_plan *p, uint64_t address)
{
    uint64_t r = chance(p, W_FATE, address) % 1000;
    if (r < 30)
        return FATE_DEAD;
    if (r < 38)
        return FATE_INACTIVE;
    if (r < 40)
        return FATE_SYNTAX;
    if (r < 80)
        return FATE_TIGHT;
    return r < 280 ? FATE_ODD : FATE_ALIVE;
}

/* A healthy address has trouble of a kind that counts on one UTC day only (tight mailboxes: two), whatever the policy's
 * N, so it must never be suppressed. */
static bool on_its_day(const struct gen_plan *p, uint64_t address, int64_t time_us, unsigned days)
{
    uint64_t h = chance(p, W_DAY, address);
    uint64_t today = (uint64_t)(time_us / DAY_US - p->o.start_us / DAY_US);
    for (unsigned i = 0; i < days; i++) {
        if (today == (h >> (16 * i)) % (p->o.days + 1))
            return true;
    }
    return false;
}

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
    p->step_us = DAY_US * opts->days / (int64_t)opts->events;
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
    ev->tenant = tenant_of(p, ev->address, false);
    ev->receiver = receiver_of(p, ev->address);
    bool blocks = special_blocks(p, ev->address);
    ev->stream = blocks ? (uint32_t)(ev->address % GEN_STREAMS) : ev->stream;
    ev->reply = reply_for(blocks ? GEN_BLOCKED_BY_USER : GEN_FULL, ev->receiver->host, ev->noise);
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
    int64_t part = (ev->time_us - p->o.start_us) * 100 / (DAY_US * p->o.days);
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
    switch (fate_of(p, ev->address)) {
    case FATE_DEAD:
        return r < 80 ? GEN_DEAD_4XX : GEN_DEAD;
    case FATE_INACTIVE:
        return GEN_INACTIVE;
    case FATE_SYNTAX:
        return GEN_SYNTAX;
    case FATE_TIGHT:
        if (on_its_day(p, ev->address, ev->time_us, 2))
            return GEN_FULL;
        break;
    case FATE_ODD:
        if (on_its_day(p, ev->address, ev->time_us, 1))
            return GEN_ODD;
        break;
    case FATE_ALIVE:
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
    ev->address = chance(p, W_PICK, index) % p->o.addresses;
    ev->tenant = tenant_of(p, ev->address, (ev->noise >> 20) % 4 == 0);
    ev->receiver = receiver_of(p, ev->address);
    enum gen_meaning m = outcome(p, ev, chance(p, W_OUTCOME, index));
    if (m == GEN_EXPIRED && plan_again(&p->stuck, ev, GEN_EXPIRED))
        return;
    if (m == GEN_EXPIRED)
        m = GEN_LOCAL;
    if (m == GEN_DELIVERED && (ev->noise >> 8) % 8 == 0 && plan_again(&p->waiting, ev, GEN_DELIVERED))
        return;
    ev->reply = reply_for(m, ev->receiver->host, chance(p, W_REPLY, index));
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
        unsigned second = ev->tenant != tenant_of(p, ev->address, false);
        p->hard[ev->address / 4] |= (uint8_t)(1u << (2 * (ev->address % 4) + second));
    }
}

bool gen_plan_next(struct gen_plan *p, struct gen_event *ret)
{
    if (p->next >= p->o.events)
        return false;
    uint64_t i = p->next++;
    uint64_t d = chance(p, W_DUPLICATE, i);
    const struct gen_event *old = &p->recent.ev[(d >> 8) % RING];
    /* an expiry twice is not believable: the message is gone, and a Postfix log names no recipient in that line */
    if (d % 100 == 0 && p->recent.count == RING && old->reply->meaning != GEN_EXPIRED) {
        *ret = *old;
        return true;
    }
    struct gen_event ev = {.message = i, .attempt = 1, .noise = chance(p, W_NOISE, i)};
    int64_t jitter = (int64_t)(chance(p, W_TIME, i) % (uint64_t)p->step_us);
    ev.time_us = p->o.start_us + (int64_t)i * p->step_us + jitter;
    ev.queued_us = ev.time_us - (int64_t)(300000 + chance(p, W_QUEUED, i) % 4000000);
    ev.stream = (uint32_t)((ev.noise >> 12) % GEN_STREAMS);
    ev.campaign = (uint32_t)((ev.noise >> 24) % 40);
    ev.sender_ip = 10 + (uint32_t)((ev.noise >> 32) % 24);
    ev.upper = chance(p, W_UPPER, i) % 16 == 0;
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
        gen_address(p, a, false, address);
        if (!with_tenants) {
            each(ctx, "default", "*", address);
            continue;
        }
        for (unsigned second = 0; second < 2; second++) {
            if (bits & (1u << second))
                each(ctx, tenants[tenant_of(p, a, second)], "*", address);
        }
    }
    uint64_t whole = p->special_done / SPECIAL_EVENTS == p->specials ? p->specials : 0;
    for (uint64_t a = p->o.addresses; a < p->o.addresses + whole; a++) {
        gen_address(p, a, false, address);
        const char *scope = special_blocks(p, a) ? streams[a % GEN_STREAMS] : "*";
        each(ctx, with_tenants ? tenants[tenant_of(p, a, false)] : "default", with_tenants ? scope : "*", address);
    }
}

void gen_address(const struct gen_plan *p, uint64_t address, bool upper, char *ret)
{
    static const char *const first[] = {"anna",  "bruno", "carla", "dmitri", "elena", "farid", "greta", "hugo",
                                        "ines",  "jonas", "kemal", "lucia",  "marie", "nils",  "olga",  "pavel"};
    static const char *const last[] = {"schmidt", "moreau", "rossi", "garcia", "novak", "lind",  "costa",  "weber",
                                       "dubois",  "silva",  "kowal", "jansen", "peter", "ortiz", "fischer", "marin"};
    uint64_t h = chance(p, W_NAME, address);
    static const char *const shapes[] = {"%s.%s%llu@%s", "%s_%s.%llu@%s", "%s%s%llu@%s", "%s+%s-%llu@%s"};
    const struct gen_receiver *r = receiver_of(p, address);
    /* the serial number makes addresses distinct whatever the names */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (h % 97 == 0)
        snprintf(ret, 128, "\"%s %s %llu\"@%s", first[(h >> 8) % 16], last[(h >> 16) % 16], (unsigned long long)address, r->domain);
    else
        snprintf(ret, 128, shapes[(h >> 4) % 4], first[(h >> 8) % 16], last[(h >> 16) % 16], (unsigned long long)address,
                 r->domain);
#pragma GCC diagnostic pop
    if (!upper)
        return;
    for (char *c = ret; *c && *c != '@'; c++) {
        if ((c == ret || c[-1] == '.' || c[-1] == '_') && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
}

/* Copies the reply's text with its placeholders filled; cut at the buffer's end, which no row reaches. */
static void fill_reply(const struct gen_event *ev, const struct gen_text *t, const char *rcpt, char *ret, size_t size)
{
    size_t n = 0;
    for (const char *c = ev->reply->text; *c && n + 1 < size;) {
        char part[128] = {0};
        const char *close = *c == '{' ? strchr(c, '}') : NULL;
        size_t len = close ? (size_t)(close - c) + 1 : 1;
        if (!close)
            part[0] = *c;
        else if (!strncmp(c, "{rcpt}", 6))
            snprintf(part, sizeof part, "%s", rcpt);
        else if (!strncmp(c, "{domain}", 8))
            snprintf(part, sizeof part, "%s", ev->receiver->domain);
        else if (!strncmp(c, "{host}", 6))
            snprintf(part, sizeof part, "%s", t->mx);
        else if (!strncmp(c, "{from}", 6))
            snprintf(part, sizeof part, "%s", sender_domains[ev->tenant]);
        else if (!strncmp(c, "{ip}", 4))
            snprintf(part, sizeof part, "198.51.100.%u", ev->sender_ip);
        else if (!strncmp(c, "{id}", 4))
            snprintf(part, sizeof part, "%012llx-%04llx", (unsigned long long)(ev->noise & 0xffffffffffff),
                     (unsigned long long)(ev->noise >> 48));
        else if (!strncmp(c, "{n}", 3))
            snprintf(part, sizeof part, "%llu", (unsigned long long)(1000000 + ev->noise % 99000000));
        else
            len = 1, part[0] = *c;
        for (const char *q = part; *q && n + 1 < size; q++)
            ret[n++] = *q;
        c += len;
    }
    ret[n] = 0;
}

static void put_bytes(uint8_t *out, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

void gen_event_fill(const struct gen_plan *p, const struct gen_event *ev, struct gen_text *t, struct ff_event *ret)
{
    const struct gen_reply *r = ev->reply;
    uint64_t id = mix(p->o.seed ^ (ev->message * 2 + 1));
    gen_address(p, ev->address, ev->upper, t->recipient);
    snprintf(t->mail_from, sizeof t->mail_from, "b+%llu@%s", (unsigned long long)ev->message, sender_domains[ev->tenant]);
    snprintf(t->mx, sizeof t->mx, "%s", ev->receiver->mx);
    snprintf(t->message_id, sizeof t->message_id, "%016llx%016llx", (unsigned long long)id, (unsigned long long)ev->message);
    snprintf(t->rfc_message_id, sizeof t->rfc_message_id, "%llx.%llu@%s", (unsigned long long)(id >> 20),
             (unsigned long long)ev->message, sender_domains[ev->tenant]);
    snprintf(t->campaign, sizeof t->campaign, "c%02u", ev->campaign);
    snprintf(t->pool, sizeof t->pool, "pool-%c", (char)('a' + ev->sender_ip % 4));
    memcpy(t->remote_ip, ev->receiver->ip, 4);
    memcpy(t->local_ip, (const uint8_t[]){198, 51, 100, (uint8_t)ev->sender_ip}, 4);
    put_bytes(t->event_id, id);
    put_bytes(t->event_id + 8, mix(id ^ (ev->attempt * 131u + r->kind)));
    fill_reply(ev, t, t->recipient, t->reply, sizeof t->reply);
    bool remote = r->origin == FF_ORIGIN_REMOTE_REPLY;
    *ret = (struct ff_event){
        .kind = r->kind, .origin = r->origin, .stage = r->stage, .reply_code = r->code, .enhanced_code = r->enhanced,
        .attempt = r->kind == FF_KIND_OOB || r->kind == FF_KIND_FEEDBACK ? 0 : ev->attempt,
        .event_time_us = ev->time_us, .queued_time_us = ev->queued_us,
        .recipient = ff_slice_str(t->recipient), .tenant_id = ff_slice_str(gen_tenant_name(ev->tenant)),
        .reply_text = ff_slice_str(t->reply), .message_id = ff_slice_str(t->message_id),
        .mail_from = ff_slice_str(t->mail_from), .event_id = ff_slice_of(t->event_id, 16),
        .campaign_id = ff_slice_str(t->campaign), .stream_id = ff_slice_str(gen_stream_name(ev->stream)),
        .egress_pool = ff_slice_str(t->pool),
    };
    if (remote) {
        ret->remote_ip = ff_slice_of(t->remote_ip, 4);
        ret->remote_host = ff_slice_str(t->mx);
        ret->local_ip = ff_slice_of(t->local_ip, 4);
    }
}
