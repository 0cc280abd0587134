/* surge_test.c: a provider's bad hour is found in what becomes suppressed; campaigns, customers and clocks
 * are not. */
#include "suppress/engine/surge.h"

#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define WINDOW FF_SURGE_WINDOW_US
#define AT(window) (FIXTURE_EPOCH_US + (window) * WINDOW)
#define HISTORY 48 /* windows before what a case is about */

/* So many addresses of `provider` in each of the windows [from, to), spread over their time, of tenants t0, t1, ...
 * in turn. */
struct flow {
    const char *provider;
    int from, to;
    unsigned per_window, tenants;
};

#define FLOWS_MAX 8
struct surge_case {
    const char *name;
    struct flow flows[FLOWS_MAX];
    const char *want; /* "provider first-window windows added tenants" of each surge; t0 to t7 are seven for the hash */
};

/* Google, Microsoft and the rest of four hours before: 30, 20 and 50 of a hundred. */
#define USUAL(to) {"google", -HISTORY, (to), 30, 8}, {"microsoft", -HISTORY, (to), 20, 8}, {"", -HISTORY, (to), 50, 8}

static const struct surge_case cases[] = {
    {"a quiet day has no surge", {USUAL(24)}, ""},
    {"a provider that says it of everybody for twenty minutes", {USUAL(8), {"google", 2, 6, 600, 8}}, "google 2 4 2520 7"},
    {"the beginning of it is found, though it was too small to be sure", {{"yahoo", -HISTORY, 8, 5, 8}, {"", -HISTORY, 8, 95, 8}, {"yahoo", 1, 2, 34, 8}, {"yahoo", 2, 4, 600, 8}},
     "yahoo 1 3 1249 7"},
    {"the evening of one host with a mail every two seconds", {{"google", -HISTORY, 24, 12, 8}, {"", -HISTORY, 24, 12, 8}, {"google", 2, 20, 100, 8}}, "google 2 18 2016 7"},
    {"a campaign raises all alike", {USUAL(8), {"google", 2, 4, 600, 8}, {"microsoft", 2, 4, 400, 8}, {"", 2, 4, 1000, 8}}, ""},
    {"a campaign after a week without any mail", {USUAL(-24), {"google", 2000, 2004, 600, 8}, {"microsoft", 2000, 2004, 400, 8}, {"", 2000, 2004, 1000, 8}}, ""},
    {"an outage in that week's first minutes", {USUAL(-24), {"google", 2000, 2004, 3600, 8}, {"microsoft", 2000, 2004, 40, 8}, {"", 2000, 2004, 100, 8}},
     "google 2000 4 14354 7"}, /* the first 50 events have to prove what time it is */
    {"one customer's bad list is no outage", {USUAL(8), {"google", 2, 6, 600, 1}}, ""},
    {"two customers are not, either", {USUAL(8), {"google", 2, 6, 600, 2}}, ""},
    {"a host of one customer cannot tell, and is told", {{"google", -HISTORY, 8, 30, 1}, {"", -HISTORY, 8, 70, 1}, {"google", 2, 4, 600, 1}}, "google 2 2 1260 1"},
    {"few addresses are none, however unusual", {USUAL(8), {"tiny", 2, 4, 39, 8}}, ""},
    {"a provider that nobody had met", {USUAL(8), {"tiny", 2, 4, 250, 8}}, "tiny 2 2 500 7"},
    {"two providers, one after the other", {USUAL(24), {"google", 2, 4, 600, 8}, {"microsoft", 14, 16, 600, 8}}, "google 2 2 1260 7; microsoft 14 2 1240 7"},
    {"a pause of ten minutes is the same surge", {USUAL(24), {"google", 2, 4, 600, 8}, {"google", 6, 8, 600, 8}}, "google 2 6 2520 7"},
    {"a pause of half an hour is not", {USUAL(24), {"google", 2, 4, 600, 8}, {"google", 10, 12, 600, 8}}, "google 2 2 1260 7; google 10 2 1260 7"},
    {"a name that is none of a provider is shown to nobody", {USUAL(8), {"\x1b[2J; rm", 2, 6, 3000, 8}, {"--x", 2, 6, 3000, 8}}, ""},
    {"what is not a provider's has none", {USUAL(8), {"", 2, 6, 3000, 8}}, ""},
    {"with one provider alone there is no share", {{"google", -HISTORY, 0, 100, 8}, {"google", 0, 4, 3000, 8}}, ""},
    {"nothing is judged before it is known what is usual", {{"google", -4, 8, 3, 8}, {"", -4, 8, 7, 8}, {"google", 2, 4, 600, 8}}, ""},
    {"a customer that comes to stay, all its addresses at one provider, is told once", {USUAL(200), {"google", 2, 200, 600, 8}}, "google 2 *"},
};

