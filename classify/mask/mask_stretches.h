/* mask_stretches.h: put_kept() of mask_walk.h out of copy64(), stretch by stretch, for paths without a compress
 * instruction. An included text, like mask_walk.h. */
#include <stdint.h>

static inline uint8_t *put_kept(uint8_t *to, const uint8_t *low, uint64_t keep, unsigned n)
{
    uint64_t drop = ~keep & ff_below(n);
    unsigned from = 0;
    while (drop) {
        unsigned end = ff_first_bit(drop);
        copy64(to, low + from);
        to += end - from;
        from = end + ff_first_bit(~(drop >> end));
        drop &= ~ff_below(from);
    }
    copy64(to, low + from);
    return to + (n - from);
}
