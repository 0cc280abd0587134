/* mask_kinds.h: kinds of the ASCII bytes, for the paths with an instruction that looks 128 bytes up at once. */
#ifndef FF_CLASSIFY_MASK_KINDS_H
#define FF_CLASSIFY_MASK_KINDS_H

#include <stdint.h>

/* One bit each; one row per 16 bytes. */
enum { LETTER = 1, DIGIT = 2, SEP = 4, DOT = 8, COLON = 16, LINE = 32, AT = 64, SLASH = 128 };
#define S SEP
#define L LETTER
#define D DIGIT
static const uint8_t kind_of[128] = {
    S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
    S, 0, S, 0, 0, 0, 0, S, S, S, 0, 0, S, LINE, DOT, SLASH, D, D, D, D, D, D, D, D, D, D, COLON, S, S, 0, S, 0,
    AT, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, S, 0, S, 0, LINE,
    S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, S, 0, S, 0, S,
};
#undef S
#undef L
#undef D

#endif