struct event_of {
    int64_t time_us;
    uint32_t flow, n;
};

static int by_time(const void *a, const void *b)
{
    const struct event_of *x = (const struct event_of *)a, *y = (const struct event_of *)b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return x->flow != y->flow ? (x->flow > y->flow) - (x->flow < y->flow) : (x->n > y->n) - (x->n < y->n);
}

static size_t plan(const struct flow *flows, struct event_of **ret)
{
    size_t count = 0;
    for (uint32_t i = 0; i < FLOWS_MAX && flows[i].provider; i++)
        count += (size_t)(flows[i].to - flows[i].from) * flows[i].per_window;
    struct event_of *e = (struct event_of *)calloc(count, sizeof *e), *at = e;
    for (uint32_t i = 0; i < FLOWS_MAX && flows[i].provider; i++)
        for (int w = flows[i].from; w < flows[i].to; w++)
            for (uint32_t n = 0; n < flows[i].per_window; n++)
                *at++ = (struct event_of){AT(w) + WINDOW * n / flows[i].per_window, i, n};
    qsort(e, count, sizeof *e, by_time);
    *ret = e;
    return count;
}

static void feed(struct ff_surges *s, const struct flow *f, const struct event_of *e)
{
    char tenant[16];
    snprintf(tenant, sizeof tenant, "t%u", e->n % f->tenants);
    ff_surges_add(s, ff_slice_str(f->provider), ff_slice_str(tenant), e->time_us);
}

static void show(const struct ff_surges *s, bool whole, char *ret, size_t size)
{
    struct ff_surge g;
    size_t len = 0;
    ret[0] = 0;
    for (uint64_t n = 0; ff_surges_get(s, n, &g); n++) {
        len += (size_t)snprintf(ret + len, size - len, "%s%.*s %lld ", n ? "; " : "", (int)g.provider.len, (const char *)g.provider.ptr,
                                (long long)((g.since_us - FIXTURE_EPOCH_US) / WINDOW));
        len += whole ? (size_t)snprintf(ret + len, size - len, "%lld %llu %u", (long long)((g.until_us - g.since_us) / WINDOW),
                                        (unsigned long long)g.added, g.tenants)
                     : (size_t)snprintf(ret + len, size - len, "*");
    }
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[600];
        struct event_of *events;
        const struct surge_case *c = &cases[i];
        struct ff_surges *s = ff_surges_new();
        size_t count = plan(c->flows, &events);
        CASE(c->name);
        for (size_t n = 0; n < count; n++)
            feed(s, &c->flows[events[n].flow], &events[n]);
        ff_surges_review(s);
        show(s, !strchr(c->want, '*'), got, sizeof got);
        CHECK_STR(got, c->want);
        free(events);
        ff_surges_free(s);
    }
}

/* Partitions are read at different speeds: the whole day in any order. */
static void test_order(void)
{
    const struct surge_case c = {.flows = {USUAL(8), {"google", 2, 6, 600, 8}}};
    char got[600];
    struct fixture_random r = {7};
    struct event_of *events;
    struct ff_surges *s = ff_surges_new();
    size_t count = plan(c.flows, &events);
    for (size_t n = count - 1; n > 0; n--) {
        size_t other = (size_t)fixture_below(&r, n + 1);
        struct event_of e = events[n];
        events[n] = events[other];
        events[other] = e;
    }
    for (size_t n = 0; n < count; n++) {
        feed(s, &c.flows[events[n].flow], &events[n]);
        if (n % 100 == 0)
            ff_surges_review(s);
    }
    ff_surges_review(s);
    show(s, true, got, sizeof got);
    CASE("the order in which events are read makes no difference");
    CHECK_STR(got, "google 2 4 2520 7");
    CASE("a review of nothing new finds nothing new");
    ff_surges_review(s);
    show(s, true, got, sizeof got);
    CHECK_STR(got, "google 2 4 2520 7");
    free(events);
    ff_surges_free(s);
}

