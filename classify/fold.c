/* fold.c: see fold.h. Not Unicode normalisation: only what decides whether two wordings of one phrase are equal. */
#include "classify/fold.h"

/* U+00C0..U+00FF and U+0100..U+017F without accents. '?' = multiplication and division sign: a blank. */
static const char latin1[] = "aaaaaaaceeeeiiiidnooooo?ouuuuytsaaaaaaaceeeeiiiidnooooo?ouuuuyty";
static const char latin_a[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiijjjjkkklllllll"
                              "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static struct ff_folded ascii(char c, size_t used)
{
    return (struct ff_folded){.out = {(uint8_t)c}, .len = 1, .used = (uint8_t)used, .class = FF_FOLD_ASCII};
}

static struct ff_folded encode(uint32_t cp, size_t used, enum ff_fold_class class)
{
    struct ff_folded f = {.used = (uint8_t)used, .class = (uint8_t)class};
    if (cp < 0x800) {
        f.out[0] = (uint8_t)(0xc0 | cp >> 6);
        f.out[1] = (uint8_t)(0x80 | (cp & 0x3f));
        f.len = 2;
    } else if (cp < 0x10000) {
        f.out[0] = (uint8_t)(0xe0 | cp >> 12);
        f.out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        f.out[2] = (uint8_t)(0x80 | (cp & 0x3f));
        f.len = 3;
    } else {
        f.out[0] = (uint8_t)(0xf0 | cp >> 18);
        f.out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
        f.out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        f.out[3] = (uint8_t)(0x80 | (cp & 0x3f));
        f.len = 4;
    }
    return f;
}

static struct ff_folded latin(uint32_t cp, size_t used)
{
    if (cp >= 0xc0 && cp <= 0xff) {
        if (cp == 0xdf) {
            struct ff_folded f = ascii('s', used);
            f.out[1] = 's';
            f.len = 2;
            return f;
        }
        char c = latin1[cp - 0xc0];
        return ascii(c == '?' ? ' ' : c, used);
    }
    if (cp >= 0x100 && cp <= 0x17f)
        return ascii(latin_a[cp - 0x100], used);
    return ascii(' ', used); /* U+0080..U+00BF: signs, no-break space */
}

static struct ff_folded classify_point(uint32_t cp, size_t used)
{
    if (cp < 0x180)
        return latin(cp, used);
    if (cp >= 0x218 && cp <= 0x21b) /* Romanian s and t with comma */
        return ascii(cp < 0x21a ? 's' : 't', used);
    if (cp >= 0x300 && cp <= 0x36f) /* combining accents: dropped */
        return (struct ff_folded){.used = (uint8_t)used, .class = FF_FOLD_ASCII};
    if (cp >= 0x391 && cp <= 0x3a9)
        return encode(cp + 0x20, used, FF_FOLD_LETTER);
    if (cp >= 0x410 && cp <= 0x42f)
        return encode(cp + 0x20, used, FF_FOLD_LETTER);
    if (cp == 0x401 || cp == 0x451) /* io is written as ie as often as not */
        return encode(0x435, used, FF_FOLD_LETTER);
    if (cp >= 0x400 && cp <= 0x40f)
        return encode(cp + 0x50, used, FF_FOLD_LETTER);
    if (cp >= 0x1e00 && cp <= 0x1eff) { /* Vietnamese and other letters with several accents */
        static const char vietnamese[] = "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooo"
                                         "oooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy";
        if (cp >= 0x1ea0 && cp < 0x1ea0 + sizeof vietnamese - 1)
            return ascii(vietnamese[cp - 0x1ea0], used);
        return encode(cp, used, FF_FOLD_LETTER);
    }
    if ((cp >= 0x2000 && cp <= 0x206f) || (cp >= 0x3000 && cp <= 0x303f && cp != 0x3005 && cp != 0x3006))
        return ascii(cp == 0x2019 ? '\'' : ' ', used);
    if (cp >= 0xff01 && cp <= 0xff5e)
        return ascii((char)(cp - 0xfee0), used);
    if (cp < 0x0e00 || (cp >= 0x0e80 && cp < 0x1100))
        return encode(cp, used, FF_FOLD_LETTER);
    if (cp == 0xfffd || cp == 0xfeff)
        return ascii(' ', used);
    return encode(cp, used, FF_FOLD_IDEOGRAPH);
}

struct ff_folded ff_fold(struct ff_slice s, size_t at)
{
    bool valid;
    size_t n = ff_utf8_next(s, at, &valid);
    const uint8_t *p = s.ptr + at;
    if (!valid)
        return latin(*p, 1);
    switch (n) {
    case 2:
        return classify_point((uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3fu), 2);
    case 3:
        return classify_point((uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3fu), 3);
    case 4:
        return classify_point((uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
                                  (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3fu), 4);
    default:
        return latin(*p, 1);
    }
}
