/* fuzz_csv.c: CSV on any bytes, and what is written with quotes around everything.
 *
 * Any bytes: it ends, cells lie inside the record and are no longer than it, and a reader that is told the lines of a
 * record one by one sees what this file's own reader of the whole text sees. Written cells come back as they were,
 * whatever is in them, and in as many records.
 */
#include "proto/csv.h"
#include "tests/fuzz/fuzz.h"

#define SEPARATOR 0x01 /* in the fuzzer's input: ends a cell that is to be written */

static size_t skip_while(struct ff_slice text, size_t at, const char *bytes, bool among)
{
    while (at < text.len && (text.ptr[at] != 0 && strchr(bytes, text.ptr[at]) != NULL) == among)
        at++;
    return at;
}

/* Where the record that begins at `at` ends (its line feed, or the text's end); SIZE_MAX: a quote never closes. */
static size_t record_end(struct ff_slice text, size_t at)
{
    for (;; at++) {
        at = skip_while(text, at, " \t\r", true);
        if (at < text.len && text.ptr[at] == '"') {
            do {
                at = skip_while(text, at + 1, "\"", false);
                if (at == text.len)
                    return SIZE_MAX;
                at++;
            } while (at < text.len && text.ptr[at] == '"');
        }
        at = skip_while(text, at, ",\n", false);
        if (at == text.len || text.ptr[at] == '\n')
            return at;
    }
}

static void any_bytes(struct ff_slice text)
{
    struct ff_csv *c = ff_csv_new();
    struct ff_slice cell;
    size_t begin = 0;
    REQUIRE(c);
    for (size_t at = 0; at < text.len;) {
        size_t end = ff_slice_chr(text, at, '\n');
        if (end == SIZE_MAX)
            end = text.len;
        enum ff_err err = ff_csv_line(c, ff_slice_sub(text, at, end));
        at = end + 1;
        if (err == FF_ERR_SYNTAX)
            break;
        size_t want = record_end(text, begin);
        if (err == FF_ERR_TRUNCATED) {
            REQUIRE(want == SIZE_MAX || want > end);
            continue;
        }
        REQUIRE(err == FF_OK && want == end);
        size_t cells = 0, bytes = 0;
        for (; ff_csv_cell(c, &cell); cells++)
            bytes += cell.len;
        REQUIRE(cells > 0 && bytes + cells - 1 <= end - begin);
        begin = at;
    }
    ff_csv_free(c);
}

static void written(struct ff_slice cells)
{
    static uint8_t out[20000];
    struct ff_csv *c = ff_csv_new();
    struct ff_slice cell;
    size_t n = 0;
    REQUIRE(c);
    for (size_t i = 0; i < cells.len; i++) {
        uint8_t b = cells.ptr[i];
        if (i == 0)
            out[n++] = '"';
        if (b == SEPARATOR) {
            memcpy(out + n, "\",\"", 3);
            n += 3;
            continue;
        }
        if (b == '"')
            out[n++] = b;
        out[n++] = b;
    }
    if (n == 0)
        memcpy(out, "\"", n = 1);
    memcpy(out + n, "\"\r", 2);
    n += 2;
    for (size_t at = 0; at < n;) {
        size_t end = ff_slice_chr(ff_slice_of(out, n), at, '\n');
        bool last = end == SIZE_MAX;
        REQUIRE(ff_csv_line(c, ff_slice_sub(ff_slice_of(out, n), at, last ? n : end)) == (last ? FF_OK : FF_ERR_TRUNCATED));
        at = last ? n : end + 1;
    }
    for (size_t at = 0; at <= cells.len;) {
        size_t end = ff_slice_chr(cells, at, SEPARATOR);
        if (end == SIZE_MAX)
            end = cells.len;
        REQUIRE(ff_csv_cell(c, &cell) && ff_slice_eq(cell, ff_slice_sub(cells, at, end)));
        at = end + 1;
    }
    REQUIRE(!ff_csv_cell(c, &cell));
    ff_csv_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    any_bytes(ff_slice_of(data, size));
    written(ff_slice_of(data, size));
    return 0;
}
