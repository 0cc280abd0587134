/* source_file.c: see source_file.h. One buffer: a window [start, end) of the input; a record is a view into it, and
 * bytes move only when the window reaches the buffer's end. It grows to the longest record seen, at most to the
 * limit. */
#include "ingest/files/source_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "ingest/files/input_bytes.h"
#include "ingest/files/known_record.h"
#include "proto/batch.h"

#define CHUNK_BYTES (256u << 10)
#define VARINT_MAX 10

struct ff_source {
    struct ff_input *input;
    const char *name;
    enum ff_framing framing;
    void (*warn)(const char *message); /* NULL: nobody wants to know */
    uint8_t *buf;
    size_t size, start, end;
    size_t scanned; /* of a line: bytes behind start that hold no line feed */
    int64_t number; /* of the last record given */
    int64_t skip_below; /* records with a lower number are left out */
    uint64_t long_bytes; /* length so far of the line that is being skipped; 0: none is */
    bool ended; /* END or BROKEN was seen: what is left in the window is the last record */
    /* FF_SOURCE_NEXT or _ANEW: another content comes next, and nothing of it is in the window yet; 0: none does */
    enum ff_source_what turn;
    bool told; /* the turn was */
    struct ff_source_identity left; /* at a turn: what was left, and how far it was given */
    struct ff_source_place left_place;
    uint64_t first_hash;
    struct ff_known_record last_given; /* in the window, until that moves */
    struct ff_source_place expected; /* number 0: nothing (more) */
    bool other;
    uint64_t former_bytes; /* of files that had the name before */
    enum ff_input_what last;
    enum ff_err err;
    char message[256];
};

enum ff_err ff_source_open(const struct ff_source_options *opts, struct ff_source **ret, char *ret_message, size_t size)
{
    struct ff_source *s = calloc(1, sizeof *s);
    if (s) {
        s->size = CHUNK_BYTES * 2;
        s->buf = malloc(s->size);
    }
    if (!s || !s->buf) {
        snprintf(ret_message, size, "out of memory");
        free(s);
        return FF_ERR_NOMEM;
    }
    s->name = opts->path && strcmp(opts->path, "-") != 0 ? opts->path : "stdin";
    s->framing = opts->framing;
    s->warn = opts->follow ? NULL : opts->warn;
    enum ff_err err = ff_input_open(opts->path, opts->follow, &s->input, ret_message, size);
    if (err != FF_OK) {
        ff_source_close(s);
        return err;
    }
    *ret = s;
    return FF_OK;
}

void ff_source_close(struct ff_source *s)
{
    if (!s)
        return;
    ff_input_close(s->input);
    free(s->buf);
    free(s);
}

static enum ff_source_what broken(struct ff_source *s, enum ff_err err, const char *what)
{
    s->err = err;
    snprintf(s->message, sizeof s->message, "%s:%lld: %s", s->name, (long long)s->number + 1, what);
    s->start = s->end;
    s->ended = true;
    s->last = FF_INPUT_BROKEN;
    return FF_SOURCE_BROKEN;
}

/* Room for at least one more chunk behind the window. false: memory is short. */
static bool make_room(struct ff_source *s)
{
    if (s->start > 0 && (s->start == s->end || s->size - s->end < CHUNK_BYTES)) {
        memmove(s->buf, s->buf + s->start, s->end - s->start);
        s->end -= s->start;
        s->start = 0;
    }
    if (s->size - s->end >= CHUNK_BYTES)
        return true;
    uint8_t *grown = realloc(s->buf, s->size * 2);
    if (!grown)
        return false;
    s->buf = grown;
    s->size *= 2;
    return true;
}

static void warn_unfinished(const struct ff_source *s)
{
    char message[256];
    if (!s->warn || !ff_input_unfinished(s->input))
        return;
    snprintf(message, sizeof message,
             "%s: the last zstd frame is not complete (what it held so far was read; is it still written, or cut off?)",
             s->name);
    s->warn(message);
}

static uint64_t input_offset(const struct ff_source *s)
{
    uint64_t done, total;
    ff_input_progress(s->input, &done, &total);
    return done;
}

