/* cmd_import.c: lists from elsewhere: what `export` prints (jsonl, csv), other services' CSV with named columns, or one
 * address a line (import_lines.h says what a line means). Files are read twice: once to see that they can be
 * understood to their end, once to do what they say. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/inputs/sources.h"
#include "cli/process/messages.h"
#include "cli/process/progress.h"
#include "cli/suppressions/commands.h"
#include "cli/suppressions/import_lines.h"

#define COMPLAINTS_MAX 20 /* messages about wrong lines; the rest is counted */

struct import_options {
    struct ff_target_options target;
    const char *tenant, *stream, *reason, *note, *actor, *format;
    bool progress;
};

static const struct import_options defaults = {
    .tenant = "default", .reason = "imported", .format = "auto", .progress = true};

#define AT(member) .offset = offsetof(struct import_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct import_options),
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = "auto|jsonl|csv|text", AT(format),
     .help = "auto looks at each file's first line; csv has its columns' names there, with any of , ; TAB | between; "
             "text is one address a line"},
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant),
     .help = "of lines that name none (default: default)"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream),
     .help = "of lines that name none (default: all streams)"},
    {.name = "reason", .type = FF_OPTION_STRING,
     .value = "imported|manual|unsubscribed|complaint_report|role_or_trap|hard_bounce|invalid_domain", AT(reason),
     .help = "of lines that name none (default: imported)"},
    {.name = "note", .letter = 'm', .type = FF_OPTION_STRING, .value = "TEXT", AT(note),
     .help = "kept with entries that bring no note"},
    {.name = "actor", .type = FF_OPTION_STRING, .value = "NAME", AT(actor),
     .help = "who says so (default: the user who runs this)"},
    {.name = "progress", .type = FF_OPTION_FLAG, AT(progress), .help = "show progress on a terminal (default)"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_option_example examples[] = {
    {"fivefifty import bounces.csv --state /var/lib/fivefifty --tenant acme",
     "a list of another service, columns named in line 1"},
    {"fivefifty import --state /var/lib/fivefifty --tenant acme --reason unsubscribed unsubscribes.csv",
     "a list that does not say why"},
    {"fivefifty export --state old | fivefifty import --brokers kafka:9092", "from one machine to a fleet"},
    {NULL, NULL},
};

struct import {
    const struct import_options *opts;
    struct ff_commands *commands;
    struct ff_import_lines *lines;
    bool checking;    /* whether files can be understood; nothing is done yet */
    uint64_t added, released, refused;
    struct ff_progress progress;
    uint64_t lines_read;
    uint64_t bytes_before, bytes; /* of the files that are read, of all; bytes 0: there is a pipe among them */
};

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static struct ff_slice text(const char *s)
{
    return s ? ff_slice_str(s) : (struct ff_slice){NULL, 0};
}

static void complain(struct import *im, const char *file, const char *wrong)
{
    if (im->refused++ < COMPLAINTS_MAX)
        ff_warn("%s:%lld: line left out: %s", file, (long long)ff_import_lines_number(im->lines), wrong);
}

static int refuse_file(const struct import *im, const char *file, const char *wrong)
{
    return ff_fail(FF_EXIT_DATA, "%s:%lld: %s", file, (long long)ff_import_lines_number(im->lines), wrong);
}

/** A command that is none, with the address it is about. */
static void complain_of(struct import *im, const char *file, struct ff_slice address, const char *wrong)
{
    char text[300];
    snprintf(text, sizeof text, "\"%.*s\": %s", (int)(address.len < 100 ? address.len : 100),
             address.len ? (const char *)address.ptr : "", wrong);
    complain(im, file, text);
}

static int on_command(struct import *im, const char *file, const struct ff_command *cmd)
{
    const char *wrong = NULL;
    int status = ff_commands_put(im->commands, cmd, &wrong, NULL);
    if (wrong) {
        complain_of(im, file, cmd->address, wrong);
        return 0;
    }
    im->added += cmd->verb == FF_VERB_ADD;
    im->released += cmd->verb == FF_VERB_RELEASE;
    return status;
}

static int on_line(void *ctx, const struct ff_record *record)
{
    struct import *im = ctx;
    const struct import_options *o = im->opts;
    const char *wrong = NULL;
    im->lines_read++;
    struct ff_command cmd = {.verb = FF_VERB_ADD,
                             .reason = ff_reason_parse(ff_slice_str(o->reason)),
                             .tenant_id = text(o->tenant),
                             .stream_scope = text(o->stream),
                             .note = text(o->note),
                             .actor = text(o->actor)};
    switch (ff_import_line(im->lines, record, &cmd, &wrong)) {
    case FF_IMPORT_COMMAND:
        return im->checking ? 0 : on_command(im, record->position.name, &cmd);
    case FF_IMPORT_WRONG:
        if (!im->checking)
            complain(im, record->position.name, wrong);
        return 0;
    case FF_IMPORT_BROKEN:
        return refuse_file(im, record->position.name, wrong);
    default:
        return 0;
    }
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/** What was imported all the same, and what was not looked at: once for each file. */
static void tell_doubts(const struct import *im, const char *file)
{
    const struct ff_import_doubts *d = ff_import_lines_doubts(im->lines);
    const char *unread = ff_import_lines_unread(im->lines);
    if (unread[0])
        ff_warn("%s:1: columns that are not read: %s", file, unread);
    if (d->other.count)
        ff_warn(
            "%s:%lld: %s: \"%s\" is not about the address; imported all the same, as %llu such lines are (leave out "
            "what is not to be suppressed)",
            file, (long long)d->other.line, ff_category_name(d->other.category), d->other.words,
            (unsigned long long)d->other.count);
    if (d->words.count)
        ff_warn(
            "%s:%lld: \"%s\" is no reason that is known; imported with reason %s and these words as note, as %llu such "
            "lines are",
            file, (long long)d->words.line, d->words.words, im->opts->reason, (unsigned long long)d->words.count);
}

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static bool look(const char *path, struct stat *ret)
{
    return (is_stdin(path) ? fstat(STDIN_FILENO, ret) : stat(path, ret)) == 0;
}

/* It cannot be read twice, nor does anybody know how long it is. What is not there is no pipe. */
static bool is_pipe(const char *path)
{
    struct stat st;
    return look(path, &st) && !S_ISREG(st.st_mode);
}

static uint64_t bytes_of(const char *path)
{
    struct stat st;
    return look(path, &st) && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static void show_progress(void *ctx, const struct ff_source *source)
{
    struct import *im = ctx;
    struct ff_progress_at at = {
        .doing = im->checking ? "checking" : NULL, .things = "lines", .count = im->lines_read, .total = im->bytes};
    uint64_t of_file;
    if (!ff_progress_is_due(&im->progress))
        return;
    ff_source_progress(source, &at.done, &of_file);
    at.done += im->bytes_before;
    ff_progress_show(&im->progress, &at);
}

static int read_file(struct import *im, const char *path)
{
    ff_import_lines_begin(im->lines, im->opts->format);
    int status = ff_source_read_watched(path, FF_FRAMING_LINES, im->checking, on_line, show_progress, im);
    const char *wrong = status == 0 ? ff_import_lines_end(im->lines) : NULL;
    const char *name = is_stdin(path) ? "stdin" : path;
    if (status == 0 && !wrong && !im->checking)
        tell_doubts(im, name);
    return wrong ? refuse_file(im, name, wrong) : status;
}

/* Reads a file for nothing but to find out that it can be read to its end, so that a damaged one is not imported by
 * half. A pipe cannot be read twice: that is done as it comes, and said. */
static int check_file(struct import *im, const char *path)
{
    bool from_stdin = is_stdin(path);
    if (is_pipe(path))
        return 0;
    off_t begin = from_stdin ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
    int status = read_file(im, path);
    if (status == 0 && from_stdin && lseek(STDIN_FILENO, begin, SEEK_SET) != begin)
        status = ff_fail(FF_EXIT_IO, "stdin: %s (name the file)", strerror(errno));
    return status;
}

static int each_file(struct import *im, const char *const *paths, size_t count,
                     int (*what)(struct import *, const char *))
{
    int status = 0;
    ff_progress_init(&im->progress, im->opts->progress);
    im->bytes_before = im->lines_read = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        uint64_t bytes = bytes_of(paths[i]); /* as it is before the reading, like the total */
        status = what(im, paths[i]);
        im->bytes_before += bytes;
    }
    ff_progress_end(&im->progress);
    return status;
}

/* 0: there is a pipe among them. */
static uint64_t bytes_of_all(const char *const *paths, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_pipe(paths[i]))
            return 0;
        all += bytes_of(paths[i]);
    }
    return all;
}

