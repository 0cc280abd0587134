/* rules_load.h: private to the loader: its state, and what its files ask of each other. */
#ifndef FF_CLASSIFY_RULES_LOAD_H
#define FF_CLASSIFY_RULES_LOAD_H

#include "classify/ruleset/rules_int.h"

#define FF_RULES_LINES_MAX (1u << 20)
#define FF_LITERAL_SLOTS (2u * FF_LITERALS_MAX) /* a power of two */
#define FF_FILE_NAME_MAX 200 /* in messages */

/** A named set of alternatives, or an anonymous one. */
struct ff_load_group {
    struct ff_slice name;       /* empty: anonymous */
    struct ff_load_member {
        struct ff_slice words;
        uint32_t literal, line;
    } *members;
    uint32_t count, size;
};

struct ff_loader {
    struct ff_ruleset *rules;
    char *message;
    size_t message_size;
    uint32_t line;         /* of the whole: included texts count */
    enum ff_err err;
    bool included;         /* an included text is being read */
    uint64_t included_hash; /* of the text that was included; 0: none */
    struct ff_rule *rule;  /* the rule the next indented line belongs to */
    uint16_t provider;     /* or the provider */
    uint32_t fingerprint;  /* the rule its wording goes to */
    uint32_t rules_size, phrases_size, words_size, literals_size, examples_size, groups_size, lines_size;
    struct ff_load_group *groups; /* index = group number */
    uint32_t group_count;
    uint32_t *literal_slots; /* hash of literal texts: index + 1 */
    uint32_t *alone;         /* [literal] the anonymous group that holds just it: number + 1 */
};

/** Ends the load: this message, behind file and line, unless there is one already. Returns false. */
bool ff_load_fail(struct ff_loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Room for one more; else "more than MAX WHAT". */
FF_MUST_CHECK bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element,
                                uint32_t max, const char *what);
/** A copy that lives as long as the rules. */
struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s);
/** The first word, which is taken off. */
struct ff_slice ff_load_word(struct ff_slice *rest);
/** Reads all lines of a text, which must live as long as the rules. */
FF_MUST_CHECK bool ff_load_lines(struct ff_loader *l, struct ff_slice text);

/* In what follows `rest` is what a line holds behind its first word, the `key` or `verb`. */

/* rules_rule.c: rules and hints. */
/** "rule NAME CATEGORY LAYER [WEIGHT]" or "hint NAME SAYS". */
FF_MUST_CHECK bool ff_load_rule(struct ff_loader *l, struct ff_slice rest, bool is_hint);
/** An indented line below it. */
FF_MUST_CHECK bool ff_load_rule_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest);
/** "yes REPLY", "no {CONTEXT} REPLY" for the rule of this number. */
FF_MUST_CHECK bool ff_load_example(struct ff_loader *l, struct ff_slice rest, uint32_t rule, bool positive);
/** An empty rule, behind all others; NULL when there is no room. Rules that were there before may move. */
FF_MUST_CHECK struct ff_rule *ff_load_new_rule(struct ff_loader *l, struct ff_slice id);
/** An existing rule or hint of this name; UINT32_MAX when there is none. */
uint32_t ff_load_find(const struct ff_loader *l, struct ff_slice id);

/* rules_predicates.c: what a rule asks for beside words. */
/** "code 550 55x none wrapped" */
FF_MUST_CHECK bool ff_load_codes(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** "enhanced 5.1.1 x.1.1 5.7.* none" */
FF_MUST_CHECK bool ff_load_enhanced(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** "stage rcpt data" */
FF_MUST_CHECK bool ff_load_stages(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);

/* rules_provider.c: providers and lists. */
/** "provider NAME"; one that is there already goes on. */
FF_MUST_CHECK bool ff_load_provider(struct ff_loader *l, struct ff_slice rest);
/** An indented line below it. */
FF_MUST_CHECK bool ff_load_provider_line(struct ff_loader *l, struct ff_slice key, struct ff_slice rest);
/** "list NAME ip|domain|uri HOST...", blanks in the name as '_'. */
FF_MUST_CHECK bool ff_load_list(struct ff_loader *l, struct ff_slice rest);
/** Of a rule: "from PROVIDER...". */
FF_MUST_CHECK bool ff_load_from(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);
/** Of a rule: "names LIST ip|domain|uri". */
FF_MUST_CHECK bool ff_load_names(struct ff_loader *l, struct ff_rule *rule, struct ff_slice rest);

/* rules_include.c: entries that change what was read before. */
/** From the next line of the whole on, lines are those of file `name` from `line` on. */
FF_MUST_CHECK bool ff_load_part(struct ff_loader *l, struct ff_slice name, uint32_t line);
/** "include builtin" */
FF_MUST_CHECK bool ff_load_include(struct ff_loader *l, struct ff_slice rest);
/** "drop rule NAME", "replace rule NAME CATEGORY LAYER [WEIGHT]", "extend rule NAME"; hints likewise. */
FF_MUST_CHECK bool ff_load_change(struct ff_loader *l, struct ff_slice verb, struct ff_slice rest);
/** Takes out the dropped rules, their phrases and examples. */
void ff_load_forget_dropped(struct ff_ruleset *r);

/* rules_phrase.c: sets and phrases. */
/** "NAME = alternative | alternative"; a set may be continued by a second line. */
FF_MUST_CHECK bool ff_load_set(struct ff_loader *l, struct ff_slice rest);
/** "phrase | phrase" for the rule that is open; of a provider: for the rule l->fingerprint. */
FF_MUST_CHECK bool ff_load_phrases(struct ff_loader *l, struct ff_slice rest, unsigned role);

/* ruleset.c */
/** An empty rule set with room for what `text` (copied) says; call ff_load_end() and ff_ruleset_free() in any case. */
FF_MUST_CHECK bool ff_load_begin(struct ff_loader *l, struct ff_slice text);
void ff_load_end(struct ff_loader *l);
/** When all is read: the tables of the rule set, and its index. */
FF_MUST_CHECK bool ff_load_compile(struct ff_loader *l);

#endif
