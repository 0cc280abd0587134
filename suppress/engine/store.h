/* store.h: an ordered map of bytes on disk with atomic writes: all that the engine wants of a database.
 *
 * One process writes, guarded by our own lock file, because it must say "in use" before anything of the database is
 * touched. Any number of threads read what was committed; other processes may open a folder read-only beside the writer
 * and see what was committed when they opened it, whatever the writer deletes meanwhile. Only store_rocksdb.c knows
 * which library does it.
 *
 * Memory of an open store, whatever it holds: 32 MiB of what was read last (pieces of filters and indexes before
 * blocks of rows), 16 MiB of what was written last, and some 20 KiB for each of at most 256 open files (read-only: of
 * all files, which have 16 MB each); cursors and values beside it as long as they are held. A look-up of a key that is
 * not there reads nothing when the piece of the filter is in memory, else 4 KiB: that of 10 million keys is 12 MiB.
 */
#ifndef FF_SUPPRESS_STORE_H
#define FF_SUPPRESS_STORE_H

#include "proto/error.h"

struct ff_store;

struct ff_store_options {
    const char *dir;
    bool create;    /* make the folder when it is not there */
    bool read_only; /* take no lock, see what was committed at open */
    bool sync;      /* fdatasync the log at each commit */
};

/** @return FF_OK; FF_ERR_NOT_FOUND, FF_ERR_CREATE, FF_ERR_EXISTS (in use), FF_ERR_PERMISSION, FF_ERR_IO; message
 * says why */
FF_MUST_CHECK enum ff_err ff_store_open(const struct ff_store_options *opts, struct ff_store **ret, char *ret_message,
                                        size_t size);
/** What was put but not committed is dropped. */
void ff_store_close(struct ff_store *st);

/** A value of the store; valid until released. A zeroed one may be released. */
struct ff_store_value {
    struct ff_slice bytes;
    void *pin;
};
/** FF_OK, FF_ERR_NOT_FOUND, FF_ERR_IO. Any thread. */
FF_MUST_CHECK enum ff_err ff_store_get(struct ff_store *st, struct ff_slice key, struct ff_store_value *ret);
void ff_store_release(struct ff_store_value *v);

/** Into the open batch; the one writing thread only. Later puts win. */
void ff_store_put(struct ff_store *st, struct ff_slice key, struct ff_slice value);
void ff_store_delete(struct ff_store *st, struct ff_slice key);
/** All of the batch or nothing. After FF_ERR_IO no commit succeeds until the store is opened again. */
FF_MUST_CHECK enum ff_err ff_store_commit(struct ff_store *st, char *ret_message, size_t size);

/** Walks the keys that begin with `prefix`, from `from` on (empty: the first), in byte order, over the state at the
 * time it was made; never beyond them, so what was deleted there costs nothing. Any thread; one thread per cursor. */
struct ff_store_cursor;
FF_MUST_CHECK struct ff_store_cursor *ff_store_cursor_new(struct ff_store *st, struct ff_slice prefix,
                                                          struct ff_slice from);
bool ff_store_cursor_valid(struct ff_store_cursor *c);
void ff_store_cursor_next(struct ff_store_cursor *c);
void ff_store_cursor_seek(struct ff_store_cursor *c, struct ff_slice to);
/** Valid until the cursor moves. */
struct ff_slice ff_store_cursor_key(struct ff_store_cursor *c);
struct ff_slice ff_store_cursor_value(struct ff_store_cursor *c);
/** FF_ERR_IO when the walk ended because of an error. */
FF_MUST_CHECK enum ff_err ff_store_cursor_free(struct ff_store_cursor *c);

#endif
