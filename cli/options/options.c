/* options.c: the command line and the configuration file, read through one table.
 *
 * The file is applied first and the command line after it, so that a word typed now wins over a word written long ago;
 * repeatable options add up, the file's first. getopt_long(3) was refused: it permutes argv, abbreviates names (a script
 * that says --rule today breaks when --rules-check arrives), and knows nothing of the file, of limits and of suggestions.
 */
#include "cli/options/options_int.h"

#include <stdlib.h>

#include "cli/process/messages.h"
#include "proto/config.h"
#include "suppress/http/api.h"

#define OPTIONS_MAX 64

const struct ff_option ff_options_common[] = {
    {.name = "config", .type = FF_OPTION_STRING, .value = "FILE",
     .help = "read options from FILE: key = value lines in [subcommand] sections; see fivefifty.conf(5)"},
    {.name = "help", .letter = 'h', .type = FF_OPTION_FLAG, .help = "print this text"},
    FF_OPTIONS_END,
};

/* What the running subcommand was started with, for ff_options_reload(). */
static const struct ff_subcommand *started;
static int started_argc;
static char **started_argv;

/* Everything the parser allocates lives as long as the process's work: strings of the file are borrowed by options. */
struct kept {
    struct kept *next;
};
static struct kept *kept_all;

/* Where the file gives an option that has one value. */
struct given_line {
    struct given_line *next;
    const struct ff_option *option;
    bool general; /* before the first section */
    unsigned line;
};

struct parse {
    const struct ff_subcommand *sub;
    uint8_t *target; /* the subcommand's struct */
    bool given[OPTIONS_MAX];
    bool help;
    const char *config;
    const char **arguments;
    size_t argument_count;
    struct given_line *lines; /* of the file */
    char message[512];
};

static void *keep(size_t bytes)
{
    struct kept *k = calloc(1, sizeof *k + bytes);
    if (!k) {
        fputs("fivefifty: out of memory\n", stderr);
        exit(FF_EXIT_SOFTWARE);
    }
    k->next = kept_all;
    kept_all = k;
    return k + 1;
}

static const char *keep_string(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(keep(n), s, n);
}

bool ff_option_pair(const char *text, const char **ret_key, const char **ret_value)
{
    const char *eq = strchr(text, '=');
    if (!eq || eq == text)
        return false;
    char *copy = keep(strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    copy[eq - text] = 0;
    *ret_key = copy;
    *ret_value = copy + (eq - text) + 1;
    return true;
}

/* ---- one option and its value ------------------------------------------------------------------------------------ */

/* Words a placeholder like "jsonl|csv" allows; a placeholder in capitals allows anything. */
static bool is_choice(const struct ff_option *o)
{
    return o->value && (strchr(o->value, '|') != NULL) && o->value[0] >= 'a';
}

static bool choice_allows(const char *choices, const char *word)
{
    size_t n = strlen(word);
    for (const char *c = choices; *c;) {
        size_t len = strcspn(c, "|");
        if (len == n && memcmp(c, word, n) == 0)
            return true;
        c += len + (c[len] == '|');
    }
    return false;
}

static const char *store_uint(struct parse *p, const struct ff_option *o, const char *value, uint64_t *at)
{
    uint64_t max = o->max ? o->max : UINT64_MAX, n = 0;
    if (!ff_slice_u64(ff_slice_str(value), max, &n) || n < o->min) {
        if (o->max)
            snprintf(p->message, sizeof p->message, "\"%s\" is no number from %llu to %llu", value, (unsigned long long)o->min,
                     (unsigned long long)o->max);
        else
            snprintf(p->message, sizeof p->message, "\"%s\" is no number of at least %llu", value, (unsigned long long)o->min);
        return p->message;
    }
    *at = n;
    return NULL;
}

static void store_item(struct ff_option_list *list, const char *value)
{
    const char **items = keep((list->count + 1) * sizeof *items);
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count] = value;
    *list = (struct ff_option_list){items, list->count + 1};
}

