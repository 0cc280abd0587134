/* repair_test.c: two owners of one partition, without Kafka: whatever a former owner writes late, and whoever
 * loses its disk, the last record of every key in both compacted topics ends as in an undisturbed run.
 *
 * Topics are arrays. A node reads events from the position the "group" has committed, publishes what its outbox hands
 * out, and may be frozen with records on their way; they land after the other node took over. The rules are those of
 * the real owner: an input position is committed only when everything before it was acknowledged, and a state is sent
 * only after its suppression was (docs/decisions/repair-instead-of-transactions.md).
 */
#include "suppress/engine/engine_int.h"
#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define EVENTS 300
#define ROUNDS 25
#define RECORDS_MAX 20000

struct record {
    struct ff_slice key, value; /* owned */
};
struct topic {
    struct record *records;
    size_t count;
};
struct flight { /* an outbox entry on its way */
    struct record suppression, state;
    uint64_t sequence;
    unsigned epoch; /* of the node's assignment */
};
struct node {
    struct ff_suppressor *s;
    char dir[512];
    size_t position; /* next event */
    size_t tail[2];
    unsigned epoch;
    struct flight *flights;
    size_t flight_count;
};
struct world {
    struct topic published, states;
    size_t committed; /* of the group */
    struct fixture_random random;
};

static struct ff_slice keep(struct ff_slice s)
{
    uint8_t *p = (uint8_t *)malloc(s.len ? s.len : 1);
    if (s.len)
        memcpy(p, s.ptr, s.len);
    return ff_slice_of(p, s.len);
}

static void append(struct topic *t, struct record r)
{
    if (t->count == RECORDS_MAX) {
        printf("the repair never ends: %d records\n", RECORDS_MAX);
        exit(1);
    }
    t->records[t->count++] = (struct record){keep(r.key), keep(r.value)};
}

static void free_topic(struct topic *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free((void *)(uintptr_t)t->records[i].key.ptr);
        free((void *)(uintptr_t)t->records[i].value.ptr);
    }
    free(t->records);
}

static void event_of(uint64_t seed, size_t n, char to[32], struct fixture_event *ret)
{
    struct fixture_random r = {seed * 1000003 + n * 7919 + 1};
    uint64_t a = (fixture_next(&r), fixture_next(&r));
    snprintf(to, 32, "p%u@example.com", (unsigned)(a % 9));
    *ret = (struct fixture_event){.to = to, .id = 1 + a / 9 % 200, .time_us = FIXTURE_EPOCH_US + (int64_t)(a / 2000 % 30) * DAY_US,
                                  .category = a / 77 % 2 ? FF_MAILBOX_FULL : FF_BAD_MAILBOX, .stream = "news"};
    ret->suppress = ret->category == FF_BAD_MAILBOX && a / 5 % 3 == 0;
    if (a / 13 % 4 == 0)
        ret->category = FF_RESTRICTED_MAILBOX;
}

static void feed(struct node *n, uint64_t seed, size_t end)
{
    char to[32];
    struct fixture_event ev;
    for (; n->position < end; n->position++) {
        event_of(seed, n->position, to, &ev);
        CHECK_INT(fixture_feed(n->s, &ev, 0), FF_OK);
    }
    fixture_commit(n->s);
}

static void take(void *ctx, const struct ff_outgoing *out)
{
    struct node *n = (struct node *)ctx;
    n->flights = (struct flight *)realloc(n->flights, (n->flight_count + 1) * sizeof(n->flights[0]));
    n->flights[n->flight_count++] = (struct flight){{keep(out->key), keep(out->suppression)}, {keep(out->key), keep(out->state)},
                                                    out->sequence, n->epoch};
}

static void hand_out(struct node *n)
{
    (void)ff_suppressor_outbox(n->s, 0, 1000, take, n);
}

