/* slice.h: borrowed views of bytes, and the bump arena that backs the few bytes a decoder must make itself.
 *
 * Nearly everything on the hot path points into the record that was read; a decoder that must unescape, fold or
 * build bytes takes them from an arena that is reset for each record. Neither type ever calls malloc after start.
 */
#ifndef FF_PROTO_SLICE_H
#define FF_PROTO_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FF_MUST_CHECK __attribute__((warn_unused_result))

/** A borrowed view of bytes: no NUL, any encoding. `ptr` may be NULL only when `len` is 0. */
struct ff_slice {
    const uint8_t *ptr;
    size_t len;
};

/** View of a NUL-terminated string, without its NUL; lives as long as the string. */
static inline struct ff_slice ff_slice_str(const char *s)
{
    return (struct ff_slice){(const uint8_t *)s, strlen(s)};
}

/** View of a string literal; the length is known to the compiler. */
#define FF_SLICE(literal) ((struct ff_slice){(const uint8_t *)("" literal), sizeof(literal) - 1})

static inline struct ff_slice ff_slice_of(const void *ptr, size_t len)
{
    return (struct ff_slice){(const uint8_t *)ptr, len};
}

/** Bytes [from, to) of s; both are clamped to its length. */
static inline struct ff_slice ff_slice_sub(struct ff_slice s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return (struct ff_slice){s.ptr ? s.ptr + from : NULL, to - from};
}

static inline bool ff_slice_eq(struct ff_slice a, struct ff_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** By their bytes, a beginning before what it begins: negative, 0 or positive, as qsort(3) wants it. */
static inline int ff_slice_order(struct ff_slice a, struct ff_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

/** ASCII letters compare without case, all other bytes exactly. */
static inline bool ff_slice_caseeq(struct ff_slice a, struct ff_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        uint8_t x = a.ptr[i], y = b.ptr[i];
        if (x != y) {
            if ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z')
                return false;
        }
    }
    return true;
}

static inline bool ff_slice_starts(struct ff_slice s, struct ff_slice prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool ff_slice_ends(struct ff_slice s, struct ff_slice suffix)
{
    return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/** A byte below 0x20, or 0x7f. */
bool ff_slice_has_control(struct ff_slice s);

/** No byte with its high bit set. Inline, and by whole words that overlap at the end, because the event walk asks
 * it for a dozen short texts per event. Loads go through memcpy: slices start anywhere. */
static inline bool ff_slice_is_ascii(struct ff_slice s)
{
    uint64_t a, b, seen = 0;
    uint32_t c, d;
    const uint8_t *p = s.ptr;
    if (s.len > 16) {
        for (size_t at = 0; at + 16 < s.len; at += 16) {
            memcpy(&a, p + at, 8);
            memcpy(&b, p + at + 8, 8);
            seen |= a | b;
        }
        p += s.len - 16;
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);
        return ((seen | a | b) & 0x8080808080808080u) == 0;
    }
    if (s.len >= 8) {
        memcpy(&a, p, 8);
        memcpy(&b, p + s.len - 8, 8);
        return ((a | b) & 0x8080808080808080u) == 0;
    }
    if (s.len >= 4) {
        memcpy(&c, p, 4);
        memcpy(&d, p + s.len - 4, 4);
        return ((c | d) & 0x80808080u) == 0;
    }
    return s.len == 0 || ((p[0] | p[s.len / 2] | p[s.len - 1]) & 0x80) == 0;
}

/** Index of the first occurrence of `needle` at or after `from`; SIZE_MAX when there is none. */
size_t ff_slice_find(struct ff_slice s, size_t from, struct ff_slice needle);

/** Index of the first byte c at or after `from`; SIZE_MAX when there is none. */
static inline size_t ff_slice_chr(struct ff_slice s, size_t from, uint8_t c)
{
    if (from >= s.len)
        return SIZE_MAX;
    const uint8_t *p = (const uint8_t *)memchr(s.ptr + from, c, s.len - from);
    return p ? (size_t)(p - s.ptr) : SIZE_MAX;
}

/** Without ASCII blanks (space, TAB, CR, LF) at both ends. */
struct ff_slice ff_slice_trim(struct ff_slice s);

/** Is s valid UTF-8 (RFC 3629: no surrogates, nothing over U+10FFFF, shortest form)? */
bool ff_slice_is_utf8(struct ff_slice s);

static inline bool ff_utf8_is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/** At most the first `max` bytes of s. Of a character (UTF-8) that would be cut nothing is left, so valid text
 * stays valid; of other bytes at most three fewer than would fit are left. */
static inline struct ff_slice ff_slice_cut_utf8(struct ff_slice s, size_t max)
{
    if (s.len <= max)
        return s;
    size_t end = max;
    while (end > 0 && max - end < 3 && ff_utf8_is_continuation(s.ptr[end]))
        end--;
    return ff_slice_of(s.ptr, ff_utf8_is_continuation(s.ptr[end]) ? max : end);
}

/** Bytes of the UTF-8 sequence at s[at] (at < s.len): 1..4. When it is invalid, *ret_valid is false and the result is
 * the part that one U+FFFD stands for (the longest beginning of a valid sequence, else one byte; Unicode 3.9). */
size_t ff_utf8_next(struct ff_slice s, size_t at, bool *ret_valid);

/** Unsigned decimal number: one or more digits and nothing else, at most `max`. */
FF_MUST_CHECK bool ff_slice_u64(struct ff_slice s, uint64_t max, uint64_t *ret_value);

/** A bump arena over the caller's memory. What it gives lives until ff_arena_reset(). */
struct ff_arena {
    uint8_t *base;
    size_t size;
    size_t used;
};

static inline void ff_arena_init(struct ff_arena *a, void *mem, size_t size)
{
    *a = (struct ff_arena){(uint8_t *)mem, size, 0};
}

static inline void ff_arena_reset(struct ff_arena *a)
{
    a->used = 0;
}

/** n bytes, unaligned (for text); NULL when the arena is full. n = 0 gives a non-NULL pointer. */
static inline uint8_t *ff_arena_bytes(struct ff_arena *a, size_t n)
{
    if (n > a->size - a->used)
        return NULL;
    uint8_t *p = a->base + a->used;
    a->used += n;
    return p;
}

/** A copy of s inside the arena; *ret_copy is untouched and false is returned when the arena is full. */
FF_MUST_CHECK bool ff_arena_copy(struct ff_arena *a, struct ff_slice s, struct ff_slice *ret_copy);

#ifdef __cplusplus
}
#endif
#endif
