/* fold.c: see fold.h. Not Unicode normalisation: only what decides whether two wordings of one phrase are equal. */
#include "classify/mask/fold.h"

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

static struct ff_folded nothing(size_t used)
{
    return (struct ff_folded){.used = (uint8_t)used, .class = FF_FOLD_ASCII};
}

/** U+0386..U+03CE: lower-case letters without accents, the final sigma as any other. */
static struct ff_folded greek(uint32_t cp, size_t used)
{
    static const uint8_t vowels[] = {0xb1, 0, 0xb5, 0xb7, 0xb9, 0, 0xbf, 0, 0xc5, 0xc9, 0xb9}; /* U+0386..U+0390 */
    static const uint8_t accented[] = {0xb1, 0xb5, 0xb7, 0xb9, 0xc5};                          /* U+03AC..U+03B0 */
    static const uint8_t last[] = {0xb9, 0xc5, 0xbf, 0xc5, 0xc9};                              /* U+03CA..U+03CE */
    if (cp <= 0x390)
        cp = vowels[cp - 0x386] ? 0x300u + vowels[cp - 0x386] : cp;
    else if (cp <= 0x3a9)
        cp += 0x20;
    else if (cp <= 0x3ab)
        cp = cp == 0x3aa ? 0x3b9 : 0x3c5;
    else if (cp <= 0x3b0)
        cp = 0x300u + accented[cp - 0x3ac];
    else if (cp == 0x3c2)
        cp = 0x3c3;
    else if (cp >= 0x3ca)
        cp = 0x300u + last[cp - 0x3ca];
    return cp == 0x387 ? ascii(' ', used) : encode(cp, used, FF_FOLD_LETTER);
}

/** U+0591..U+06FF: without the signs for vowels; letters that are written in several ways in one of them. */
static struct ff_folded semitic(uint32_t cp, size_t used)
{
    if (cp <= 0x5c7)
        return cp == 0x5be || cp == 0x5c0 || cp == 0x5c3 ? ascii(' ', used) : nothing(used);
    if (cp == 0x60c || cp == 0x61b || cp == 0x61f || cp == 0x6d4) /* Arabic punctuation */
        return ascii(' ', used);
    if (cp == 0x640 || (cp >= 0x64b && cp <= 0x65f) || cp == 0x670)
        return nothing(used);
    if (cp == 0x622 || cp == 0x623 || cp == 0x625) /* alef with a sign */
        cp = 0x627;
    else if (cp == 0x649 || cp == 0x6cc) /* yeh without dots; Persian yeh */
        cp = 0x64a;
    else if (cp == 0x629) /* teh marbuta */
        cp = 0x647;
    else if (cp == 0x6a9) /* Persian kaf */
        cp = 0x643;
    return encode(cp, used, FF_FOLD_LETTER);
}

static struct ff_folded classify_point(uint32_t cp, size_t used)
{
    if (cp < 0x180)
        return latin(cp, used);
    if (cp == 0x1a0 || cp == 0x1a1 || cp == 0x1af || cp == 0x1b0) /* Vietnamese o and u with horn */
        return ascii(cp <= 0x1a1 ? 'o' : 'u', used);
    if (cp >= 0x218 && cp <= 0x21b) /* Romanian s and t with comma */
        return ascii(cp < 0x21a ? 's' : 't', used);
    if (cp >= 0x300 && cp <= 0x36f) /* combining accents: dropped */
        return nothing(used);
    if (cp >= 0x386 && cp <= 0x3ce)
        return greek(cp, used);
    if (cp >= 0x591 && cp <= 0x6ff)
        return semitic(cp, used);
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