/* What comes next is the beginning of another content. */
static void turn(struct ff_source *s, enum ff_source_what what, const struct ff_source_identity *left, uint64_t done)
{
    s->turn = what;
    s->told = false;
    s->left = *left;
    s->left_place.bytes = done;
    s->former_bytes += done;
}

/* Reads more. DATA: the window grew. */
static enum ff_input_what more(struct ff_source *s)
{
    size_t n = 0;
    if (s->ended)
        return s->last;
    ff_known_record_keep(&s->last_given); /* the window is about to move */
    if (!make_room(s)) {
        (void)broken(s, FF_ERR_NOMEM, "out of memory");
        return FF_INPUT_BROKEN;
    }
    uint64_t done = input_offset(s);
    struct ff_source_identity id = {0, 0, 0};
    ff_input_identity(s->input, &id.device, &id.inode);
    enum ff_input_what what = ff_input_read(s->input, s->buf + s->end, s->size - s->end, &n);
    if (what == FF_INPUT_DATA) {
        s->end += n;
    } else if (what == FF_INPUT_NEXT || what == FF_INPUT_ANEW) {
        turn(s, what == FF_INPUT_NEXT ? FF_SOURCE_NEXT : FF_SOURCE_ANEW, &id, done);
    } else if (what != FF_INPUT_WAIT) {
        s->ended = true;
        s->last = what;
        if (what == FF_INPUT_BROKEN) {
            s->err = ff_input_error(s->input);
            snprintf(s->message, sizeof s->message, "%s", ff_input_message(s->input));
        } else {
            warn_unfinished(s);
        }
    }
    return what;
}

