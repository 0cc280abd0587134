/* rules_int.h: the compiled rule set, as the loader makes it and the matcher reads it.
 *
 * A phrase is a row of elements; an element is a group of literals, any of which will do. The matcher does not walk
 * these: it reads the index made of them (phrase_index.h), so that the cost of a reply depends on what it says, not on
 * the number of rules.
 */
#ifndef FF_CLASSIFY_RULES_INT_H
#define FF_CLASSIFY_RULES_INT_H

#include <hs/hs.h>

#include "classify/classify.h"
#include "classify/mask/hosts.h"
#include "classify/mask/kept_words.h"

#define FF_RULES_MAX 4096
#define FF_GROUPS_MAX 65533 /* their numbers are of 16 bits, and the index has two more */
#define FF_LITERALS_MAX 65536 /* a power of two */
#define FF_PHRASES_MAX 65535
#define FF_PHRASE_ELEMENTS_MAX 6
#define FF_PROVIDERS_MAX 255
#define FF_RULE_CODES_MAX 12
#define FF_RULE_ENHANCED_MAX 24
#define FF_RULE_PROVIDERS_MAX 12
#define FF_RULE_WITH_MAX 4
#define FF_LITERAL_BYTES_MAX 120
#define FF_SUPPRESS_WEIGHT_MIN 50 /* a lighter rule names a cause and never suppresses */
#define FF_RULES_TEXT_MAX (4u << 20)
#define FF_RULES_PARTS_MAX 64

/** What kind of evidence a rule is; also its default weight (docs/classifier.md, "Evidence"). */
enum ff_layer {
    FF_LAYER_HINT,    /* sets a flag, no category */
    FF_LAYER_SHORT,   /* a provider's own code for a cause */
    FF_LAYER_VETO,    /* the sender is the subject */
    FF_LAYER_LISTING, /* rate, harvest, listing: says more than the code */
    FF_LAYER_TABLE,   /* (provider, enhanced code, stage) */
    FF_LAYER_TEXT,
    FF_LAYER_VAGUE,   /* wording that names no cause */
    FF_LAYER_PRIOR,   /* a bare code; never suppresses */
    FF_LAYER_COUNT
};

/** What a hint rule says about the reply. */
enum ff_hint {
    FF_HINT_TEMPORARY = 1,     /* the text says it may work later */
    FF_HINT_SENDER = 2,        /* the sender is the subject: no verdict on the recipient */
    FF_HINT_AFTER_ACCEPT = 4,  /* refused after the message was taken */
    FF_HINT_AT_RCPT = 8,       /* quoted command: RCPT TO */
    FF_HINT_AT_MAIL = 16,
    FF_HINT_AT_DATA_END = 32,
    FF_HINT_AT_CONNECT = 64,
    FF_HINT_LOCAL = 128,       /* made by the sending MTA itself */
    FF_HINT_STRUCTURED = 256,  /* proof of a dead address however late: an Exchange report, who always answers late */
    FF_HINT_RETRY = 512,       /* names a time to wait */
    FF_HINT_FILLER = 1024,     /* its words say nothing of their own; fires once for each */
    FF_HINT_ASIDE = 2048,      /* from its first to its last word no part of what is said: no phrase finds them */
    FF_HINT_OTHER_MATTER = 8192, /* of something else as well: whatever the cause, it proves nothing of the address */
    FF_HINT_ABOUT_MAIL = 4096, /* the mail, or our access, is what it refuses, and not the recipient */
};

/** Where the words of a hint count (its line "where"), seen from a claim: the words of a rule that may suppress. */
enum ff_where {
    FF_WHERE_ANYWHERE,
    FF_WHERE_BEFORE, /* directly before a claim, or with one word between */
    FF_WHERE_BEHIND, /* directly behind one */
    FF_WHERE_NOUN,   /* they end a claim, and a noun follows, which is what they are said of */
};

struct ff_code_range {
    uint16_t from, to; /* 0, 0: no code at all */
};

/** c.s.d with 0xffff for "any". All 0: no enhanced code at all. */
struct ff_enhanced_pattern {
    uint16_t c, s, d;
};

struct ff_example {
    struct ff_slice text;    /* the reply */
    struct ff_slice context; /* "stage=rcpt mx=..." */
    uint32_t rule, line;
    bool positive;
};

struct ff_rule {
    struct ff_slice id;
    uint32_t line;
    uint8_t category, layer, weight;
    uint8_t code_count, enhanced_count, provider_count, with_count;
    bool has_any, has_not;
    bool any_code; /* codes of wrapped replies count too */
    uint8_t where; /* enum ff_where */
    bool dropped;  /* only while loading: taken out by a later "drop" or "replace" */
    uint16_t hint;
    uint16_t stages; /* bit per enum ff_stage; 0: any */
    struct ff_code_range code[FF_RULE_CODES_MAX];
    struct ff_enhanced_pattern enhanced[FF_RULE_ENHANCED_MAX];
    uint16_t provider[FF_RULE_PROVIDERS_MAX];
    struct ff_slice list, list_type, mechanism;
};

