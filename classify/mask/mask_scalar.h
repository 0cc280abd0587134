/* mask_scalar.h: the plain masker, chunk by chunk: where the fast paths come for what is rare. */
#ifndef FF_CLASSIFY_MASK_SCALAR_H
#define FF_CLASSIFY_MASK_SCALAR_H

#include "classify/mask/mask_pass.h"

/** Blanks, control bytes, brackets, quotes, comma, semicolon: what ends a chunk. */
bool ff_mask_is_separator(uint8_t c);
/** Masks what stands at s[i], one separator or one chunk, and returns the place behind it. */
size_t ff_mask_step(struct ff_mask_pass *p, struct ff_slice s, size_t i);
/** "<greylist>" is an address whatever it holds, but for an IP and names of line ends ("<CRLF>", "<NUL>"): one token in
 * angle brackets. Returns the bytes that were consumed; 0 when it is something else, or has an '@': the ordinary
 * path compares such addresses with sender and recipient. */
size_t ff_mask_bracketed(struct ff_mask_pass *p, struct ff_slice s, size_t at);
/** Length of a quoted local part with its '@' at s[at] (RFC 5321 4.1.2 Quoted-string), 0 when there is none. */
size_t ff_mask_quoted_local_length(struct ff_slice s, size_t at);
/** "smtp; 550 ...", "X-Postfix; ...", "x-pmta;...": the diagnostic type of a report (RFC 3464 2.3.6) is no part of the
 * reply. Its length. */
size_t ff_mask_diagnostic_type(struct ff_slice s);

#endif
