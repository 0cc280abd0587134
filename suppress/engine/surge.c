/* surge.c: see surge.h. */
#include "suppress/engine/surge.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define NAME_BYTES 48
/* What is older than the windows is remembered as the shares of about so many addresses. */
#define LEARNED_MAX 8192
/* One clock that is wrong must not move the time of all: a jump of more than the windows is believed when so many
 * in a row say it. */
#define JUMP_EVENTS 50
/* Tenants are told apart by a hash of so many values. */
#define TENANT_SLOTS 32
/* The lists of this many customers may be bad at the same time. */
#define BAD_LISTS 2
/* Windows of the same surge may have gaps of this many. */
#define GAP_MAX 2

struct window {
    uint32_t added;
    uint32_t surge;   /* its number + 1; 0: none */
    uint32_t counted; /* of `added` and the usual ones, how many the surge has */
    float usual;
    uint16_t by_tenant[TENANT_SLOTS]; /* stays at its highest value */
};

struct provider {
    uint8_t len, name[NAME_BYTES]; /* len 0: free */
    bool grown;                    /* since the last review */
    unsigned big;                  /* windows with FF_SURGE_ADDED_MIN or more */
    double learned;                /* of windows that are no more */
    double sum;                    /* and of those that are */
    struct window windows[FF_SURGE_WINDOWS];
};

struct surge {
    const struct provider *provider;
    int64_t first, last; /* windows */
    uint64_t added;
    uint32_t tenants; /* a bit for each slot */
    double usual;
};

struct ff_surges {
    int64_t latest; /* window; 0: none yet */
    unsigned ahead; /* events in a row that are further ahead than the windows reach */
    double learned, sum;
    uint32_t added[FF_SURGE_WINDOWS];
    uint32_t tenants; /* of all times; a bit for each slot */
    bool grown;       /* some provider has */
    uint32_t found;
    struct surge kept[FF_SURGES_KEPT];
    struct provider providers[FF_SURGE_PROVIDERS_MAX];
};

struct ff_surges *ff_surges_new(void)
{
    return (struct ff_surges *)calloc(1, sizeof(struct ff_surges));
}

