/* rules.h: the verbs of `fivefifty rules`: what each one takes and where it stands.
 *
 * How to add a verb: a function below, a row in cmd_rules.c, its options in the struct and the table there. An option
 * that a verb does not name in its row is refused, so that nothing typed is silently without effect.
 */
#ifndef FF_CLI_RULES_H
#define FF_CLI_RULES_H

#include "classify/explain.h"
#include "cli/options/options_table.h"
#include "cli/output/output.h"

struct ff_rules_options {
    struct ff_option_list map;
    const char *from;
    bool may_suppress, alone;
    const char *rules, *output;
    const char *stage, *mx, *enhanced, *origin, *sending_ip, *mail_from, *recipient;
    uint64_t code;
    bool json, unproven, suggest;
};

struct ff_rules_verb {
    const char *name;
    const char *arguments; /* of the usage line */
    size_t arguments_min, arguments_max;
    const char *options; /* names of the options it takes, between blanks: " json output " */
    int (*run)(const struct ff_rules_options *o, const char *const *arguments, size_t count);
};

/* The verbs; each gives the exit status after its messages. No FILE: the built-in rules. */
/** "ruleset_version 3063948740 (version 7)" on stderr: what verdicts by these rules will say. */
void ff_rules_tell_version(const struct ff_ruleset *rules);

/** lint [FILE]: 78 when a finding is an error. */
int ff_rules_lint(const struct ff_rules_options *o, const char *const *arguments, size_t count);
/** test [FILE]: 78 when an example does not hold. */
int ff_rules_test(const struct ff_rules_options *o, const char *const *arguments, size_t count);
/** explain REPLY|-: why it gets its verdict. */
int ff_rules_explain(const struct ff_rules_options *o, const char *const *arguments, size_t count);
/** list [FILE], show NAME [FILE]. */
int ff_rules_list(const struct ff_rules_options *o, const char *const *arguments, size_t count);
int ff_rules_show(const struct ff_rules_options *o, const char *const *arguments, size_t count);
/** import FILE: 65 when it is no such file. */
int ff_rules_import_file(const struct ff_rules_options *o, const char *const *arguments, size_t count);

#endif