/* The first `count` records land. A frozen node's process is told nothing until it wakes, so `told` may be false. */
static void land(struct world *w, struct node *n, size_t count, bool told)
{
    if (count > n->flight_count)
        count = n->flight_count;
    for (size_t i = 0; i < count; i++) {
        struct flight *f = &n->flights[i];
        if (f->suppression.value.len)
            append(&w->published, f->suppression);
        append(&w->states, f->state);
        if (told && f->epoch == n->epoch)
            ff_suppressor_sent(n->s, f->state.key, f->sequence);
        free((void *)(uintptr_t)f->suppression.key.ptr);
        free((void *)(uintptr_t)f->suppression.value.ptr);
        free((void *)(uintptr_t)f->state.key.ptr);
        free((void *)(uintptr_t)f->state.value.ptr);
    }
    n->flight_count -= count;
    if (n->flight_count)
        memmove(n->flights, n->flights + count, n->flight_count * sizeof(n->flights[0]));
}

/* Reads what others (and it itself) wrote. */
static void read_tails(struct world *w, struct node *n)
{
    for (; n->tail[0] < w->states.count; n->tail[0]++) {
        const struct record *r = &w->states.records[n->tail[0]];
        CHECK_INT(ff_suppressor_merge_state(n->s, r->key, r->value, 0), FF_OK);
    }
    for (; n->tail[1] < w->published.count; n->tail[1]++) {
        const struct record *r = &w->published.records[n->tail[1]];
        CHECK_INT(ff_suppressor_check_published(n->s, r->key, r->value, 0), FF_OK);
    }
    fixture_commit(n->s);
}

static void assign(struct world *w, struct node *n, bool disk_lost)
{
    n->epoch++;
    if (disk_lost) {
        ff_suppressor_close(n->s);
        fixture_remove(n->dir);
        n->s = fixture_open(n->dir, true, false);
    }
    n->tail[0] = n->tail[1] = 0;
    n->position = w->committed;
    ff_suppressor_resend(n->s, 0);
    read_tails(w, n);
}

static void work(struct world *w, struct node *n, uint64_t seed, bool to_the_end)
{
    size_t end = n->position + (size_t)fixture_below(&w->random, 40);
    feed(n, seed, to_the_end || end > EVENTS ? EVENTS : end);
    hand_out(n);
    land(w, n, to_the_end ? SIZE_MAX : (size_t)fixture_below(&w->random, n->flight_count + 1), true);
    read_tails(w, n);
    hand_out(n);
    if (!n->flight_count)
        w->committed = n->position;
}

/* Last value of each key as comparable text: content without versions and times of update. */
static char *compacted(const struct topic *t, bool states)
{
    char *text = NULL;
    size_t size;
    static uint8_t room[FF_KEY_STATE_BYTES_MAX];
    static struct ff_key_state ks;
    FILE *f = open_memstream(&text, &size);
    for (int pass = 0; pass < 2000; pass++) { /* at most so many keys, in byte order */
        static struct record last;
        struct ff_slice before = pass ? last.key : (struct ff_slice){NULL, 0};
        struct record next = {{NULL, 0}, {NULL, 0}};
        for (size_t i = 0; i < t->count; i++) {
            const struct record *r = &t->records[i];
            char key[700], low[700], best[700];
            snprintf(key, sizeof(key), "%.*s", (int)r->key.len, (const char *)r->key.ptr);
            snprintf(low, sizeof(low), "%.*s", (int)before.len, (const char *)before.ptr);
            snprintf(best, sizeof(best), "%.*s", (int)next.key.len, (const char *)next.key.ptr);
            if (strcmp(key, low) > 0 && (!next.key.len || strcmp(key, best) <= 0))
                next = *r;
        }
        if (!next.key.len)
            break;
        last = next;
        struct ff_wire_out out = ff_wire_out(room, sizeof(room));
        struct ff_suppression s;
        if (states) {
            CHECK_INT(ff_key_state_decode(next.value, &ks), FF_OK);
            ff_key_state_encode(&ks, &out);
        } else {
            CHECK_INT(ff_suppression_decode(next.value, &s), FF_OK);
            s.version = 0;
            s.updated_us = 0;
            ff_suppression_encode(&s, &out);
        }
        fprintf(f, "%.*s ", (int)next.key.len, (const char *)next.key.ptr);
        for (size_t i = 0; i < out.used; i++)
            fprintf(f, "%02x", room[i]);
        fputc('\n', f);
    }
    fclose(f);
    return text;
}

