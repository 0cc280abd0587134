/* decode_postfix.h: Postfix log lines (docs/formats-postfix.md). */
#ifndef FF_INGEST_DECODE_POSTFIX_H
#define FF_INGEST_DECODE_POSTFIX_H

#include "ingest/decode/decode.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const struct ff_decoder_ops ff_decoder_postfix;

#ifdef __cplusplus
}
#endif
#endif
