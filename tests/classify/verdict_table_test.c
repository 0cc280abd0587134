/* verdict_table_test.c: what is put in is found or gone, never changed; what is asked for stays; many threads at once.
 */
#include <pthread.h>

#include "classify/judge/verdict_table.h"
#include "tests/test.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
    return x ^ x >> 29;
}

/** A decision that tells its key. */
static struct ff_known known_for(uint64_t key)
{
    return (struct ff_known){.rule = key & 0x1fffu,
                             .about = key >> 13 & 0x1fffu,
                             .about_kind = key >> 26 & 3,
                             .action = key >> 28 & 7,
                             .provider = (uint8_t)(key >> 32),
                             .category = (uint8_t)(key >> 40),
                             .confidence = key >> 48 & 127,
                             .suppress = key >> 55 & 1,
                             .conflict = key >> 56 & 1,
                             .retry_named = key >> 57 & 1};
}

static bool same(struct ff_known a, struct ff_known b)
{
    return a.rule == b.rule && a.about == b.about && a.about_kind == b.about_kind && a.action == b.action &&
           a.provider == b.provider && a.category == b.category && a.confidence == b.confidence &&
           a.suppress == b.suppress && a.conflict == b.conflict && a.retry_named == b.retry_named;
}

static void by_one(void)
{
    struct ff_verdict_table t;
    struct ff_known k;
    CASE("empty");
    CHECK(ff_verdict_table_init(&t, 64), "no memory");
    for (uint64_t i = 0; i < 1000; i++)
        CHECK(!ff_verdict_table_find(&t, mix(i), &k), "%llu", (unsigned long long)i);
    CASE("key 0 is a key");
    CHECK(!ff_verdict_table_find(&t, 0, &k), "found in an empty table");
    CHECK(!ff_verdict_table_put(&t, 0, known_for(12345)), "evicted");
    CHECK(ff_verdict_table_find(&t, 0, &k) && same(k, known_for(12345)), "lost or changed");
    CASE("outlines are counted as far as there is room for the number, and change nothing else");
    ff_verdict_table_count_outline(&t, 1);
    CHECK(!ff_verdict_table_find(&t, 1, &k), "counted what is not there");
    for (unsigned i = 0; i < FF_TABLE_OUTLINES_MAX + 3; i++)
        ff_verdict_table_count_outline(&t, 0);
    CHECK(ff_verdict_table_find(&t, 0, &k) && same(k, known_for(12345)), "lost or changed");
    CHECK(k.outlines == FF_TABLE_OUTLINES_MAX, "%u", k.outlines);
    ff_verdict_table_fini(&t);
    CASE("what fits is found as it was put");
    CHECK(ff_verdict_table_init(&t, 4096), "no memory");
    unsigned evicted = 0, found = 0;
    for (uint64_t i = 1; i <= 1000; i++)
        evicted += ff_verdict_table_put(&t, mix(i), known_for(mix(i)));
    for (uint64_t i = 1; i <= 1000; i++)
        if (ff_verdict_table_find(&t, mix(i), &k)) {
            found++;
            CHECK(same(k, known_for(mix(i))), "%llu changed", (unsigned long long)i);
        }
    CHECK(found + evicted == 1000 && evicted < 50, "%u found, %u evicted", found, evicted);
    ff_verdict_table_fini(&t);
    CASE("what is asked for stays while what comes once goes by");
    CHECK(ff_verdict_table_init(&t, 4), "no memory");
    (void)ff_verdict_table_put(&t, 1, known_for(1));
    for (uint64_t i = 2; i < 1000; i++) {
        CHECK(ff_verdict_table_find(&t, 1, &k), "gone after %llu others", (unsigned long long)i);
        (void)ff_verdict_table_put(&t, mix(i), known_for(i));
    }
    CASE("when all of a set is asked for, a newcomer still finds a place");
    (void)ff_verdict_table_put(&t, 77, known_for(77));
    CHECK(ff_verdict_table_find(&t, 77, &k), "no place");
    for (uint64_t i = 80; i < 90; i++) {
        (void)ff_verdict_table_put(&t, i, known_for(i));
        CHECK(ff_verdict_table_find(&t, i, &k) && same(k, known_for(i)), "no place for %llu", (unsigned long long)i);
    }
    ff_verdict_table_fini(&t);
}

struct shared {
    struct ff_verdict_table table;
    _Atomic unsigned wrong;
};

static void *use(void *arg)
{
    struct shared *s = arg;
    uint64_t x = (uint64_t)(uintptr_t)&x;
    struct ff_known k;
    for (int i = 0; i < 200000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint64_t key = mix(x >> 33 & 255); /* four times what the table holds */
        if (ff_verdict_table_find(&s->table, key, &k))
            s->wrong += !same(k, known_for(key));
        else
            (void)ff_verdict_table_put(&s->table, key, known_for(key));
    }
    return NULL;
}

static void by_many(void)
{
    static struct shared s;
    pthread_t threads[4];
    CASE("four threads on one small table: nobody reads what nobody wrote");
    CHECK(ff_verdict_table_init(&s.table, 64), "no memory");
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, use, &s) == 0, "no thread");
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(s.wrong, 0);
    ff_verdict_table_fini(&s.table);
}

int main(void)
{
    by_one();
    by_many();
    return test_end();
}
