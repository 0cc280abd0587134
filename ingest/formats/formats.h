/* formats.h: all input formats by name. Above the decoders: only who asks for a format by its name needs this. */
#ifndef FF_INGEST_FORMATS_H
#define FF_INGEST_FORMATS_H

#include "ingest/decode/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Their names, as option tables give a choice. */
#define FF_FORMAT_CHOICES "packed|json|kumomta|postfix"

#define FF_FORMATS 4
/** All formats, NULL-terminated. */
extern const struct ff_decoder_ops *const ff_decoders[FF_FORMATS + 1];
/** NULL when there is no such format. */
const struct ff_decoder_ops *ff_decoder_find(struct ff_slice name);

/** Its place in ff_decoders. */
size_t ff_decoder_number(const struct ff_decoder_ops *format);

#ifdef __cplusplus
}
#endif
#endif