static void test_clocks(void)
{
    char got[600];
    const struct surge_case c = {.flows = {USUAL(8), {"google", 2, 6, 600, 8}}};
    struct event_of *events;
    struct ff_surges *s = ff_surges_new();
    size_t count = plan(c.flows, &events);
    for (size_t n = 0; n < count; n++) {
        feed(s, &c.flows[events[n].flow], &events[n]);
        if (n % 50 == 0) /* one host in fifty is twelve hours ahead, and knows another time each time */
            ff_surges_add(s, FF_SLICE("google"), FF_SLICE("t0"), events[n].time_us + (12 + (int64_t)n % 7) * HOUR_US);
    }
    ff_surges_review(s);
    show(s, true, got, sizeof got);
    CASE("a clock that is hours ahead does not move the time of all");
    CHECK_STR(got, "google 2 4 2520 7");
    free(events);
    ff_surges_free(s);
}

/* Steady mail whose mix wanders, with campaigns of one or two customers: there is nothing to tell. */
static void test_noise(void)
{
    static const char *const names[] = {"google", "microsoft", "yahoo", "gmx", "orange", "naver", ""};
    struct fixture_random r = {11};
    struct ff_surges *s = ff_surges_new();
    for (int w = -HISTORY; w < 2000; w++) {
        unsigned volume = 20 + (unsigned)fixture_below(&r, 2000), list = fixture_below(&r, 20) ? 7 : (unsigned)fixture_below(&r, 7);
        for (unsigned n = 0; n < volume; n++) {
            char tenant[16];
            bool one_list = list < 7 && fixture_below(&r, 2);
            snprintf(tenant, sizeof tenant, "t%u", one_list ? 99u : (unsigned)fixture_below(&r, 40));
            uint64_t pick = fixture_below(&r, 28); /* 7, 6, 5, ... of 28 */
            unsigned p = 0;
            for (uint64_t upto = 7; pick >= upto; upto += 7 - ++p)
                ;
            ff_surges_add(s, ff_slice_str(names[one_list ? list : p]), ff_slice_str(tenant), AT(w) + WINDOW * n / volume);
        }
    }
    ff_surges_review(s);
    CASE("a week of noise and of one customer's lists");
    CHECK_INT(ff_surges_found(s), 0);
    ff_surges_free(s);
}

static void test_bounds(void)
{
    char name[80];
    struct ff_surge g;
    struct ff_surges *s = ff_surges_new();
    CASE("names without end are counted among the others, and long ones are cut");
    for (unsigned n = 0; n < 5000; n++) {
        snprintf(name, sizeof name, "provider-with-a-name-that-is-longer-than-any-of-the-rules-%u", n);
        ff_surges_add(s, ff_slice_str(name + (n % 2 ? 40 : 0)), FF_SLICE("t"), AT(n / 100));
    }
    CHECK_INT(ff_surges_found(s), 0);
    CHECK(ff_surges_found(s) == 0, "%llu", (unsigned long long)ff_surges_found(s));
    ff_surges_free(s);
    CASE("the latest surges are kept, each a day after the one before");
    s = ff_surges_new();
    for (int day = 0; day < FF_SURGES_KEPT + 8; day++)
        for (int w = 0; w < FF_SURGE_WINDOWS; w++)
            for (unsigned n = 0; n < (w == 100 ? 400u : 10u); n++)
                ff_surges_add(s, n % 10 == 0 || n >= 10 ? FF_SLICE("google") : FF_SLICE("yahoo"), FF_SLICE("t"), AT(day * FF_SURGE_WINDOWS + w));
    ff_surges_review(s);
    CHECK_INT(ff_surges_found(s), FF_SURGES_KEPT + 8);
    CHECK(!ff_surges_get(s, FF_SURGES_KEPT + 8, &g), "one that was not found");
    CHECK(!ff_surges_get(s, 7, &g), "one that is not kept");
    CHECK(ff_surges_get(s, 8, &g) && g.since_us == AT(8 * FF_SURGE_WINDOWS + 100), "another one");
    ff_surges_free(s);
}

int main(void)
{
    test_cases();
    test_order();
    test_clocks();
    test_noise();
    test_bounds();
    return test_end();
}
