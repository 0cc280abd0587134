/* time_text.c: RFC 3339 times, both ways.
 *
 * Own arithmetic, because strptime and timegm depend on locale and zone, and cost microseconds. Days are counted in
 * eras of 400 years that begin on 1 March, so that the leap day is the last of its year and needs no special case.
 */
#include "proto/time_text.h"

#include "proto/json_scan.h"

#define DAY_US INT64_C(86400000000)

int64_t ff_days_from_civil(int year, unsigned month, unsigned day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void ff_civil_from_days(int64_t days, int *ret_year, unsigned *ret_month, unsigned *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * day_of_year + 2) / 153;
    *ret_day = (unsigned)(day_of_year - (153 * m + 2) / 5 + 1);
    *ret_month = (unsigned)(m < 10 ? m + 3 : m - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

/* `count` digits at s[at]; false when they are not all there. */
static bool digits(struct ff_slice s, size_t at, unsigned count, unsigned *ret)
{
    unsigned v = 0;
    if (at > s.len || s.len - at < count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        uint8_t d = (uint8_t)(s.ptr[at + i] - '0');
        if (d > 9)
            return false;
        v = v * 10 + d;
    }
    *ret = v;
    return true;
}

static bool at_char(struct ff_slice s, size_t at, char c)
{
    return at < s.len && s.ptr[at] == (uint8_t)c;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* ".123456789": cut to microseconds. */
static bool fraction(struct ff_slice s, size_t *at, int64_t *ret_us)
{
    static const uint32_t times[9] = {0, 100000, 10000, 1000, 100, 10, 1, 1, 1}, parts[9] = {1, 1, 1, 1, 1, 1, 1, 10, 100};
    const uint8_t *p = s.ptr + *at + 1, *from = p, *end = s.ptr + s.len;
    uint64_t v = 0;
    if (end - p >= 8)
        p += ff_json_digits8(p, 8, &v);
    else
        for (; p < end && (uint8_t)(*p - '0') <= 9; p++)
            v = v * 10 + (uint64_t)(*p - '0');
    *ret_us = (int64_t)(v * times[p - from] / parts[p - from]);
    bool any = p > from;
    while (p < end && (uint8_t)(*p - '0') <= 9)
        p++;
    *at = (size_t)(p - s.ptr);
    return any;
}

/* Z, +hh:mm or +hhmm; minutes east of Greenwich. */
static bool zone(struct ff_slice s, size_t *at, bool optional, int64_t *ret_minutes)
{
    unsigned hours, minutes;
    size_t p = *at;
    *ret_minutes = 0;
    if (at_char(s, p, 'Z') || at_char(s, p, 'z')) {
        *at = p + 1;
        return true;
    }
    if (!at_char(s, p, '+') && !at_char(s, p, '-'))
        return optional;
    if (!digits(s, p + 1, 2, &hours))
        return false;
    size_t m = p + 3 + (at_char(s, p + 3, ':') ? 1 : 0);
    if (!digits(s, m, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_minutes = (int64_t)hours * 60 + minutes;
    if (s.ptr[p] == '-')
        *ret_minutes = -*ret_minutes;
    *at = m + 2;
    return true;
}

/* Two digits as a number; 100, which is in no range, when they are none. */
static inline unsigned two(const uint8_t *p)
{
    unsigned high = (unsigned)p[0] - '0', low = (unsigned)p[1] - '0';
    return high > 9 || low > 9 ? 100 : high * 10 + low;
}

bool ff_time_parse(struct ff_slice s, bool zone_optional, int64_t *ret_us, size_t *ret_used)
{
    int64_t us = 0, east;
    if (s.len < 19)
        return false;
    const uint8_t *p = s.ptr;
    if (p[4] != '-' || p[7] != '-' || ((p[10] | 0x20) != 't' && p[10] != ' ') || p[13] != ':' || p[16] != ':')
        return false;
    unsigned century = two(p), of_century = two(p + 2), year = century * 100 + of_century;
    unsigned month = two(p + 5), day = two(p + 8), hour = two(p + 11), minute = two(p + 14), second = two(p + 17);
    if (century > 99 || of_century > 99 || year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (second == 60) /* a leap second has no number of its own in POSIX time */
        second = 59;
    size_t at = 19;
    if (at_char(s, at, '.') && !fraction(s, &at, &us))
        return false;
    if (!zone(s, &at, zone_optional, &east))
        return false;
    if (!ret_used && at != s.len)
        return false;
    us += ff_days_from_civil((int)year, month, day) * DAY_US;
    us += ((((int64_t)hour * 60 + minute) - east) * 60 + second) * 1000000;
    if (us < 0 || us > FF_TIME_MAX_US)
        return false;
    *ret_us = us;
    if (ret_used)
        *ret_used = at;
    return true;
}

static char *put_digits(char *p, unsigned v, unsigned count)
{
    for (unsigned i = count; i-- > 0; v /= 10)
        p[i] = (char)('0' + v % 10);
    return p + count;
}

size_t ff_time_format(int64_t us, char buf[28])
{
    int year;
    unsigned month, day;
    us = us < 0 ? 0 : us > FF_TIME_MAX_US ? FF_TIME_MAX_US : us;
    ff_civil_from_days(us / DAY_US, &year, &month, &day);
    int64_t of_day = us % DAY_US;
    unsigned second = (unsigned)(of_day / 1000000);
    char *p = put_digits(buf, (unsigned)year, 4);
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    p = put_digits(p, day, 2);
    *p++ = 'T';
    p = put_digits(p, second / 3600, 2);
    *p++ = ':';
    p = put_digits(p, second / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, second % 60, 2);
    *p++ = '.';
    p = put_digits(p, (unsigned)(of_day % 1000000), 6);
    *p++ = 'Z';
    *p = 0;
    return (size_t)(p - buf);
}
