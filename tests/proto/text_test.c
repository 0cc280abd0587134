/* Slices, errors, names, times, enhanced codes, IP addresses: the words everything else is written in. */
#include <unistd.h>

#include "proto/error.h"
#include "proto/event.h"
#include "proto/message.h"
#include "proto/nearest.h"
#include "proto/time_text.h"
#include "tests/test.h"

static void utf8(void)
{
    const struct {
        const char *name;
        struct ff_slice text;
        bool valid;
    } cases[] = {
        {"empty text is UTF-8", FF_SLICE(""), true},
        {"ASCII of any length is UTF-8", FF_SLICE("The quick brown fox jumps over the lazy dog"), true},
        {"NUL is UTF-8", FF_SLICE("a\0b"), true},
        {"two, three and four byte sequences", FF_SLICE("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa7"), true},
        {"the last code point", FF_SLICE("\xf4\x8f\xbf\xbf"), true},
        {"over the last code point", FF_SLICE("\xf4\x90\x80\x80"), false},
        {"the last before the surrogates", FF_SLICE("\xed\x9f\xbf"), true},
        {"a surrogate", FF_SLICE("\xed\xa0\x80"), false},
        {"two bytes for an ASCII character", FF_SLICE("\xc0\xaf"), false},
        {"three bytes where two do", FF_SLICE("\xe0\x80\xaf"), false},
        {"four bytes where three do", FF_SLICE("\xf0\x80\x80\xaf"), false},
        {"a continuation byte alone", FF_SLICE("abcdefgh\x80"), false},
        {"a sequence that is cut off", FF_SLICE("abcdefg\xe2\x82"), false},
        {"Latin-1 in the middle of a word", FF_SLICE("utilisateur d\xe9sactiv\xe9"), false},
        {"a high byte in the first of many words", FF_SLICE("\xff 1234567890123456789012345678901234567890"), false},
        {"a high byte in the overlapping last word", FF_SLICE("123456789\xff"), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CASE(cases[i].name);
        CHECK_INT(ff_slice_is_utf8(cases[i].text), cases[i].valid);
    }
    CASE("one U+FFFD stands for the longest beginning of a sequence");
    bool valid;
    CHECK_INT(ff_utf8_next(FF_SLICE("\xe2\x82z"), 0, &valid), 2);
    CHECK_INT(valid, false);
    CHECK_INT(ff_utf8_next(FF_SLICE("\xc0\xaf"), 0, &valid), 1);
    CHECK_INT(ff_utf8_next(FF_SLICE("x\xe2\x82\xac"), 1, &valid), 3);
    CHECK_INT(valid, true);
}

static void cut(void)
{
    const struct {
        const char *name;
        struct ff_slice text;
        size_t max, want;
    } cases[] = {
        {"what fits stays as it is", FF_SLICE("ab\xc3\xa9"), 4, 4},
        {"also when there is room to spare", FF_SLICE("ab\xc3\xa9"), 9, 4},
        {"between two characters", FF_SLICE("ab\xc3\xa9"), 2, 2},
        {"not inside one of two bytes", FF_SLICE("ab\xc3\xa9"), 3, 2},
        {"nor at the second byte of three", FF_SLICE("ab\xe2\x82\xacz"), 3, 2},
        {"nor at the third of three", FF_SLICE("ab\xe2\x82\xacz"), 4, 2},
        {"behind one of three", FF_SLICE("ab\xe2\x82\xacz"), 5, 5},
        {"nor at the last byte of four", FF_SLICE("a\xf0\x9f\x93\xa7z"), 4, 1},
        {"a first character that does not fit", FF_SLICE("\xf0\x9f\x93\xa7"), 3, 0},
        {"room for nothing", FF_SLICE("\xc3\xa9"), 0, 0},
        {"nothing at all", {NULL, 0}, 0, 0},
        {"bytes that are no UTF-8 are cut where they must be", FF_SLICE("a\x80\x80\x80\x80\x80\x80\x80"), 6, 6},
        {"also when they begin so", FF_SLICE("\x80\x80\x80"), 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CASE(cases[i].name);
        CHECK_INT(ff_slice_cut_utf8(cases[i].text, cases[i].max).len, cases[i].want);
    }
}

/* What a message of `len` bytes is on a pipe: lengths of its lines, at most two, or -1. */
static void line_lengths(size_t len, int ret[2])
{
    static char text[8192], got[16384];
    int ends[2], kept = dup(STDERR_FILENO);
    if (kept < 0 || pipe(ends) != 0)
        abort();
    for (size_t i = 0; i < len; i++)
        text[i] = i % 2 ? '\xa9' : '\xc3';
    text[len] = 0;
    dup2(ends[1], STDERR_FILENO);
    ff_message(FF_SEVERITY_INFO, "test", "%s", text);
    ff_message(FF_SEVERITY_INFO, "test", "x");
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    ssize_t n = 0, more;
    while ((more = read(ends[0], got + n, sizeof got - (size_t)n)) > 0)
        n += more;
    close(ends[0]);
    close(kept);
    size_t first = ff_slice_chr(ff_slice_of(got, (size_t)n), 0, '\n');
    CHECK(first != SIZE_MAX && ff_slice_is_utf8(ff_slice_of(got, (size_t)n)), "no line, or half a character");
    ret[0] = (int)first + 1;
    ret[1] = (int)(n - (ssize_t)first - 1);
}

static void messages(void)
{
    int lengths[2];
    CASE("a message that fits is one line");
    line_lengths(100, lengths);
    CHECK_INT(lengths[0], 107);
    CASE("a long one is cut to what a pipe takes in one piece, between two characters, and ends its line");
    line_lengths(8000, lengths);
    CHECK_INT(lengths[0], 4095);
    CHECK_INT(lengths[1], 8);
}

static void slices(void)
{
    uint64_t v;
    CASE("find and trim stay inside the slice");
    CHECK_INT(ff_slice_find(FF_SLICE("abcabc"), 1, FF_SLICE("abc")), 3);
    CHECK(ff_slice_find(FF_SLICE("abcabc"), 4, FF_SLICE("abc")) == SIZE_MAX, "found");
    CHECK(ff_slice_find(FF_SLICE("abc"), 9, FF_SLICE("")) == SIZE_MAX, "found");
    CHECK_INT(ff_slice_find(FF_SLICE("abc"), 3, FF_SLICE("")), 3);
    CHECK_SLICE(ff_slice_trim(FF_SLICE(" \t a b \r\n")), "a b");
    CHECK_SLICE(ff_slice_trim(FF_SLICE(" \r\n")), "");
    CHECK_SLICE(ff_slice_sub(FF_SLICE("abc"), 2, 1), "");
    CASE("a number is digits and nothing else, up to its limit");
    CHECK(ff_slice_u64(FF_SLICE("18446744073709551615"), UINT64_MAX, &v) && v == UINT64_MAX, "max");
    CHECK(!ff_slice_u64(FF_SLICE("18446744073709551616"), UINT64_MAX, &v), "over");
    CHECK(ff_slice_u64(FF_SLICE("007"), 7, &v) && v == 7, "zeros");
    CHECK(!ff_slice_u64(FF_SLICE("8"), 7, &v) && !ff_slice_u64(FF_SLICE("10"), 9, &v), "over its limit");
    CHECK(!ff_slice_u64(FF_SLICE(""), 9, &v) && !ff_slice_u64(FF_SLICE("+1"), 9, &v) &&
              !ff_slice_u64(FF_SLICE("1 "), 9, &v),
          "junk");
    CASE("case matters to letters only");
    CHECK(ff_slice_caseeq(FF_SLICE("MAIL@x"), FF_SLICE("mail@X")), "letters");
    CHECK(!ff_slice_caseeq(FF_SLICE("a["), FF_SLICE("a{")) && !ff_slice_caseeq(FF_SLICE("@"), FF_SLICE("`")), "others");
}

static void errors(void)
{
    CASE("every error has a name and a way to end");
    for (int e = FF_OK; e <= FF_ERR_DEFECT; e++) {
        CHECK(strcmp(ff_err_name((enum ff_err)e), "unknown") != 0, "error %d", e);
        int status = ff_err_exit_status((enum ff_err)e);
        CHECK(e == FF_OK ? status == 0 : status >= 64 && status <= 78, "error %d: %d", e, status);
    }
    CHECK_STR(ff_err_name((enum ff_err)99), "unknown");
    CHECK_INT(ff_err_exit_status(FF_ERR_EXISTS), 75);
    CHECK_INT(ff_err_exit_status(FF_ERR_UNAVAILABLE), 69);
    CHECK_INT(ff_err_exit_status(FF_ERR_NOMEM), 71);
    CHECK_INT(ff_err_exit_status(FF_ERR_DEFECT), 70);
}

static void times(void)
{
    static const struct {
        const char *name, *text;
        int64_t us; /* -1: refused */
    } cases[] = {
        {"the beginning", "1970-01-01T00:00:00Z", 0},
        {"the end", "9999-12-31T23:59:59.999999Z", FF_TIME_MAX_US},
        {"behind the end by its zone", "9999-12-31T23:59:59-01:00", -1},
        {"before the beginning by its zone", "1970-01-01T00:00:00+00:01", -1},
        {"a leap day", "2024-02-29T12:00:00Z", 1709208000000000},
        {"no leap day in a common year", "2023-02-29T12:00:00Z", -1},
        {"2000 is a leap year", "2000-02-29T00:00:00Z", 951782400000000},
        {"2100 is none", "2100-02-29T00:00:00Z", -1},
        {"nanoseconds are cut", "2026-08-06T08:00:00.123456789Z", 1786003200123456},
        {"one digit of a fraction", "2026-08-06T08:00:00.5Z", 1786003200500000},
        {"a zone east of Greenwich", "2026-08-06T10:00:00+02:00", 1786003200000000},
        {"a zone west, without colon", "2026-08-06T03:00:00-0500", 1786003200000000},
        {"a blank for the T", "2026-08-06 08:00:00Z", 1786003200000000},
        {"lower case", "2026-08-06t08:00:00z", 1786003200000000},
        {"a leap second counts as the one before", "2016-12-31T23:59:60Z", 1483228799000000},
        {"no zone", "2026-08-06T08:00:00", -1},
        {"no fraction behind its point", "2026-08-06T08:00:00.Z", -1},
        {"a mark that is one bit beside it", "2026-08,06T08:00:00Z", -1},
        {"the same in the time", "2026-08-06T08:00;00Z", -1},
        {"a letter in the year", "20a6-08-06T08:00:00Z", -1},
        {"a byte over 0x7f in the minutes", "2026-08-06T08:\xb3\x30:00Z", -1},
        {"seven digits of a fraction", "2026-08-06T08:00:00.1234567Z", 1786003200123456},
        {"a fraction with a zone", "2026-08-06T10:00:00.25+02:00", 1786003200250000},
        {"month 13", "2026-13-06T08:00:00Z", -1},
        {"day 0", "2026-08-00T08:00:00Z", -1},
        {"hour 24", "2026-08-06T24:00:00Z", -1},
        {"second 61", "2026-08-06T08:00:61Z", -1},
        {"zone of a hundred minutes", "2026-08-06T08:00:00+01:60", -1},
        {"the year 1969", "1969-12-31T23:59:59Z", -1},
        {"text behind it", "2026-08-06T08:00:00Zx", -1},
        {"half a zone", "2026-08-06T08:00:00+02", -1},
        {"nothing", "", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t us = -1;
        CASE(cases[i].name);
        bool ok = ff_time_parse(ff_slice_str(cases[i].text), false, &us, NULL);
        CHECK_INT(ok ? us : -1, cases[i].us);
    }
    CASE("a time at the beginning of a line, zone left open");
    int64_t us;
    size_t used;
    CHECK(ff_time_parse(FF_SLICE("2026-08-06T08:00:00.25 mx1 postfix"), true, &us, &used), "refused");
    CHECK_INT(us, 1786003200250000);
    CHECK_INT(used, 22);
    CASE("every day from 1970 to 9999 is written and read back");
    for (int64_t day = 0; day < 2932897; day += 17) {
        char buf[28];
        int year;
        unsigned month, dom;
        ff_civil_from_days(day, &year, &month, &dom);
        CHECK(ff_days_from_civil(year, month, dom) == day, "day %lld", (long long)day);
        int64_t want = day * 86400000000 + day % 86400000000;
        CHECK_INT(ff_time_format(want, buf), 27);
        CHECK(ff_time_parse(ff_slice_str(buf), false, &us, NULL) && us == want, "%s", buf);
    }
    CASE("what is outside is clamped");
    char buf[28];
    ff_time_format(-5, buf);
    CHECK_STR(buf, "1970-01-01T00:00:00.000000Z");
    ff_time_format(INT64_MAX, buf);
    CHECK_STR(buf, "9999-12-31T23:59:59.999999Z");
    CHECK(!ff_time_is_usable(0) && !ff_time_is_usable(-1) && ff_time_is_usable(FF_TIME_MAX_US), "usable");
}

static void enhanced(void)
{
    static const struct {
        const char *text;
        uint32_t code; /* 0: refused */
    } cases[] = {
        {"5.1.1", 5001001},
        {"2.0.0", 2000000},
        {"4.999.999", 4999999},
        {"5.7.26", 5007026},
        {"1.1.1", 0},
        {"6.1.1", 0},
        {"5.1", 0},
        {"5.1.1.1", 0},
        {"5.1.1000", 0},
        {"5..1", 0},
        {"5.1.", 0},
        {"x.1.1", 0},
        {"", 0},
        {" 5.1.1", 0},
        {"55.1.1", 0},
        {"5.1.1 ", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code = 0;
        CASE(cases[i].text);
        CHECK_INT(ff_enhanced_parse(ff_slice_str(cases[i].text), &code), cases[i].code != 0);
        CHECK_INT(code, cases[i].code);
        char buf[12];
        if (code)
            CHECK_INT(ff_enhanced_format(code, buf), strlen(buf));
    }
    CASE("any number fits its text");
    char buf[12];
    CHECK_INT(ff_enhanced_format(UINT32_MAX, buf), strlen("294.967.295"));
    ff_enhanced_format(FF_ENHANCED(5, 7, 26), buf);
    CHECK_STR(buf, "5.7.26");
}

static void ips(void)
{
    static const struct {
        const char *text, *back; /* NULL: refused */
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"::", "::"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.01", NULL}, /* octal to some */
        {"192.0.2.1.", NULL},
        {" 192.0.2.1", NULL},
        {"[192.0.2.1]", NULL},
        {"IPv6:2001:db8::1", NULL},
        {"fe80::1%eth0", NULL},
        {"2001:db8::1::2", NULL},
        {"", NULL},
        {"mx.example.com", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t ip[16];
        char buf[46] = "";
        CASE(cases[i].text);
        size_t n = ff_ip_parse(ff_slice_str(cases[i].text), ip);
        CHECK_INT(n != 0, cases[i].back != NULL);
        if (n && cases[i].back) {
            CHECK_INT(ff_ip_format(ff_slice_of(ip, n), buf), strlen(cases[i].back));
            CHECK_STR(buf, cases[i].back);
        }
    }
    char buf[46];
    CASE("five bytes are no address");
    CHECK_INT(ff_ip_format(FF_SLICE("12345"), buf), 0);
}

static void names(void)
{
    CASE("names and numbers of kinds, origins, stages and flags go both ways");
    for (uint32_t v = 0; v < FF_KIND_COUNT; v++)
        CHECK_INT(ff_kind_parse(ff_slice_str(ff_kind_name(v))), v);
    for (uint32_t v = 0; v < FF_ORIGIN_COUNT; v++)
        CHECK_INT(ff_origin_parse(ff_slice_str(ff_origin_name(v))), v);
    for (uint32_t v = 0; v < FF_STAGE_COUNT; v++)
        CHECK_INT(ff_stage_parse(ff_slice_str(ff_stage_name(v))), v);
    for (unsigned v = 0; v < FF_FLAG_BITS; v++)
        CHECK_INT(ff_flag_parse(ff_slice_str(ff_flag_name(v))), v);
    CHECK_INT(ff_kind_parse(FF_SLICE("BOUNCE")), FF_KIND_COUNT);
    CHECK_INT(ff_flag_parse(FF_SLICE("")), FF_FLAG_BITS);
    CHECK_STR(ff_kind_name(4711), "unspecified");
    CASE("deliveries, complaints and echoes are no failures");
    CHECK(!ff_kind_is_failure(FF_KIND_DELIVERY) && !ff_kind_is_failure(FF_KIND_FEEDBACK) &&
              !ff_kind_is_failure(FF_KIND_SUPPRESSED),
          "none");
    CHECK(ff_kind_is_failure(FF_KIND_BOUNCE) && ff_kind_is_failure(FF_KIND_OOB) && ff_kind_is_failure(FF_KIND_DELAYED),
          "failures");
}

static void content_ids(void)
{
    struct ff_event ev = {.kind = FF_KIND_BOUNCE,
                          .event_time_us = 1786003200000000,
                          .recipient = FF_SLICE("a@example.com"),
                          .message_id = FF_SLICE("4F1"),
                          .reply_code = 550,
                          .reply_text = FF_SLICE("no such user")};
    uint8_t one[16], two[16];
    CASE("the same content has the same id, on every machine");
    ff_event_content_id(&ev, FF_SLICE("mx1"), one);
    ff_event_content_id(&ev, FF_SLICE("mx1"), two);
    CHECK(memcmp(one, two, 16) == 0, "differs");
    CASE("where one part ends and the next begins is part of it");
    struct ff_event moved = ev;
    moved.message_id = FF_SLICE("4F1a");
    moved.recipient = FF_SLICE("@example.com");
    ff_event_content_id(&moved, FF_SLICE("mx1"), two);
    CHECK(memcmp(one, two, 16) != 0, "same");
    CASE("the salt is part of it");
    ff_event_content_id(&ev, FF_SLICE("mx2"), two);
    CHECK(memcmp(one, two, 16) != 0, "same");
    CASE("text longer than the buffer: every byte counts");
    static char text[5000];
    memset(text, 'x', sizeof text);
    ev.reply_text = ff_slice_of(text, sizeof text);
    ff_event_content_id(&ev, (struct ff_slice){0}, one);
    text[4999] = 'y';
    ff_event_content_id(&ev, (struct ff_slice){0}, two);
    CHECK(memcmp(one, two, 16) != 0, "same");
}

/* Whatever stands behind them, and where the text ends. */
static void fractions(void)
{
    CASE("one to fifteen digits of a second are cut to microseconds, with each kind of zone");
    static const char *const zones[] = {"Z", "+00:00", "-0000", ""};
    for (unsigned digits = 1; digits <= 15; digits++) {
        for (unsigned z = 0; z < 4; z++) {
            char text[64];
            int64_t us = -1, want = 0, unit = 100000;
            snprintf(text, sizeof text, "2026-08-06T08:00:00.%.*s%s", (int)digits, "987654321987654", zones[z]);
            for (unsigned i = 0; i < digits; i++, unit /= 10)
                want += ("987654321987654"[i] - '0') * unit;
            CHECK(ff_time_parse(ff_slice_str(text), true, &us, NULL), "%s", text);
            CHECK_INT(us, INT64_C(1786003200000000) + want);
        }
    }
}

/* The last date is kept for the next time; before the first there is none to be equal to. */
static void first_time(void)
{
    int64_t us;
    CASE("ten NUL bytes are no date, not even before any other was read");
    CHECK_INT(ff_time_parse(FF_SLICE("\0\0\0\0\0\0\0\0\0\0T00:00:00Z"), false, &us, NULL), false);
    CASE("the first date of all is read as any other");
    CHECK_INT(ff_time_parse(FF_SLICE("1970-01-01T00:00:01Z"), false, &us, NULL), true);
    CHECK_INT(us, 1000000);
}

static void nearest(void)
{
    static const char *const names[] = {"address", "tenant", "tenant_id", "in"};
    const struct {
        const char *sentence, *word, *want;
    } rows[] = {
        {"a letter too many", "tennant", "tenant"},
        {"two letters swapped", "addrses", "address"},
        {"capitals are near", "TENANT_ID", "tenant_id"},
        {"a beginning of a name", "addr", "address"},
        {"a name is a beginning of it", "address_of", "address"},
        {"beginnings of two letters say nothing", "internal", NULL},
        {"three letters differ", "tabarnt", NULL},
        {"no word", "", NULL},
        {"a word of more than forty bytes", "a-word-of-more-than-forty-bytes-is-none-of-them", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ff_nearest search = ff_nearest_to(ff_slice_str(rows[i].word));
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            ff_nearest_try(&search, names[n]);
        CASE(rows[i].sentence);
        CHECK_STR(search.name ? search.name : "none", rows[i].want ? rows[i].want : "none");
    }
}

int main(void)
{
    first_time();
    utf8();
    cut();
    messages();
    slices();
    errors();
    times();
    enhanced();
    ips();
    names();
    content_ids();
    fractions();
    nearest();
    return test_end();
}
