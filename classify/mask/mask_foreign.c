/* mask_foreign.c: see mask_foreign.h. Addresses are looked for before the letters are folded and cut into words, since
 * letters of scripts without word spaces are words of their own (unspaced_address.h).
 */
#include "classify/mask/mask_foreign.h"

#include "classify/mask/fold.h"
#include "classify/mask/mask_chunk.h"
#include "classify/mask/mask_scalar.h"
#include "classify/mask/mask_write.h"
#include "classify/mask/unspaced_address.h"

/** Letters and signs without an address that has letters of scripts without word spaces: folds them, and cuts them
 * where the script changes. */
static void mask_letters(struct ff_mask_pass *p, struct ff_slice run)
{
    uint8_t part[FF_MASK_CHUNK_BYTES_MAX + 4];
    size_t n = 0;
    for (size_t i = 0; i < run.len;) {
        if (run.ptr[i] < 0x80) {
            part[n++] = run.ptr[i++];
        } else {
            struct ff_folded f = ff_fold(run, i);
            i += f.used;
            if (f.class == FF_FOLD_IDEOGRAPH) {
                if (n)
                    ff_mask_chunk(p, ff_slice_of(part, n));
                n = 0;
                ff_mask_ideograph(p, ff_slice_of(f.out, f.len));
                continue;
            }
            if (f.class == FF_FOLD_ASCII && f.len && ff_mask_is_separator(f.out[0])) {
                if (n)
                    ff_mask_chunk(p, ff_slice_of(part, n));
                n = 0;
                p->tail_ideograph = false;
                continue;
            }
            memcpy(part + n, f.out, f.len);
            n += f.len;
        }
        if (n >= FF_MASK_CHUNK_BYTES_MAX) {
            ff_mask_chunk(p, ff_slice_of(part, n));
            n = 0;
        }
    }
    if (n)
        ff_mask_chunk(p, ff_slice_of(part, n));
}

/** U+FF20 is one, too. */
static bool has_at_sign(struct ff_slice run)
{
    if (ff_slice_chr(run, 0, '@') != SIZE_MAX)
        return true;
    size_t wide = ff_slice_chr(run, 0, 0xef);
    return wide != SIZE_MAX && ff_slice_find(run, wide, FF_SLICE("\xef\xbc\xa0")) != SIZE_MAX;
}

static void put_address(struct ff_mask_pass *p, const struct ff_unspaced_address *a)
{
    p->out->facts |= a->facts;
    ff_mask_placeholder(p, 'A');
}

size_t ff_mask_foreign(struct ff_mask_pass *p, struct ff_slice s, size_t from, size_t to)
{
    struct ff_unspaced_address a;
    if (ff_unspaced_find_quoted(p->ctx, s, from, &a)) {
        put_address(p, &a);
        return a.to;
    }
    while (has_at_sign(ff_slice_sub(s, from, to)) && ff_unspaced_find(p->ctx, s, from, to, &a)) {
        mask_letters(p, ff_slice_sub(s, from, a.from));
        put_address(p, &a);
        from = a.to;
    }
    mask_letters(p, ff_slice_sub(s, from, to));
    return to;
}

size_t ff_mask_foreign_cut(struct ff_slice s, size_t from, size_t to)
{
    size_t cut = from, letter = from;
    for (size_t i = from; i < to;) {
        bool foreign = s.ptr[i] >= 0x80;
        const struct ff_folded f = foreign ? ff_fold(s, i) : (struct ff_folded){.used = 1};
        if (i + f.used > to)
            break;
        i += f.used;
        letter = i;
        if (f.class == FF_FOLD_ASCII && f.len && ff_mask_is_separator(f.out[0]))
            cut = i;
    }
    return cut > from ? cut : letter;
}
