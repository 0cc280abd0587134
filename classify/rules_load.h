/* rules_load.h: private to the loader: its state, and the seam between reading lines and building phrases. */
#ifndef FF_CLASSIFY_RULES_LOAD_H
#define FF_CLASSIFY_RULES_LOAD_H

#include "classify/rules_int.h"

#define FF_RULES_LINES_MAX (1u << 20)
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

bool ff_load_fail(struct ff_loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Room for one more; else "more than MAX WHAT". */
FF_MUST_CHECK bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element, uint32_t max,
                                const char *what);
struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s);
struct ff_slice ff_load_word(struct ff_slice *rest);

/** An existing rule or hint of this name; UINT32_MAX when there is none. */
uint32_t ff_load_find(const struct ff_loader *l, struct ff_slice id);
/** Reads all lines of a text, which must live as long as the rules. */
FF_MUST_CHECK bool ff_load_lines(struct ff_loader *l, struct ff_slice text);
/** "rule ..." or "hint ..." (rules_load.c). */
FF_MUST_CHECK bool ff_load_rule(struct ff_loader *l, struct ff_slice rest, bool is_hint);

/* rules_include.c: entries that change what was read before. */
/** From the next line of the whole on, lines are those of file `name` from `line` on. */
FF_MUST_CHECK bool ff_load_part(struct ff_loader *l, struct ff_slice name, uint32_t line);
/** "include builtin" */
FF_MUST_CHECK bool ff_load_include(struct ff_loader *l, struct ff_slice rest);
/** "drop rule NAME", "replace rule NAME CATEGORY LAYER [WEIGHT]", "extend rule NAME"; hints likewise. */
FF_MUST_CHECK bool ff_load_change(struct ff_loader *l, struct ff_slice verb, struct ff_slice rest);
/** Takes out the dropped rules, their phrases and examples. */
void ff_load_forget_dropped(struct ff_ruleset *r);

FF_MUST_CHECK bool ff_load_begin(struct ff_loader *l, struct ff_slice text);
void ff_load_end(struct ff_loader *l);
/** "NAME = alternative | alternative"; a set may be continued by a second line. */
FF_MUST_CHECK bool ff_load_set(struct ff_loader *l, struct ff_slice rest);
/** One phrase for the rule that is open (of a provider's fingerprint: the last rule). */
FF_MUST_CHECK bool ff_load_phrase(struct ff_loader *l, struct ff_slice phrase, unsigned role);
/** Indexes and the automaton. */
FF_MUST_CHECK bool ff_load_compile(struct ff_loader *l);


#endif
