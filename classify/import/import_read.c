/* import_read.c: see import_read.h. KumoMTA: TOML; ZoneMTA: a line per pattern. */
#include "classify/import/import_read.h"

#include <stdlib.h>

#include "classify/import/toml.h"

static struct ff_slice keep(struct ff_import_job *im, struct ff_slice s)
{
    uint8_t *at = im->pool + im->pool_used;
    if (s.len)
        memcpy(at, s.ptr, s.len);
    im->pool_used += s.len;
    return ff_slice_of(at, s.len);
}

static void add_pattern(struct ff_import_job *im, struct ff_slice class, struct ff_slice text, unsigned line,
                        bool transient)
{
    if (im->pattern_count == im->pattern_size) {
        size_t size = im->pattern_size ? 2 * im->pattern_size : 64;
        struct ff_import_pattern *p = realloc(im->patterns, size * sizeof *p);
        if (!p) {
            im->short_of_memory = true;
            return;
        }
        im->patterns = p;
        im->pattern_size = size;
    }
    const struct ff_slice *last = im->pattern_count ? &im->patterns[im->pattern_count - 1].class : NULL;
    class = last && ff_slice_eq(*last, class) ? *last : keep(im, class); /* once for all patterns of an array */
    im->patterns[im->pattern_count++] = (struct ff_import_pattern){class, keep(im, text), line, transient};
}

static void on_string(void *ctx, const struct ff_toml_string *s)
{
    struct ff_import_job *im = ctx;
    struct ff_slice class = s->key, dotted = FF_SLICE("rules.");
    if (s->table.len == 0 && ff_slice_starts(class, dotted))
        class = ff_slice_sub(class, dotted.len, class.len);
    else if (!ff_slice_eq(s->table, FF_SLICE("rules")))
        return; /* KumoMTA ignores what is not in [rules] */
    add_pattern(im, class, s->value, s->line, false);
}

/** regex,action,category,message; nothing is quoted, so that a pattern holds no comma. */
static void read_zonemta_line(struct ff_import_job *im, struct ff_slice line, unsigned number)
{
    size_t a = ff_slice_chr(line, 0, ','), b = a == SIZE_MAX ? SIZE_MAX : ff_slice_chr(line, a + 1, ',');
    if (b == SIZE_MAX) {
        add_pattern(im, ff_slice_of(NULL, 0), line, number, false);
        return;
    }
    size_t c = ff_slice_chr(line, b + 1, ',');
    struct ff_slice action = ff_slice_trim(ff_slice_sub(line, a + 1, b));
    bool transient = ff_slice_eq(action, FF_SLICE("defer")) || ff_slice_eq(action, FF_SLICE("slowdown"));
    add_pattern(im, ff_slice_trim(ff_slice_sub(line, b + 1, c)), ff_slice_sub(line, 0, a), number, transient);
}

enum ff_err ff_import_read(struct ff_import_job *im, struct ff_slice text)
{
    unsigned line = 0;
    const char *what = NULL;
    if (im->opts->from == FF_IMPORT_KUMOMTA) {
        enum ff_err err = ff_toml_strings(text, on_string, im, &line, &what);
        if (err == FF_ERR_SYNTAX)
            return ff_import_refuse(im, err, line, what);
        if (err != FF_OK)
            return err;
    } else {
        for (size_t at = 0; at < text.len;) {
            size_t end = ff_slice_chr(text, at, '\n');
            struct ff_slice s = ff_slice_trim(ff_slice_sub(text, at, end));
            line++;
            if (s.len && s.ptr[0] != '#')
                read_zonemta_line(im, s, line);
            at = end == SIZE_MAX ? text.len : end + 1;
        }
    }
    if (im->short_of_memory)
        return FF_ERR_NOMEM;
    size_t whole = 0;
    for (size_t i = 0; i < im->pattern_count; i++)
        whole += im->patterns[i].class.len > 0;
    if (whole == 0)
        return ff_import_refuse(im, FF_ERR_SYNTAX, 0,
                      im->opts->from == FF_IMPORT_KUMOMTA
                          ? "there is no pattern in it (a classifier file has [rules] with CLASS = [\"pattern\", ...])"
                          : "there is no pattern in it (its lines are regex,action,category,message)");
    return FF_OK;
}
