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

/** Whether a word of the list (each lower-case, ended by a zero byte, the list by another) stands in s. */
static bool has_word(struct ff_slice s, const char *list)
{
    for (; *list; list += strlen(list) + 1) {
        size_t n = strlen(list);
        for (size_t at = 0; at + n <= s.len; at++)
            if (ff_slice_caseeq(ff_slice_sub(s, at, at + n), ff_slice_str(list)))
                return true;
    }
    return false;
}

static bool ends_clause(uint8_t c)
{
    return c == ',' || c == ';' || c == ':' || c == '(' || c == ')' || c == '\n';
}

/** What stands before `at` in its clause: at most 48 bytes, none of an earlier number's. */
static struct ff_slice clause_before(struct ff_slice s, size_t at)
{
    size_t begin = at;
    while (begin && at - begin < 48 && !ends_clause(s.ptr[begin - 1]) && !is_digit(s.ptr[begin - 1]))
        begin--;
    return ff_slice_sub(s, begin, at);
}

/** Whether the clause asks to wait or to come again. */
static bool asks_to_wait(struct ff_slice clause)
{
    static const char words[] = "again\0retry\0wait\0come back\0resend\0resubmit\0retri\0greylist\0graylist\0erneut\0nochmal\0warte\0réessay\0reessay\0"
                                "reint\0riprov\0intente\0tente\0opnieuw\0ponow\0ponów\0spróbuj\0повтор\0попыт\0";
    return has_word(clause, words);
}

/** Whether it speaks of another time: a timeout that has passed, the window of a limit, how long something has been so. */
static bool is_another_time(struct ff_slice clause, struct ff_slice rest)
{
    static const char words[] = "timeout\0time out\0timed out\0idle\0inactiv\0unused\0no response\0no answer\0no reply\0within \0last \0past \0previous \0"
                                "since \0queue\0trying\0up to\0quota\0full \0not used\0every \0older than\0";
    static const char behind[] = " ago\0 old\0 of inactivity\0 of idle\0 idle\0";
    return has_word(clause, words) || (clause.len >= 4 && has_word(ff_slice_sub(clause, clause.len - 4, clause.len), "per \0")) ||
           has_word(ff_slice_sub(rest, 0, rest.len < 16 ? rest.len : 16), behind);
}

/** Number and unit at `at`: seconds, and in `*end` where they end; 0 when there is no unit, `*end` then stands behind the number. */
static uint64_t span_at(struct ff_slice s, size_t at, size_t *end)
{
    uint64_t value = 0;
    size_t from = at;
    while (at < s.len && is_digit(s.ptr[at]) && at - from < 7)
        value = value * 10 + (uint64_t)(s.ptr[at++] - '0');
    *end = at;
    while (at < s.len && at - *end < 3 && (s.ptr[at] == ' ' || s.ptr[at] == '-' || s.ptr[at] == '+'))
        at++;
    if (ff_slice_caseeq(ff_slice_sub(s, at, at + 5 <= s.len ? at + 5 : s.len), ff_slice_str("more ")))
        at += 5;
    uint64_t seconds = value * unit_at(s, at);
    while (seconds && at < s.len && ((s.ptr[at] | 0x20) >= 'a' || s.ptr[at] == '.')) /* letters, and all that is not ASCII */
        at++;
    if (seconds)
        *end = at;
    return seconds;
}

/** The same with the smaller units behind it: "1 hour 30 minutes", "5 min. and 30 sec.", "1h 30m". */
static uint64_t spans_at(struct ff_slice s, size_t at, size_t *end)
{
    uint64_t sum = span_at(s, at, end), last = sum;
    while (last) {
        size_t next = next_digit(s, *end), behind;
        /* between them: "and", "und", ",", "(s) and" */
        if (next >= s.len || next - *end > 8 || s.ptr[next - 1] == '.' || s.ptr[next - 1] == '-')
            break;
        uint64_t more = span_at(s, next, &behind);
        if (!more || more >= last)
            break;
        sum += last = more;
        *end = behind;
    }
    return sum;
}

uint32_t ff_retry_hint(struct ff_slice s)
{
    uint64_t first = 0; /* what no words beside it explain */
    for (size_t i = 0; (i = next_digit(s, i)) < s.len;) {
        if (i && (is_digit(s.ptr[i - 1]) || s.ptr[i - 1] == '.' || s.ptr[i - 1] == '-')) {
            i++;
            continue;
        }
        struct ff_slice clause = clause_before(s, i);
        size_t end;
        uint64_t seconds = clock_at(s, i);
        if (seconds && (asks_to_wait(clause) || has_word(clause, " in \0 for \0 after \0")))
            return (uint32_t)seconds;
        if (seconds) { /* the time of day */
            i += 8;
            continue;
        }
        seconds = spans_at(s, i, &end);
        i = end;
        if (!seconds || seconds > FF_RETRY_SECONDS_MAX)
            continue;
        bool other = is_another_time(clause, ff_slice_sub(s, end, s.len));
        if (asks_to_wait(clause) && !other)
            return (uint32_t)seconds;
        if (!first && !other)
            first = seconds;
    }
    return (uint32_t)first;
}
