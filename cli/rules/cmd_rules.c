/* cmd_rules.c: `fivefifty rules VERB`: finds the verb and checks what was given to it. The verbs are in rules_*.c. */
#include <stdio.h>

#include "classify/import/import.h"
#include "cli/options/options_files.h"
#include "cli/process/messages.h"
#include "cli/rules/rules.h"

#define AT(member) .offset = offsetof(struct ff_rules_options, member)
static const struct ff_option table[] = {
    {.name = "json", .letter = 'j', .type = FF_OPTION_FLAG, AT(json), .help = "one JSON object a line"},
    {.name = "unproven", .type = FF_OPTION_FLAG, AT(unproven),
     .help = "lint: only phrases and members that no example needs"},
    {.name = "suggest", .type = FF_OPTION_FLAG, AT(suggest),
     .help = "lint: only examples that would prove what is unproven"},
    {.name = "rules", .letter = 'r', .type = FF_OPTION_STRING, .value = "FILE", AT(rules),
     .help = "explain: with these rules"},
    {.name = "stage", .type = FF_OPTION_STRING, .value = "STAGE", AT(stage),
     .help = "explain: connect helo starttls auth mail rcpt data end-of-data queue oob"},
    {.name = "mx", .type = FF_OPTION_STRING, .value = "HOST", AT(mx), .help = "explain: the host that answered"},
    {.name = "code", .type = FF_OPTION_UINT, .value = "N", AT(code), .max = 599,
     .help = "explain: reply code, if the text has none"},
    {.name = "enhanced", .type = FF_OPTION_STRING, .value = "CODE", AT(enhanced),
     .help = "explain: enhanced code, if the text has none"},
    {.name = "origin", .type = FF_OPTION_STRING, .value = "WHO", AT(origin),
     .help = "explain: who said it: remote local dsn"},
    {.name = "sending-ip", .type = FF_OPTION_STRING, .value = "IP", AT(sending_ip), .help = "explain: our IP"},
    {.name = "mail-from", .type = FF_OPTION_STRING, .value = "ADDRESS", AT(mail_from),
     .help = "explain: our envelope sender"},
    {.name = "recipient", .type = FF_OPTION_STRING, .value = "ADDRESS", AT(recipient),
     .help = "explain: the recipient"},
    {.name = "output", .letter = 'o', .type = FF_OPTION_STRING, .value = "FILE", AT(output), .written = true,
     .help = "write FILE, whole or not at all, instead of stdout"},
    {.name = "from", .type = FF_OPTION_STRING, .value = FF_IMPORT_CHOICES, AT(from),
     .help = "import: the product whose rules FILE has"},
    {.name = "map", .type = FF_OPTION_LIST, .value = "CLASS=CATEGORY", AT(map),
     .help = "import: category of a class, instead of that of the table (docs/importing-rules.md)"},
    {.name = "alone", .type = FF_OPTION_FLAG, AT(alone),
     .help = "import: write rules that do without the built-in ones (default: they extend them)"},
    {.name = "may-suppress", .type = FF_OPTION_FLAG, AT(may_suppress),
     .help = "import: let wording of classes about the recipient suppress; without it they only give the category"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty rules explain '450 4.1.1 user unknown, try again later'", "why a reply gets its verdict"},
    {"fivefifty rules explain '{\"code\":550,\"text\":\"user unknown\",\"stage\":\"mail\"}'",
     "what is known besides the text, as in classify"},
    {"fivefifty rules lint mine.rules && fivefifty rules test mine.rules", "check rules before they are used"},
    {"fivefifty rules show unknown-user", "the text of a rule"},
    {"fivefifty rules import --from kumomta bounces.toml -o mine.rules",
     "rules of another classifier, as far as they can be carried over"},
    {NULL, NULL},
};

static const struct ff_rules_verb verbs[] = {
    {"lint", "[FILE]", 0, 1, " json unproven suggest output ", ff_rules_lint},
    {"test", "[FILE]", 0, 1, " json output ", ff_rules_test},
    {"explain", "REPLY|-", 1, 1, " json output rules stage mx code enhanced origin sending-ip mail-from recipient ",
     ff_rules_explain},
    {"list", "[FILE]", 0, 1, " json output ", ff_rules_list},
    {"show", "NAME [FILE]", 1, 2, " output ", ff_rules_show},
    {"import", "FILE", 1, 1, " from map alone may-suppress output ", ff_rules_import_file},
};

#define VERB_COUNT (sizeof verbs / sizeof *verbs)
#define VERB_NAMES "lint, test, explain, list, show, import"

/* An option with a value that the verb does not take; NULL: none. A value of all zeroes is one that was not given. */
static const char *stray_option(const struct ff_rules_verb *verb, const void *options)
{
    static const size_t sizes[] = {[FF_OPTION_FLAG] = sizeof(bool),
                                   [FF_OPTION_STRING] = sizeof(char *),
                                   [FF_OPTION_UINT] = sizeof(uint64_t),
                                   [FF_OPTION_LIST] = sizeof(struct ff_option_list)};
    static const uint8_t zeroes[sizeof(struct ff_option_list)];
    for (const struct ff_option *o = table; o->name; o++) {
        char name[64];
        snprintf(name, sizeof name, " %s ", o->name);
        if (memcmp((const uint8_t *)options + o->offset, zeroes, sizes[o->type]) != 0 && !strstr(verb->options, name))
            return o->name;
    }
    return NULL;
}

/* 64 with a message. Whoever gives --rules to a verb that works on a FILE is told how that is written. */
static int refuse_option(const struct ff_rules_verb *verb, const char *name, const struct ff_rules_options *o)
{
    if (strcmp(name, "rules") == 0 && strstr(verb->arguments, "[FILE]"))
        return ff_fail(FF_EXIT_USAGE, "%s takes no --rules but the file itself (write: fivefifty rules %s %s%s)",
                       verb->name, verb->name, verb->arguments_min ? "NAME " : "", o->rules);
    return ff_fail(FF_EXIT_USAGE, "%s takes no --%s (fivefifty rules --help shows examples)", verb->name, name);
}

/* The last argument is a file, when all are given and the verb's usage says so; the subcommand's own usage does not. */
static int check_files(const struct ff_rules_verb *verb, const void *options, const char *const *arguments,
                       size_t count)
{
    const struct ff_subcommand sub = {.arguments = verb->arguments, .options = table};
    if (count == 0 || count < verb->arguments_max)
        return 0;
    return ff_option_files_check(&sub, options, NULL, arguments + count - 1, 1);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        const struct ff_rules_verb *verb = &verbs[i];
        if (strcmp(arguments[0], verb->name) != 0)
            continue;
        if (count - 1 < verb->arguments_min || count - 1 > verb->arguments_max)
            return ff_fail(FF_EXIT_USAGE, "%s takes %s (fivefifty rules --help shows examples)", verb->name,
                           verb->arguments[0] ? verb->arguments : "no argument");
        const char *stray = stray_option(verb, options);
        if (stray)
            return refuse_option(verb, stray, options);
        int status = check_files(verb, options, arguments + 1, count - 1);
        return status ? status : verb->run(options, arguments + 1, count - 1);
    }
    return ff_fail(FF_EXIT_USAGE, "rules cannot \"%s\" (it can " VERB_NAMES ")", arguments[0]);
}

