/* source_file.h: records of a file, a pipe or stdin: lines, or packed records after their length as a varint.
 *
 * Memory is bounded whatever the input holds: a line over FF_RECORD_BYTES_MAX becomes a record that has its first
 * FF_DEAD_PAYLOAD_MAX bytes and its full length, the rest is skipped as it is read.
 */
#ifndef FF_INGEST_SOURCE_FILE_H
#define FF_INGEST_SOURCE_FILE_H

#include "ingest/decode/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_source;

struct ff_source_options {
    const char *path; /* NULL or "-": stdin; borrowed until close, position.name is this */
    enum ff_framing framing;
    bool follow;
    /** Is told what is no error and yet should be known, in words with the file's name: without follow, at END,
     * that the last zstd frame is not complete. NULL: nobody is. */
    void (*warn)(const char *message);
};

/** @return FF_OK; FF_ERR_NOT_FOUND, FF_ERR_PERMISSION, FF_ERR_IO (too many open files, a broken disk),
 * FF_ERR_NOMEM; message names the file and says why */
FF_MUST_CHECK enum ff_err ff_source_open(const struct ff_source_options *opts, struct ff_source **ret,
                                         char *ret_message, size_t size);
void ff_source_close(struct ff_source *s);

enum ff_source_what {
    FF_SOURCE_RECORD,
    FF_SOURCE_WAIT,   /* nothing now: poll ff_source_fd(), or ask again in 100 ms when that is -1 */
    FF_SOURCE_END,
    FF_SOURCE_BROKEN, /* ff_source_message() and ff_source_error(); everything readable was given before */
    FF_SOURCE_OTHER,  /* not the file that ff_source_resume() was told of: close it, and read it from its start */
    /* With follow, once each, before anything of what comes next: */
    FF_SOURCE_NEXT,   /* the file was rotated and everything of it was given: the file that has its name now follows */
    FF_SOURCE_ANEW,   /* the file was truncated or written anew in place: half a line at its end (which somebody may
                       * have copied whole before: ff_source_drop_half()) follows, then its new content */
};

/** The next record: value without its line feed, position file:line (or file:record). Valid until the next call. */
enum ff_source_what ff_source_next(struct ff_source *s, struct ff_record *ret);

/** How far a file was read: enough to go on there after a restart, and to see then that the file was written anew. */
struct ff_source_place {
    int64_t number; /* of the last record given; 0: none */
    uint64_t check; /* of the length, the beginning and the end of that record */
    uint64_t bytes; /* read of the file as it is stored, at most its size; 0: not to be compared (a compressed copy) */
};
/** From FF_SOURCE_NEXT and FF_SOURCE_ANEW on until the next call of ff_source_next(): of what was left. */
void ff_source_place(struct ff_source *s, struct ff_source_place *ret);
/** The record that is to be given next: the one behind the last, or what ff_source_resume() was told. */
int64_t ff_source_next_number(const struct ff_source *s);

/**
 * Goes on where a former run stopped: leaves out the records before number `next` (1-based). Only after the first
 * record. The file is FF_SOURCE_OTHER when it is smaller than place->bytes, or record place->number is not there or is
 * another one: an inode and a first line are not enough to know a file that is truncated and written again. Records
 * from `next` on may have been given by then. Counting is all that can be done in a compressed or foreign file: about
 * 1 GB/s.
 * @param place  number 0: nothing is known, and nothing is checked
 */
void ff_source_resume(struct ff_source *s, int64_t next, const struct ff_source_place *place);

/** After FF_SOURCE_ANEW: the half line is left out. */
void ff_source_drop_half(struct ff_source *s);

/** Stop following: what is there now is the rest, then END. */
void ff_source_unfollow(struct ff_source *s);

int ff_source_fd(const struct ff_source *s);
/** Of a followed file: errno for which nothing can be read under its name any more (since 10 s; told by
 * FF_SOURCE_WAIT); 0: all is well. */
int ff_source_lost(const struct ff_source *s);
const char *ff_source_message(const struct ff_source *s);
enum ff_err ff_source_error(const struct ff_source *s);
/** Bytes read of the file that is read now (as stored on disk) and in all; *ret_total 0: unknown. */
void ff_source_progress(const struct ff_source *s, uint64_t *ret_done, uint64_t *ret_total);
/** Bytes read since open, of former files of the name too: never goes back. */
uint64_t ff_source_bytes(const struct ff_source *s);

/**
 * The file behind the file name, so that a renamed file is the same and a new one under the old name (or inode) is not.
 * false before the first record was read, or when it is no file. From FF_SOURCE_NEXT and FF_SOURCE_ANEW on until the
 * next call of ff_source_next() it is that of what was left.
 */
struct ff_source_identity {
    uint64_t device, inode;
    uint64_t first; /* hash of its first record; the same in a compressed copy */
};
FF_MUST_CHECK bool ff_source_identity(const struct ff_source *s, struct ff_source_identity *ret);
/** What is open now, read or not; 0, 0 for what is no file. */
void ff_source_open_file(const struct ff_source *s, uint64_t *ret_device, uint64_t *ret_inode);
/** A path to open the same file once more, from its beginning, also when it has no name any more. While it is open. */
void ff_source_path_of_open(const struct ff_source *s, char *ret, size_t size);

#ifdef __cplusplus
}
#endif
#endif
