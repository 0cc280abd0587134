/* store_rocksdb.c: the store interface over RocksDB's C API (docs/decisions/rocksdb.md).
 *
 * Small on purpose: 8 MiB of memtable, 32 MiB of block cache (store.h has the bound of it all), one background thread,
 * no information log worth the name, and no preallocation (it makes a small disk look full and `du` lie). Every commit
 * is one write-ahead log record; a torn one at the end is dropped at the next open, so a commit is there wholly or not
 * at all.
 */
#include "suppress/engine/store_folder.h"

#include <fcntl.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMTABLE_BYTES ((size_t)8 << 20)
#define CACHE_BYTES ((size_t)32 << 20)
/** The cache in 1 << this many parts, each with a lock and a share of the bytes. What is larger than a share is
 * read anew for each look-up: a filter of one piece, as files have that were written before filters came in
 * partitions, takes 1.4 MiB at most. */
#define CACHE_SHARD_BITS 2
/** Filters and indexes in pieces of so many bytes, which come and go one by one. */
#define METADATA_BYTES 4096
#define OPEN_FILES_MAX 256
/* A reader that opens while the writer deletes old files finds them gone; a moment later it does not. */
#define READ_ONLY_TRIES 5
#define READ_ONLY_WAIT_US 50000

struct ff_store {
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_block_based_table_options_t *table;
    rocksdb_cache_t *cache;
    rocksdb_env_t *env;
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
    rocksdb_writebatch_t *batch;
    int lock_fd;
    bool read_only, written, broken;
};

struct ff_store_cursor {
    rocksdb_iterator_t *it;
    rocksdb_readoptions_t *read;
    char *bound; /* the first key behind the prefix; the library keeps the pointer */
};

/* RocksDB reports the system's words in the middle of its own. */
static enum ff_err words_err(const char *words, enum ff_err otherwise)
{
    if (strstr(words, "Permission denied") || strstr(words, "Read-only file system"))
        return FF_ERR_PERMISSION;
    if (strstr(words, "No space left") || strstr(words, "quota exceeded") || strstr(words, "Input/output error"))
        return FF_ERR_IO;
    return otherwise;
}

/* ---- open and close -------------------------------------------------------------------------------------------- */

static rocksdb_cache_t *new_cache(void)
{
    rocksdb_lru_cache_options_t *o = rocksdb_lru_cache_options_create();
    rocksdb_lru_cache_options_set_capacity(o, CACHE_BYTES);
    rocksdb_lru_cache_options_set_num_shard_bits(o, CACHE_SHARD_BITS);
    rocksdb_cache_t *cache = rocksdb_cache_create_lru_opts(o);
    rocksdb_lru_cache_options_destroy(o);
    return cache;
}

/* Look-ups are mostly of keys that are not there: ten bits a key answer 99 in 100 of them without a block, as long
 * as the bits are in memory. So a look-up must find its piece in the cache, or else read that piece and no more: of
 * a filter in one piece, which fitted no shard of the cache, it read a megabyte. */
static void set_table(struct ff_store *st)
{
    st->table = rocksdb_block_based_options_create();
    st->cache = new_cache();
    rocksdb_block_based_options_set_block_cache(st->table, st->cache);
    rocksdb_block_based_options_set_block_size(st->table, 8192);
    rocksdb_block_based_options_set_filter_policy(st->table, rocksdb_filterpolicy_create_bloom_full(10));
    rocksdb_block_based_options_set_index_type(st->table, rocksdb_block_based_table_index_type_two_level_index_search);
    rocksdb_block_based_options_set_partition_filters(st->table, 1);
    rocksdb_block_based_options_set_metadata_block_size(st->table, METADATA_BYTES);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(st->table, 1);
    rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(st->table, 1);
    rocksdb_block_based_options_set_pin_top_level_index_and_filter(st->table, 1);
    rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(st->table, 1);
    rocksdb_block_based_options_set_format_version(st->table, 5);
    rocksdb_options_set_block_based_table_factory(st->options, st->table);
}

