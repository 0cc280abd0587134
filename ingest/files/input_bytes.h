/* input_bytes.h: the bytes of a file, a pipe or stdin, decompressed, for ever if asked (--follow).
 *
 * Reads the clock (CLOCK_MONOTONIC) to give a rotated file a grace period. One thread per instance.
 */
#ifndef FF_INGEST_INPUT_BYTES_H
#define FF_INGEST_INPUT_BYTES_H

#include "ingest/files/stored_bytes.h"
#include "proto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ff_input;

/**
 * @param path    NULL or "-": stdin. ".gz" and ".zst" are decompressed, and so is a file that begins like one (segments
 *                of an MTA's own spool have no such ending). Borrowed until close
 * @param follow  do not end at the end of the file; survive rotation by rename and by truncation
 * @return FF_OK; FF_ERR_NOT_FOUND (not there, no file, a folder), FF_ERR_PERMISSION, FF_ERR_IO (too many
 *         open files, a broken disk), FF_ERR_NOMEM; message says why
 */
FF_MUST_CHECK enum ff_err ff_input_open(const char *path, bool follow, struct ff_input **ret, char *ret_message,
                                        size_t size);
void ff_input_close(struct ff_input *in);

/** Up to `size` bytes (at least 1); *ret_len is written with DATA only. Never blocks. */
enum ff_input_what ff_input_read(struct ff_input *in, uint8_t *buf, size_t size, size_t *ret_len);

/** No more waiting: what is there now is the rest. */
void ff_input_unfollow(struct ff_input *in);

/** ff_stored_lost() of what is read. */
int ff_input_lost(const struct ff_input *in);
/** To poll for input; -1 for a regular file, which is always readable. */
int ff_input_fd(const struct ff_input *in);
const char *ff_input_message(const struct ff_input *in);
enum ff_err ff_input_error(const struct ff_input *in);
/** At END: the last zstd frame is not complete. What it held so far was given. */
bool ff_input_unfinished(const struct ff_input *in);
/** Bytes read so far (compressed ones where it is compressed) and in all; *ret_total 0: unknown. */
void ff_input_progress(const struct ff_input *in, uint64_t *ret_done, uint64_t *ret_total);
/** Of the file that is being read now, whatever it is. */
int ff_input_open_fd(const struct ff_input *in);
/** Which file is being read now, whatever its name: device and inode; 0, 0 for what is no regular file. */
void ff_input_identity(const struct ff_input *in, uint64_t *ret_device, uint64_t *ret_inode);

#ifdef __cplusplus
}
#endif
#endif
