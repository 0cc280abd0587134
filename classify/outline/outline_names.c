/* outline_names.c: see outline_names.h. */
#include "classify/outline/outline_names.h"

#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_parties.h"

/** Are these letters only, as words are? */
static bool is_word(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ff_is_alpha(s.ptr[i]))
            return false;
    return s.len >= 2;
}

bool outline_names_somebody(const struct outline *u, struct ff_mask_pass *p)
{
    if (outline_may_name_recipient(u, p->ctx)) {
        struct ff_slice local = ff_mask_recipient_local(p);
        if (local.len && (u->foreign || u->near_bits & outline_word_bit(local)) && is_word(local))
            return true;
    }
    const uint8_t *fixed = outline_fixed(u);
    for (unsigned i = 0; i < u->host_count; i++)
        if (ff_mask_is_sender_domain(p, ff_slice_of(fixed + u->hosts[i].at, u->hosts[i].len)))
            return true;
    return false;
}
