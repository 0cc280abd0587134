/* cmd_import.c: lists from elsewhere: what `export` prints (jsonl, csv), other services' CSV with named columns, or one
 * address a line. A line that says when it happened gets an id made of its content, so that importing a file twice is the
 * same as importing it once. */
#include <xxhash.h>

#include "cli/commands.h"
#include "cli/inputs.h"
#include "proto/json.h"
#include "proto/time_text.h"

#include <stdlib.h>

#define NODES_MAX 4096
#define ARENA_BYTES (256u << 10)
#define COLUMNS_MAX 64
#define COMPLAINTS_MAX 20 /* messages about wrong lines; the rest is counted */

struct import_options {
    struct ff_target_options target;
    const char *tenant, *stream, *reason, *note, *actor, *format;
};

static const struct import_options defaults = {.tenant = "default", .reason = "imported", .format = "auto"};

#define AT(member) .offset = offsetof(struct import_options, member)
static const struct ff_option table[] = {
    FF_TARGET_ROWS(struct import_options),
    {.name = "format", .letter = 'f', .type = FF_OPTION_STRING, .value = "auto|jsonl|csv|text", AT(format),
     .help = "auto looks at each file's first line; csv has its columns' names there; text is one address a line"},
    {.name = "tenant", .letter = 't', .type = FF_OPTION_STRING, .value = "NAME", AT(tenant), .help = "of lines that name none (default: default)"},
    {.name = "stream", .type = FF_OPTION_STRING, .value = "NAME", AT(stream), .help = "of lines that name none (default: all streams)"},
    {.name = "reason", .type = FF_OPTION_STRING,
     .value = "imported|manual|unsubscribed|complaint_report|role_or_trap|hard_bounce|invalid_domain", AT(reason),
     .help = "of lines that name none (default: imported)"},
    {.name = "note", .letter = 'm', .type = FF_OPTION_STRING, .value = "TEXT", AT(note), .help = "kept with entries that bring no note"},
    {.name = "actor", .type = FF_OPTION_STRING, .value = "NAME", AT(actor), .help = "who says so (default: the user who runs this)"},
    FF_OPTIONS_END,
};
#undef AT

static const struct ff_example examples[] = {
    {"fivefifty import bounces.csv --state /var/lib/fivefifty --tenant acme", "a list of another service, columns named in line 1"},
    {"fivefifty export --state old | fivefifty import --brokers kafka:9092", "from one machine to a fleet"},
    {NULL, NULL},
};

enum format { FORMAT_AUTO, FORMAT_JSONL, FORMAT_CSV, FORMAT_TEXT };

struct import {
    const struct import_options *opts;
    struct ff_commands *commands;
    struct ff_json_doc *doc;
    struct ff_arena arena;
    enum format format;
    unsigned columns[COLUMNS_MAX]; /* index into fields[]; of the CSV file being read */
    size_t column_count;
    uint64_t added, released, refused;
};

/* ---- fields of a line -------------------------------------------------------------------------------------------- */

enum field { FIELD_NONE, FIELD_ADDRESS, FIELD_TENANT, FIELD_STREAM, FIELD_REASON, FIELD_STATE, FIELD_NOTE, FIELD_EXPIRES, FIELD_TIME };

static const struct field_name {
    const char *name;
    enum field field;
} field_names[] = {
    {"address", FIELD_ADDRESS},      {"email", FIELD_ADDRESS},     {"recipient", FIELD_ADDRESS},
    {"tenant_id", FIELD_TENANT},     {"tenant", FIELD_TENANT},     {"stream_scope", FIELD_STREAM},
    {"stream", FIELD_STREAM},        {"reason", FIELD_REASON},     {"state", FIELD_STATE},
    {"note", FIELD_NOTE},            {"expires", FIELD_EXPIRES},   {"last_event", FIELD_TIME},
    {"time", FIELD_TIME},            {"created_at", FIELD_TIME},
};

static enum field field_of(struct ff_slice name)
{
    for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++)
        if (ff_slice_caseeq(ff_slice_trim(name), ff_slice_str(field_names[i].name)))
            return field_names[i].field;
    return FIELD_NONE;
}

