/* syslog_prefix.c: many writers, one line.
 *
 * Postfix's own file logger and classic syslogd write RFC 3164 without year and zone; rsyslog and syslog-ng write RFC
 * 3339; RFC 5424 output cuts the program at '/'; container runtimes put a time and a stream before it all; relays keep
 * <PRI>. Each part is optional and is told by its own shape, so one reader covers the combinations instead of one
 * reader per product. The invariant: nothing behind the tag is interpreted here, and no byte outside the line is read.
 */
#include "ingest/postfix/syslog_prefix.h"

#include "proto/time_text.h"

#define DAY_US (86400 * INT64_C(1000000))

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static unsigned two_digits(const uint8_t *p)
{
    return (unsigned)(p[0] - '0') * 10u + (unsigned)(p[1] - '0');
}

/* 1..12; 0: no month. */
static uint8_t month_of(const uint8_t *p)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (uint8_t m = 0; m < 12; m++)
        if (memcmp(p, names + 3 * m, 3) == 0)
            return (uint8_t)(m + 1);
    return 0;
}

bool ff_syslog_rfc3339_time(struct ff_slice s, struct ff_log_line *ret, size_t *ret_used)
{
    bool zone = ff_time_parse(s, false, &ret->time_us, ret_used);
    if (!zone && !ff_time_parse(s, true, &ret->time_us, ret_used))
        return false;
    ret->time = zone ? FF_LOG_TIME_FULL : FF_LOG_TIME_NO_ZONE;
    return true;
}

size_t ff_syslog_rfc3164_time(struct ff_slice s, struct ff_log_line *ret)
{
    if (s.len < 15)
        return 0;
    const uint8_t *p = s.ptr;
    uint8_t month = month_of(p);
    if (!month || p[3] != ' ' || (p[4] != ' ' && !is_digit(p[4])) || !is_digit(p[5]) || p[6] != ' ')
        return 0;
    if (!is_digit(p[7]) || !is_digit(p[8]) || p[9] != ':' || !is_digit(p[10]) || !is_digit(p[11]) || p[12] != ':' ||
        !is_digit(p[13]) || !is_digit(p[14]))
        return 0;
    unsigned day = (p[4] == ' ' ? 0 : (unsigned)(p[4] - '0') * 10u) + (unsigned)(p[5] - '0');
    unsigned hour = two_digits(p + 7), minute = two_digits(p + 10), second = two_digits(p + 13);
    if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return 0;
    if (second == 60)
        second = 59;
    int64_t us = ((int64_t)hour * 3600 + minute * 60 + second) * 1000000;
    size_t used = 15;
    if (s.len > 16 && p[15] == '.' && is_digit(p[16])) {
        int64_t unit = 100000;
        for (used = 16; used < s.len && is_digit(p[used]); used++, unit /= 10)
            us += (p[used] - '0') * unit;
    }
    ret->time = FF_LOG_TIME_NO_YEAR;
    ret->month = month;
    ret->day = (uint8_t)day;
    ret->us_of_day = us;
    return used;
}

int64_t ff_syslog_time_in_year(const struct ff_log_line *line, int year, int64_t zone_s)
{
    return ff_days_from_civil(year, line->month, line->day) * DAY_US + line->us_of_day - zone_s * 1000000;
}

bool ff_syslog_day_exists(const struct ff_log_line *line, int year)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return line->day <= days[line->month - 1] + (line->month == 2 && leap);
}

/* From one 29 February to the next, when the last year of a century between them has none. */
#define YEARS_BETWEEN_LEAP_DAYS 8

int ff_syslog_year_before(const struct ff_log_line *line, int64_t reference_us)
{
    int year;
    unsigned month, day;
    int64_t latest = reference_us + DAY_US;
    int64_t days = latest / DAY_US - (latest % DAY_US < 0);
    ff_civil_from_days(days, &year, &month, &day);
    for (int back = 0; back <= YEARS_BETWEEN_LEAP_DAYS; back++, year--)
        if (ff_syslog_day_exists(line, year) && ff_syslog_time_in_year(line, year, 0) <= latest)
            return year;
    return 0;
}

static size_t skip_blanks(struct ff_slice s, size_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\t'))
        at++;
    return at;
}

/* Index of the next blank at or after `at`, or the end. */
static size_t token_end(struct ff_slice s, size_t at)
{
    size_t end = ff_slice_chr(s, at, ' ');
    return end == SIZE_MAX ? s.len : end;
}

struct ff_slice ff_syslog_tag_path(struct ff_slice tag)
{
    size_t n = 0;
    while (n < tag.len && tag.ptr[n] != '[' && tag.ptr[n] != ':' && tag.ptr[n] != ' ')
        n++;
    return ff_slice_sub(tag, 0, n);
}

/* `<PRI>`: 1 to 3 digits in angle brackets. Index behind it. */
static size_t skip_priority(struct ff_slice s, size_t at)
{
    if (at >= s.len || s.ptr[at] != '<')
        return at;
    size_t p = at + 1;
    while (p < s.len && p < at + 4 && is_digit(s.ptr[p]))
        p++;
    return p > at + 1 && p < s.len && s.ptr[p] == '>' ? p + 1 : at;
}

static struct ff_slice value_or_nil(struct ff_slice s, size_t from, size_t to)
{
    struct ff_slice v = ff_slice_sub(s, from, to);
    return ff_slice_eq(v, FF_SLICE("-")) ? ff_slice_of(NULL, 0) : v;
}

