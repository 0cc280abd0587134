/* rules.h: the verbs of `fivefifty rules`: what each one takes and where it stands.
 *
 * How to add a verb: a function below, a row in cmd_rules.c, its options in the struct and the table there. An option that
 * a verb does not name in its row is refused, so that nothing typed is silently without effect.
 */
#ifndef FF_CLI_RULES_H
#define FF_CLI_RULES_H

#include "classify/explain.h"
#include "cli/options.h"
#include "cli/output.h"

struct ff_rules_options {
    const char *rules, *output;
    bool json;
};

struct ff_rules_verb {
    const char *name;
    const char *arguments; /* of the usage line */
    size_t arguments_min, arguments_max;
    const char *options; /* names of the options it takes, between blanks: " json output " */
    int (*run)(const struct ff_rules_options *o, const char *const *arguments, size_t count);
};

/** fivefifty rules lint [FILE]: 0 without findings that are errors, else 78. */
int ff_rules_lint(const struct ff_rules_options *o, const char *const *arguments, size_t count);

#endif
