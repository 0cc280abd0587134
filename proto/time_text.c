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
    static const uint16_t before[12] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337}; /* March first */
    const unsigned eras = 12; /* added, so that no year is below 0 */
    unsigned y = (unsigned)(year + 400 * (int)eras - (month <= 2)), hundreds = y / 100;
    unsigned days = y * 365 + y / 4 - hundreds + hundreds / 4 + before[month > 2 ? month - 3 : month + 9] + day;
    return (int64_t)days - 1 - 719468 - 146097 * (int64_t)eras;
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
    static const uint32_t times[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    const uint8_t *p = s.ptr + *at + 1, *from = p, *end = s.ptr + s.len;
    uint64_t v = 0;
    unsigned n = 0;
    if (end - p >= 8)
        n = ff_json_digits8(p, 6, &v);
    else
        for (; n < 6 && p + n < end && (uint8_t)(p[n] - '0') <= 9; n++)
            v = v * 10 + (uint64_t)(p[n] - '0');
    *ret_us = (int64_t)(v * times[n]);
    for (p += n; p < end && (uint8_t)(*p - '0') <= 9;)
        p++;
    *at = (size_t)(p - s.ptr);
    return p > from;
}

/* Two digits as a number; 100, which is in no range, when they are none. */
static inline unsigned two(const uint8_t *p)
{
    unsigned high = (unsigned)p[0] - '0', low = (unsigned)p[1] - '0';
    return high > 9 || low > 9 ? 100 : high * 10 + low;
}

/* Z, +hh:mm or +hhmm; minutes east of Greenwich. */
static bool zone(struct ff_slice s, size_t *at, bool optional, int64_t *ret_minutes)
{
    size_t p = *at;
    *ret_minutes = 0;
    if (at_char(s, p, 'Z') || at_char(s, p, 'z')) {
        *at = p + 1;
        return true;
    }
    if (!at_char(s, p, '+') && !at_char(s, p, '-'))
        return optional;
    size_t m = p + 3 + (at_char(s, p + 3, ':') ? 1 : 0);
    if (m + 2 > s.len)
        return false;
    unsigned hours = two(s.ptr + p + 1), minutes = two(s.ptr + m);
    if (hours > 23 || minutes > 59)
        return false;
    *ret_minutes = (int64_t)hours * 60 + minutes;
    if (s.ptr[p] == '-')
        *ret_minutes = -*ret_minutes;
    *at = m + 2;
    return true;
}

/* Two digits, a mark, two digits ... : each digit as its number, in the order of the text from the lowest byte up,
 * and 0 for the marks. `marks` has '0' where digits are, `at` all bits of the marks' bytes. false: something else
 * stands there. */
static inline bool eight(const uint8_t *p, uint64_t marks, uint64_t at, uint64_t *ret)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    v ^= marks;
    *ret = v * 10 + (v >> 8); /* in each byte that begins two digits, the number they make */
    uint64_t over9 = ((v & UINT64_C(0x7f7f7f7f7f7f7f7f)) + UINT64_C(0x7676767676767676)) | v;
    return ((over9 & UINT64_C(0x8080808080808080)) | (v & at)) == 0;
}

/* Microseconds of the date "YYYY-MM-DD" at p. A log has the same date for a day, so the last one is kept. */
static inline bool date_us(const uint8_t *p, int64_t *ret)
{
    static _Thread_local struct {
        uint8_t text[10];
        int64_t us;
    } last = {"1970-01-01", 0}; /* a date from the start: zeros would pass for one */
    uint64_t parts;
    if (memcmp(p, last.text, sizeof last.text) == 0) {
        *ret = last.us;
        return true;
    }
    if (!eight(p, UINT64_C(0x2d30302d30303030), UINT64_C(0xff0000ff00000000), &parts)) /* "YYYY-MM-" */
        return false;
    unsigned year = (unsigned)(parts & 0xff) * 100 + (parts >> 16 & 0xff), month = parts >> 40 & 0xff, day = two(p + 8);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *ret = last.us = ff_days_from_civil((int)year, month, day) * DAY_US;
    memcpy(last.text, p, sizeof last.text);
    return true;
}

bool ff_time_parse(struct ff_slice s, bool zone_optional, int64_t *ret_us, size_t *ret_used)
{
    int64_t us, parts = 0, east;
    uint64_t time;
    if (s.len < 19)
        return false;
    const uint8_t *p = s.ptr;
    if (!eight(p + 11, UINT64_C(0x30303a30303a3030), UINT64_C(0x0000ff0000ff0000), &time) || /* "hh:mm:ss" */
        ((p[10] | 0x20) != 't' && p[10] != ' ') || !date_us(p, &us))
        return false;
    unsigned hour = time & 0xff, minute = time >> 24 & 0xff, second = time >> 48 & 0xff;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    if (second == 60) /* a leap second has no number of its own in POSIX time */
        second = 59;
    size_t at = 19;
    if (at_char(s, at, '.') && !fraction(s, &at, &parts))
        return false;
    if (!zone(s, &at, zone_optional, &east))
        return false;
    if (!ret_used && at != s.len)
        return false;
    us += ((((int64_t)hour * 60 + minute) - east) * 60 + second) * 1000000 + parts;
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