/* NULL, or what is wrong with the value. `value` is kept by reference. */
static const char *store(struct parse *p, const struct ff_option *o, const char *value)
{
    if (o == &ff_options_common[0] || o == &ff_options_common[1]) {
        if (o->type == FF_OPTION_FLAG)
            p->help = true;
        else
            p->config = value;
        return NULL;
    }
    uint8_t *at = p->target + o->offset;
    p->given[o - p->sub->options] = true;
    if (is_choice(o) && !choice_allows(o->value, value)) {
        snprintf(p->message, sizeof p->message, "\"%s\" is none of %s", value, o->value);
        return p->message;
    }
    switch (o->type) {
    case FF_OPTION_FLAG: {
        bool on = strcmp(value, "true") == 0;
        if (!on && strcmp(value, "false") != 0)
            return "the value must be true or false";
        memcpy(at, &on, sizeof on);
        return NULL;
    }
    case FF_OPTION_STRING:
        if (value[0] == 0)
            return "the value is empty";
        if (strcmp(o->value, "ADDR:PORT") == 0 && !ff_api_listen_valid(value)) {
            snprintf(p->message, sizeof p->message, "\"%s\" is no address and port, like 127.0.0.1:8080 or [::1]:8080", value);
            return p->message;
        }
        memcpy(at, &value, sizeof value);
        return NULL;
    case FF_OPTION_UINT: {
        uint64_t n;
        const char *wrong = store_uint(p, o, value, &n);
        if (!wrong)
            memcpy(at, &n, sizeof n);
        return wrong;
    }
    case FF_OPTION_LIST: {
        struct ff_option_list list;
        memcpy(&list, at, sizeof list);
        store_item(&list, value);
        memcpy(at, &list, sizeof list);
        return NULL;
    }
    }
    return "unknown type";
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

static int usage(const struct parse *p, const char *what, const char *word, const char *remedy)
{
    return ff_fail(FF_EXIT_USAGE, "%s%s%s (%s; fivefifty %s --help lists the options)", what, word[0] ? " " : "", word, remedy,
                   p->sub->name);
}

static int unknown_option(const struct parse *p, const char *word, size_t len)
{
    const char *near = ff_option_nearest(p->sub, word, len);
    if (near)
        return ff_fail(FF_EXIT_USAGE, "there is no option --%.*s (did you mean --%s?; fivefifty %s --help lists them all)",
                       (int)len, word, near, p->sub->name);
    return ff_fail(FF_EXIT_USAGE, "there is no option --%.*s (fivefifty %s --help lists them all)", (int)len, word, p->sub->name);
}

static int set(struct parse *p, const struct ff_option *o, const char *value)
{
    const char *wrong = store(p, o, value);
    if (!wrong)
        return 0;
    return ff_fail(FF_EXIT_USAGE, "--%s: %s (fivefifty %s --help says what it takes)", o->name, wrong, p->sub->name);
}

/* --name, --name=value, --name value, --no-name. *i is moved over a value that was taken. */
static int parse_long(struct parse *p, int argc, char **argv, int *i)
{
    const char *word = argv[*i] + 2;
    size_t len = strcspn(word, "=");
    const struct ff_option *o = ff_option_long(p->sub, word, len);
    bool on = true;
    if (!o && len > 3 && memcmp(word, "no-", 3) == 0) {
        o = ff_option_in(p->sub->options, word + 3, len - 3);
        if (o && o->type != FF_OPTION_FLAG)
            o = NULL;
        on = false;
    }
    if (!o)
        return unknown_option(p, word, len);
    if (o->type == FF_OPTION_FLAG) {
        if (word[len] == '=')
            return usage(p, "a value was given to the flag", argv[*i], "leave it away, or use --no-");
        return set(p, o, on ? "true" : "false");
    }
    if (word[len] == '=')
        return set(p, o, word + len + 1);
    if (*i + 1 >= argc)
        return ff_fail(FF_EXIT_USAGE, "--%s needs a value (--%s %s)", o->name, o->name, o->value);
    return set(p, o, argv[++*i]);
}

/* -x, -xy, -oFILE, -o FILE. */
static int parse_short(struct parse *p, int argc, char **argv, int *i)
{
    for (const char *c = argv[*i] + 1; *c; c++) {
        const struct ff_option *o = ff_option_letter(p->sub, *c);
        if (!o)
            return usage(p, "there is no such option in", argv[*i], "long options begin with --");
        int status;
        if (o->type == FF_OPTION_FLAG) {
            status = set(p, o, "true");
            if (status)
                return status;
            continue;
        }
        if (c[1])
            return set(p, o, c + 1);
        if (*i + 1 >= argc)
            return ff_fail(FF_EXIT_USAGE, "-%c needs a value (-%c %s)", *c, *c, o->value);
        return set(p, o, argv[++*i]);
    }
    return 0;
}

static int parse_line(struct parse *p, int argc, char **argv)
{
    bool options_end = false;
    p->argument_count = 0;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int status = 0;
        if (options_end || a[0] != '-' || a[1] == 0)
            p->arguments[p->argument_count++] = a;
        else if (strcmp(a, "--") == 0)
            options_end = true;
        else if (a[1] == '-')
            status = parse_long(p, argc, argv, &i);
        else
            status = parse_short(p, argc, argv, &i);
        if (status)
            return status;
        if (p->help)
            return 0;
    }
    return 0;
}

/* ---- the configuration file -------------------------------------------------------------------------------------- */

/* The first subcommand's option of that name. */
static const struct ff_option *anybodys(const char *key)
{
    const struct ff_option *o = NULL;
    for (const struct ff_subcommand *const *s = ff_subcommands; *s && !o; s++)
        o = ff_option_in((*s)->options, key, strlen(key));
    return o;
}

