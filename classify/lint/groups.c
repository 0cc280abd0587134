/* groups.c: see groups.h. */
#include "classify/lint/groups.h"

bool ff_phrase_uses(const struct ff_phrase *ph, uint16_t group)
{
    for (unsigned k = 0; k < ph->count; k++)
        if (ph->element[k].group == group)
            return true;
    return false;
}

bool ff_group_has_members(const struct ff_linter *l, uint16_t group)
{
    return l->group_size[group] > 1 || l->rules->source.set_names[group].len;
}

struct ff_slice ff_group_user(const struct ff_linter *l, uint16_t group)
{
    if (l->rules->source.set_names[group].len)
        return ff_slice_of(NULL, 0);
    for (uint32_t i = 0; i < l->rules->phrase_count; i++)
        if (ff_phrase_uses(&l->rules->phrases[i], group))
            return l->rules->rules[l->rules->phrases[i].rule].id;
    return ff_slice_of(NULL, 0);
}

bool ff_member_is_same(const struct ff_linter *l, uint32_t a, uint32_t b)
{
    return l->rules->source.members[a].words.ptr == l->rules->source.members[b].words.ptr;
}

uint32_t ff_member_first(const struct ff_linter *l, uint32_t member)
{
    uint32_t k = l->rules->literals[l->literal_of[member]].group_first;
    while (!ff_member_is_same(l, k, member))
        k++;
    return k;
}

void ff_linter_take_member(struct ff_linter *l, uint32_t member, bool there)
{
    const struct ff_literal *lit = &l->rules->literals[l->literal_of[member]];
    for (uint32_t k = lit->group_first; k < lit->group_first + lit->group_count; k++)
        if (ff_member_is_same(l, k, member))
            ff_whatif_member(l->whatif, k, there);
}
