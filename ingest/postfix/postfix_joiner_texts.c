/* postfix_joiner_texts.c: texts as chains of pieces of a pool, so that short senders do not pay for long reasons and
 * nothing fragments. */
#include "ingest/postfix/postfix_joiner_texts.h"

void ff_joiner_text_free(struct ff_joiner *j, struct text *t)
{
    uint32_t p = t->first;
    while (p) {
        uint32_t next = j->pieces[p].next;
        j->pieces[p].next = j->piece_free;
        j->piece_free = p;
        j->stats.pieces--;
        p = next;
    }
    *t = (struct text){0, 0};
}

static uint32_t piece_take(struct ff_joiner *j)
{
    uint32_t p = j->piece_free;
    if (p)
        j->piece_free = j->pieces[p].next;
    else
        p = j->piece_fresh++;
    j->stats.pieces++;
    j->pieces[p].next = 0;
    return p;
}

void ff_joiner_text_append(struct ff_joiner *j, struct text *t, uint32_t *last, size_t *fill, struct ff_slice s)
{
    size_t done = 0;
    while (done < s.len) {
        if (*last == 0 || *fill == PIECE_BYTES) {
            uint32_t p = piece_take(j);
            if (*last)
                j->pieces[*last].next = p;
            else
                t->first = p;
            *last = p;
            *fill = 0;
        }
        size_t n = s.len - done < PIECE_BYTES - *fill ? s.len - done : PIECE_BYTES - *fill;
        memcpy(j->pieces[*last].bytes + *fill, s.ptr + done, n);
        *fill += n;
        done += n;
    }
    t->len = (uint16_t)(t->len + s.len);
}

struct ff_slice ff_joiner_text_get(const struct ff_joiner *j, struct text t, struct ff_arena *arena)
{
    uint8_t *out = ff_arena_bytes(arena, t.len);
    if (!out)
        return ff_slice_of(NULL, 0);
    size_t done = 0;
    for (uint32_t p = t.first; p && done < t.len; p = j->pieces[p].next) {
        size_t n = (size_t)t.len - done < PIECE_BYTES ? (size_t)t.len - done : PIECE_BYTES;
        memcpy(out + done, j->pieces[p].bytes, n);
        done += n;
    }
    return ff_slice_of(out, done);
}
