/* rules_explain_masked.c: the masked text, broken into lines, under each of them which words are whose evidence. */
#include <stdio.h>

#include "cli/rules/rules_explain_masked.h"

#define MARGIN 4
#define ROWS_MAX 16

static unsigned columns_between(struct ff_slice s, size_t from, size_t to)
{
    unsigned n = 0;
    for (size_t i = from; i < to && i < s.len; i++)
        n += columns_of(s.ptr[i]);
    return n;
}

/** Where the line that begins at `from` ends: at the last blank that fits. */
static size_t line_end(const struct explain *x, struct ff_slice text, size_t from)
{
    size_t last = text.len, at = from;
    for (unsigned n = 0; at < text.len; at++) {
        if (text.ptr[at] == ' ')
            last = at;
        n += columns_of(text.ptr[at]);
        if (n > x->width - MARGIN && last != text.len && last > from)
            return last;
    }
    return text.len;
}

/** Trimmed span of a piece of evidence, in the whole masked text. */
static bool span_of(const struct explain *x, uint32_t i, size_t *ret_from, size_t *ret_to)
{
    const struct ff_fired_rule *e = &x->why.evidence[i];
    if (e->words.len == 0)
        return false;
    *ret_from = (size_t)(e->words.ptr - x->why.masked.ptr);
    *ret_to = *ret_from + e->words.len;
    return true;
}

struct row {
    unsigned end; /* column behind the last underline */
    char cells[512];
};

static bool is_free(const struct row *row, unsigned from, unsigned to)
{
    for (unsigned i = from ? from - 1 : 0; i <= to && i < sizeof row->cells; i++)
        if (row->cells[i] != ' ')
            return false;
    return true;
}

/** Underlines columns [from, to), which begin with the label, in the first row that has room. */
static void draw(struct row *rows, size_t *count, unsigned from, unsigned to, const char *label)
{
    size_t i = 0, n = strlen(label);
    if (to - from < n)
        to = from + (unsigned)n;
    if (to >= sizeof rows->cells)
        return;
    while (i < *count && !is_free(&rows[i], from, to))
        i++;
    if (i == ROWS_MAX)
        return;
    if (i == *count) {
        memset(rows[i].cells, ' ', sizeof rows[i].cells);
        rows[i].end = 0;
        (*count)++;
    }
    memset(rows[i].cells + from, '~', to - from);
    memcpy(rows[i].cells + from, label, n);
    if (to > rows[i].end)
        rows[i].end = to;
}

static void put_line(struct explain *x, struct ff_slice text, size_t from, size_t to)
{
    struct row rows[ROWS_MAX];
    size_t count = 0;
    ff_text_format(&x->text, "%*s", MARGIN, "");
    ff_terminal_put(&x->text, ff_slice_sub(text, from, to), 4000, false);
    ff_text_put(&x->text, "\n");
    for (uint32_t k = 0; k < x->why.count; k++) {
        size_t a, b;
        char label[8];
        if (!span_of(x, x->order[k], &a, &b) || a >= to || b <= from)
            continue;
        snprintf(label, sizeof label, "%u", k + 1);
        draw(rows, &count, a > from ? columns_between(text, from, a) : 0, columns_between(text, from, b < to ? b : to),
             a >= from ? label : "");
    }
    for (size_t i = 0; i < count; i++)
        ff_text_format(&x->text, "%*s%s%.*s%s\n", MARGIN, "", paint(x, CYAN), (int)rows[i].end, rows[i].cells,
                       paint(x, RESET));
}

static void put_legend(struct explain *x)
{
    struct ff_slice seen[32], text = x->why.masked;
    size_t count = 0;
    for (size_t at = 0; at < text.len && count < 32;) {
        size_t end = ff_slice_chr(text, at, ' ');
        struct ff_slice w = ff_slice_sub(text, at, end == SIZE_MAX ? text.len : end),
                        meaning = ff_masked_word(x->rules, w);
        at = end == SIZE_MAX ? text.len : end + 1;
        bool known = meaning.len == 0;
        for (size_t i = 0; i < count; i++)
            known |= ff_slice_eq(seen[i], w);
        if (known)
            continue;
        ff_text_format(&x->text, "%s%s%.*s %.*s", count ? ", " : "    ", count ? "" : paint(x, DIM), (int)w.len,
                       (const char *)w.ptr, (int)meaning.len, (const char *)meaning.ptr);
        seen[count++] = w;
    }
    if (count)
        ff_text_format(&x->text, "%s\n", paint(x, RESET));
}

void ff_explain_put_masked(struct explain *x)
{
    struct ff_slice text = x->why.masked;
    size_t from = 0;
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    while (from < text.len && text.ptr[from] == ' ')
        from++;
    while (from < text.len) {
        size_t to = line_end(x, text, from);
        put_line(x, text, from, to);
        from = to + 1;
    }
    put_legend(x);
}
