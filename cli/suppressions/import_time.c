/* import_time.c: see import_time.h. What is written one way or the other becomes RFC 3339, whose parser knows the
 * calendar. */
#include "cli/suppressions/import_time.h"

#include <stdio.h>

#include "proto/time_text.h"

struct parts {
    unsigned year, month, day, hour, minute, second;
    struct ff_slice fraction; /* ".123", or empty */
    char zone[8];
};

static bool is_digit(struct ff_slice s, size_t i)
{
    return i < s.len && (uint8_t)(s.ptr[i] - '0') < 10;
}

static bool is_byte(struct ff_slice s, size_t i, char c)
{
    return i < s.len && s.ptr[i] == (uint8_t)c;
}

/** Takes a number of `least` to `most` digits off. */
static bool take_number(struct ff_slice *s, size_t least, size_t most, unsigned *ret)
{
    size_t n = 0;
    for (*ret = 0; n < most && is_digit(*s, n); n++)
        *ret = *ret * 10 + (unsigned)(s->ptr[n] - '0');
    *s = ff_slice_sub(*s, n, s->len);
    return n >= least && !is_digit(*s, 0);
}

static bool take_byte(struct ff_slice *s, char c)
{
    bool there = is_byte(*s, 0, c);
    *s = ff_slice_sub(*s, there, s->len);
    return there;
}

/** "Jan", "January": the month that begins so, 1..12; 0: none. */
static unsigned take_month(struct ff_slice *s)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    unsigned month = 0;
    for (unsigned m = 0; m < 12; m++)
        if (ff_slice_caseeq(ff_slice_sub(*s, 0, 3), ff_slice_of(names + (size_t)3 * m, 3)))
            month = m + 1;
    size_t n = 0;
    while (n < s->len && (uint8_t)((s->ptr[n] | 0x20) - 'a') < 26)
        n++;
    *s = ff_slice_sub(*s, n, s->len);
    return month;
}

static bool take_date(struct ff_slice *s, struct parts *p)
{
    size_t weekday = ff_slice_chr(*s, 0, ',');
    if (weekday < 10)
        *s = ff_slice_trim(ff_slice_sub(*s, weekday + 1, s->len));
    if (is_digit(*s, 2) && is_digit(*s, 3)) {
        char joint = is_byte(*s, 4, '/') ? '/' : '-';
        return take_number(s, 4, 4, &p->year) && take_byte(s, joint) && take_number(s, 1, 2, &p->month) &&
               take_byte(s, joint) && take_number(s, 1, 2, &p->day);
    }
    if (!take_number(s, 1, 2, &p->day))
        return false;
    if (take_byte(s, '.'))
        return take_number(s, 1, 2, &p->month) && take_byte(s, '.') && take_number(s, 4, 4, &p->year);
    if (!take_byte(s, ' ') && !take_byte(s, '-'))
        return false;
    p->month = take_month(s);
    return p->month && (take_byte(s, ' ') || take_byte(s, '-')) && take_number(s, 4, 4, &p->year);
}

/** Nothing, or "10:00", "10:00:00", "10:00:00.123". */
static bool take_clock(struct ff_slice *s, struct parts *p)
{
    size_t n = 0;
    if (is_byte(*s, 0, 'T') || is_byte(*s, 0, 't'))
        *s = ff_slice_sub(*s, 1, s->len);
    *s = ff_slice_trim(*s);
    if (!is_digit(*s, 0))
        return true;
    if (!take_number(s, 1, 2, &p->hour) || !take_byte(s, ':') || !take_number(s, 2, 2, &p->minute))
        return false;
    if (!take_byte(s, ':'))
        return true;
    if (!take_number(s, 2, 2, &p->second))
        return false;
    if (is_byte(*s, 0, '.') && is_digit(*s, 1))
        for (n = 1; is_digit(*s, n);)
            n++;
    p->fraction = ff_slice_sub(*s, 0, n < 20 ? n : 20);
    *s = ff_slice_sub(*s, n, s->len);
    return true;
}

/** The rest: nothing, "Z", "UTC", "GMT", "+0200", "+02:00". */
static bool take_zone(struct ff_slice s, struct parts *p)
{
    s = ff_slice_trim(s);
    if (s.len == 0 || ff_slice_caseeq(s, FF_SLICE("z")) || ff_slice_caseeq(s, FF_SLICE("utc")) ||
        ff_slice_caseeq(s, FF_SLICE("gmt")))
        s = FF_SLICE("Z");
    else if (s.ptr[0] != '+' && s.ptr[0] != '-')
        return false;
    return snprintf(p->zone, sizeof p->zone, "%.*s", (int)(s.len < 10 ? s.len : 10), (const char *)s.ptr) <
           (int)sizeof p->zone;
}

/** "1449953655", "1449953655.0", also in milli- and microseconds: how many digits there are says which. */
static bool parse_unix(struct ff_slice s, int64_t *ret_us)
{
    size_t point = ff_slice_chr(s, 0, '.');
    struct ff_slice whole = ff_slice_sub(s, 0, point);
    uint64_t n, fraction, unit_us = whole.len <= 10 ? 1000000 : whole.len <= 13 ? 1000 : 1;
    if (point != SIZE_MAX && !ff_slice_u64(ff_slice_sub(s, point + 1, s.len), UINT64_MAX, &fraction))
        return false;
    if (whole.len < 9 || whole.len > 16 || !ff_slice_u64(whole, INT64_MAX / unit_us, &n))
        return false;
    *ret_us = (int64_t)(n * unit_us);
    return ff_time_is_usable(*ret_us);
}

bool ff_import_time_parse(struct ff_slice s, int64_t *ret_us)
{
    struct parts p = {.year = 0};
    char text[80];
    s = ff_slice_trim(s);
    if (parse_unix(s, ret_us))
        return true;
    if (!take_date(&s, &p) || !take_clock(&s, &p) || !take_zone(s, &p))
        return false;
    snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02u%.*s%s", p.year, p.month, p.day, p.hour, p.minute,
             p.second, (int)p.fraction.len, p.fraction.len ? (const char *)p.fraction.ptr : "", p.zone);
    return ff_time_parse(ff_slice_str(text), true, ret_us, NULL);
}