/* NULL, or what is wrong with the value. */
static const char *set_field(struct ff_command *cmd, enum field field, struct ff_slice value)
{
    value = ff_slice_trim(value);
    if (value.len == 0 && field != FIELD_ADDRESS)
        return NULL;
    switch (field) {
    case FIELD_ADDRESS:
        cmd->address = value;
        return NULL;
    case FIELD_TENANT:
        cmd->tenant_id = value;
        return NULL;
    case FIELD_STREAM:
        cmd->stream_scope = value;
        return NULL;
    case FIELD_NOTE:
        cmd->note = value;
        return NULL;
    case FIELD_REASON: {
        enum ff_reason reason = ff_reason_parse(value);
        if (reason == FF_REASON_COUNT || reason == FF_REASON_NONE)
            return "the reason is none of ours (hard_bounce, complaint_report, unsubscribed, manual, ...)";
        cmd->reason = reason;
        return NULL;
    }
    case FIELD_STATE:
        if (ff_slice_eq(value, FF_SLICE("released")))
            cmd->verb = FF_VERB_RELEASE;
        else if (!ff_slice_eq(value, FF_SLICE("active")))
            return "the state is neither active nor released";
        return NULL;
    case FIELD_EXPIRES:
        return ff_time_parse(value, true, &cmd->expires_us, NULL) ? NULL : "expires is no RFC 3339 time";
    case FIELD_TIME:
        return ff_time_parse(value, true, &cmd->time_us, NULL) ? NULL : "the time is no RFC 3339 time";
    default:
        return NULL;
    }
}

