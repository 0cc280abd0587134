/* time_zone.c: see time_zone.h.
 *
 * glibc has no function that takes a zone: localtime_r() knows that of TZ alone, and changing TZ while other threads
 * run is undefined. So TZ is changed once, at start, while there is one thread, and all changes of the zone's offset
 * from 1970 to 2105 are found by asking week by week, and within a week by halving. Refused: reading TZif files
 * ourselves, whose future is a POSIX rule string that wants a second parser.
 */
#include "ingest/decode/time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WEEK_S INT64_C(604800)
#define LAST_S INT64_C(4260211200) /* 2105-01-01 */
#define SPANS_MAX 1024
#define AHEAD_MAX_S (14 * 3600 + 59 * 60)

static int32_t ahead_at(int64_t s)
{
    time_t t = (time_t)s;
    struct tm tm;
    return localtime_r(&t, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/* The second of (low, high] from which it is what it is at `high`. */
static int64_t change_between(int64_t low, int64_t high, int32_t before)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (ahead_at(middle) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static void fill(struct ff_time_zone *zone)
{
    zone->spans[0] = (struct ff_zone_span){0, ahead_at(0)};
    zone->count = 1;
    for (int64_t s = WEEK_S; s < LAST_S && zone->count < SPANS_MAX; s += WEEK_S) {
        int32_t before = zone->spans[zone->count - 1].ahead_s, now = ahead_at(s);
        if (now != before)
            zone->spans[zone->count++] = (struct ff_zone_span){change_between(s - WEEK_S, s, before) * 1000000, now};
    }
}

static bool is_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

/* "+02:00", "-0330", "+02". */
static bool parse_offset(const char *s, int32_t *ret_s)
{
    size_t len = strlen(s), minutes_at = len == 6 && s[3] == ':' ? 4 : 3;
    if ((*s != '+' && *s != '-') || (len != 3 && len != minutes_at + 2) || !is_digits(s + 1, 2) ||
        (len > 3 && !is_digits(s + minutes_at, 2)))
        return false;
    int32_t minutes = len > 3 ? (s[minutes_at] - '0') * 10 + s[minutes_at + 1] - '0' : 0;
    int32_t ahead = ((s[1] - '0') * 10 + s[2] - '0') * 3600 + minutes * 60;
    *ret_s = *s == '-' ? -ahead : ahead;
    return minutes < 60 && ahead <= AHEAD_MAX_S;
}

/* A name of the database is a path below its folder, and nothing else: TZ would take other things for POSIX rules,
 * and what it cannot read for UTC, without a word. */
static bool is_name(const char *s)
{
    if (*s == 0 || *s == '/' || strlen(s) > 64 || strstr(s, "..") || !strcmp(s, "."))
        return false;
    return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-")] == 0;
}

static bool is_in_database(const char *name)
{
    char path[512], magic[4] = "";
    const char *folder = getenv("TZDIR");
    snprintf(path, sizeof path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
    FILE *f = fopen(path, "re");
    bool read = f && fread(magic, 1, sizeof magic, f) == sizeof magic;
    if (f)
        fclose(f);
    return read && memcmp(magic, "TZif", 4) == 0;
}

static bool set_zone(const char *name)
{
    bool set = (name ? setenv("TZ", name, 1) : unsetenv("TZ")) == 0;
    tzset();
    return set;
}

static enum ff_err load_name(struct ff_time_zone *zone, const char *name)
{
    const char *tz = getenv("TZ");
    char *before = tz ? strdup(tz) : NULL, with_colon[80];
    if (tz && !before)
        return FF_ERR_NOMEM;
    snprintf(with_colon, sizeof with_colon, ":%s", name); /* with a colon it is a file, never a rule */
    bool set = set_zone(with_colon);
    if (set)
        fill(zone);
    set &= set_zone(before);
    free(before);
    return set ? FF_OK : FF_ERR_NOMEM;
}

enum ff_err ff_time_zone_load(struct ff_time_zone *zone, const char *name)
{
    int32_t ahead = 0;
    *zone = (struct ff_time_zone){NULL, 0};
    bool fixed = strcmp(name, "UTC") == 0 || parse_offset(name, &ahead);
    if (!fixed && !is_name(name))
        return FF_ERR_SYNTAX;
    if (!fixed && !is_in_database(name))
        return FF_ERR_NOT_FOUND;
    zone->spans = calloc(fixed ? 1 : SPANS_MAX, sizeof *zone->spans);
    if (!zone->spans)
        return FF_ERR_NOMEM;
    zone->spans[0].ahead_s = ahead;
    zone->count = 1;
    return fixed ? FF_OK : load_name(zone, name);
}

void ff_time_zone_fini(struct ff_time_zone *zone)
{
    free(zone->spans);
    *zone = (struct ff_time_zone){NULL, 0};
}

int64_t ff_time_zone_utc(const struct ff_time_zone *zone, int64_t local_us)
{
    /* the last span that has begun by the clock of the one before it: in that clock a span that is further ahead begins
     * with the hour that does not exist, one that is less far ahead behind the hour that comes twice */
    size_t low = 0, high = zone->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->spans[middle].since_us + zone->spans[middle - 1].ahead_s * INT64_C(1000000) <= local_us)
            low = middle;
        else
            high = middle;
    }
    return local_us - (zone->count ? zone->spans[low].ahead_s * INT64_C(1000000) : 0);
}