static void open_node(struct node *n)
{
    memset(n, 0, sizeof(*n));
    snprintf(n->dir, sizeof(n->dir), "%s", fixture_folder());
    n->s = fixture_open(n->dir, true, false);
}

static void close_node(struct world *w, struct node *n)
{
    land(w, n, SIZE_MAX, false);
    free(n->flights);
    ff_suppressor_close(n->s);
    fixture_remove(n->dir);
}

static void finish(struct world *w, struct node *n, uint64_t seed)
{
    for (unsigned i = 0; i < 50 && (w->committed < EVENTS || n->flight_count || n->tail[0] < w->states.count ||
                                    n->tail[1] < w->published.count); i++)
        work(w, n, seed, true);
    CASE("repair comes to rest");
    CHECK(w->committed == EVENTS && !n->flight_count, "position %zu, %zu on their way", w->committed, n->flight_count);
}

static void new_world(struct world *w, uint64_t seed)
{
    *w = (struct world){.random = {seed * 77 + 5}};
    w->published.records = (struct record *)calloc(RECORDS_MAX, sizeof(struct record));
    w->states.records = (struct record *)calloc(RECORDS_MAX, sizeof(struct record));
}

static void check_versions(const struct topic *t)
{
    CASE("the last record of a key has the highest version of it");
    for (size_t i = 0; i < t->count; i++) {
        struct ff_suppression a, b;
        size_t last = i;
        for (size_t j = i + 1; j < t->count; j++)
            if (ff_slice_eq(t->records[i].key, t->records[j].key))
                last = j;
        CHECK_INT(ff_suppression_decode(t->records[i].value, &a), FF_OK);
        CHECK_INT(ff_suppression_decode(t->records[last].value, &b), FF_OK);
        CHECK(a.version <= b.version, "%llu behind %llu", (unsigned long long)b.version, (unsigned long long)a.version);
    }
}

static void try_world(uint64_t seed)
{
    struct world quiet, wild;
    struct node a, b, *owner = &a, *other = &b;
    new_world(&quiet, seed);
    open_node(&a);
    finish(&quiet, &a, seed);
    close_node(&quiet, &a);

    new_world(&wild, seed);
    open_node(&a);
    open_node(&b);
    for (unsigned turn = 0; turn < 30; turn++) {
        work(&wild, owner, seed, false);
        if (fixture_below(&wild.random, 3))
            continue;
        /* The owner freezes here, with records on their way; the other takes over, perhaps on an empty disk. Some
         * of the late records land while the new owner restores, the rest at some time after. */
        struct node *t = owner;
        owner = other;
        other = t;
        assign(&wild, owner, fixture_below(&wild.random, 3) == 0);
        land(&wild, other, (size_t)fixture_below(&wild.random, 5), false);
        work(&wild, owner, seed, false);
        land(&wild, other, SIZE_MAX, fixture_below(&wild.random, 2));
    }
    land(&wild, other, SIZE_MAX, false);
    finish(&wild, owner, seed);
    check_versions(&wild.published);
    for (int states = 0; states < 2; states++) {
        char *want = compacted(states ? &quiet.states : &quiet.published, states);
        char *got = compacted(states ? &wild.states : &wild.published, states);
        CASE(states ? "the last states are those of an undisturbed run" : "the last suppressions are those of an undisturbed run");
        CHECK(strcmp(want, got) == 0 && *want, "world %llu: %zu and %zu bytes", (unsigned long long)seed, strlen(want), strlen(got));
        free(want);
        free(got);
    }
    close_node(&wild, &a);
    close_node(&wild, &b);
    free_topic(&quiet.published);
    free_topic(&quiet.states);
    free_topic(&wild.published);
    free_topic(&wild.states);
}

