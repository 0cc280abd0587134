/* retry_hint.c: see retry_hint.h. Read from the text as it came: numbers are masked in the template. */
#include "classify/retry_hint.h"

#include "classify/mask/bits.h"
#include "classify/retry_words.h"

static const struct {
    const char *unit;
    uint32_t seconds;
} units[] = {
    {"sec", 1},      {"seg", 1},      {"sek", 1},      {"секунд", 1},   {"秒", 1},        {"초", 1},
    {"min", 60},     {"минут", 60},   {"分", 60},      {"분", 60},      {"hour", 3600},   {"hr", 3600},
    {"hora", 3600},  {"heure", 3600}, {"stund", 3600}, {"ore", 3600},   {"uur", 3600},    {"godz", 3600},
    {"час", 3600},   {"小时", 3600},  {"時間", 3600},  {"시간", 3600},  {"day", 86400},   {"tag", 86400},
    {"jour", 86400}, {"dia", 86400},
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
    bool alone = at + 1 >= s.len ||
                 !(((s.ptr[at + 1] | 0x20) >= 'a' && (s.ptr[at + 1] | 0x20) <= 'z') || is_digit(s.ptr[at + 1]));
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

#define ASKS_TO_WAIT 1u /* or to come again */
#define ANOTHER_TIME 2u /* a timeout that has passed, the window of a limit, how long something has been so */
/** How far behind a wait its words are looked for. */
#define BEHIND_MAX 16

struct word {
    uint8_t speaks_of, len; /* len 0 ends a list */
    const char *text;
};
#define W(what, letters) {what, sizeof(letters) - 1, letters}
#define WORDS(...) (const struct word[]) {__VA_ARGS__, {0, 0, NULL}}

/** What words speak of, found by the byte (& 31) with which they begin. */
static const struct word *const before[32] = {
    ['p' & 31] =
        WORDS(W(ASKS_TO_WAIT, "ponow"), W(ASKS_TO_WAIT, "ponów"), W(ASKS_TO_WAIT, "повтор"), W(ASKS_TO_WAIT, "попыт"),
              W(ANOTHER_TIME, "past "), W(ANOTHER_TIME, "previous "), W(ANOTHER_TIME, "per ")), /* and 0xd0 & 31 */
    ['r' & 31] = WORDS(W(ASKS_TO_WAIT, "retry"), W(ASKS_TO_WAIT, "resend"), W(ASKS_TO_WAIT, "resubmit"),
                       W(ASKS_TO_WAIT, "retri"), W(ASKS_TO_WAIT, "réessay"), W(ASKS_TO_WAIT, "reessay"),
                       W(ASKS_TO_WAIT, "reint"), W(ASKS_TO_WAIT, "riprov")),
    ['t' & 31] = WORDS(W(ASKS_TO_WAIT, "tente"), W(ANOTHER_TIME, "timeout"), W(ANOTHER_TIME, "time out"),
                       W(ANOTHER_TIME, "timed out"), W(ANOTHER_TIME, "trying")),
    ['n' & 31] = WORDS(W(ASKS_TO_WAIT, "nochmal"), W(ANOTHER_TIME, "no response"), W(ANOTHER_TIME, "no answer"),
                       W(ANOTHER_TIME, "no reply"), W(ANOTHER_TIME, "not used")),
    ['a' & 31] = WORDS(W(ASKS_TO_WAIT, "again"), W(ASKS_TO_WAIT, "attend"), W(ASKS_TO_WAIT, "aguard")),
    ['c' & 31] = WORDS(W(ASKS_TO_WAIT, "come back")),
    ['d' & 31] = WORDS(W(ASKS_TO_WAIT, "deferred"), W(ASKS_TO_WAIT, "delayed")),
    ['e' & 31] = WORDS(W(ASKS_TO_WAIT, "erneut"), W(ANOTHER_TIME, "every ")),
    ['f' & 31] = WORDS(W(ASKS_TO_WAIT, "försök"), W(ANOTHER_TIME, "full ")),
    ['g' & 31] = WORDS(W(ASKS_TO_WAIT, "greylist"), W(ASKS_TO_WAIT, "graylist")),
    ['i' & 31] = WORDS(W(ASKS_TO_WAIT, "intente"), W(ASKS_TO_WAIT, "inténte"), W(ASKS_TO_WAIT, "igen"),
                       W(ANOTHER_TIME, "idle"), W(ANOTHER_TIME, "inactiv")),
    ['l' & 31] = WORDS(W(ANOTHER_TIME, "last ")),
    ['o' & 31] = WORDS(W(ASKS_TO_WAIT, "opnieuw"), W(ANOTHER_TIME, "older than")),
    ['q' & 31] = WORDS(W(ANOTHER_TIME, "queue"), W(ANOTHER_TIME, "quota")),
    ['s' & 31] = WORDS(W(ASKS_TO_WAIT, "spróbuj"), W(ANOTHER_TIME, "since ")),
    ['u' & 31] = WORDS(W(ANOTHER_TIME, "unused"), W(ANOTHER_TIME, "up to")),
    ['w' & 31] = WORDS(W(ASKS_TO_WAIT, "wait"), W(ASKS_TO_WAIT, "warte"), W(ANOTHER_TIME, "within ")),
};
/** The same of what stands behind a wait. */
static const struct word *const behind[32] = {
    ['a' & 31] = WORDS(W(ANOTHER_TIME, "ago")),
    ['i' & 31] = WORDS(W(ANOTHER_TIME, "idle")),
    ['o' & 31] = WORDS(W(ANOTHER_TIME, "old"), W(ANOTHER_TIME, "of inactivity"), W(ANOTHER_TIME, "of idle")),
};
/** Before "00:05:00" these ask to wait, too. */
static const struct word *const before_clock[32] = {
    ['i' & 31] = WORDS(W(ASKS_TO_WAIT, "in ")),
    ['f' & 31] = WORDS(W(ASKS_TO_WAIT, "for ")),
    ['a' & 31] = WORDS(W(ASKS_TO_WAIT, "after ")),
};

/** Letters, all that is not ASCII, and some signs that end no word here. */
static bool is_in_word(uint8_t c)
{
    return c >= 'A' && c != '[';
}

/** ASKS_TO_WAIT, ANOTHER_TIME: what words of the table stand in s. */
static unsigned speaks_of(struct ff_slice s, const struct word *const table[32])
{
    unsigned found = 0;
    for (size_t at = 0; at < s.len;) {
        const struct word *w = is_in_word(s.ptr[at]) ? table[s.ptr[at] & 31] : NULL;
        for (; w && w->len; w++)
            if (at + w->len <= s.len && (s.ptr[at + 1] | 0x20) == ((uint8_t)w->text[1] | 0x20) &&
                ff_slice_caseeq(ff_slice_sub(s, at, at + w->len), ff_slice_of(w->text, w->len)))
                found |= w->speaks_of;
        for (at++; at < s.len && is_in_word(s.ptr[at - 1]) && is_in_word(s.ptr[at]);)
            at++;
    }
    return found;
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

/** Number and unit at `at`: seconds, and in `*end` where they end; 0 when there is no unit, `*end` then stands
 * behind the number. */
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
    /* letters, and all that is not ASCII */
    while (seconds && at < s.len && ((s.ptr[at] | 0x20) >= 'a' || s.ptr[at] == '.'))
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
        size_t next = next_digit(s, *end), next_end;
        /* between them: "and", "und", ",", "(s) and" */
        if (next >= s.len || next - *end > 8 || s.ptr[next - 1] == '.' || s.ptr[next - 1] == '-')
            break;
        uint64_t more = span_at(s, next, &next_end);
        if (!more || more >= last)
            break;
        sum += last = more;
        *end = next_end;
    }
    return sum;
}