/** Is it the wording of a provider (its "text" lines), which is kept as a rule that gives no category? */
static inline bool ff_rule_is_fingerprint(const struct ff_rule *rule)
{
    return rule->layer == FF_LAYER_HINT && rule->hint == 0;
}

/** May a verdict of this category suppress at once? */
static inline bool ff_category_may_suppress(unsigned category)
{
    return category == FF_BAD_MAILBOX || category == FF_BAD_ADDRESS_SYNTAX || category == FF_INACTIVE_MAILBOX ||
           category == FF_BAD_DOMAIN;
}

enum { FF_ROLE_ANY = 0, FF_ROLE_WITH = 1, FF_ROLE_NOT = 200 };

struct ff_phrase {
    uint32_t rule;
    uint32_t line;
    uint8_t role; /* FF_ROLE_ANY; FF_ROLE_WITH + k; FF_ROLE_NOT */
    uint8_t count;
    struct {
        uint16_t group;
        uint8_t gap_words; /* words that may stand between the element before and this one */
    } element[FF_PHRASE_ELEMENTS_MAX];
};

struct ff_literal {
    struct ff_slice text; /* with its boundary blanks */
    uint32_t group_first, group_count; /* into literal_groups */
};

struct ff_provider {
    struct ff_slice name;
    uint32_t line;
};

/** A stretch of lines of one file. Lines are counted through all texts that were read; this is how they become
 * FILE:LINE. */
struct ff_rules_part {
    struct ff_slice name;
    uint32_t first; /* line of the whole, 1-based */
    uint32_t line;  /* what that line is called in its file */
    bool included;
};

/** Member of a set or choice, as it was written. */
struct ff_member {
    struct ff_slice words;
    uint32_t line;
};

/** What only people need: kept apart from what the matcher reads. */
struct ff_rules_source {
    struct ff_rules_part parts[FF_RULES_PARTS_MAX];
    uint32_t part_count, line_count;
    struct ff_slice *lines;        /* [line_count + 1]: lines[n] is line n, 1-based */
    struct ff_member *members;     /* parallel to literal_groups */
    struct ff_slice *set_names;    /* parallel to groups; empty: a choice or a single literal */
    uint32_t *set_lines;           /* likewise: where it begins */
    struct ff_slice *phrase_words; /* parallel to phrases */
};

struct ff_ruleset {
    uint32_t version, label;
    bool whole; /* has the built-in rules, or says that it does without */
    struct ff_rules_source source;
    char *text; /* copy of the file; slices point into it or into `pool` */
    uint8_t *pool;
    size_t pool_used, pool_size;
    struct ff_rule *rules;
    uint32_t rule_count;
    struct ff_phrase *phrases;
    uint32_t phrase_count;
    uint32_t group_count;
    struct ff_literal *literals;
    uint32_t literal_count;
    uint16_t *literal_groups;
    struct ff_provider providers[FF_PROVIDERS_MAX + 1]; /* [0] unused */
    uint16_t provider_count;
    struct ff_example *examples;
    uint32_t example_count;
    struct ff_hosts hosts;
    struct ff_kept_words kept;
    struct ff_phrase_index *index;
};

/** For the masker: NULL when there are none. */
static inline const struct ff_kept_words *ff_ruleset_kept(const struct ff_ruleset *rules)
{
    return rules->kept.count ? &rules->kept : NULL;
}

struct ff_phrase_index; /* phrase_index.h: made of all of the above */

/** The built-in rules, as one text. */
struct ff_slice ff_rules_builtin(void);

/** File and line of a line of the whole; the slice lives as long as the rules. */
struct ff_slice ff_ruleset_place(const struct ff_ruleset *rules, uint32_t line, uint32_t *ret_line);

/** Does a line of the whole come from an included text? */
bool ff_ruleset_is_included(const struct ff_ruleset *rules, uint32_t line);
/** How a rules file writes a word of the masked text: "A" -> "<addr>"; NULL when it is written as it is. */
const char *ff_placeholder_name(struct ff_slice word);

/** "before", ...; NULL: anywhere. */
const char *ff_where_name(unsigned where);
/** "hint", "short", ...; "?" when it is none. */
const char *ff_layer_name(unsigned layer);

/** Provider (1-based) of an MX host; 0: unknown. */
uint16_t ff_provider_of_mx(const struct ff_ruleset *rules, struct ff_slice mx);
struct ff_slice ff_provider_name(const struct ff_ruleset *rules, uint16_t provider);
/** Provider named by a host in the masked text ("Z" words); 0: none. */
uint16_t ff_provider_of_text(const struct ff_ruleset *rules, struct ff_slice masked);

#endif