/* Over Kafka nobody knows here what will come of it: whoever owns an address decides. */
static void say_all_was_done(const struct import *im)
{
    unsigned long long added = im->added, released = im->released, refused = im->refused;
    if (im->opts->target.state)
        fprintf(stderr, "added %llu  released %llu  refused %llu\n", added, released, refused);
    else
        fprintf(
            stderr,
            "sent %llu (suppress %llu, release %llu)  refused %llu; the processes that own the addresses carry them "
            "out\n",
            added + released, added, released, refused);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    static const char *const only_stdin[] = {"-"};
    struct import im = {.opts = options, .checking = true};
    if (count == 0) {
        arguments = only_stdin;
        count = 1;
    }
    int status = ff_commands_open(&im.opts->target, true, &im.commands);
    if (status)
        return status;
    im.lines = ff_import_lines_new();
    im.bytes = bytes_of_all(arguments, count);
    status = im.lines ? each_file(&im, arguments, count, check_file) : ff_fail(FF_EXIT_OSERR, "out of memory");
    im.checking = false;
    if (status == 0) {
        status = each_file(&im, arguments, count, read_file);
        if (status)
            ff_commands_say_done(im.commands, "entries before that were imported",
                                 "correct it and import it again: those that say when they happened count once");
    }
    int closed = ff_commands_close(im.commands, status == 0);
    if (status == 0)
        status = closed;
    if (status == 0)
        say_all_was_done(&im);
    ff_import_lines_free(im.lines);
    return status == 0 && im.refused > 0 ? FF_EXIT_DATA : status;
}

const struct ff_subcommand ff_cmd_import = {
    .name = "import",
    .summary = "suppress the addresses of a list",
    .arguments = "[FILE]...",
    .arguments_max = 4096,
    .description = "Suppresses the addresses of a list: what export prints, the CSV exports of other services (columns "
                   "are found by their names, cells kept apart by commas, semicolons or tabs), JSON lines, one address "
                   "a line, or an access map of Postfix (lines of REJECT, DISCARD and 5xx). Why an address stands "
                   "there is taken from words (bounce, complaint, unsubscribed) or, of a server's reply, from the "
                   "classifier. Lines that are wrong are named and left out. A file that cannot be read to its end "
                   "(damaged, quotes of CSV that never close) is refused before anything is done; of a pipe, what came "
                   "before is imported, and how much that was is said. Importing the same file again changes nothing "
                   "when its lines say when it happened.",
    .options = table,
    .struct_size = sizeof(struct import_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 some lines or a file were refused, 66 input not there, 69 no broker, 73 state cannot be made, 75 "
             "state in use, 77 the brokers do not permit it or refuse the connection, 78 the folder is of suppress or "
             "serve",
    .run = run,
};
