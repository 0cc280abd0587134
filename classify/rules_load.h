/* rules_load.h: private to the loader: its state, and the seam between reading lines and building phrases. */
#ifndef FF_CLASSIFY_RULES_LOAD_H
#define FF_CLASSIFY_RULES_LOAD_H

#include "classify/rules_int.h"

/** A named set of alternatives, or an anonymous one. */
struct ff_load_group {
    struct ff_slice name;       /* empty: anonymous */
    uint32_t *literals;
    uint32_t count, size;
};

struct ff_loader {
    struct ff_ruleset *rules;
    const char *name;
    char *message;
    size_t message_size;
    unsigned line;
    enum ff_err err;
    struct ff_rule *rule;  /* the rule the next indented line belongs to */
    uint16_t provider;     /* or the provider */
    uint32_t rules_size, phrases_size, literals_size, examples_size, groups_size;
    struct ff_load_group *groups; /* index = group number */
    uint32_t group_count;
    uint32_t *literal_slots; /* hash of literal texts: index + 1 */
};

bool ff_load_fail(struct ff_loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
FF_MUST_CHECK bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element, uint32_t max);
struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s);
struct ff_slice ff_load_word(struct ff_slice *rest);

FF_MUST_CHECK bool ff_load_begin(struct ff_loader *l, struct ff_slice text);
void ff_load_end(struct ff_loader *l);
/** "NAME = alternative | alternative"; a set may be continued by a second line. */
FF_MUST_CHECK bool ff_load_set(struct ff_loader *l, struct ff_slice rest);
/** One phrase for the rule that is open (of a provider's fingerprint: the last rule). */
FF_MUST_CHECK bool ff_load_phrase(struct ff_loader *l, struct ff_slice phrase, unsigned role);
/** Indexes and the automaton. */
FF_MUST_CHECK bool ff_load_compile(struct ff_loader *l);



#endif
