/* csv.c: see csv.h. Every byte is looked at once for where records end, so that a record of many lines costs no
 * more than as many short ones; cells are unquoted in place. */
#include "proto/csv.h"

#include <stdlib.h>

#define FIRST_BYTES 4096

enum place {
    CELL_BEGIN,   /* before a cell, or in the blanks in front of it */
    CELL_PLAIN,   /* in a cell without quotes */
    CELL_QUOTED,  /* behind an opening quote */
    CELL_QUOTE,   /* behind a quote in such a cell: it closes the cell, or a second one follows */
    CELL_CLOSED,  /* in the blanks behind a cell in quotes */
    CELL_BROKEN,  /* text there */
};

struct ff_csv {
    uint8_t *buf;
    size_t size, len;
    size_t pos; /* of the next cell of a complete record; len + 1: it was the last */
    uint8_t separator;
    enum place place;
};

struct ff_csv *ff_csv_new(void)
{
    struct ff_csv *c = calloc(1, sizeof *c);
    if (c)
        c->buf = malloc(FIRST_BYTES);
    if (!c || !c->buf) {
        free(c);
        return NULL;
    }
    c->size = FIRST_BYTES;
    c->separator = ',';
    return c;
}

void ff_csv_begin(struct ff_csv *c, uint8_t separator)
{
    c->separator = separator;
    c->place = CELL_BEGIN;
    c->len = c->pos = 0;
}

void ff_csv_free(struct ff_csv *c)
{
    if (c)
        free(c->buf);
    free(c);
}

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\r';
}

static enum place step(const struct ff_csv *c, enum place place, uint8_t b)
{
    switch (place) {
    case CELL_BEGIN:
        return b == '"' ? CELL_QUOTED : b == c->separator || is_blank(b) ? CELL_BEGIN : CELL_PLAIN;
    case CELL_PLAIN:
        return b == c->separator ? CELL_BEGIN : CELL_PLAIN;
    case CELL_QUOTED:
        return b == '"' ? CELL_QUOTE : CELL_QUOTED;
    case CELL_QUOTE:
    case CELL_CLOSED:
        if (b == '"' && place == CELL_QUOTE)
            return CELL_QUOTED;
        return b == c->separator ? CELL_BEGIN : is_blank(b) ? CELL_CLOSED : CELL_BROKEN;
    default:
        return CELL_BROKEN;
    }
}

/* Adds bytes to the record. */
static enum ff_err append(struct ff_csv *c, struct ff_slice s)
{
    if (s.len > FF_CSV_RECORD_MAX - c->len)
        return FF_ERR_TOO_LARGE;
    if (s.len > c->size - c->len) {
        size_t size = c->size;
        while (size < c->len + s.len)
            size *= 2;
        uint8_t *grown = realloc(c->buf, size);
        if (!grown)
            return FF_ERR_NOMEM;
        c->buf = grown;
        c->size = size;
    }
    if (s.len)
        memcpy(c->buf + c->len, s.ptr, s.len);
    c->len += s.len;
    return FF_OK;
}

enum ff_err ff_csv_line(struct ff_csv *c, struct ff_slice line)
{
    enum ff_err err = FF_OK;
    if (c->place == CELL_QUOTED) {
        err = append(c, FF_SLICE("\n")); /* the one that ended the line before */
    } else {
        c->len = 0;
        c->place = CELL_BEGIN;
    }
    c->pos = 0;
    if (err == FF_OK)
        err = append(c, line);
    if (err != FF_OK)
        return err;
    for (size_t i = 0; i < line.len; i++)
        c->place = step(c, c->place, line.ptr[i]);
    if (c->place == CELL_QUOTED)
        return FF_ERR_TRUNCATED;
    if (c->len > 0 && c->buf[c->len - 1] == '\r')
        c->len--;
    return c->place == CELL_BROKEN ? FF_ERR_SYNTAX : FF_OK;
}

bool ff_csv_cell(struct ff_csv *c, struct ff_slice *ret)
{
    enum place place = CELL_BEGIN;
    size_t begin = c->pos, n = 0, i = begin;
    bool quoted = false;
    if (begin > c->len)
        return false;
    for (; i < c->len; i++) {
        uint8_t b = c->buf[i];
        enum place next = step(c, place, b);
        if (b == c->separator && next == CELL_BEGIN)
            break;
        if (place == CELL_BEGIN && next == CELL_QUOTED)
            quoted = true;
        else if (quoted && next == CELL_QUOTED)
            c->buf[begin + n++] = b; /* never in front of what is still to be read */
        place = next;
    }
    *ret = ff_slice_of(c->buf + begin, quoted ? n : i - begin);
    c->pos = i + 1;
    return true;
}