const struct ff_subcommand ff_cmd_rules = {
    .name = "rules",
    .summary = "check and explain the rules of the classifier",
    .arguments = "lint|test|explain|list|show|import [ARGUMENT]...",
    .arguments_min = 1,
    .arguments_max = 3,
    .description = "Works on the built-in rules, or on those in FILE.\n"
                   "lint [FILE]: dead, shadowed, duplicate, broad, unproven rules and phrases.\n"
                   "test [FILE]: every example of every rule; failures with the evidence that won.\n"
                   "explain REPLY|-: what fired where, what was vetoed, and why the verdict is what it is. REPLY, and "
                   "each line of stdin, is what classify reads: a text, or a JSON object.\n"
                   "list [FILE]: rules with category, layer, weight, phrases, examples.\n"
                   "show NAME [FILE]: the text of a rule.\n"
                   "import --from PRODUCT FILE: rules of another classifier as a file of ours that passes lint, and "
                   "what was lost.",
    .options = table,
    .struct_size = sizeof(struct ff_rules_options),
    .examples = examples,
    .exits = "65 import: it is no such file or nothing of it can be carried over, 66 no such file, 73 output cannot be "
             "made, 74 disk full, 77 no permission to read, 78 the rules do not load, lint found an error, an example "
             "fails",
    .run = run,
};
