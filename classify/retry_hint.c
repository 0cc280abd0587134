/* retry_hint.c: see retry_hint.h. Read from the text as it came: numbers are masked in the template. */
#include "classify/retry_hint.h"

#include "classify/mask/bits.h"

static const struct {
    const char *unit;
    uint32_t seconds;
} units[] = {
    {"sec", 1},   {"seg", 1},   {"sek", 1},   {"min", 60},  {"hour", 3600}, {"hr", 3600},  {"hora", 3600}, {"heure", 3600}, {"stund", 3600},
    {"ore", 3600}, {"uur", 3600}, {"godz", 3600}, {"day", 86400}, {"tag", 86400}, {"jour", 86400}, {"dia", 86400},
    {"секунд", 1}, {"минут", 60}, {"час", 3600}, {"秒", 1},   {"分", 60},     {"小时", 3600}, {"時間", 3600}, {"초", 1},       {"분", 60},
    {"시간", 3600},
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/** Where the first digit from `at` on stands; s.len: there is none. */
static size_t next_digit(struct ff_slice s, size_t at)
{
    for (; at + 8 <= s.len; at += 8) {
        uint64_t v = ff_load8(s.ptr + at) ^ UINT64_C(0x3030303030303030); /* digits are less than 10 */
        uint64_t less = (v - UINT64_C(0x0a0a0a0a0a0a0a0a)) & ~v & UINT64_C(0x8080808080808080);
        if (less)
            return at + ff_first_bit(less) / 8;
    }
    while (at < s.len && !is_digit(s.ptr[at]))
        at++;
    return at;
}

/** Seconds of the unit that begins at `at`; 0 when none does. A lone "s", "m" or "h" counts as one. */
static uint32_t unit_at(struct ff_slice s, size_t at)
{
    uint8_t first = at < s.len ? s.ptr[at] : 0;
    if (first >= 'A' && first <= 'Z')
        first |= 0x20;
    if (first < 'a') /* no letter, as mostly */
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if ((uint8_t)*units[i].unit != first) /* most of them begin otherwise */
            continue;
        size_t n = strlen(units[i].unit);
        if (ff_slice_caseeq(ff_slice_sub(s, at, at + n), ff_slice_str(units[i].unit)))
            return units[i].seconds;
    }
    bool alone = at + 1 >= s.len || !(((s.ptr[at + 1] | 0x20) >= 'a' && (s.ptr[at + 1] | 0x20) <= 'z') || is_digit(s.ptr[at + 1]));
    if (!alone)
        return 0;
    return s.ptr[at] == 's' ? 1 : s.ptr[at] == 'm' ? 60 : s.ptr[at] == 'h' ? 3600 : 0;
}

/** "00:05:00" at `at` (postgrey): seconds, or 0. */
static uint32_t clock_at(struct ff_slice s, size_t at)
{
    if (s.len - at < 8 || s.ptr[at + 2] != ':' || s.ptr[at + 5] != ':' || (s.len - at > 8 && is_digit(s.ptr[at + 8])))
        return 0;
    uint32_t v[3];
    for (size_t i = 0; i < 3; i++) {
        if (!is_digit(s.ptr[at + 3 * i]) || !is_digit(s.ptr[at + 3 * i + 1]))
            return 0;
        v[i] = (uint32_t)(s.ptr[at + 3 * i] - '0') * 10 + (uint32_t)(s.ptr[at + 3 * i + 1] - '0');
    }
    /* a wait of many hours in this form is a time of day */
    return v[0] < 3 && v[1] < 60 && v[2] < 60 ? v[0] * 3600 + v[1] * 60 + v[2] : 0;
}

uint32_t ff_retry_hint(struct ff_slice s)
{
    for (size_t i = 0; (i = next_digit(s, i)) < s.len;) {
        if (i && (is_digit(s.ptr[i - 1]) || s.ptr[i - 1] == '.' || s.ptr[i - 1] == '-')) {
            i++;
            continue;
        }
        uint32_t clock = clock_at(s, i);
        if (clock)
            return clock;
        uint64_t value = 0;
        size_t end = i;
        while (end < s.len && is_digit(s.ptr[end]) && end - i < 7)
            value = value * 10 + (uint64_t)(s.ptr[end++] - '0');
        size_t at = end;
        while (at < s.len && at - end < 3 && (s.ptr[at] == ' ' || s.ptr[at] == '-' || s.ptr[at] == '+'))
            at++;
        uint64_t seconds = value * unit_at(s, at);
        if (seconds)
            return seconds > FF_RETRY_SECONDS_MAX ? 0 : (uint32_t)seconds;
        i = end;
    }
    return 0;
}