/** What stands behind `at` in its clause: at most 32 bytes. */
static struct ff_slice clause_behind(struct ff_slice s, size_t at)
{
    size_t end = at;
    while (end < s.len && end - at < 32 && !ends_clause(s.ptr[end]) && !is_digit(s.ptr[end]))
        end++;
    return ff_slice_sub(s, at, end);
}

/** A wait in words counts only where something asks to wait: "a limit of ten mails in an hour" does not. */
static uint32_t hint_in_words(struct ff_slice s)
{
    struct ff_word_wait w;
    for (size_t from = 0; ff_word_wait(s, from, &w); from = w.end) {
        struct ff_slice rest = clause_behind(s, w.end);
        unsigned said = speaks_of(clause_before(s, w.begin), before);
        if (w.seconds <= FF_RETRY_SECONDS_MAX && !((said | speaks_of(rest, behind)) & ANOTHER_TIME) &&
            (w.asked || (said | speaks_of(rest, before)) & ASKS_TO_WAIT))
            return w.seconds;
    }
    return 0;
}

uint32_t ff_retry_hint(struct ff_slice s)
{
    uint64_t first = 0; /* what no words beside it explain */
    for (size_t i = 0; (i = next_digit(s, i)) < s.len;) {
        if (i && (is_digit(s.ptr[i - 1]) || s.ptr[i - 1] == '.' || s.ptr[i - 1] == '-')) {
            i++;
            continue;
        }
        size_t end, number = i;
        uint64_t seconds = clock_at(s, number);
        if (seconds) {
            struct ff_slice clause = clause_before(s, number);
            if ((speaks_of(clause, before) | speaks_of(clause, before_clock)) & ASKS_TO_WAIT)
                return (uint32_t)seconds; /* else the time of day */
            i += 8;
            continue;
        }
        seconds = spans_at(s, number, &end);
        i = end;
        if (!seconds || seconds > FF_RETRY_SECONDS_MAX)
            continue;
        unsigned said = speaks_of(clause_before(s, number), before); /* only now: most numbers have no unit */
        if (said & ANOTHER_TIME ||
            speaks_of(ff_slice_sub(s, end, end + BEHIND_MAX < s.len ? end + BEHIND_MAX : s.len), behind))
            continue;
        if (said & ASKS_TO_WAIT)
            return (uint32_t)seconds;
        if (!first)
            first = seconds;
    }
    return first ? (uint32_t)first : hint_in_words(s);
}
