/* mask_chunk.h: what one chunk of a reply is, byte by byte: the reference. */
#ifndef FF_CLASSIFY_MASK_CHUNK_H
#define FF_CLASSIFY_MASK_CHUNK_H

#include "classify/mask/mask_pass.h"

/** One run of bytes between blanks, brackets and quotes. ASCII, except letters of other alphabets with word spaces. */
void ff_mask_chunk(struct ff_mask_pass *p, struct ff_slice chunk);

/* Parts of it, for who knows what it has. */
void ff_mask_piece(struct ff_mask_pass *p, struct ff_slice s); /* letters, digits, '.', '-', '_' */
void ff_mask_part(struct ff_mask_pass *p, struct ff_slice s);  /* letters and digits */
void ff_mask_enhanced(struct ff_mask_pass *p, uint32_t code, struct ff_slice s);

#endif
