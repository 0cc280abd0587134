/* log_names.c: see log_names.h. Bytes, not letters of a locale: the order must not depend on it.
 *
 * The names are those of logrotate (log.1, log-20260806 with dateext, and other dateformats), of `postfix logrotate`
 * (log.20260806-101112) and of savelog and newsyslog (log.0). A segment is told by the date in its name: KumoMTA's
 * 20260806-080000.123456789 must not be the rotation 123456789 of a log 20260806-080000.
 */
#include "cli/logs/log_names.h"

#include <string.h>

#define NUMBER_DIGITS_MAX 5
#define DATE_DIGITS_MIN 6

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *text, size_t i, size_t end)
{
    size_t n = 0;
    while (i + n < end && is_digit(text[i + n]))
        n++;
    return n;
}

/* 2026-08-06, 2026_08, 2026.08.06 */
static bool is_year(const char *text, size_t i, size_t end)
{
    return digits_at(text, i, end) == 4 && i + 4 < end && strchr("-_.", text[i + 4]) &&
           digits_at(text, i + 5, end) == 2;
}

static bool begins_date(const char *text, size_t i, size_t end)
{
    return digits_at(text, i, end) >= DATE_DIGITS_MIN || is_year(text, i, end);
}

static bool is_date(const char *text, size_t i, size_t end)
{
    if (!begins_date(text, i, end))
        return false;
    while (i < end && (is_digit(text[i]) || strchr("-_.:T", text[i])))
        i++;
    return i == end;
}

static bool is_number(const char *text, size_t i, size_t end)
{
    size_t n = digits_at(text, i, end);
    return n > 0 && n <= NUMBER_DIGITS_MAX && i + n == end;
}

static bool holds_date(const char *text, size_t end)
{
    for (size_t i = 0; i < end; i += 1 + digits_at(text, i, end))
        if (begins_date(text, i, end))
            return true;
    return false;
}

static bool has_letter(const char *text, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || (unsigned char)text[i] >= 0x80)
            return true;
    return false;
}

static bool is_sealed(struct ff_slice name)
{
    static const char *const endings[] = {".xz", ".bz2", ".lz4", ".lzma", ".lzo", ".Z", ".zip"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ff_slice_ends(name, ff_slice_str(endings[i])))
            return true;
    return false;
}

size_t ff_log_packed_ending(struct ff_slice name)
{
    return ff_slice_ends(name, FF_SLICE(".gz")) ? 3 : ff_slice_ends(name, FF_SLICE(".zst")) ? 4 : 0;
}

const char *ff_log_base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static struct ff_log_name unmarked(const char *name)
{
    struct ff_slice all = ff_slice_str(name);
    size_t ending = ff_log_packed_ending(all);
    enum ff_log_kind kind = is_sealed(all) ? FF_LOG_SEALED : ending > 0 ? FF_LOG_ROTATED : FF_LOG_PLAIN;
    return (struct ff_log_name){.kind = kind, .text = name, .log = all.len - ending, .packed = ending > 0};
}

/* The name of the log ends at `log`, and a number or a date follows to the end. */
static bool take_mark(struct ff_log_name *n, size_t log)
{
    size_t end = n->log;
    bool dot = n->text[log] == '.';
    if (log + 1 >= end || (!dot && n->text[log] != '-'))
        return false;
    bool dated = is_date(n->text, log + 1, end);
    if (!dated && !(dot && is_number(n->text, log + 1, end)))
        return false;
    *n = (struct ff_log_name){.kind = FF_LOG_ROTATED, .text = n->text, .log = log, .mark = log + 1, .mark_end = end,
                              .dated = dated, .packed = n->packed};
    return true;
}

void ff_log_name_of(const char *name, struct ff_log_name *ret)
{
    const struct ff_log_name whole = unmarked(name);
    *ret = whole;
    if (whole.kind == FF_LOG_SEALED)
        return;
    for (size_t i = 1; i < whole.log && !take_mark(ret, i); i++)
        ;
    if (!holds_date(name, ret->log) && (ret->log == whole.log || has_letter(name, ret->log)))
        return;
    *ret = whole;
    if (holds_date(name, whole.log))
        ret->kind = FF_LOG_SEGMENT;
}

bool ff_log_name_under(const char *name, size_t log, struct ff_log_name *ret)
{
    *ret = unmarked(name);
    if (ret->kind == FF_LOG_SEALED || log > ret->log)
        return false;
    return ret->log == log ? ret->packed : take_mark(ret, log);
}

static int bytes_order(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Of a log: numbers, dates, what has neither, and the plain name. */
static int age_class(const struct ff_log_name *n)
{
    return n->kind != FF_LOG_ROTATED ? 3 : n->mark == n->mark_end ? 2 : n->dated ? 1 : 0;
}

static unsigned long number_of(const struct ff_log_name *n)
{
    unsigned long number = 0;
    for (size_t i = n->mark; i < n->mark_end; i++)
        number = number * 10 + (unsigned long)(n->text[i] - '0');
    return number;
}

int ff_log_name_order(const struct ff_log_name *a, const struct ff_log_name *b)
{
    int order = bytes_order(a->text, a->log, b->text, b->log);
    if (order == 0)
        order = age_class(a) - age_class(b);
    if (order == 0 && age_class(a) == 0)
        order = (number_of(a) < number_of(b)) - (number_of(a) > number_of(b));
    if (order == 0 && age_class(a) == 1)
        order = bytes_order(a->text + a->mark, a->mark_end - a->mark, b->text + b->mark, b->mark_end - b->mark);
    return order ? order : strcmp(a->text, b->text);
}

static bool same_but_digits(const char *a, size_t a_end, const char *b, size_t b_end)
{
    size_t i = 0, k = 0;
    while (i < a_end && k < b_end) {
        size_t n = digits_at(a, i, a_end), m = digits_at(b, k, b_end);
        if ((n > 0) != (m > 0) || (n == 0 && a[i] != b[k]))
            return false;
        i += n ? n : 1;
        k += m ? m : 1;
    }
    return i == a_end && k == b_end;
}

bool ff_log_name_akin(const struct ff_log_name *a, const struct ff_log_name *b)
{
    if ((a->kind == FF_LOG_SEGMENT) != (b->kind == FF_LOG_SEGMENT))
        return false;
    if (a->kind == FF_LOG_SEGMENT)
        return same_but_digits(a->text, a->log, b->text, b->log);
    return bytes_order(a->text, a->log, b->text, b->log) == 0;
}
