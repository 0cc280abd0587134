/* stored_bytes.h: the bytes of a file, a pipe or stdin as they are stored, followed through rotation and truncation if
 * asked.
 *
 * Reads the clock (CLOCK_MONOTONIC) to give a rotated file a grace period. One thread per instance.
 */
#ifndef FF_INGEST_STORED_BYTES_H
#define FF_INGEST_STORED_BYTES_H

#include <sys/stat.h>

#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Kept of the beginning of a followed file and of what was last read of it. */
#define FF_STORED_KNOWN_BYTES 1024

struct ff_stored {
    const char *path; /* NULL: stdin */
    bool follow, regular;
    int fd;
    int error;       /* errno, when reading failed */
    struct stat st;  /* of fd, when it was opened or last looked at */
    uint64_t offset; /* of the next byte to read */
    /* the first bytes of the file and the last ones read, to recognise a file that was truncated and grew again */
    uint8_t head[FF_STORED_KNOWN_BYTES], tail[FF_STORED_KNOWN_BYTES];
    size_t head_len, tail_len;
    int64_t last_data_ms;
    int lost; /* errno for which what has the name now cannot be read; 0: it can */
    int64_t lost_ms; /* since when */
};

enum ff_input_what {
    FF_INPUT_DATA,
    FF_INPUT_WAIT,   /* nothing now: poll the descriptor, or ask again in 100 ms when that is -1 */
    FF_INPUT_END,    /* of the input; never with follow, except on stdin that is a pipe */
    FF_INPUT_NEXT,   /* the file was rotated and read to its end: what comes next is that of its name now */
    FF_INPUT_ANEW,   /* the file was truncated or written anew in place: what comes next is its beginning */
    FF_INPUT_BROKEN, /* reading (or decompressing, input_bytes.h) failed; nothing more comes */
};

/** Like ff_input_open(); close it also when that fails. */
FF_MUST_CHECK enum ff_err ff_stored_open(struct ff_stored *f, const char *path, bool follow, char *ret_message,
                                         size_t size);
void ff_stored_close(struct ff_stored *f);
/** Up to `size` bytes (at least 1); *ret_len is written with DATA only. Never blocks. */
enum ff_input_what ff_stored_read(struct ff_stored *f, uint8_t *buf, size_t size, size_t *ret_len);
void ff_stored_unfollow(struct ff_stored *f);
/** Bytes read so far and in all; *ret_total 0: unknown. */
void ff_stored_progress(const struct ff_stored *f, uint64_t *ret_done, uint64_t *ret_total);
/** A name without a file, or with one that may not be read, for so long is no moment of its rotation any more. */
#define FF_STORED_LOST_MS 10000
/** errno: for at least FF_STORED_LOST_MS nothing could be read under the name that is followed, while the file that
 * had it before is at its end. 0: all is well. */
int ff_stored_lost(const struct ff_stored *f);
/** For messages. */
const char *ff_stored_name(const struct ff_stored *f);

#ifdef __cplusplus
}
#endif
#endif