static bool set_options(struct ff_store *st, bool create)
{
    rocksdb_options_t *base = rocksdb_options_create();
    char *err = NULL;
    st->options = rocksdb_options_create();
    /* These have no setters in the C API. The hint: outbox rows of a partition (O and two bytes) only grow, so each
     * is found to belong behind the last one without a search of the memtable. */
    rocksdb_get_options_from_string(base, "allow_fallocate=false;memtable_insert_with_hint_prefix_extractor=fixed:3",
                                    st->options, &err);
    rocksdb_options_destroy(base);
    if (err) {
        rocksdb_free(err);
        return false;
    }
    rocksdb_options_set_create_if_missing(st->options, create);
    rocksdb_options_set_write_buffer_size(st->options, MEMTABLE_BYTES);
    rocksdb_options_set_max_write_buffer_number(st->options, 2);
    rocksdb_options_set_max_total_wal_size(st->options, 4 * MEMTABLE_BYTES);
    rocksdb_options_set_max_background_jobs(st->options, 2);
    /* Compaction is in no hurry: at the priority of all others, one that took a second of a core let new
     * suppressions wait half a second on a machine of two. When it is starved for long, writes are slowed down and
     * it gets its share. */
    st->env = rocksdb_create_default_env();
    rocksdb_env_lower_thread_pool_cpu_priority(st->env);
    rocksdb_options_set_env(st->options, st->env);
    rocksdb_options_set_max_open_files(st->options, st->read_only ? -1 : OPEN_FILES_MAX);
    rocksdb_options_set_target_file_size_base(st->options, (uint64_t)16 << 20);
    rocksdb_options_set_max_bytes_for_level_base(st->options, (uint64_t)64 << 20);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(st->options, 1);
    /* Also at the bottom, which is all there is below the newest files of a small state: there zstd was a third of what
     * compaction cost. */
    rocksdb_options_set_compression(st->options, rocksdb_lz4_compression);
    rocksdb_options_set_info_log_level(st->options, 4); /* fatal */
    rocksdb_options_set_keep_log_file_num(st->options, 1);
    rocksdb_options_set_max_log_file_size(st->options, (size_t)1 << 20);
    rocksdb_options_set_stats_dump_period_sec(st->options, 0);
    rocksdb_options_set_manifest_preallocation_size(st->options, 0);
    set_table(st);
    return true;
}

/* Which manifest is current, and how long it is: both change when files come and go. */
struct manifest_mark {
    ino_t inode;
    off_t size;
};

static struct manifest_mark manifest_mark(const char *path)
{
    char name[4300], current[64] = "";
    struct stat sb;
    snprintf(name, sizeof(name), "%s/CURRENT", path);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, current, sizeof(current) - 1);
    if (fd >= 0)
        close(fd);
    current[n > 0 ? strcspn(current, "\n") : 0] = 0;
    snprintf(name, sizeof(name), "%s/%s", path, current);
    if (!current[0] || stat(name, &sb) != 0)
        return (struct manifest_mark){0, -1};
    return (struct manifest_mark){sb.st_ino, sb.st_size};
}

/* A reader opens all files at once (max_open_files -1): the writer beside it deletes what it has compacted, and what
 * was not open by then could not be read any more. With a limit the library opens 16 of them, some 250 MB, and the rest
 * when it comes to them: an export of a larger state ended with an I/O error while the writer was busy. From 16 GB on
 * they are more than the 1024 that are usual. */
static void allow_all_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files); /* else opening says that there are too many */
}

/* Opens st->db, or leaves it NULL and says why; NULL then means that there is no memory for the words.
 * ret_moving: the last try failed while files came and went, so somebody writes, whoever holds the lock just now. */
static char *open_database(struct ff_store *st, const char *path, bool *ret_moving)
{
    char *err = NULL;
    *ret_moving = false;
    if (!st->read_only) {
        st->db = rocksdb_open(st->options, path, &err);
        return err;
    }
    allow_all_files();
    for (unsigned i = 0; i < READ_ONLY_TRIES; i++) {
        if (i)
            usleep(READ_ONLY_WAIT_US);
        rocksdb_free(err);
        err = NULL;
        struct manifest_mark before = manifest_mark(path), after;
        st->db = rocksdb_open_for_read_only(st->options, path, 0, &err);
        /* A writer that moved the log into a table between our reading of the manifest and of the logs would leave us
         * with neither: an old or empty state without an error. */
        after = manifest_mark(path);
        *ret_moving = before.inode != after.inode || before.size != after.size;
        if (err)
            continue;
        if (before.size >= 0 && !*ret_moving)
            break;
        rocksdb_close(st->db);
        st->db = NULL;
        err = strdup("it changed while it was being opened");
    }
    return err;
}

