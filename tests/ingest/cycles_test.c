/* When may an offset be committed? (ingest/service/cycles.h) */
#include "ingest/service/cycles.h"
#include "tests/test.h"

static struct ff_cycles c;
static int64_t done[4];

static void start(size_t slots)
{
    ff_cycles_fini(&c);
    ff_cycles_init(&c);
    CHECK_INT(ff_cycles_assign(&c, slots), FF_OK);
    for (size_t i = 0; i < 4; i++)
        done[i] = -1;
}

/* A closed cycle with `messages` under way that takes slot 0 to `next`. */
static struct ff_cycle *cycle(unsigned messages, int64_t next)
{
    struct ff_cycle *y = ff_cycles_open(&c);
    for (unsigned i = 0; i < messages; i++)
        ff_cycle_sent(y, 100);
    ff_cycle_position(y, 0, next);
    ff_cycle_close(y);
    return y;
}

static void test_order(void)
{
    CASE("a cycle without messages is done at once");
    start(2);
    cycle(0, 10);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(done[0], 10);
    CHECK_INT(done[1], -1);

    CASE("a position waits for the last acknowledgement");
    struct ff_cycle *a = cycle(2, 20);
    ff_cycle_acknowledged(a, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), false);
    ff_cycle_acknowledged(a, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(done[0], 20);
    CHECK_INT(c.bytes, 0);

    CASE("a cycle that is done waits for those before it");
    a = cycle(1, 30);
    struct ff_cycle *b = cycle(1, 40);
    ff_cycle_acknowledged(b, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), false);
    CHECK_INT(done[0], 20);
    ff_cycle_acknowledged(a, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(done[0], 40);

    CASE("an open cycle is not done, even with all its messages acknowledged");
    a = ff_cycles_open(&c);
    ff_cycle_sent(a, 7);
    ff_cycle_acknowledged(a, 7, true);
    CHECK_INT(ff_cycles_retire(&c, done), false);
    CHECK_INT(ff_cycles_busy(&c), true);
    ff_cycle_close(a);
    ff_cycles_retire(&c, done);
    CHECK_INT(ff_cycles_busy(&c), false);
}

static void test_refused(void)
{
    CASE("what was refused holds back its own and all later positions");
    start(1);
    struct ff_cycle *a = cycle(1, 10), *b = cycle(1, 20);
    ff_cycle_acknowledged(a, 100, false);
    ff_cycle_acknowledged(b, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), false);
    CHECK_INT(done[0], -1);
}

static void test_rebalance(void)
{
    CASE("a cycle of a former assignment moves no position of the present one");
    start(2);
    struct ff_cycle *old = cycle(1, 100);
    CHECK_INT(ff_cycles_assign(&c, 1), FF_OK);
    struct ff_cycle *now = cycle(1, 5);
    CHECK_INT(ff_cycles_busy(&c), true);
    ff_cycle_acknowledged(now, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), false); /* the old message is still under way: its memory is in use */
    ff_cycle_acknowledged(old, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(done[0], 5);

    CASE("what a former assignment was refused does not hold back the present one");
    old = cycle(1, 200);
    CHECK_INT(ff_cycles_assign(&c, 3), FF_OK);
    now = cycle(0, 6);
    ff_cycle_acknowledged(old, 100, false);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(done[0], 6);

    CASE("a position for a cycle opened before the rebalance is ignored");
    now = ff_cycles_open(&c);
    CHECK_INT(ff_cycles_assign(&c, 0), FF_OK);
    ff_cycle_position(now, 0, 77);
    ff_cycle_close(now);
    CHECK_INT(ff_cycles_retire(&c, done), false);
    CHECK_INT(c.count, 0);

    CASE("when the producer is gone, nothing is under way any more");
    CHECK_INT(ff_cycles_assign(&c, 1), FF_OK);
    cycle(3, 300);
    ff_cycles_forget(&c);
    CHECK_INT(c.bytes, 0);
    CHECK_INT(ff_cycles_busy(&c), false);
}

static void test_limit(void)
{
    CASE("the ring is bounded and turns");
    start(1);
    struct ff_cycle *first = cycle(1, 0), *last = NULL;
    for (int64_t i = 1; i < FF_CYCLES_MAX; i++)
        last = cycle(1, i);
    CHECK_INT(ff_cycles_full(&c), true);
    CHECK_INT(ff_cycles_open(&c) == NULL, true);
    ff_cycle_acknowledged(first, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(ff_cycles_full(&c), false);
    CHECK_INT(cycle(0, FF_CYCLES_MAX) == first, true);
    for (struct ff_cycle *y = first + 1; y <= last; y++)
        ff_cycle_acknowledged(y, 100, true);
    CHECK_INT(ff_cycles_retire(&c, done), true);
    CHECK_INT(done[0], FF_CYCLES_MAX);
}

int main(void)
{
    test_order();
    test_refused();
    test_rebalance();
    test_limit();
    ff_cycles_fini(&c);
    return test_end();
}