static const char *parse_json(struct import *im, struct ff_slice line, struct ff_command *cmd)
{
    struct ff_err_at at;
    struct ff_slice key, value;
    if (ff_json_parse(im->doc, line, &at) != FF_OK)
        return at.msg;
    if (ff_json_type(im->doc, 0) != FF_JSON_OBJECT)
        return "the line is no JSON object";
    uint32_t end = im->doc->nodes[0].next;
    for (uint32_t n = ff_json_first(0); n < end; n = im->doc->nodes[n + 1].next) {
        if (!ff_json_string(im->doc, n, &im->arena, &key))
            return "the line is too long";
        enum field field = field_of(key);
        if (field == FIELD_NONE || ff_json_type(im->doc, n + 1) == FF_JSON_NULL)
            continue;
        if (!ff_json_string(im->doc, n + 1, &im->arena, &value))
            return "a field that must be a string is none";
        const char *wrong = set_field(cmd, field, value);
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* The next cell of a CSV line (RFC 4180), unquoted into the arena. false: a quote is not closed, or too long. */
static bool next_cell(struct import *im, struct ff_slice line, size_t *pos, struct ff_slice *ret)
{
    if (*pos >= line.len || line.ptr[*pos] != '"') {
        size_t end = ff_slice_chr(line, *pos, ',');
        if (end == SIZE_MAX)
            end = line.len;
        *ret = ff_slice_sub(line, *pos, end);
        *pos = end + 1;
        return true;
    }
    uint8_t *out = ff_arena_bytes(&im->arena, line.len - *pos);
    size_t n = 0, i = *pos + 1;
    if (!out)
        return false;
    for (; i < line.len; i++) {
        if (line.ptr[i] == '"') {
            if (i + 1 >= line.len || line.ptr[i + 1] != '"')
                break;
            i++;
        }
        out[n++] = line.ptr[i];
    }
    if (i >= line.len || (i + 1 < line.len && line.ptr[i + 1] != ','))
        return false;
    *ret = ff_slice_of(out, n);
    *pos = i + 2;
    return true;
}

static const char *parse_csv(struct import *im, struct ff_slice line, struct ff_command *cmd)
{
    struct ff_slice cell;
    size_t pos = 0;
    for (size_t i = 0; pos <= line.len; i++) {
        if (!next_cell(im, line, &pos, &cell))
            return "a quoted cell does not end";
        if (i >= im->column_count)
            return "the line has more cells than line 1 has names";
        const char *wrong = set_field(cmd, (enum field)im->columns[i], cell);
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* Line 1 of a CSV file. */
static const char *parse_header(struct import *im, struct ff_slice line)
{
    struct ff_slice cell;
    bool address = false;
    size_t pos = 0;
    im->column_count = 0;
    while (pos <= line.len) {
        if (!next_cell(im, line, &pos, &cell) || im->column_count == COLUMNS_MAX)
            return "line 1 does not name the columns";
        enum field field = field_of(cell);
        address = address || field == FIELD_ADDRESS;
        im->columns[im->column_count++] = field;
    }
    return address ? NULL : "line 1 names no column \"address\" (or \"email\")";
}

static enum format detect(struct ff_slice line)
{
    if (line.len > 0 && line.ptr[0] == '{')
        return FORMAT_JSONL;
    return ff_slice_chr(line, 0, ',') != SIZE_MAX || field_of(line) == FIELD_ADDRESS ? FORMAT_CSV : FORMAT_TEXT;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void complain(struct import *im, const struct ff_record *record, const char *wrong)
{
    if (im->refused++ < COMPLAINTS_MAX)
        ff_warn("%s:%lld: %s (the line was left out)", record->position.name, (long long)record->position.offset, wrong);
}

static void content_id(const struct ff_command *cmd, char hex[33])
{
    const struct ff_slice parts[] = {cmd->tenant_id, cmd->stream_scope, cmd->address, cmd->note,
                                     ff_slice_of(&cmd->time_us, sizeof cmd->time_us)};
    uint64_t low = cmd->verb, high = cmd->reason;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        XXH128_hash_t h = XXH3_128bits_withSeed(parts[i].ptr, parts[i].len, low + i);
        low = h.low64 ^ high;
        high = h.high64;
    }
    snprintf(hex, 33, "%016llx%016llx", (unsigned long long)high, (unsigned long long)low);
}

static struct ff_slice text(const char *s)
{
    return s ? ff_slice_str(s) : (struct ff_slice){NULL, 0};
}

static int import_line(void *ctx, const struct ff_record *record)
{
    struct import *im = ctx;
    struct ff_slice line = ff_slice_trim(record->value);
    const struct import_options *o = im->opts;
    const char *wrong = NULL;
    char id[33];
    struct ff_command cmd = {.verb = FF_VERB_ADD, .reason = ff_reason_parse(ff_slice_str(o->reason)), .tenant_id = text(o->tenant),
                             .stream_scope = text(o->stream), .note = text(o->note), .actor = text(o->actor)};
    if (line.len == 0 || (im->format != FORMAT_JSONL && line.ptr[0] == '#'))
        return 0;
    if (record->full_bytes > 0) {
        complain(im, record, "the line is longer than 8 MiB");
        return 0;
    }
    ff_arena_reset(&im->arena);
    if (im->format == FORMAT_AUTO)
        im->format = detect(line);
    if (im->format == FORMAT_CSV && im->column_count == 0) {
        wrong = parse_header(im, line);
        return wrong ? ff_fail(FF_EXIT_DATA, "%s:%lld: %s", record->position.name, (long long)record->position.offset, wrong) : 0;
    }
    if (im->format == FORMAT_JSONL)
        wrong = parse_json(im, line, &cmd);
    else if (im->format == FORMAT_CSV)
        wrong = parse_csv(im, line, &cmd);
    else
        cmd.address = line;
    if (!wrong && cmd.time_us != 0) {
        content_id(&cmd, id);
        cmd.command_id = ff_slice_str(id);
    }
    int status = 0;
    if (!wrong)
        status = ff_commands_put(im->commands, &cmd, &wrong);
    if (wrong) {
        complain(im, record, wrong);
        return 0;
    }
    im->added += cmd.verb == FF_VERB_ADD;
    im->released += cmd.verb == FF_VERB_RELEASE;
    return status;
}

static int import_file(struct import *im, const char *path)
{
    static const char *const names[] = {"auto", "jsonl", "csv", "text"};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(im->opts->format, names[i]) == 0)
            im->format = (enum format)i;
    im->column_count = 0;
    return ff_source_read_all(path, FF_FRAMING_LINES, NULL, import_line, im);
}

static int run(void *options, const char *const *arguments, size_t count)
{
    struct import im = {.opts = options};
    int status = ff_commands_open(&im.opts->target, true, &im.commands);
    if (status)
        return status;
    void *memory = malloc(ARENA_BYTES);
    ff_arena_init(&im.arena, memory, memory ? ARENA_BYTES : 0);
    im.doc = ff_json_doc_new(NODES_MAX);
    if (!memory || !im.doc)
        status = ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    if (count == 0 && status == 0)
        status = import_file(&im, NULL);
    for (size_t i = 0; i < count && status == 0; i++)
        status = import_file(&im, arguments[i]);
    int closed = ff_commands_close(im.commands, status == 0);
    if (status == 0)
        status = closed;
    if (status == 0)
        fprintf(stderr, "added %llu  released %llu  refused %llu\n", (unsigned long long)im.added, (unsigned long long)im.released,
                (unsigned long long)im.refused);
    ff_json_doc_free(im.doc);
    free(memory);
    return status == 0 && im.refused > 0 ? FF_EXIT_DATA : status;
}

const struct ff_subcommand ff_cmd_import = {
    .name = "import",
    .summary = "suppress the addresses of a list",
    .arguments = "[FILE]...",
    .arguments_max = 4096,
    .description = "Suppresses the addresses of a list: what export prints, CSV with named columns (address or email, tenant, stream, "
                   "reason, note, expires, time), or one address a line. Lines that are wrong are named and left out. Importing "
                   "the same file again changes nothing when its lines say when it happened.",
    .options = table,
    .struct_size = sizeof(struct import_options),
    .defaults = &defaults,
    .examples = examples,
    .exits = "65 some lines were refused, 66 input not there, 69 no broker, 73 state cannot be made, 75 state in use",
    .run = run,
};
