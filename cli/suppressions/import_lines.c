/* import_lines.c: see import_lines.h. */
#include "cli/suppressions/import_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "cli/suppressions/import_access_map.h"
#include "cli/suppressions/import_header.h"
#include "cli/suppressions/import_reasons.h"
#include "cli/suppressions/import_status.h"
#include "cli/suppressions/import_time.h"
#include "cli/suppressions/written_address.h"
#include "proto/address.h"
#include "proto/json.h"

#define NODES_MAX 4096
#define ARENA_BYTES (256u << 10)
#define MESSAGE_BYTES 600
#define NOTE_BYTES_MAX 1000 /* of what a server said; longer notes of a list's own are left as they are */

enum format { FORMAT_AUTO, FORMAT_JSONL, FORMAT_CSV, FORMAT_TEXT };

struct ff_import_lines {
    struct ff_json_doc *doc;
    struct ff_csv *csv;
    struct ff_import_reasons *reasons;
    struct ff_arena arena;
    uint8_t *memory;
    enum format format;
    bool open;      /* a record of CSV goes on in the next line */
    bool begun;     /* the first line was seen */
    int64_t number; /* of the line where the record begins */
    struct ff_import_header header; /* count 0: not read yet */
    struct ff_import_doubts doubts;
    char message[MESSAGE_BYTES];
    char id[33];
};

/** What a record says, beside the command. */
struct row {
    struct ff_import_why why;
    bool noted; /* it brings a note of its own */
    bool ours;  /* what export printed: its address is taken as it stands */
};

/* ---- fields of a record ------------------------------------------------------------------------------------------ */

/** "column "created": "soon" is no time (...)". */
static const char *wrong_value(struct ff_import_lines *l, struct ff_slice name, struct ff_slice value, const char *what)
{
    snprintf(l->message, sizeof l->message, "column \"%.*s\": \"%.*s\" %s", (int)(name.len < 60 ? name.len : 60),
             name.len ? (const char *)name.ptr : "", (int)(value.len < 80 ? value.len : 80),
             value.len ? (const char *)value.ptr : "", what);
    return l->message;
}

/** What databases and spreadsheets put where there is no time. */
static bool is_no_time(struct ff_slice value)
{
    return ff_slice_eq(value, FF_SLICE("0")) || ff_slice_eq(value, FF_SLICE("-")) ||
           ff_slice_caseeq(value, FF_SLICE("null")) || ff_slice_starts(value, FF_SLICE("0000-00-00"));
}

static const char *set_time(struct ff_import_lines *l, struct ff_slice name, struct ff_slice value, int64_t *ret_us)
{
    if (is_no_time(value) || ff_import_time_parse(value, ret_us))
        return NULL;
    return wrong_value(l, name, value, "is no time (write " FF_IMPORT_TIMES ")");
}

static bool set_code(struct ff_import_why *why, struct ff_slice value)
{
    uint64_t code;
    if (!ff_slice_u64(value, 599, &code) || code < 200) /* other numbers are a service's own */
        return false;
    why->code = (uint32_t)code;
    return true;
}

/** @param status  the column holds a state of the address, so that a word that is none of ours should be looked at */
static const char *set_hint(struct ff_import_lines *l, struct row *row, bool status, struct ff_slice name,
                            struct ff_slice value)
{
    if (ff_import_reason_of(value) != FF_REASON_NONE) {
        if (row->why.hint.len == 0)
            row->why.hint = value;
        return NULL;
    }
    if (ff_import_is_mailable(value))
        return wrong_value(l, name, value, "says that the address may be mailed (is this a list of suppressions?)");
    if (!ff_enhanced_parse(value, &row->why.enhanced) && !set_code(&row->why, value) && status)
        row->why.status = value;
    return NULL;
}

static const char *set_state(struct ff_import_lines *l, struct ff_command *cmd, struct ff_slice name,
                             struct ff_slice value)
{
    if (ff_slice_eq(value, FF_SLICE("released")))
        cmd->verb = FF_VERB_RELEASE;
    else if (!ff_slice_eq(value, FF_SLICE("active")))
        return wrong_value(l, name, value, "is neither active nor released");
    return NULL;
}