/* A section may say otherwise than the lines before all sections; but of two lines of one place the first would be lost. */
static const char *given_twice(struct parse *p, const struct ff_option *o, const struct ff_config_line *line)
{
    bool general = line->section[0] == 0;
    struct given_line *g = p->lines;
    if (o->type == FF_OPTION_LIST)
        return NULL;
    while (g && (g->option != o || g->general != general))
        g = g->next;
    if (g) {
        snprintf(p->message, sizeof p->message, "%s is in line %u already (it takes one value: leave one of the two lines)", o->name, g->line);
        return p->message;
    }
    g = keep(sizeof *g);
    *g = (struct given_line){p->lines, o, general, line->line};
    p->lines = g;
    return NULL;
}

/* A key of another subcommand's section is checked by name too: a misspelt one is found by whichever program reads the
 * file first. */
static const char *config_line(void *ctx, const struct ff_config_line *line)
{
    struct parse *p = ctx;
    if (!line->key) {
        if (ff_subcommand_find(line->section))
            return NULL;
        snprintf(p->message, sizeof p->message, "there is no subcommand \"%.64s\" (sections are named like subcommands; fivefifty "
                 "--help lists them)", line->section);
        return p->message;
    }
    const struct ff_subcommand *owner = line->section[0] ? ff_subcommand_find(line->section) : p->sub;
    const struct ff_option *o = ff_option_in(owner->options, line->key, strlen(line->key));
    if (!o) {
        o = line->section[0] ? NULL : anybodys(line->key);
        if (o)
            return given_twice(p, o, line);
        const char *near = ff_option_nearest(owner, line->key, strlen(line->key));
        snprintf(p->message, sizeof p->message, "there is no option \"%.64s\" in %s (%s%s%s)", line->key, owner->name,
                 near ? "did you mean " : "fivefifty ", near ? near : owner->name, near ? "?" : " --help lists them");
        return p->message;
    }
    const char *twice = given_twice(p, o, line);
    if (twice || owner != p->sub)
        return twice;
    const char *wrong = store(p, o, keep_string(line->value));
    if (wrong && wrong != p->message)
        snprintf(p->message, sizeof p->message, "%s", wrong);
    if (wrong) {
        size_t n = strlen(p->message);
        snprintf(p->message + n, sizeof p->message - n, " (%s = %s)", o->name, o->value ? o->value : "true|false");
        return p->message;
    }
    return NULL;
}

static int parse_config(struct parse *p)
{
    char text[FF_CONFIG_WORD_MAX];
    if (!p->config)
        return 0;
    if (ff_config_read(p->config, config_line, p, text, sizeof text) == FF_OK)
        return 0;
    return ff_fail(FF_EXIT_CONFIG, "%s", text);
}

static int check_required(const struct parse *p)
{
    for (const struct ff_option *o = p->sub->options; o->name; o++)
        if (o->required && !p->given[o - p->sub->options])
            return ff_fail(FF_EXIT_USAGE, "--%s %s is missing (fivefifty %s --help shows examples)", o->name, o->value, p->sub->name);
    if (p->argument_count < p->sub->arguments_min)
        return ff_fail(FF_EXIT_USAGE, "%s is missing (usage: fivefifty %s [OPTION]... %s)", p->sub->arguments, p->sub->name,
                       p->sub->arguments);
    if (p->argument_count > p->sub->arguments_max)
        return usage(p, "one argument too many:", p->arguments[p->sub->arguments_max], "options begin with -");
    return 0;
}

static void reset_target(struct parse *p)
{
    if (p->sub->defaults)
        memcpy(p->target, p->sub->defaults, p->sub->struct_size);
    else
        memset(p->target, 0, p->sub->struct_size);
    memset(p->given, 0, sizeof p->given);
}

/* The first pass checks the words and finds --config, the second applies them over the file. */
static int parse_all(struct parse *p, int argc, char **argv)
{
    p->arguments = keep(((size_t)argc + 1) * sizeof *p->arguments);
    reset_target(p);
    int status = parse_line(p, argc, argv);
    if (status || p->help)
        return status;
    reset_target(p);
    status = parse_config(p);
    if (status == 0)
        status = parse_line(p, argc, argv);
    if (status == 0)
        status = check_required(p);
    return status ? status : ff_option_files_check(p->sub, p->target, p->config, p->arguments, p->argument_count);
}

bool ff_options_reload(void *options)
{
    struct parse p = {.sub = started, .target = options};
    return parse_all(&p, started_argc, started_argv) == 0;
}

int ff_subcommand_main(const struct ff_subcommand *sub, int argc, char **argv)
{
    struct parse p = {.sub = sub};
    ff_messages_begin(sub->name);
    started = sub;
    started_argc = argc;
    started_argv = argv;
    p.target = keep(sub->struct_size);
    int status = parse_all(&p, argc, argv);
    if (status == 0 && p.help) {
        ff_help_subcommand(stdout, sub);
        status = ff_stdout_flush();
    } else if (status == 0) {
        status = sub->run(p.target, p.arguments, p.argument_count);
    }
    while (kept_all) {
        struct kept *next = kept_all->next;
        free(kept_all);
        kept_all = next;
    }
    return status;
}