static enum ff_err open_in(struct ff_store *st, const struct ff_store_options *opts, char *msg, size_t size)
{
    char path[4096], current[4200];
    struct stat sb;
    enum ff_err err = ff_store_folder_find(opts, msg, size);
    if (!err && !opts->read_only)
        err = ff_store_folder_lock(opts, &st->lock_fd, msg, size);
    if (err)
        return err;
    if ((size_t)snprintf(path, sizeof(path), "%s/store", opts->dir) >= sizeof(path))
        return FF_ERR_CREATE; /* the lock's name would have been longer */
    snprintf(current, sizeof(current), "%s/CURRENT", path);
    if (!opts->create && stat(current, &sb) != 0) {
        bool young = opts->read_only && ff_store_folder_is_locked(opts->dir);
        snprintf(msg, size,
                 young ? "%s: another process is just making it (try again)"
                       : "%s: holds no state of ours (check --state)",
                 opts->dir);
        return young ? FF_ERR_EXISTS : FF_ERR_NOT_FOUND;
    }
    if (!set_options(st, opts->create)) {
        snprintf(msg, size, "the RocksDB library does not know our options");
        return FF_ERR_DEFECT;
    }
    bool moving;
    char *words = open_database(st, path, &moving);
    if (st->db)
        return FF_OK;
    bool busy = opts->read_only && (moving || ff_store_folder_is_locked(opts->dir));
    err = words ? words_err(words, busy ? FF_ERR_EXISTS : opts->create ? FF_ERR_CREATE : FF_ERR_IO) : FF_ERR_NOMEM;
    snprintf(msg, size, "%s: cannot open the state%s: %s", opts->dir, busy ? " beside the process that writes it" : "",
             words ? words : "memory is short");
    rocksdb_free(words);
    return err;
}

enum ff_err ff_store_open(const struct ff_store_options *opts, struct ff_store **ret, char *msg, size_t size)
{
    struct ff_store *st = (struct ff_store *)calloc(1, sizeof(*st));
    if (!st) {
        snprintf(msg, size, "out of memory");
        return FF_ERR_NOMEM;
    }
    st->lock_fd = -1;
    rocksdb_set_perf_level(rocksdb_disable); /* of this thread, which writes; it would count each comparison of keys */
    st->read_only = opts->read_only;
    enum ff_err err = open_in(st, opts, msg, size);
    if (err) {
        ff_store_close(st);
        return err;
    }
    st->read = rocksdb_readoptions_create();
    st->write = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(st->write, opts->sync);
    st->batch = rocksdb_writebatch_create();
    *ret = st;
    return FF_OK;
}

/* What is in the memtable is in the log as well; it is flushed only to leave a small folder that opens quickly. */
static void flush(struct ff_store *st)
{
    char *err = NULL;
    rocksdb_flushoptions_t *fo = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(fo, 1);
    rocksdb_flush(st->db, fo, &err);
    rocksdb_free(err);
    rocksdb_flushoptions_destroy(fo);
}

void ff_store_close(struct ff_store *st)
{
    if (!st)
        return;
    if (st->batch)
        rocksdb_writebatch_destroy(st->batch);
    if (st->db) {
        if (st->written && !st->broken)
            flush(st);
        rocksdb_close(st->db);
    }
    if (st->read)
        rocksdb_readoptions_destroy(st->read);
    if (st->write)
        rocksdb_writeoptions_destroy(st->write);
    if (st->options)
        rocksdb_options_destroy(st->options);
    if (st->table)
        rocksdb_block_based_options_destroy(st->table);
    if (st->cache)
        rocksdb_cache_destroy(st->cache);
    if (st->env)
        rocksdb_env_destroy(st->env);
    if (st->lock_fd >= 0)
        close(st->lock_fd);
    free(st);
}

/* ---- read and write -------------------------------------------------------------------------------------------- */

enum ff_err ff_store_get(struct ff_store *st, struct ff_slice key, struct ff_store_value *ret)
{
    char *err = NULL;
    rocksdb_pinnableslice_t *pin = rocksdb_get_pinned(st->db, st->read, (const char *)key.ptr, key.len, &err);
    if (err) {
        rocksdb_free(err);
        return FF_ERR_IO;
    }
    if (!pin)
        return FF_ERR_NOT_FOUND;
    size_t len;
    const char *bytes = rocksdb_pinnableslice_value(pin, &len);
    *ret = (struct ff_store_value){ff_slice_of(bytes, len), pin};
    return FF_OK;
}