/* NULL, or what is wrong with the value. */
static const char *set_field(struct ff_import_lines *l, struct row *row, struct ff_command *cmd,
                             enum ff_import_field field, struct ff_slice name, struct ff_slice value)
{
    struct ff_slice *const texts[FF_IMPORT_FIELD_COUNT] = {
        [FF_IMPORT_ADDRESS] = &cmd->address,     [FF_IMPORT_TENANT] = &cmd->tenant_id,
        [FF_IMPORT_STREAM] = &cmd->stream_scope, [FF_IMPORT_NOTE] = &cmd->note,
        [FF_IMPORT_REASON] = &row->why.reason,   [FF_IMPORT_TEXT] = &row->why.text};
    value = ff_slice_trim(value);
    if (value.len == 0 && field != FF_IMPORT_ADDRESS)
        return NULL;
    if (texts[field])
        *texts[field] = value;
    row->noted = row->noted || field == FF_IMPORT_NOTE;
    switch (field) {
    case FF_IMPORT_KEY:
        row->ours = true;
        return NULL;
    case FF_IMPORT_CODE:
        (void)set_code(&row->why, value);
        return NULL;
    case FF_IMPORT_HINT:
    case FF_IMPORT_STATUS:
        return set_hint(l, row, field == FF_IMPORT_STATUS, name, value);
    case FF_IMPORT_STATE:
        return set_state(l, cmd, name, value);
    case FF_IMPORT_EXPIRES:
        return set_time(l, name, value, &cmd->expires_us);
    case FF_IMPORT_TIME:
        return set_time(l, name, value, &cmd->time_us);
    default:
        return NULL;
    }
}

static const char *parse_json(struct ff_import_lines *l, struct row *row, struct ff_slice line, struct ff_command *cmd)
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
        struct ff_import_column column = ff_import_column_of(key);
        if (column.field <= FF_IMPORT_OURS || ff_json_type(l->doc, n + 1) == FF_JSON_NULL)
            continue;
        if (ff_json_type(l->doc, n + 1) == FF_JSON_NUMBER)
            value = ff_json_text(l->doc, n + 1);
        else if (!ff_json_string(l->doc, n + 1, &l->arena, &value))
            return wrong_value(l, key, ff_json_text(l->doc, n + 1), "is neither a string nor a number");
        const char *wrong = set_field(l, row, cmd, column.field, key, value);
        if (wrong)
            return wrong;
        row->why.implied = column.implied ? column.implied : row->why.implied;
    }
    return NULL;
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static const char *parse_csv(struct ff_import_lines *l, struct row *row, struct ff_command *cmd)
{
    struct ff_slice cell;
    const struct ff_import_header *h = &l->header;
    for (size_t i = 0; ff_csv_cell(l->csv, &cell); i++) {
        if (i >= h->count && ff_slice_trim(cell).len == 0)
            continue; /* spreadsheets end lines with separators */
        if (i >= h->count) {
            snprintf(l->message, sizeof l->message, "the record has more cells than line 1 has names, which are %zu",
                     h->count);
            return l->message;
        }
        const char *wrong = set_field(l, row, cmd, h->column[i].field, ff_slice_str(h->column[i].name), cell);
        if (wrong)
            return wrong;
    }
    row->why.implied = h->implied;
    return NULL;
}

