/* ruleset.c: what others ask of a rule set, where its lines were written, and its end. */
#include "classify/ruleset/phrase_index.h"
#include "classify/ruleset/rules_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void ff_ruleset_free(struct ff_ruleset *r)
{
    if (!r)
        return;
    ff_phrase_index_free(r->index);
    ff_kept_words_free(&r->kept);
    free(r->text);
    free(r->pool);
    free(r->rules);
    free(r->phrases);
    free(r->literals);
    free(r->literal_groups);
    free(r->examples);
    free(r->source.lines);
    free(r->source.members);
    free(r->source.set_names);
    free(r->source.set_lines);
    free(r->source.phrase_words);
    free(r);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

uint32_t ff_ruleset_version(const struct ff_ruleset *rules)
{
    return rules->version;
}

uint32_t ff_ruleset_label(const struct ff_ruleset *rules)
{
    return rules->label;
}

const char *ff_ruleset_title(const struct ff_ruleset *rules, char ret[FF_RULESET_TITLE_MAX])
{
    if (rules->label)
        snprintf(ret, FF_RULESET_TITLE_MAX, "%" PRIu32 " (version %" PRIu32 ")", rules->version, rules->label);
    else
        snprintf(ret, FF_RULESET_TITLE_MAX, "%" PRIu32, rules->version);
    return ret;
}

bool ff_ruleset_is_whole(const struct ff_ruleset *rules)
{
    return rules->whole;
}

uint32_t ff_ruleset_rule_count(const struct ff_ruleset *rules)
{
    return rules->rule_count;
}

struct ff_slice ff_ruleset_rule_name(const struct ff_ruleset *rules, uint32_t index)
{
    return rules->rules[index - 1].id;
}

uint32_t ff_ruleset_rule_category(const struct ff_ruleset *rules, uint32_t index)
{
    return rules->rules[index - 1].category;
}

/* ---- file and line ----------------------------------------------------------------------------------------------- */

/** The part that a line belongs to; NULL before the first. */
static const struct ff_rules_part *part_of(const struct ff_ruleset *r, uint32_t line)
{
    uint32_t i = r->source.part_count;
    while (i > 1 && r->source.parts[i - 1].first > line)
        i--;
    return i ? &r->source.parts[i - 1] : NULL;
}

struct ff_slice ff_ruleset_place(const struct ff_ruleset *r, uint32_t line, uint32_t *ret_line)
{
    const struct ff_rules_part *part = part_of(r, line);
    *ret_line = !part ? line : part->line + (line > part->first ? line - part->first : 0);
    return part ? part->name : FF_SLICE("rules");
}

bool ff_ruleset_is_included(const struct ff_ruleset *r, uint32_t line)
{
    const struct ff_rules_part *part = part_of(r, line);
    return part && part->included;
}
