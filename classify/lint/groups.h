/* groups.h: sets and choices, and their members. */
#ifndef FF_CLASSIFY_GROUPS_H
#define FF_CLASSIFY_GROUPS_H

#include "classify/lint/linter.h"

/** Is it one of the parts of the phrase? */
bool ff_phrase_uses(const struct ff_phrase *ph, uint16_t group);
/** A group whose members stand for themselves: a set, or a choice of several. */
bool ff_group_has_members(const struct ff_linter *l, uint16_t group);
/** Do the two stand for the same words of the text? A set that takes another in has its members too. */
bool ff_member_is_same(const struct ff_linter *l, uint32_t a, uint32_t b);
/** The first of those that are the same. */
uint32_t ff_member_first(const struct ff_linter *l, uint32_t member);
/** A rule that uses the group, for messages; of a set, which several may use, none. */
struct ff_slice ff_group_user(const struct ff_linter *l, uint16_t group);
/** Takes a member out or puts it back, with all that are the same. */
void ff_linter_take_member(struct ff_linter *l, uint32_t member, bool there);

#endif