static void give(struct ff_source *s, struct ff_record *ret, struct ff_slice value, uint64_t full_bytes)
{
    s->number++;
    if (s->number == 1)
        s->first_hash = ff_record_hash(value);
    s->last_given.view = value;
    *ret = (struct ff_record){.value = value, .position = {s->name, -1, s->number}, .full_bytes = full_bytes};
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* The line is over the limit: keeps its beginning at the front of the buffer, counts the rest away. */
static void shorten(struct ff_source *s)
{
    size_t kept = FF_DEAD_PAYLOAD_MAX;
    ff_known_record_keep(&s->last_given);
    if (s->long_bytes == 0)
        memmove(s->buf, s->buf + s->start, kept);
    s->long_bytes += s->end - (s->long_bytes == 0 ? s->start : kept);
    s->start = 0;
    s->end = s->scanned = kept;
}

static enum ff_source_what finish_long(struct ff_source *s, struct ff_record *ret, size_t line_end, size_t next)
{
    uint64_t full = s->long_bytes + (line_end - FF_DEAD_PAYLOAD_MAX);
    give(s, ret, ff_slice_of(s->buf, FF_DEAD_PAYLOAD_MAX), full);
    s->long_bytes = 0;
    s->start = next;
    s->scanned = 0;
    return FF_SOURCE_RECORD;
}

/* What is left when no line feed comes any more: the last line, or nothing. */
static bool last_line(struct ff_source *s, struct ff_record *ret)
{
    if (s->long_bytes > 0) {
        (void)finish_long(s, ret, s->end, s->end);
        return true;
    }
    if (s->start == s->end)
        return false;
    give(s, ret, ff_slice_of(s->buf + s->start, s->end - s->start), 0);
    s->start = s->end;
    s->scanned = 0;
    return true;
}

static enum ff_source_what next_line(struct ff_source *s, struct ff_record *ret)
{
    for (;;) {
        struct ff_slice window = ff_slice_of(s->buf, s->end);
        size_t eol = ff_slice_chr(window, s->start + s->scanned, '\n');
        if (eol != SIZE_MAX) {
            if (s->long_bytes > 0)
                return finish_long(s, ret, eol, eol + 1);
            size_t len = eol - s->start;
            if (len > FF_RECORD_BYTES_MAX)
                give(s, ret, ff_slice_of(s->buf + s->start, FF_DEAD_PAYLOAD_MAX), len);
            else
                give(s, ret, ff_slice_of(s->buf + s->start, len), 0);
            s->start = eol + 1;
            s->scanned = 0;
            return FF_SOURCE_RECORD;
        }
        s->scanned = s->end - s->start;
        if (s->long_bytes > 0 || s->scanned > FF_RECORD_BYTES_MAX)
            shorten(s);
        enum ff_input_what what = more(s);
        if (what == FF_INPUT_DATA)
            continue;
        if (what == FF_INPUT_WAIT || s->turn)
            return FF_SOURCE_WAIT; /* at a turn ff_source_next() goes on */
        if (last_line(s, ret))
            return FF_SOURCE_RECORD;
        return what == FF_INPUT_END ? FF_SOURCE_END : FF_SOURCE_BROKEN;
    }
}

/* ---- varint-delimited records ------------------------------------------------------------------------------------ */

static enum ff_source_what next_packed(struct ff_source *s, struct ff_record *ret)
{
    for (;;) {
        struct ff_slice window = ff_slice_of(s->buf + s->start, s->end - s->start);
        size_t pos = 0;
        uint64_t len = 0;
        bool known = ff_wire_varint(window, &pos, &len);
        if ((!known && window.len >= VARINT_MAX) || (known && len > FF_BATCH_RECORD_MAX))
            return broken(s, FF_ERR_SYNTAX,
                          "no packed record begins here (its length is impossible; is this a packed file?)");
        if (known && window.len - pos >= len) {
            give(s, ret, ff_slice_sub(window, pos, pos + (size_t)len), 0);
            s->start += pos + (size_t)len;
            return FF_SOURCE_RECORD;
        }
        enum ff_input_what what = more(s);
        if (what == FF_INPUT_DATA)
            continue;
        if (what == FF_INPUT_WAIT || s->turn)
            return FF_SOURCE_WAIT;
        if (s->start == s->end)
            return what == FF_INPUT_END ? FF_SOURCE_END : FF_SOURCE_BROKEN;
        if (!known || what == FF_INPUT_BROKEN) {
            if (what == FF_INPUT_END)
                return broken(s, FF_ERR_TRUNCATED, "the file ends inside the length of a record (it is cut off)");
            s->start = s->end;
            return FF_SOURCE_BROKEN;
        }
        /* Half a record: its whole events count, and the decoder makes a dead letter of the half one. */
        give(s, ret, ff_slice_sub(window, pos, window.len), 0);
        s->start = s->end;
        s->err = FF_ERR_TRUNCATED;
        s->last = FF_INPUT_BROKEN;
        snprintf(s->message, sizeof s->message, "%s:%lld: the file ends inside this record (it is cut off)", s->name,
                 (long long)s->number);
        return FF_SOURCE_RECORD;
    }
}

/* Half a packed record behind which nothing comes: the decoder says what is wrong with it. */
static bool last_packed(struct ff_source *s, struct ff_record *ret)
{
    struct ff_slice window = ff_slice_of(s->buf + s->start, s->end - s->start);
    size_t pos = 0;
    uint64_t len = 0;
    if (window.len == 0)
        return false;
    bool known = ff_wire_varint(window, &pos, &len);
    give(s, ret, ff_slice_sub(window, known ? pos : 0, window.len), 0);
    s->start = s->end;
    return true;
}

/* ---- going on where a former run stopped ------------------------------------------------------------------------- */

void ff_source_place(struct ff_source *s, struct ff_source_place *ret)
{
    uint64_t total;
    if (s->turn) {
        *ret = s->left_place;
        return;
    }
    *ret = (struct ff_source_place){.number = s->number, .check = ff_known_record_check(&s->last_given)};
    ff_input_progress(s->input, &ret->bytes, &total);
}

int64_t ff_source_next_number(const struct ff_source *s)
{
    int64_t next = (s->turn ? s->left_place.number : s->number) + 1;
    return next > s->skip_below ? next : s->skip_below;
}

/* The record expected is the one just given: then the file is the one we know. */
static void compare(struct ff_source *s)
{
    if (s->number != s->expected.number)
        return;
    s->other = ff_known_record_check(&s->last_given) != s->expected.check;
    s->expected.number = 0;
}

void ff_source_resume(struct ff_source *s, int64_t next, const struct ff_source_place *place)
{
    uint64_t done, total;
    s->skip_below = next;
    s->expected = *place;
    ff_input_progress(s->input, &done, &total);
    s->other = place->number > 0 && total < place->bytes;
    if (!s->other && s->number > 0)
        compare(s);
}

/* All there is was read, and the record expected did not come. */
static bool fell_short(const struct ff_source *s, enum ff_source_what what)
{
    uint64_t done, total;
    if (s->expected.number == 0 || (what != FF_SOURCE_WAIT && what != FF_SOURCE_END))
        return false;
    ff_input_progress(s->input, &done, &total);
    return done >= total;
}

/* A copy of what is left may have the half line at its end whole, so ANEW is told before that is given. Of a file that
 * was rotated it is the last record. */
static bool is_to_be_told(const struct ff_source *s)
{
    bool half = s->start != s->end || s->long_bytes > 0;
    return !s->told && (s->turn == FF_SOURCE_ANEW || !half);
}

static void tell_turn(struct ff_source *s)
{
    s->left_place.number = s->number;
    s->left_place.check = ff_known_record_check(&s->last_given);
    s->told = true;
}

/* The rest of what is left, then the beginning of what follows. */
static enum ff_source_what next_at_turn(struct ff_source *s, struct ff_record *ret)
{
    if (s->framing == FF_FRAMING_LINES ? last_line(s, ret) : last_packed(s, ret))
        return FF_SOURCE_RECORD;
    s->turn = 0;
    s->number = s->skip_below = s->expected.number = 0;
    return FF_SOURCE_WAIT;
}

enum ff_source_what ff_source_next(struct ff_source *s, struct ff_record *ret)
{
    while (!s->other) {
        bool at_turn = s->turn != 0;
        if (at_turn && is_to_be_told(s)) {
            tell_turn(s);
            return s->turn;
        }
        enum ff_source_what what = at_turn                            ? next_at_turn(s, ret)
                                   : s->framing == FF_FRAMING_LINES ? next_line(s, ret)
                                                                      : next_packed(s, ret);
        if (what == FF_SOURCE_WAIT && (at_turn || s->turn))
            continue; /* told at once, and read on at once */
        if (what == FF_SOURCE_RECORD && s->expected.number > 0)
            compare(s);
        if (s->other || fell_short(s, what))
            break;
        if (what != FF_SOURCE_RECORD || s->number >= s->skip_below)
            return what;
    }
    return FF_SOURCE_OTHER;
}

void ff_source_drop_half(struct ff_source *s)
{
    s->start = s->end = s->scanned = 0;
    s->long_bytes = 0;
}

void ff_source_unfollow(struct ff_source *s)
{
    ff_input_unfollow(s->input);
}

int ff_source_lost(const struct ff_source *s)
{
    return ff_input_lost(s->input);
}

int ff_source_fd(const struct ff_source *s)
{
    return ff_input_fd(s->input);
}

const char *ff_source_message(const struct ff_source *s)
{
    return s->message;
}

enum ff_err ff_source_error(const struct ff_source *s)
{
    return s->err;
}

void ff_source_progress(const struct ff_source *s, uint64_t *ret_done, uint64_t *ret_total)
{
    ff_input_progress(s->input, ret_done, ret_total);
}

uint64_t ff_source_bytes(const struct ff_source *s)
{
    return s->former_bytes + input_offset(s);
}

bool ff_source_identity(const struct ff_source *s, struct ff_source_identity *ret)
{
    *ret = s->left;
    if (!s->turn)
        ff_input_identity(s->input, &ret->device, &ret->inode);
    ret->first = s->first_hash;
    return s->number > 0 && ret->inode != 0;
}

void ff_source_open_file(const struct ff_source *s, uint64_t *ret_device, uint64_t *ret_inode)
{
    ff_input_identity(s->input, ret_device, ret_inode);
}

void ff_source_path_of_open(const struct ff_source *s, char *ret, size_t size)
{
    snprintf(ret, size, "/proc/self/fd/%d", ff_input_open_fd(s->input));
}
