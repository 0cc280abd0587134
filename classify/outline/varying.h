/* varying.h: which part of a reply varies, and how the masker would write it: what outline.c leaves open. */
#ifndef FF_CLASSIFY_VARYING_H
#define FF_CLASSIFY_VARYING_H

#include "classify/mask/mask_pass.h"

/** Parts of one kind are masked alike, and say the same of sender, recipient and own IP, wherever the bytes around them
 * are the same. */
enum ff_varying {
    FF_VARYING_NOT, /* none of these: only the same bytes are the same */
    FF_VARYING_NUMBER,
    FF_VARYING_LONG_NUMBER,
    FF_VARYING_ID,
    FF_VARYING_IP,
    FF_VARYING_OWN_IP,
    FF_VARYING_HOST, /* neither known to the rules nor the sender's domain */
    FF_VARYING_SENDER_HOST,
    FF_VARYING_PATH,    /* the rest of a URL whose host the rules do not know: ff_varying_path() */
    FF_VARYING_TIME,    /* "2026-02-11T09:14:22.101Z", a chunk of its own: of Exchange Online */
    FF_VARYING_WORD,    /* a word that no rule knows: outline_open_word(). Not masked: it is part of the template */
    FF_VARYING_ADDRESS, /* + 1: the sender's, + 2: the recipient's, + 3: of both */
    FF_VARYING_KNOWN_HOST = FF_VARYING_ADDRESS + 4, /* + n: a server's name with digits below entry n of the hosts */
};

/** Bytes from the place of a part on that must be readable; a longer part does not vary. */
#define FF_VARYING_ROOM 64u

/**
 * The part that begins at `at`, whose left neighbour is none of ".-_"; none when no letter or digit is there.
 * @param p        what is known of the delivery; what it finds out about it is kept there
 * @param at       FF_VARYING_ROOM bytes may be read; the reply ends with a byte that belongs to no part, such as NUL
 * @param ret_len  length of a part that varies: it begins and ends with a letter or digit, and what follows it is
 *                 neither of these nor '-', '_' or '@' (but for FF_VARYING_TIME: whatever follows)
 */
enum ff_varying ff_varying_at(struct ff_mask_pass *p, const uint8_t *at, size_t *ret_len);

/** Bytes up to the end of the chunk, which may be none; SIZE_MAX when they are too many or such as end no chunk as a
 * whole: '#', '\\', not ASCII; or a query "?ip=", which the masker tells apart. The byte before them may be read. */
size_t ff_varying_path(const uint8_t *at);

#endif