/* Reads a topic back, committing after every `apart` records. */
static void restore(struct node *n, const struct topic *t, size_t apart,
                    enum ff_err (*read)(struct ff_suppressor *s, struct ff_slice key, struct ff_slice value, int32_t partition))
{
    for (size_t i = 0; i < t->count; i++) {
        CHECK_INT(read(n->s, t->records[i].key, t->records[i].value, 0), FF_OK);
        if (i % apart == 0)
            fixture_commit(n->s);
    }
    fixture_commit(n->s);
}

/* Each key has several records in both topics; an owner with an empty disk, whose commits come whenever they come,
 * publishes only what is not there. */
static void try_restore(const char *sentence, size_t apart, size_t missing)
{
    struct world w;
    struct node first, second;
    new_world(&w, 3);
    open_node(&first);
    for (size_t end = 10; end <= EVENTS; end += 10) {
        feed(&first, 3, end);
        hand_out(&first);
        land(&w, &first, SIZE_MAX, true);
    }
    w.published.count -= missing; /* the last of them were not written any more */
    open_node(&second);
    restore(&second, &w.states, apart, ff_suppressor_merge_state);
    restore(&second, &w.published, apart, ff_suppressor_check_published);
    ff_suppressor_resend(second.s, 0);
    hand_out(&second);
    CASE(sentence);
    CHECK(second.flight_count <= missing && (second.flight_count > 0) == (missing > 0), "%zu of %zu records missing, %zu published",
          missing, w.published.count + missing, second.flight_count);
    w.published.count += missing;
    close_node(&w, &first);
    close_node(&w, &second);
    free_topic(&w.published);
    free_topic(&w.states);
}

static void test_restore(void)
{
    try_restore("a restore with one commit publishes nothing that is there", 1000000, 0);
    try_restore("nor one with a commit after each record", 1, 0);
    try_restore("nor one with some", 7, 0);
    try_restore("what is missing is published, with one commit", 1000000, 2);
    try_restore("and with a commit after each record", 1, 2);
}

/** How many keys were published, and with a suppression. */
struct published_keys {
    size_t all, with;
};

/* One owner that has published all it knows. */
static struct published_keys publish_all(struct world *w, struct node *n)
{
    new_world(w, 3);
    open_node(n);
    feed(n, 3, EVENTS);
    hand_out(n);
    struct published_keys keys = {n->flight_count, 0};
    for (size_t i = 0; i < keys.all; i++)
        keys.with += n->flights[i].suppression.value.len > 0;
    land(w, n, SIZE_MAX, true);
    fixture_commit(n->s);
    return keys;
}

