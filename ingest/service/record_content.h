/* record_content.h: undoes the header `content-encoding` of a Kafka record (gzip or zstd), within a limit.
 *
 * Kafka's own codecs are librdkafka's business; this is for shippers that compress the value themselves and say so.
 */
#ifndef FF_INGEST_RECORD_CONTENT_H
#define FF_INGEST_RECORD_CONTENT_H

#include "proto/error.h"

/** Largest content: what a packed record may hold, too. Larger ones are dead letters (bombs, mistakes). */
#define FF_RECORD_CONTENT_MAX (16u << 20)

struct ff_record_content; /* one per thread; its buffer is made at the first record that needs it */

struct ff_record_content *ff_record_content_new(void);
void ff_record_content_free(struct ff_record_content *c);
/**
 * @param encoding  "gzip", "zstd", "identity" or empty (then the value itself comes back)
 * @param ret       lives until the next call
 * @return FF_OK; FF_ERR_CONFIG an encoding that is neither; FF_ERR_SYNTAX / FF_ERR_TRUNCATED broken bytes;
 *         FF_ERR_TOO_LARGE; FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_record_content_open(struct ff_record_content *c, struct ff_slice encoding,
                                                 struct ff_slice value, struct ff_slice *ret);

#endif
