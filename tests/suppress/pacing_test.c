/* pacing_test.c: when more evidence for what is suppressed already goes out, and how much of it in a turn. */
#include "suppress/owner/owner_int.h"
#include "tests/test.h"

#define APART ((int64_t)FF_OWNER_REFRESHES_MS)
#define NOW ((int64_t)1790000000123)

static int64_t next_time(int64_t now, int32_t partition, int32_t count)
{
    return ff_owner_refreshes_time(now, APART, partition, count) + APART;
}

static void test_grid(int32_t count)
{
    int64_t last = -1;
    for (int32_t p = count - 1; p >= 0; p--) { /* a lower number has a later place in the round */
        int64_t time = ff_owner_refreshes_time(NOW, APART, p, count);
        CASE("the last time of a partition is not to come, and the next is");
        CHECK(time <= NOW && time > NOW - APART, "%d of %d: %lld", p, count, (long long)(NOW - time));
        CASE("every moment until the next time has the same last one");
        CHECK_INT(ff_owner_refreshes_time(time + APART - 1, APART, p, count), time);
        CHECK_INT(ff_owner_refreshes_time(time + APART, APART, p, count), time + APART);
        CASE("partitions that went out at the same moment, after a pause, are apart again the next time");
        int64_t place = next_time(NOW, p, count) % APART;
        if (count > 1 && last >= 0)
            CHECK((place - last + APART) % APART >= APART / count - 1, "%d of %d", p, count);
        last = place;
    }
}

int main(void)
{
    test_grid(1);
    test_grid(8);
    test_grid(300);
    CASE("a few keys go in one turn");
    CHECK(ff_owner_refreshes_share(5) >= 5, "not all");
    CASE("many go a little at a time, and the last of 100,000 within 155 turns");
    size_t left = 100000, turns = 0;
    for (; left > 0 && turns < 1000; turns++) {
        size_t share = ff_owner_refreshes_share(left);
        CHECK(share <= 100000 / FF_OWNER_REFRESHES_TURNS, "%zu at once", share);
        left -= share < left ? share : left;
    }
    CHECK(left == 0 && turns <= 155, "%zu turns", turns);
    return test_end();
}
