/* large_store_test.c: a store of more than a million keys: what a look-up of a key that is not there costs,
 * counted in the bytes that the process read. And one of many files, read while its writer deletes them.
 */
#include <dirent.h>
#include <inttypes.h>

#include "suppress/engine/store.h"
#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define KEYS 1200000u
#define KEYS_PER_COMMIT 2000u
#define LOOKUPS 20000u
/** The filter is read once, 1.5 MB; one look-up in a hundred reads a block of rows for nothing. A filter that is
 * read for each look-up is 600,000 bytes and more. */
#define BYTES_PER_LOOKUP_MAX 1000

static struct ff_slice key_of(uint64_t n, char buf[64])
{
    struct fixture_random r = {n * UINT64_C(0x9e3779b97f4a7c15) + 1};
    return ff_slice_of(buf, (size_t)snprintf(buf, 64, "S%" PRIx64 "@example.com", fixture_next(&r)));
}

static struct ff_store *open_store(const char *dir, bool read_only)
{
    char msg[512] = "";
    struct ff_store *st = NULL;
    enum ff_err err = ff_store_open(&(struct ff_store_options){.dir = dir, .create = !read_only, .read_only = read_only}, &st, msg, sizeof(msg));
    if (err != FF_OK) {
        printf("%s\n", msg);
        exit(1);
    }
    return st;
}

/* Without values, so that as many keys as can be share a file and its filter. */
static void fill(const char *dir)
{
    char key[64], msg[512] = "";
    struct ff_store *st = open_store(dir, false);
    for (uint64_t n = 0; n < KEYS; n++) {
        ff_store_put(st, key_of(n, key), (struct ff_slice){NULL, 0});
        if (n % KEYS_PER_COMMIT == KEYS_PER_COMMIT - 1)
            CHECK(ff_store_commit(st, msg, sizeof(msg)) == FF_OK, "%s", msg);
    }
    ff_store_close(st);
}

/* What all reads of this process returned so far, also those that the system answered from memory; -1: the system
 * does not say. */
static int64_t bytes_read(void)
{
    long long n = -1;
    FILE *f = fopen("/proc/self/io", "r");
    if (f && fscanf(f, "rchar: %lld", &n) != 1)
        n = -1;
    if (f)
        fclose(f);
    return n;
}

/** How many of so many keys from the n-th on are there. */
static unsigned found(struct ff_store *st, uint64_t n, unsigned count)
{
    unsigned there = 0;
    for (uint64_t end = n + count; n < end; n++) {
        char key[64];
        struct ff_store_value v = {{NULL, 0}, NULL};
        enum ff_err err = ff_store_get(st, key_of(n, key), &v);
        CHECK(err == FF_OK || err == FF_ERR_NOT_FOUND, "%s", ff_err_name(err));
        there += err == FF_OK;
        ff_store_release(&v);
    }
    return there;
}

/* ---- many files ------------------------------------------------------------------------------------------------ */

#define LARGE_VALUES 20000u
#define LARGE_BYTES 16384u /* in all 20 files of 16 MB: more than the library opens of a store at once */
#define ROUNDS_MAX 5
#define TABLES_MAX 256

/* Tables that were there at some moment, by the numbers that are their names. */
struct tables {
    unsigned long numbers[TABLES_MAX];
    size_t count;
};

static void list_tables(const char *dir, struct tables *ret)
{
    char store[600];
    snprintf(store, sizeof(store), "%s/store", dir);
    DIR *d = opendir(store);
    ret->count = 0;
    for (struct dirent *e; d && (e = readdir(d)) && ret->count < TABLES_MAX;)
        if (strstr(e->d_name, ".sst"))
            ret->numbers[ret->count++] = strtoul(e->d_name, NULL, 10);
    if (d)
        closedir(d);
}

static size_t still_there(const char *dir, const struct tables *were)
{
    struct tables now;
    size_t n = 0;
    list_tables(dir, &now);
    for (size_t i = 0; i < were->count; i++)
        for (size_t k = 0; k < now.count; k++)
            n += now.numbers[k] == were->numbers[i];
    return n;
}

/* Bytes that do not compress; other ones in each round. */
static void write_large_values(struct ff_store *st, uint64_t round)
{
    static uint64_t value[LARGE_BYTES / 8];
    char key[64], msg[512] = "";
    struct fixture_random r = {round + 1};
    for (uint64_t n = 0; n < LARGE_VALUES; n++) {
        for (size_t i = 0; i < LARGE_BYTES / 8; i++)
            value[i] = fixture_next(&r);
        ff_store_put(st, key_of(n, key), ff_slice_of(value, sizeof(value)));
        if (n % 100 == 99)
            CHECK(ff_store_commit(st, msg, sizeof(msg)) == FF_OK, "%s", msg);
    }
}

static void check_reader_beside_writer(void)
{
    char dir[512];
    struct tables were;
    unsigned keys = 0;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    CASE("whoever reads a store sees all of it as it was when it was opened, whatever its writer deletes meanwhile");
    struct ff_store *writer = open_store(dir, false);
    write_large_values(writer, 0);
    ff_store_close(writer);
    writer = open_store(dir, false);
    struct ff_store *reader = open_store(dir, true);
    list_tables(dir, &were);
    CHECK(were.count > 16, "%zu files: the library opens all of them", were.count);
    for (uint64_t round = 1; round < ROUNDS_MAX && still_there(dir, &were); round++)
        write_large_values(writer, round);
    CHECK(still_there(dir, &were) < were.count / 2, "%zu of %zu files are there still", still_there(dir, &were),
          were.count);
    struct ff_store_cursor *c = ff_store_cursor_new(reader, FF_SLICE("S"), (struct ff_slice){NULL, 0});
    for (; c && ff_store_cursor_valid(c); ff_store_cursor_next(c))
        keys++;
    CHECK(ff_store_cursor_free(c) == FF_OK, "the walk ended with an error");
    CHECK_INT(keys, LARGE_VALUES);
    ff_store_close(reader);
    ff_store_close(writer);
    fixture_remove(dir);
}

int main(void)
{
    char dir[512];
    check_reader_beside_writer();
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    fill(dir);
    /* For reading: nothing else is read meanwhile, as compaction would. */
    struct ff_store *st = open_store(dir, true);
    CASE("keys of a large store are found");
    CHECK_INT(found(st, KEYS - 1000, 1000), 1000);
    CASE("look-ups of keys that are not there read next to nothing");
    int64_t before = bytes_read();
    CHECK_INT(found(st, KEYS, LOOKUPS), 0);
    int64_t each = (bytes_read() - before) / LOOKUPS;
    if (before < 0)
        printf("skipped: bytes are not counted (/proc/self/io cannot be read)\n");
    CHECK(before < 0 || each <= BYTES_PER_LOOKUP_MAX, "%" PRId64 " bytes each", each);
    printf("%" PRId64 " bytes each\n", each);
    ff_store_close(st);
    fixture_remove(dir);
    return test_end();
}
