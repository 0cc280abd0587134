/* rule_files.h: the rules that the user names. */
#ifndef FF_CLI_RULE_FILES_H
#define FF_CLI_RULE_FILES_H

#include "classify/classify.h"
#include "cli/options/options_table.h"
#include "ingest/pipeline/rulebook.h"

#define FF_RULES_BYTES_MAX (4u << 20)

/** Bit per enum ff_vendor, from repeated --names (FF_VENDOR_CHOICES: the table lets no other word pass). */
unsigned ff_vendors_of(const struct ff_option_list *names);

/** The rules in a file, or the built-in ones (path NULL). 0; 66, 71, 77 or 78 with a message. Warns of a file that
 * leaves the built-in rules out without saying so. */
FF_MUST_CHECK int ff_rules_open(const char *path, struct ff_ruleset **ret);
/** The rules in force: of --rules (NULL: built-in) and --shadow-rules (NULL: none). 0; 66, 71, 77 or 78 with a
 * message. */
FF_MUST_CHECK int ff_rulebook_open(struct ff_rule_names *names, const char *rules, const char *shadow_rules,
                                   struct ff_rulebook **ret);

#endif
