/* fold.h: letters of other alphabets in one form, so that "réessayer", "REESSAYER" and Latin-1 bytes match one
 * phrase. */
#ifndef FF_CLASSIFY_FOLD_H
#define FF_CLASSIFY_FOLD_H

#include "proto/slice.h"

enum ff_fold_class {
    FF_FOLD_ASCII, /* out holds ASCII: an accented Latin letter without its accent, a full-width form, a blank */
    FF_FOLD_LETTER, /* out holds a letter of an alphabet with word spaces (Cyrillic, Greek, ...), lower-cased */
    FF_FOLD_IDEOGRAPH, /* a letter of a script without word spaces: Han, kana, hangul, Thai */
};

struct ff_folded {
    uint8_t out[4];
    uint8_t len;  /* of out */
    uint8_t used; /* bytes read, 1.. */
    uint8_t class; /* enum ff_fold_class */
};

/** Folds the sequence at s[at], whose first byte is >= 0x80. A byte that is no UTF-8 is read as ISO 8859-1. */
struct ff_folded ff_fold(struct ff_slice s, size_t at);

#endif
