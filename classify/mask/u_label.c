/* u_label.c: the decoder of RFC 3492 6.2. Names are those of the RFC. */
#include "classify/mask/u_label.h"

enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700, INITIAL_BIAS = 72, INITIAL_N = 0x80 };

#define LABEL_BYTES_MAX 63
/** Over any code point, and far from overflowing. */
#define POINT_MAX 0x10ffffu
#define NUMBER_MAX (POINT_MAX * LABEL_BYTES_MAX)

struct points {
    uint32_t at[LABEL_BYTES_MAX];
    uint32_t count;
};

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
        delta /= BASE - TMIN;
    return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/** Value of a digit, BASE: it is none. */
static uint32_t digit(uint8_t c)
{
    if ((uint8_t)((c | 0x20) - 'a') < 26)
        return (uint32_t)(c | 0x20) - 'a';
    return (uint8_t)(c - '0') < 10 ? 26u + c - '0' : BASE;
}

/** Reads a number at s[*at] and goes behind it; false: there is none, or one that no label has. */
static bool read_number(struct ff_slice s, size_t *at, uint32_t bias, uint32_t *ret)
{
    uint64_t value = 0, weight = 1;
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t d = *at < s.len ? digit(s.ptr[(*at)++]) : BASE;
        uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
        value += d * weight;
        if (d == BASE || value > NUMBER_MAX)
            return false;
        if (d < t)
            break;
        weight *= BASE - t;
    }
    *ret = (uint32_t)value;
    return true;
}

static void insert(struct points *p, uint32_t at, uint32_t point)
{
    memmove(p->at + at + 1, p->at + at, (p->count - at) * sizeof *p->at);
    p->at[at] = point;
    p->count++;
}

static bool decode(struct ff_slice s, struct points *p)
{
    const uint8_t *hyphen = s.len ? memrchr(s.ptr, '-', s.len) : NULL;
    size_t at = 0;
    for (; hyphen && s.ptr + at < hyphen; at++)
        p->at[p->count++] = (uint8_t)(s.ptr[at] - 'A') < 26 ? s.ptr[at] | 0x20u : s.ptr[at];
    at += hyphen != NULL;
    uint32_t n = INITIAL_N, i = 0, bias = INITIAL_BIAS;
    for (bool first = true; at < s.len; first = false) {
        uint32_t delta;
        if (!read_number(s, &at, bias, &delta))
            return false;
        uint32_t places = p->count + 1;
        bias = adapt(delta, places, first);
        i += delta;
        n += i / places;
        i %= places;
        if (n > POINT_MAX)
            return false;
        insert(p, i++, n);
    }
    return true;
}

static size_t put_utf8(uint32_t cp, uint8_t *to)
{
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; cp >>= 6)
        to[i] = (uint8_t)(0x80 | (cp & 0x3f));
    to[0] = (uint8_t)(lead[n] | cp);
    return n;
}

size_t ff_u_label(struct ff_slice a_label, uint8_t ret[FF_U_LABEL_BYTES_MAX])
{
    struct points p = {.count = 0};
    size_t len = 0;
    if (a_label.len <= 4 || a_label.len > LABEL_BYTES_MAX ||
        !ff_slice_caseeq(ff_slice_sub(a_label, 0, 4), FF_SLICE("xn--")) ||
        !decode(ff_slice_sub(a_label, 4, a_label.len), &p))
        return 0;
    for (uint32_t i = 0; i < p.count; i++)
        len += put_utf8(p.at[i], ret + len);
    return len;
}
