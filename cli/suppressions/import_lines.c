/* import_lines.c: see import_lines.h. */
#include "cli/suppressions/import_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "proto/csv.h"
#include "proto/json.h"
#include "proto/time_text.h"

#define NODES_MAX 4096
#define ARENA_BYTES (256u << 10)
#define COLUMNS_MAX 64

enum format { FORMAT_AUTO, FORMAT_JSONL, FORMAT_CSV, FORMAT_TEXT };

struct ff_import_lines {
    struct ff_json_doc *doc;
    struct ff_csv *csv;
    struct ff_arena arena;
    uint8_t *memory;
    enum format format;
    bool open;                     /* a record of CSV goes on in the next line */
    int64_t number;                /* of the line where the record begins */
    unsigned columns[COLUMNS_MAX]; /* enum field; of the CSV file being read */
    size_t column_count;
    char id[33];
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

static const char *parse_json(struct ff_import_lines *l, struct ff_slice line, struct ff_command *cmd)
{
    struct ff_err_at at;
    struct ff_slice key, value;
    if (ff_json_parse(l->doc, line, &at) != FF_OK)
        return at.msg;
    if (ff_json_type(l->doc, 0) != FF_JSON_OBJECT)
        return "the line is no JSON object";
    uint32_t end = l->doc->nodes[0].next;
    for (uint32_t n = ff_json_first(0); n < end; n = l->doc->nodes[n + 1].next) {
        if (!ff_json_string(l->doc, n, &l->arena, &key))
            return "the line is too long";
        enum field field = field_of(key);
        if (field == FIELD_NONE || ff_json_type(l->doc, n + 1) == FF_JSON_NULL)
            continue;
        if (!ff_json_string(l->doc, n + 1, &l->arena, &value))
            return "a field that must be a string is none";
        const char *wrong = set_field(cmd, field, value);
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static const char *parse_csv(struct ff_import_lines *l, struct ff_command *cmd)
{
    struct ff_slice cell;
    for (size_t i = 0; ff_csv_cell(l->csv, &cell); i++) {
        if (i >= l->column_count)
            return "the record has more cells than line 1 has names";
        const char *wrong = set_field(cmd, (enum field)l->columns[i], cell);
        if (wrong)
            return wrong;
    }
    return NULL;
}

/* Line 1 of a CSV file. */
static const char *parse_header(struct ff_import_lines *l)
{
    struct ff_slice cell;
    bool address = false;
    while (ff_csv_cell(l->csv, &cell)) {
        if (l->column_count == COLUMNS_MAX)
            return "line 1 names more than 64 columns (is this CSV?)";
        enum field field = field_of(cell);
        address = address || field == FIELD_ADDRESS;
        l->columns[l->column_count++] = field;
    }
    return address ? NULL : "line 1 names no column \"address\" (or \"email\")";
}

/* NULL: the record is complete, or goes on (l->open). */
static const char *csv_broken(struct ff_import_lines *l, const struct ff_record *line)
{
    enum ff_err err = line->full_bytes > 0 ? FF_ERR_TOO_LARGE : ff_csv_line(l->csv, line->value);
    l->open = err == FF_ERR_TRUNCATED;
    switch (err) {
    case FF_OK:
    case FF_ERR_TRUNCATED:
        return NULL;
    case FF_ERR_SYNTAX:
        return "text behind a closing quote: where records end is not known (write quotes inside quotes twice)";
    case FF_ERR_TOO_LARGE:
        return "the record is longer than 1 MiB (is a quote missing?)";
    default:
        return "out of memory";
    }
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static enum format detect(struct ff_slice line)
{
    if (line.len > 0 && line.ptr[0] == '{')
        return FORMAT_JSONL;
    return ff_slice_chr(line, 0, ',') != SIZE_MAX || field_of(line) == FIELD_ADDRESS ? FORMAT_CSV : FORMAT_TEXT;
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

static enum ff_import_what finish(struct ff_import_lines *l, struct ff_command *cmd, const char *wrong, const char **ret_wrong)
{
    *ret_wrong = wrong;
    if (wrong)
        return FF_IMPORT_WRONG;
    if (cmd->time_us != 0) {
        content_id(cmd, l->id);
        cmd->command_id = ff_slice_str(l->id);
    }
    return FF_IMPORT_COMMAND;
}

static enum ff_import_what csv_line(struct ff_import_lines *l, const struct ff_record *line, struct ff_command *cmd, const char **wrong)
{
    *wrong = csv_broken(l, line);
    if (*wrong)
        return FF_IMPORT_BROKEN;
    if (l->open)
        return FF_IMPORT_NOTHING;
    if (l->column_count > 0)
        return finish(l, cmd, parse_csv(l, cmd), wrong);
    *wrong = parse_header(l);
    return *wrong ? FF_IMPORT_BROKEN : FF_IMPORT_NOTHING;
}

enum ff_import_what ff_import_line(struct ff_import_lines *l, const struct ff_record *line, struct ff_command *cmd, const char **wrong)
{
    struct ff_slice text = ff_slice_trim(line->value);
    if (l->open)
        return csv_line(l, line, cmd, wrong);
    l->number = line->position.offset;
    if (text.len == 0 || (l->format != FORMAT_JSONL && text.ptr[0] == '#'))
        return FF_IMPORT_NOTHING;
    if (l->format == FORMAT_AUTO)
        l->format = detect(text);
    if (l->format == FORMAT_CSV)
        return csv_line(l, line, cmd, wrong);
    if (line->full_bytes > 0)
        return finish(l, cmd, "the line is longer than 8 MiB", wrong);
    if (l->format == FORMAT_JSONL) {
        ff_arena_reset(&l->arena);
        return finish(l, cmd, parse_json(l, text, cmd), wrong);
    }
    cmd->address = text;
    return finish(l, cmd, NULL, wrong);
}

const char *ff_import_lines_end(const struct ff_import_lines *l)
{
    return l->open ? "the quote that opens in this record never closes (is the file whole?)" : NULL;
}

int64_t ff_import_lines_number(const struct ff_import_lines *l)
{
    return l->number;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void ff_import_lines_begin(struct ff_import_lines *l, const char *format)
{
    static const char *const names[] = {"auto", "jsonl", "csv", "text"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(format, names[i]) == 0)
            l->format = (enum format)i;
    l->column_count = 0;
    l->open = false;
}

struct ff_import_lines *ff_import_lines_new(void)
{
    struct ff_import_lines *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->memory = malloc(ARENA_BYTES);
    l->doc = ff_json_doc_new(NODES_MAX);
    l->csv = ff_csv_new();
    if (!l->memory || !l->doc || !l->csv) {
        ff_import_lines_free(l);
        return NULL;
    }
    ff_arena_init(&l->arena, l->memory, ARENA_BYTES);
    return l;
}

void ff_import_lines_free(struct ff_import_lines *l)
{
    if (!l)
        return;
    ff_json_doc_free(l->doc);
    ff_csv_free(l->csv);
    free(l->memory);
    free(l);
}
