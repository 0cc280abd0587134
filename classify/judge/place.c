/* place.c: "that the mailbox does not exist" may be what somebody denies, "unknown cookie" is said of a cookie. No list
 * of sentences knows all that may stand there; so the question is put to whatever claimed that an address is dead: what
 * do the words directly before it, and the noun directly behind it, make of the claim?
 */
#include "classify/judge/place.h"

/** Of more than an article nobody knows whether it belongs to the claim or to the words before. */
#define WORDS_BETWEEN_MAX 1u

static bool is_claim(const struct ff_ruleset *rules, const struct ff_fired *fired)
{
    const struct ff_rule *rule = &rules->rules[fired->rule];
    return fired->end && rule->layer != FF_LAYER_HINT && rule->layer < FF_LAYER_VAGUE &&
           ff_category_may_suppress(rule->category);
}

/** Is the byte within a claim, and not its last one? */
static bool is_within_claim(const struct ff_ruleset *rules, const struct ff_fired *fired, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (is_claim(rules, &fired[i]) && at >= fired[i].start && at + 1 < fired[i].end)
            return true;
    return false;
}

static unsigned words_from(struct ff_slice masked, size_t at, size_t to)
{
    unsigned n = 0;
    for (; at < to; at++)
        n += masked.ptr[at] == ' ';
    return n;
}

/** The words may reach into the claim: "that there | is no such user". */
static bool stands_before(const struct ff_ruleset *rules, struct ff_slice masked, const struct ff_fired *fired,
                          size_t count, size_t start, size_t end)
{
    size_t last = end - (masked.ptr[end - 1] == ' ');
    if (is_within_claim(rules, fired, count, start))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_claim(rules, &fired[i]) && start < fired[i].start && end <= fired[i].end &&
            words_from(masked, last, fired[i].start) <= WORDS_BETWEEN_MAX)
            return true;
    return false;
}

static bool stands_behind(const struct ff_ruleset *rules, struct ff_slice masked, const struct ff_fired *fired,
                          size_t count, size_t start)
{
    size_t first = start + (masked.ptr[start] == ' '); /* Japanese and Chinese go on within the word */
    if (is_within_claim(rules, fired, count, first))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_claim(rules, &fired[i]) && (fired[i].end == first || fired[i].end == start))
            return true;
    return false;
}

static bool is_explained(const struct ff_ruleset *rules, const struct ff_fired *fired, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (at >= fired[i].start && at < fired[i].end && !(rules->rules[fired[i].rule].hint & FF_HINT_ABOUT_MAIL))
            return true;
    return false;
}

/** A word of three letters and more that no rule explains: what it is nobody knows, but not the recipient. */
static bool noun_follows(const struct ff_ruleset *rules, struct ff_slice masked, const struct ff_fired *fired,
                         size_t count, size_t end)
{
    bool ends = false;
    for (size_t i = 0; i < count; i++)
        ends |= is_claim(rules, &fired[i]) && fired[i].end == end;
    if (!ends || end >= masked.len || masked.ptr[end - 1] != ' ' || is_within_claim(rules, fired, count, end - 1))
        return false;
    uint8_t first = masked.ptr[end];
    size_t behind = ff_slice_chr(masked, end, ' ');
    bool is_word = (first >= 'a' && first <= 'z') || first >= 0x80;
    return is_word && (behind == SIZE_MAX ? masked.len : behind) - end > 2 && !is_explained(rules, fired, count, end);
}

bool ff_place_has_claim(const struct ff_ruleset *rules, const struct ff_fired *fired, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_claim(rules, &fired[i]))
            return true;
    return false;
}

bool ff_place_holds(const struct ff_ruleset *rules, struct ff_slice masked, const struct ff_fired *fired, size_t count,
                    unsigned where, size_t start, size_t end)
{
    if (end == 0)
        return false;
    switch (where) {
    case FF_WHERE_BEFORE:
        return stands_before(rules, masked, fired, count, start, end);
    case FF_WHERE_BEHIND:
        return stands_behind(rules, masked, fired, count, start);
    case FF_WHERE_NOUN:
        return noun_follows(rules, masked, fired, count, end);
    default:
        return false;
    }
}
