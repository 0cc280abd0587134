/* unspaced_address.h: addresses in scripts without word spaces: Han, kana, hangul, Thai (RFC 6531).
 *
 * Such text has no blanks around an address, so the words of the server may touch it. Where it ends, in this order:
 *
 * 1. The recipient's or our sender's address, with its domain in whatever labels, ends where it ends. Whatever touches
 *    it is the server's.
 * 2. "<...>" holds an address and nothing else.
 * 3. At its right it ends where the letters after the last dot begin with a top-level domain ("例子.中国不存在"), or
 *    where ASCII letters of the last label stop. When there is neither, nobody can know: the last label is left to
 *    be read as words, and the reply may not suppress (FF_FACT_ADDRESS_UNSURE). In quotes it ends with the label.
 * 4. At its left it begins behind a blank, a bracket, a quote or a sign that no address has, and behind the word for a
 *    sender ("发件人"): a hidden one would turn what is said of us against the recipient. Where ASCII letters or digits
 *    touch those of such a script, it begins with the ones at the '@', and the reply may not suppress: "用户1234@" may
 *    be either.
 *
 * So words of the server are hidden only before an address that is neither the recipient's nor the sender's, and echoes
 * speak only where the verdict may not suppress.
 */
#ifndef FF_CLASSIFY_UNSPACED_ADDRESS_H
#define FF_CLASSIFY_UNSPACED_ADDRESS_H

#include "classify/mask/mask_foreign.h"

struct ff_unspaced_address {
    size_t from, to; /* in the reply */
    uint32_t facts;  /* enum ff_fact bits */
};

/**
 * The first address with letters of such scripts in s[from, to); false: there is none.
 * @param s         the whole reply
 * @param from, to  a run without separators, at most FF_MASK_CHUNK_BYTES_MAX bytes
 */
bool ff_unspaced_find(const struct ff_mask_context *ctx, struct ff_slice s, size_t from, size_t to,
                      struct ff_unspaced_address *ret);
/** The same of an address whose local part is quoted ("\"用户\"@例子.example") where s[from] is within the quotes, or
 * the '@' behind them. What is before `from` was looked at already: the address begins no earlier. It may go on behind
 * the run. */
bool ff_unspaced_find_quoted(const struct ff_mask_context *ctx, struct ff_slice s, size_t from,
                             struct ff_unspaced_address *ret);

#endif
