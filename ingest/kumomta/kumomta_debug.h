/* kumomta_debug.h: Rust's debug text: replies that hide in it, and passwords. */
#ifndef FF_INGEST_KUMOMTA_DEBUG_H
#define FF_INGEST_KUMOMTA_DEBUG_H

#include "proto/slice.h"

/** A reply found inside Rust debug text. */
struct ff_kumomta_hidden {
    uint32_t code, enhanced;
    struct ff_slice content; /* still escaped */
    struct ff_slice command; /* still escaped; empty: None */
    size_t from;             /* where the debug text begins */
};

/** The last "Command rejected Response {...}" in a local text; false when there is none that is whole. */
bool ff_kumomta_open(struct ff_slice text, struct ff_kumomta_hidden *ret);
/** Undoes Rust's string escapes (\n \t \" \\ \u{..} \x..) into the arena. */
struct ff_slice ff_kumomta_unescape(struct ff_arena *arena, struct ff_slice text);
/** text itself, or a copy in the arena in which credentials behind AUTH are masked byte by byte with '*'. Works on
 * plain text, on debug text, and on either of them inside JSON. */
struct ff_slice ff_kumomta_mask(struct ff_arena *arena, struct ff_slice text);

#endif