/* Topics made anew: all keys, or those whose suppressions are not in the new topic. */
static void test_announce(void)
{
    struct world w;
    struct node n;
    struct published_keys keys = publish_all(&w, &n);
    const struct {
        const char *sentence;
        enum ff_again again[2];
        bool read; /* what is in the topic */
        size_t want;
    } rows[] = {
        {"a topic of suppressions that is made anew gets every key that has one", {FF_AGAIN_SUPPRESSIONS}, false, keys.with},
        {"but for those that somebody put there already", {FF_AGAIN_SUPPRESSIONS}, true, 0},
        {"a topic of states gets all", {FF_AGAIN_ALL}, true, keys.all},
        {"another partition's topics are no matter of this one", {FF_AGAIN_NOTHING, FF_AGAIN_ALL}, false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CASE(rows[i].sentence);
        CHECK_INT(ff_suppressor_announce(n.s, rows[i].again, 2), FF_OK);
        if (rows[i].read)
            restore(&n, &w.published, 1000000, ff_suppressor_check_published);
        ff_suppressor_resend(n.s, 0);
        hand_out(&n);
        CHECK(n.flight_count == rows[i].want, "%zu keys, %zu with a suppression: %zu published", keys.all, keys.with, n.flight_count);
        land(&w, &n, SIZE_MAX, true);
        fixture_commit(n.s);
    }
    close_node(&w, &n);
    free_topic(&w.published);
    free_topic(&w.states);
}

/* Somebody else writes into the topic of suppressions; compaction leaves the last record of a key. */
static void test_unreadable(void)
{
    struct world w;
    struct node n;
    (void)publish_all(&w, &n);
    struct ff_slice ours = w.published.records[w.published.count - 1].key;
    const struct {
        const char *sentence;
        struct ff_slice key, value;
        bool readable, last; /* last: nothing of ours comes behind it */
        size_t want;
    } rows[] = {
        {"a value that cannot be read in the place of ours: ours is published again", ours, FF_SLICE("\xff" "none"), false, true, 1},
        {"one that ends in the middle, too", ours, FF_SLICE("\x0a\x7f" "a"), false, true, 1},
        {"not when ours comes behind it", ours, FF_SLICE("\xff" "none"), false, false, 0},
        {"a tombstone in its place is the same", ours, FF_SLICE(""), true, true, 1},
        {"a key that nobody of ours has is left alone", FF_SLICE("acme\x1f*\x1fnobody@example.com"), FF_SLICE("\xff"), false, true, 0},
        {"what is no key, too", FF_SLICE("key"), FF_SLICE("value"), false, true, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CASE(rows[i].sentence);
        enum ff_err err = ff_suppressor_check_published(n.s, rows[i].key, rows[i].value, 0);
        CHECK((err == FF_OK) == rows[i].readable, "%s", ff_err_name(err));
        if (!rows[i].last)
            restore(&n, &w.published, 1000000, ff_suppressor_check_published);
        fixture_commit(n.s);
        hand_out(&n);
        CHECK_INT(n.flight_count, rows[i].want);
        land(&w, &n, SIZE_MAX, true);
        fixture_commit(n.s);
    }
    close_node(&w, &n);
    free_topic(&w.published);
    free_topic(&w.states);
}

static void count_out(void *ctx, const struct ff_outgoing *out)
{
    size_t *changes = (size_t *)ctx;
    changes[0]++;
    changes[1] += out->change.len != 0;
}

static void test_outbox(void)
{
    char dir[512];
    size_t seen[2] = {0, 0};
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, true, false);
    struct fixture_event ev = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 1};
    CHECK_INT(fixture_feed(s, &ev, 3), FF_OK);
    ev.to = "second@example.com";
    CHECK_INT(fixture_feed(s, &ev, 5), FF_OK);
    CASE("nothing is handed out before it is committed");
    CHECK_INT(ff_suppressor_outbox(s, -1, 10, count_out, seen), 0);
    fixture_commit(s);
    CASE("an entry is handed out once, by partition or all");
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, count_out, seen), 1);
    CHECK_INT(ff_suppressor_outbox(s, -1, 10, count_out, seen), 1);
    CHECK_INT(ff_suppressor_outbox(s, -1, 10, count_out, seen), 0);
    CASE("a new suppression is a change; new evidence for it is none");
    CHECK_INT(seen[1], 2);
    CASE("what was not acknowledged is handed out again after a restart, still as a change");
    ff_suppressor_close(s);
    s = fixture_open(dir, true, false);
    memset(seen, 0, sizeof(seen));
    CHECK_INT(ff_suppressor_outbox(s, -1, 10, count_out, seen), 2);
    CHECK_INT(seen[1], 2);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

static void keep_out(void *ctx, const struct ff_outgoing *out)
{
    struct flight *f = (struct flight *)ctx;
    *f = (struct flight){.state.key = keep(out->key), .sequence = out->sequence, .epoch = out->change.len != 0};
}