/* Behind the structured data of RFC 5424 6.3: "-" or [id name="value"]..., where a value escapes ", \ and ]. */
static size_t skip_structured_data(struct ff_slice s, size_t at)
{
    if (at < s.len && s.ptr[at] == '-')
        return at + 1;
    while (at < s.len && s.ptr[at] == '[') {
        bool quoted = false;
        for (at++; at < s.len && (quoted || s.ptr[at] != ']'); at++) {
            if (quoted && s.ptr[at] == '\\' && at + 1 < s.len)
                at++;
            else if (s.ptr[at] == '"')
                quoted = !quoted;
        }
        if (at < s.len)
            at++;
    }
    return at;
}

/* `at` stands behind "1 ". */
static bool parse_rfc5424(struct ff_slice s, size_t at, struct ff_log_line *ret)
{
    size_t end = token_end(s, at);
    if (!ff_syslog_rfc3339_time(ff_slice_sub(s, at, end), ret, NULL))
        return false;
    at = skip_blanks(s, end);
    end = token_end(s, at);
    ret->host = value_or_nil(s, at, end);
    at = skip_blanks(s, end);
    end = token_end(s, at);
    ret->tag = value_or_nil(s, at, end);
    for (unsigned i = 0; i < 2; i++) { /* PROCID, MSGID */
        at = skip_blanks(s, end);
        end = token_end(s, at);
    }
    at = skip_structured_data(s, skip_blanks(s, end));
    struct ff_slice rest = ff_slice_sub(s, at, s.len);
    rest = ff_slice_trim(rest);
    if (ff_slice_starts(rest, FF_SLICE("\xef\xbb\xbf")))
        rest = ff_slice_sub(rest, 3, rest.len);
    ret->message = ff_slice_trim(rest);
    return true;
}

/* A program in front of a message, rather than a host: ends with a colon or holds "[". */
static bool looks_like_tag(struct ff_slice token)
{
    return token.len && (token.ptr[token.len - 1] == ':' || ff_slice_chr(token, 1, '[') != SIZE_MAX);
}

/* `host tag[pid]: message`, without host, or with nothing that is a tag. */
static bool parse_host_and_tag(struct ff_slice s, size_t at, struct ff_log_line *ret)
{
    at = skip_blanks(s, at);
    size_t end = token_end(s, at);
    struct ff_slice token = ff_slice_sub(s, at, end);
    if (!looks_like_tag(token)) {
        ret->host = token;
        at = skip_blanks(s, end);
        end = token_end(s, at);
        token = ff_slice_sub(s, at, end);
    }
    ret->tag = ff_syslog_tag_path(token);
    ret->message = ff_slice_trim(ff_slice_sub(s, end, s.len));
    return ret->tag.len > 0;
}

/* CRI: `2026-08-06T08:00:00.123456789Z stdout F `. Index behind it, or 0. */
static size_t skip_container_prefix(struct ff_slice s, struct ff_log_line *ret)
{
    size_t end = token_end(s, 0);
    struct ff_slice rest = ff_slice_sub(s, end, s.len);
    if (!ff_slice_starts(rest, FF_SLICE(" stdout ")) && !ff_slice_starts(rest, FF_SLICE(" stderr ")))
        return 0;
    if (rest.len < 10 || (rest.ptr[8] != 'F' && rest.ptr[8] != 'P') || rest.ptr[9] != ' ')
        return 0;
    return ff_syslog_rfc3339_time(ff_slice_sub(s, 0, end), ret, NULL) ? end + 10 : 0;
}

/* No header: `postfix/smtp[123]: text` or text alone. */
static void parse_bare(struct ff_slice s, struct ff_log_line *ret)
{
    size_t end = token_end(s, 0);
    struct ff_slice token = ff_slice_sub(s, 0, end);
    size_t slash = ff_slice_chr(token, 0, '/'), bracket = ff_slice_chr(token, 0, '[');
    if (slash != SIZE_MAX && bracket != SIZE_MAX && slash < bracket && ff_slice_ends(token, FF_SLICE("]:"))) {
        ret->tag = ff_slice_sub(token, 0, bracket);
        s = ff_slice_sub(s, end, s.len);
    }
    ret->message = ff_slice_trim(s);
}

bool ff_syslog_prefix_parse(struct ff_slice line, struct ff_log_line *ret)
{
    memset(ret, 0, sizeof *ret);
    struct ff_slice s = ff_slice_trim(line);
    size_t at = 0, used;
    if (s.len > 30 && s.ptr[0] >= '1' && s.ptr[0] <= '9') {
        at = skip_container_prefix(s, ret);
        s = ff_slice_sub(s, at, s.len);
    }
    bool container_time = at > 0;
    at = skip_priority(s, 0);
    if (at + 2 < s.len && s.ptr[at] == '1' && s.ptr[at + 1] == ' ' && parse_rfc5424(s, at + 2, ret))
        return true;
    struct ff_slice rest = ff_slice_sub(s, at, s.len);
    if (rest.len && is_digit(rest.ptr[0]) && ff_syslog_rfc3339_time(rest, ret, &used))
        return parse_host_and_tag(rest, used, ret);
    used = ff_syslog_rfc3164_time(rest, ret);
    if (used)
        return parse_host_and_tag(rest, used, ret);
    parse_bare(rest, ret);
    return container_time && ret->tag.len > 0;
}