void ff_surges_free(struct ff_surges *s)
{
    free(s);
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static unsigned slot_of(int64_t window)
{
    return (unsigned)(window % FF_SURGE_WINDOWS);
}

static bool is_kept(const struct ff_surges *s, int64_t window)
{
    return window > 0 && window <= s->latest && window > s->latest - FF_SURGE_WINDOWS;
}

/* The window of a day ago makes room. Pages of providers that have none are not touched. */
static void learn(struct ff_surges *s, unsigned slot)
{
    double keep = s->learned + s->added[slot] > LEARNED_MAX ? 0.5 : 1, before = s->learned + s->added[slot];
    s->learned = before * keep;
    s->sum += s->learned - before;
    s->added[slot] = 0;
    for (size_t i = 0; i < FF_SURGE_PROVIDERS_MAX; i++) {
        struct provider *p = &s->providers[i];
        if (!p->len)
            continue;
        before = p->learned + p->windows[slot].added;
        p->learned = before * keep;
        p->sum += p->learned - before;
        p->big -= p->windows[slot].added >= FF_SURGE_ADDED_MIN;
        if (p->windows[slot].added)
            memset(&p->windows[slot], 0, sizeof p->windows[slot]);
    }
}

/* Is it one of the windows, when they have moved to it? */
static bool move_to(struct ff_surges *s, int64_t window)
{
    if (s->latest && window > s->latest + FF_SURGE_WINDOWS && ++s->ahead < JUMP_EVENTS)
        return false;
    s->ahead = 0;
    if (!s->latest)
        s->latest = window;
    if (s->latest < window)
        ff_surges_review(s); /* before what is a day old is gone */
    for (unsigned n = 0; s->latest < window && n < FF_SURGE_WINDOWS; n++)
        learn(s, slot_of(++s->latest));
    if (s->latest < window)
        s->latest = window;
    return is_kept(s, window);
}

/* ---- providers ------------------------------------------------------------------------------------------------- */

/* What an event names its provider may be anything; what is told is shown on a terminal, in a command. */
static bool is_name(struct ff_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return name.len > 0 && name.ptr[0] != '-';
}

/* NULL: it has no name, or there are too many. */
static struct provider *find_provider(struct ff_surges *s, struct ff_slice name)
{
    if (!is_name(name))
        return NULL;
    name = ff_slice_sub(name, 0, NAME_BYTES);
    uint64_t hash = XXH3_64bits(name.ptr, name.len);
    for (size_t n = 0; n < FF_SURGE_PROVIDERS_MAX; n++) {
        struct provider *p = &s->providers[(hash + n) % FF_SURGE_PROVIDERS_MAX];
        if (!p->len) {
            p->len = (uint8_t)name.len;
            memcpy(p->name, name.ptr, name.len);
        }
        if (ff_slice_eq(ff_slice_of(p->name, p->len), name))
            return p;
    }
    return NULL;
}

void ff_surges_add(struct ff_surges *s, struct ff_slice provider, struct ff_slice tenant, int64_t event_time_us)
{
    int64_t window = event_time_us / FF_SURGE_WINDOW_US;
    unsigned of = XXH3_64bits(tenant.ptr, tenant.len) % TENANT_SLOTS;
    if (!move_to(s, window))
        return;
    s->tenants |= UINT32_C(1) << of;
    s->added[slot_of(window)]++;
    s->sum++;
    struct provider *p = find_provider(s, provider);
    if (!p)
        return;
    struct window *w = &p->windows[slot_of(window)];
    p->big += ++w->added == FF_SURGE_ADDED_MIN;
    p->sum++;
    p->grown = s->grown = true;
    if (w->by_tenant[of] < UINT16_MAX)
        w->by_tenant[of]++;
}

/* ---- judging --------------------------------------------------------------------------------------------------- */

/* What teaches: all that was an hour before or after, but for the provider's other surges. */
struct lesson {
    double provider, all;
};

static struct lesson lesson_for(const struct ff_surges *s, const struct provider *p, int64_t window)
{
    struct lesson l = {p->sum, s->sum};
    for (int64_t w = window - FF_SURGE_NEAR + 1; w < window + FF_SURGE_NEAR; w++) {
        if (!is_kept(s, w))
            continue;
        l.provider -= p->windows[slot_of(w)].added;
        l.all -= s->added[slot_of(w)];
    }
    for (int64_t w = s->latest; is_kept(s, w); w--) {
        bool near = w > window - FF_SURGE_NEAR && w < window + FF_SURGE_NEAR;
        if (near || !p->windows[slot_of(w)].surge)
            continue;
        l.provider -= p->windows[slot_of(w)].added;
        l.all -= p->windows[slot_of(w)].added;
    }
    return l;
}

/* How many there would be, had it its usual share beside what the others have in this window. */
static double usual(const struct ff_surges *s, const struct provider *p, int64_t window, const struct lesson *l)
{
    unsigned others = s->added[slot_of(window)] - p->windows[slot_of(window)].added;
    return (others + 1) * (l->provider + 1) / (l->all - l->provider + 1);
}

/* Without the tenants that have most of them: a list that was bought raises one customer's, an outage everybody's.
 * Where there are no more tenants than that at all, nobody can tell. */
static unsigned added_by_many(const struct ff_surges *s, const struct window *w)
{
    unsigned most[BAD_LISTS + 1] = {0}, added = w->added;
    for (size_t i = 0; i < TENANT_SLOTS; i++) {
        size_t at = BAD_LISTS;
        for (; at > 0 && w->by_tenant[i] > most[at - 1]; at--)
            most[at] = most[at - 1];
        most[at] = w->by_tenant[i];
    }
    for (size_t i = 0; i < BAD_LISTS && __builtin_popcount(s->tenants) > BAD_LISTS; i++)
        added -= most[i];
    return added;
}

static bool is_unusual(const struct ff_surges *s, const struct provider *p, int64_t window)
{
    const struct lesson l = lesson_for(s, p, window);
    unsigned added = added_by_many(s, &p->windows[slot_of(window)]);
    return added > 0 && l.all >= FF_SURGE_LEARNED_MIN && added >= FF_SURGE_RATIO * usual(s, p, window, &l);
}

/* The number + 1 of a surge next to it; 0: there is none. */
static uint32_t surge_beside(const struct ff_surges *s, const struct provider *p, int64_t window)
{
    for (int64_t away = 1; away <= 1 + GAP_MAX; away++)
        for (int64_t w = window - away; w <= window + away; w += 2 * away)
            if (is_kept(s, w) && p->windows[slot_of(w)].surge)
                return p->windows[slot_of(w)].surge;
    return 0;
}

/* What came to a window of a surge since it was last counted. */
static void count_window(struct ff_surges *s, struct provider *p, int64_t window)
{
    struct window *w = &p->windows[slot_of(window)];
    if (w->surge + FF_SURGES_KEPT <= s->found)
        return; /* that surge is not kept any more */
    struct surge *g = &s->kept[(w->surge - 1) % FF_SURGES_KEPT];
    const struct lesson l = lesson_for(s, p, window);
    float now = (float)usual(s, p, window, &l);
    g->added += w->added - w->counted;
    g->usual += (double)now - (double)w->usual;
    w->counted = w->added;
    w->usual = now;
    for (size_t i = 0; i < TENANT_SLOTS; i++)
        g->tenants |= (uint32_t)(w->by_tenant[i] > 0) << i;
    g->first = g->first < window ? g->first : window;
    g->last = g->last > window ? g->last : window;
}

/* A window is judged when the next one has begun: at the beginning of a campaign the fastest provider is the first
 * to refuse. While a surge lasts the latest one is of it. */
static bool is_surge(const struct ff_surges *s, const struct provider *p, int64_t window)
{
    const struct window *w = &p->windows[slot_of(window)];
    return !w->surge && w->added >= FF_SURGE_ADDED_MIN && (window < s->latest || surge_beside(s, p, window)) &&
           is_unusual(s, p, window);
}

/* A surge is sure when it has grown; it began in the windows before that were unusual already. */
static void begin_or_extend(struct ff_surges *s, struct provider *p, int64_t window)
{
    uint32_t number = surge_beside(s, p, window);
    if (!number) {
        number = ++s->found;
        s->kept[(number - 1) % FF_SURGES_KEPT] = (struct surge){.provider = p, .first = window, .last = window};
    }
    p->windows[slot_of(window)].surge = number;
    for (int64_t w = window - 1; is_kept(s, w) && !p->windows[slot_of(w)].surge && is_unusual(s, p, w); w--)
        p->windows[slot_of(w)].surge = number;
}

static void review(struct ff_surges *s, struct provider *p)
{
    int64_t oldest = s->latest - FF_SURGE_WINDOWS + 1;
    for (int64_t w = oldest > 0 ? oldest : 1; w <= s->latest; w++)
        if (is_surge(s, p, w))
            begin_or_extend(s, p, w);
    for (int64_t w = oldest > 0 ? oldest : 1; w <= s->latest; w++)
        if (p->windows[slot_of(w)].surge)
            count_window(s, p, w);
}

void ff_surges_review(struct ff_surges *s)
{
    if (!s->grown) /* as at most commits */
        return;
    s->grown = false;
    for (size_t i = 0; i < FF_SURGE_PROVIDERS_MAX; i++) {
        struct provider *p = &s->providers[i];
        if (!p->len || !p->grown)
            continue;
        const struct window *latest = &p->windows[slot_of(s->latest)];
        if (p->big)
            review(s, p);
        p->grown = latest->added >= FF_SURGE_ADDED_MIN && !latest->surge; /* to be judged yet */
        s->grown |= p->grown;
    }
}

/* ---- what was found --------------------------------------------------------------------------------------------- */

uint64_t ff_surges_found(const struct ff_surges *s)
{
    return s->found;
}

bool ff_surges_get(const struct ff_surges *s, uint64_t n, struct ff_surge *ret)
{
    if (n >= s->found || n + FF_SURGES_KEPT < s->found)
        return false;
    const struct surge *g = &s->kept[n % FF_SURGES_KEPT];
    *ret = (struct ff_surge){.provider = ff_slice_of(g->provider->name, g->provider->len),
                             .since_us = g->first * FF_SURGE_WINDOW_US,
                             .until_us = (g->last + 1) * FF_SURGE_WINDOW_US,
                             .added = g->added,
                             .usual = (uint64_t)(g->usual + 0.5),
                             .tenants = (unsigned)__builtin_popcount(g->tenants)};
    return true;
}