/* New suppressions go out alone; what only adds evidence waits, and grows together while it does. */
static void test_lanes(void)
{
    char dir[512];
    size_t seen[2] = {0, 0};
    struct flight first;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, true, false);
    struct fixture_event ev = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 1};
    CASE("only the store knows what is left from before");
    CHECK(ff_suppressor_outbox_waiting(s, 3) == SIZE_MAX, "known");
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, count_out, seen), 0);
    CHECK_INT(ff_suppressor_outbox_waiting(s, 3), 0);
    CASE("a new suppression is a change");
    CHECK_INT(fixture_feed(s, &ev, 3), FF_OK);
    fixture_commit(s);
    CHECK_INT(ff_suppressor_outbox_changes(s, 3, 10, keep_out, &first), 1);
    CHECK_INT(first.epoch, 1);
    CASE("more evidence waits, also while the first is on its way");
    for (ev.id = 2; ev.id < 4; ev.id++) {
        CHECK_INT(fixture_feed(s, &ev, 3), FF_OK);
        fixture_commit(s);
        CHECK_INT(ff_suppressor_outbox_changes(s, 3, 10, count_out, seen), 0);
        CHECK_INT(ff_suppressor_outbox_waiting(s, 3), 1);
    }
    CASE("what changed again goes out after the next commit, all of it as one and no change");
    ff_suppressor_sent(s, first.state.key, first.sequence);
    CHECK_INT(fixture_feed(s, &ev, 3), FF_OK);
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, count_out, seen), 0);
    fixture_commit(s);
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, count_out, seen), 1);
    CHECK_INT(ff_suppressor_outbox_waiting(s, 3), 0);
    CHECK_INT(seen[0], 1);
    CHECK_INT(seen[1], 0);
    free((void *)(uintptr_t)first.state.key.ptr);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

struct order {
    size_t count;
    uint64_t sequence[4];
    struct ff_slice key[4];
};

static void keep_order(void *ctx, const struct ff_outgoing *out)
{
    struct order *o = (struct order *)ctx;
    CHECK(o->count < 4, "more than four");
    o->sequence[o->count] = out->sequence;
    o->key[o->count++] = keep(out->key);
}

/* What waits is written anew with each event, its outbox row is not. */
static void test_waiting(void)
{
    char dir[512];
    struct order order = {0};
    struct fixture_event one = {.category = FF_BAD_MAILBOX, .suppress = true, .id = 1}, two = one;
    two.to = "second@example.com";
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, true, false);
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, keep_order, &order), 0);
    for (const struct fixture_event *ev = &one; ev; ev = ev == &one ? &two : NULL) {
        CHECK_INT(fixture_feed(s, ev, 3), FF_OK);
        fixture_commit(s);
    }
    CASE("a key that waits keeps its place when more comes for it");
    one.id = two.id = 2;
    CHECK_INT(fixture_feed(s, &one, 3), FF_OK);
    fixture_commit(s);
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, keep_order, &order), 2);
    CHECK(memmem(order.key[1].ptr, order.key[1].len, "second@", 7) && order.sequence[0] < order.sequence[1], "moved");
    CASE("one that is on its way gets another number: the acknowledgement of the old one is not that of the new");
    one.id = 3;
    CHECK_INT(fixture_feed(s, &one, 3), FF_OK);
    fixture_commit(s);
    for (size_t i = 0; i < 2; i++)
        ff_suppressor_sent(s, order.key[i], order.sequence[i]);
    fixture_commit(s);
    CASE("after a crash exactly what waits is handed out, under the number it has");
    ff_suppressor_close(s);
    s = fixture_open(dir, true, false);
    CHECK_INT(ff_suppressor_outbox(s, 3, 10, keep_order, &order), 1);
    CHECK(ff_slice_eq(order.key[2], order.key[0]) && order.sequence[2] > order.sequence[1], "an old number");
    for (size_t i = 0; i < order.count; i++)
        free((void *)(uintptr_t)order.key[i].ptr);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

int main(void)
{
    test_outbox();
    test_lanes();
    test_waiting();
    test_restore();
    test_announce();
    test_unreadable();
    for (uint64_t seed = 1; seed <= ROUNDS; seed++)
        try_world(seed);
    return test_end();
}
