/* loader.h: the state of a load, its messages, and where it keeps what it reads. */
#ifndef FF_CLASSIFY_LOADER_H
#define FF_CLASSIFY_LOADER_H

#include "classify/ruleset/rules_int.h"

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
    bool builtin;          /* the text is that of the built-in rules */
    bool included;         /* an included text is being read */
    bool versioned;        /* the text has said its version */
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

/** An empty rule set with room for what `text` (copied) says; call ff_load_end() and ff_ruleset_free() in any case. */
FF_MUST_CHECK bool ff_load_begin(struct ff_loader *l, struct ff_slice text);
void ff_load_end(struct ff_loader *l);
/** Ends the load: this message, behind file and line, unless there is one already. Returns false. */
bool ff_load_fail(struct ff_loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Room for one more; else "more than MAX WHAT (...)". */
FF_MUST_CHECK bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element,
                                uint32_t max, const char *what);
/** A copy that lives as long as the rules. */
struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s);
/** The first word, which is taken off. */
struct ff_slice ff_load_word(struct ff_slice *rest);
/** An empty rule, behind all others; NULL when there is no room. Rules that were there before may move. */
FF_MUST_CHECK struct ff_rule *ff_load_new_rule(struct ff_loader *l, struct ff_slice id);
/** From the next line of the whole on, lines are those of file `name` from `line` on. */
FF_MUST_CHECK bool ff_load_part(struct ff_loader *l, struct ff_slice name, uint32_t line);

#endif