/* NULL: the record is complete, or goes on (l->open). */
static const char *csv_broken(struct ff_import_lines *l, const struct ff_record *line, struct ff_slice text)
{
    enum ff_err err = line->full_bytes > 0 ? FF_ERR_TOO_LARGE : ff_csv_line(l->csv, text);
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

/** Is it an address, whatever is written around it, or a line of an access map? Commas and tabs are no separators
 * there. */
static bool is_plain(struct ff_slice line)
{
    uint8_t key[FF_ADDRESS_KEY_MAX];
    size_t len;
    struct ff_slice address;
    struct ff_import_access access;
    return ff_import_access_line(line, &access) ||
           (!ff_written_address(line, &address) && ff_address_key(address, key, &len) == FF_OK);
}

static enum format detect(struct ff_slice line)
{
    if (line.len > 0 && line.ptr[0] == '{')
        return FORMAT_JSONL;
    return !is_plain(line) && ff_import_is_csv(line) ? FORMAT_CSV : FORMAT_TEXT;
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

static void doubt(struct ff_import_lines *l, struct ff_import_doubt *d, struct ff_slice words, uint32_t category)
{
    if (d->count++ > 0)
        return;
    d->line = l->number;
    d->category = category;
    words = ff_slice_cut_utf8(words, sizeof d->words - 1);
    snprintf(d->words, sizeof d->words, "%.*s", (int)words.len, words.len ? (const char *)words.ptr : "");
}

/** The reason of the command, of all that the record says of it; what it said in words is kept as its note. */
static void give_reason(struct ff_import_lines *l, struct row *row, struct ff_command *cmd)
{
    uint32_t reason = cmd->reason, category = 0;
    bool word = ff_import_reason_of(row->why.reason) != FF_REASON_NONE;
    struct ff_slice words = row->why.text.len ? row->why.text : word ? (struct ff_slice){NULL, 0} : row->why.reason;
    row->why.address = cmd->address;
    enum ff_import_said said = ff_import_reason(l->reasons, &row->why, &reason, &category);
    cmd->reason = (enum ff_reason)reason;
    if (said == FF_IMPORT_SAID_WORDS && words.len == 0)
        words = row->why.status;
    if (said == FF_IMPORT_SAID_OTHER)
        doubt(l, &l->doubts.other, words, category);
    else if (said == FF_IMPORT_SAID_WORDS)
        doubt(l, &l->doubts.words, words, 0);
    if (!row->noted && words.len)
        cmd->note = ff_slice_cut_utf8(words, NOTE_BYTES_MAX);
}

/** NULL, or why what stands for the address is not one. */
static const char *bare_address(struct ff_import_lines *l, struct ff_command *cmd)
{
    struct ff_slice written = cmd->address;
    const char *wrong = ff_written_address(written, &cmd->address);
    if (!wrong)
        return NULL;
    snprintf(l->message, sizeof l->message, "\"%.*s\": %s", (int)(written.len < 100 ? written.len : 100),
             (const char *)written.ptr, wrong);
    return l->message;
}

static enum ff_import_what finish(struct ff_import_lines *l, struct row *row, struct ff_command *cmd, const char *wrong,
                                  const char **ret_wrong)
{
    *ret_wrong = !wrong && !row->ours ? bare_address(l, cmd) : wrong;
    if (*ret_wrong)
        return FF_IMPORT_WRONG;
    give_reason(l, row, cmd);
    if (cmd->time_us != 0) {
        content_id(cmd, l->id);
        cmd->command_id = ff_slice_str(l->id);
    }
    return FF_IMPORT_COMMAND;
}

static enum ff_import_what csv_line(struct ff_import_lines *l, const struct ff_record *line, struct ff_slice text,
                                    struct ff_command *cmd, const char **wrong)
{
    struct row row = {.noted = false};
    if (l->header.count == 0 && !l->open)
        ff_import_separator(l->csv, text);
    *wrong = csv_broken(l, line, text);
    if (*wrong)
        return FF_IMPORT_BROKEN;
    if (l->open)
        return FF_IMPORT_NOTHING;
    if (l->header.count > 0)
        return finish(l, &row, cmd, parse_csv(l, &row, cmd), wrong);
    if (ff_import_header_read(&l->header, l->csv, l->message, sizeof l->message))
        return FF_IMPORT_NOTHING;
    *wrong = l->message;
    return FF_IMPORT_BROKEN;
}

/** A line of a list of addresses, or of an access map. */
static const char *parse_text(struct ff_import_lines *l, struct row *row, struct ff_slice line, struct ff_command *cmd)
{
    struct ff_import_access access;
    cmd->address = line;
    if (!ff_import_access_line(line, &access))
        return NULL;
    if (access.wrong) {
        snprintf(l->message, sizeof l->message,
                 "\"%.*s\": in an access map this %s (only REJECT, DISCARD and 5xx are suppressed)",
                 (int)(line.len < 100 ? line.len : 100), (const char *)line.ptr, access.wrong);
        return l->message;
    }
    cmd->address = access.key;
    row->why.code = access.code;
    *(access.code ? &row->why.text : &row->why.reason) = access.text;
    return NULL;
}

/** Without the mark that spreadsheets begin a text with; false: it is no UTF-8. */
static bool strip_mark(struct ff_import_lines *l, struct ff_slice *text)
{
    bool first = !l->begun;
    l->begun = true;
    if (first && ff_slice_starts(*text, FF_SLICE("\xef\xbb\xbf")))
        *text = ff_slice_sub(*text, 3, text->len);
    return !first || (!ff_slice_starts(*text, FF_SLICE("\xff\xfe")) && !ff_slice_starts(*text, FF_SLICE("\xfe\xff")));
}

enum ff_import_what ff_import_line(struct ff_import_lines *l, const struct ff_record *line, struct ff_command *cmd,
                                   const char **wrong)
{
    struct ff_slice whole = line->value, text;
    struct row row = {.noted = false};
    if (l->open)
        return csv_line(l, line, whole, cmd, wrong);
    l->number = line->position.offset;
    if (!strip_mark(l, &whole)) {
        *wrong = "the file is UTF-16 (save it as UTF-8; a spreadsheet calls that \"CSV UTF-8\")";
        return FF_IMPORT_BROKEN;
    }
    text = ff_slice_trim(whole);
    if (text.len == 0 || (l->format != FORMAT_JSONL && text.ptr[0] == '#'))
        return FF_IMPORT_NOTHING;
    if (l->header.count == 0 && text.len == 5 && ff_slice_caseeq(ff_slice_sub(text, 0, 4), FF_SLICE("sep=")))
        return FF_IMPORT_NOTHING; /* a spreadsheet's word to itself; the line of names shows the separator */
    if (l->format == FORMAT_AUTO)
        l->format = detect(text);
    if (l->format == FORMAT_CSV)
        return csv_line(l, line, whole, cmd, wrong);
    if (line->full_bytes > 0)
        return finish(l, &row, cmd, "the line is longer than 8 MiB", wrong);
    if (l->format == FORMAT_JSONL) {
        ff_arena_reset(&l->arena);
        return finish(l, &row, cmd, parse_json(l, &row, text, cmd), wrong);
    }
    return finish(l, &row, cmd, parse_text(l, &row, text, cmd), wrong);
}

const char *ff_import_lines_end(const struct ff_import_lines *l)
{
    return l->open ? "the quote that opens in this record never closes (is the file whole?)" : NULL;
}

int64_t ff_import_lines_number(const struct ff_import_lines *l)
{
    return l->number;
}

const char *ff_import_lines_unread(const struct ff_import_lines *l)
{
    return l->header.unread;
}

const struct ff_import_doubts *ff_import_lines_doubts(const struct ff_import_lines *l)
{
    return &l->doubts;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void ff_import_lines_begin(struct ff_import_lines *l, const char *format)
{
    static const char *const names[] = {"auto", "jsonl", "csv", "text"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(format, names[i]) == 0)
            l->format = (enum format)i;
    l->header.count = 0;
    l->header.unread[0] = 0;
    l->doubts = (struct ff_import_doubts){.other = {.count = 0}};
    l->open = l->begun = false;
}

struct ff_import_lines *ff_import_lines_new(void)
{
    struct ff_import_lines *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->memory = malloc(ARENA_BYTES);
    l->doc = ff_json_doc_new(NODES_MAX);
    l->csv = ff_csv_new();
    l->reasons = ff_import_reasons_new();
    if (!l->memory || !l->doc || !l->csv || !l->reasons) {
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
    ff_import_reasons_free(l->reasons);
    free(l->memory);
    free(l);
}