void ff_store_release(struct ff_store_value *v)
{
    if (v->pin)
        rocksdb_pinnableslice_destroy((rocksdb_pinnableslice_t *)v->pin);
    *v = (struct ff_store_value){{NULL, 0}, NULL};
}

void ff_store_put(struct ff_store *st, struct ff_slice key, struct ff_slice value)
{
    rocksdb_writebatch_put(st->batch, (const char *)key.ptr, key.len, value.len ? (const char *)value.ptr : "",
                           value.len);
}

void ff_store_delete(struct ff_store *st, struct ff_slice key)
{
    rocksdb_writebatch_delete(st->batch, (const char *)key.ptr, key.len);
}

enum ff_err ff_store_commit(struct ff_store *st, char *msg, size_t size)
{
    char *words = NULL;
    if (st->read_only) {
        snprintf(msg, size, "the state is open for reading only");
        return FF_ERR_DEFECT;
    }
    if (st->broken) {
        snprintf(msg, size, "an earlier write to the state failed");
        return FF_ERR_IO;
    }
    if (rocksdb_writebatch_count(st->batch) == 0)
        return FF_OK;
    rocksdb_write(st->db, st->write, st->batch, &words);
    rocksdb_writebatch_clear(st->batch);
    if (words) {
        st->broken = true;
        snprintf(msg, size, "cannot write the state: %s", words); /* what to do, only the caller knows */
        rocksdb_free(words);
        return FF_ERR_IO;
    }
    st->written = true;
    return FF_OK;
}

/* ---- walk ------------------------------------------------------------------------------------------------------ */

/* The least key greater than all that begin with the prefix; 0 when there is none (empty, or all 0xff). */
static size_t prefix_bound(struct ff_slice prefix, char *ret)
{
    size_t n = prefix.len;
    while (n && prefix.ptr[n - 1] == 0xff)
        n--;
    if (n) {
        memcpy(ret, prefix.ptr, n);
        ret[n - 1]++;
    }
    return n;
}

struct ff_store_cursor *ff_store_cursor_new(struct ff_store *st, struct ff_slice prefix, struct ff_slice from)
{
    struct ff_store_cursor *c = (struct ff_store_cursor *)calloc(1, sizeof(*c));
    if (!c || !(c->bound = (char *)malloc(prefix.len + 1))) {
        free(c);
        return NULL;
    }
    c->read = rocksdb_readoptions_create();
    size_t len = prefix_bound(prefix, c->bound);
    if (len)
        rocksdb_readoptions_set_iterate_upper_bound(c->read, c->bound, len);
    c->it = rocksdb_create_iterator(st->db, c->read);
    ff_store_cursor_seek(c, from.len ? from : prefix);
    return c;
}

bool ff_store_cursor_valid(struct ff_store_cursor *c)
{
    return rocksdb_iter_valid(c->it) != 0;
}

void ff_store_cursor_next(struct ff_store_cursor *c)
{
    rocksdb_iter_next(c->it);
}

void ff_store_cursor_seek(struct ff_store_cursor *c, struct ff_slice to)
{
    rocksdb_iter_seek(c->it, (const char *)to.ptr, to.len);
}

struct ff_slice ff_store_cursor_key(struct ff_store_cursor *c)
{
    size_t len;
    const char *k = rocksdb_iter_key(c->it, &len);
    return ff_slice_of(k, len);
}

struct ff_slice ff_store_cursor_value(struct ff_store_cursor *c)
{
    size_t len;
    const char *v = rocksdb_iter_value(c->it, &len);
    return ff_slice_of(v, len);
}

enum ff_err ff_store_cursor_free(struct ff_store_cursor *c)
{
    char *err = NULL;
    if (!c)
        return FF_OK;
    rocksdb_iter_get_error(c->it, &err);
    rocksdb_iter_destroy(c->it);
    rocksdb_readoptions_destroy(c->read);
    free(c->bound);
    free(c);
    bool failed = err != NULL;
    rocksdb_free(err);
    return failed ? FF_ERR_IO : FF_OK;
}
