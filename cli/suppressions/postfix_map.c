/* postfix_map.c: see postfix_map.h. */
#include "cli/suppressions/postfix_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/process/messages.h"
#include "proto/time_text.h"

#define DATE_BYTES 10 /* of a time: "2026-08-06" */

struct line {
    size_t at; /* in text; a later one was added later */
    uint16_t key_len, len;
};

struct ff_postfix_map {
    struct ff_json_out text;
    struct line *lines;
    size_t count, size;
    uint64_t left_out;
    char unfit[FF_ADDRESS_KEY_MAX + 1]; /* the first that was left out */
    bool failed;
};

struct ff_postfix_map *ff_postfix_map_new(void)
{
    struct ff_postfix_map *m = calloc(1, sizeof *m);
    if (m)
        ff_json_out_init(&m->text);
    return m;
}

void ff_postfix_map_free(struct ff_postfix_map *m)
{
    if (!m)
        return;
    ff_json_out_fini(&m->text);
    free(m->lines);
    free(m);
}

/* What postmap reads as one key: it takes \ and the byte behind it as they are, and blanks within quotes. */
static bool is_one_key(struct ff_slice key)
{
    bool quoted = false;
    if (key.len == 0 || key.ptr[0] == '#')
        return false;
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] == '\\')
            i++;
        else if (key.ptr[i] == '"')
            quoted = !quoted;
        else if (key.ptr[i] <= ' ' && !quoted)
            return false;
    }
    return !quoted;
}

static bool grow(struct ff_postfix_map *m)
{
    if (m->count < m->size)
        return true;
    size_t size = m->size ? 2 * m->size : 1024;
    struct line *lines = realloc(m->lines, size * sizeof *lines);
    if (!lines)
        return false;
    m->lines = lines;
    m->size = size;
    return true;
}

static void put_line(struct ff_json_out *o, const struct ff_suppression *s)
{
    char since[28];
    uint32_t category = s->has_evidence ? s->evidence.category : FF_CATEGORY_NONE;
    (void)ff_time_format(s->first_event_us, since);
    ff_json_append(o, s->address_key);
    ff_json_append(o, FF_SLICE("\tREJECT 5.1.1 suppressed since "));
    ff_json_append(o, ff_slice_of(since, DATE_BYTES));
    ff_json_append(o, FF_SLICE(": "));
    ff_json_append(o,
                   ff_slice_str(category == FF_CATEGORY_NONE ? ff_reason_name(s->reason) : ff_category_name(category)));
    ff_json_append(o, FF_SLICE("\n"));
}

bool ff_postfix_map_add(struct ff_postfix_map *m, const struct ff_suppression *s)
{
    if (!is_one_key(s->address_key)) {
        if (m->left_out++ == 0)
            snprintf(m->unfit, sizeof m->unfit, "%.*s", (int)s->address_key.len, (const char *)s->address_key.ptr);
        return true;
    }
    size_t at = m->text.len;
    m->failed = m->failed || !grow(m);
    if (!m->failed) {
        put_line(&m->text, s);
        m->failed = m->text.failed;
    }
    if (!m->failed)
        m->lines[m->count++] =
            (struct line){.at = at, .key_len = (uint16_t)s->address_key.len, .len = (uint16_t)(m->text.len - at)};
    return !m->failed;
}

static struct ff_slice key_of(const struct ff_postfix_map *m, const struct line *l)
{
    return ff_slice_of(m->text.buf + l->at, l->key_len);
}

static int by_key(const void *a, const void *b, void *map)
{
    const struct line *x = a, *y = b;
    int c = ff_slice_order(key_of(map, x), key_of(map, y));
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

int ff_postfix_map_write(struct ff_postfix_map *m, struct ff_output *out)
{
    if (m->failed)
        return ff_fail(FF_EXIT_OSERR, "out of memory (narrow the list: --tenant, --stream)");
    if (m->count)
        qsort_r(m->lines, m->count, sizeof *m->lines, by_key, m);
    for (size_t i = 0; i < m->count && !ff_output_done(out); i++)
        if (i == 0 || !ff_slice_eq(key_of(m, &m->lines[i]), key_of(m, &m->lines[i - 1])))
            ff_output_write(out, ff_slice_of(m->text.buf + m->lines[i].at, m->lines[i].len));
    if (m->left_out)
        ff_warn("%llu left out, which no Postfix table can hold (the first: %s)", (unsigned long long)m->left_out,
                m->unfit);
    return 0;
}
