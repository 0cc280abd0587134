/* outline_test.c: replies that differ only in what varies are recognised; whatever is recognised is masked alike. */
#include "tests/classify/outlines.h"

#include <stdlib.h>

#include "classify/classify.h"
#include "tests/test.h"

static struct ff_hosts hosts;
static enum ff_mask_path path;
static const struct ff_kept_words *kept; /* NULL: rules that name no word which is masked */
static struct ff_word_index *words_known;

static void add_hosts(void)
{
    ff_hosts_add(&hosts, FF_SLICE("zen.spamhaus.org"))->list_type = FF_LIST_IP;
    ff_hosts_add(&hosts, FF_SLICE("spamhaus.org"))->list_type = FF_LIST_IP;
    ff_hosts_add(&hosts, FF_SLICE("google.com"))->text_provider = 1;
    ff_hosts_add(&hosts, FF_SLICE("outlook.com"))->text_provider = 2;
}

/* What a delivery may know; the number of a row is the context. */
static const struct known_delivery contexts[] = {
    {"", "", "", 0, 0},
    {"b+17@news.example.org", "bob@example.com", "192.0.2.10", 550, 0},
    {"b@news.example.org", "anna.4@example.net", "192.0.2.10", 550, 0},
    {"user@example.com", "user@example.com", "2001:db8::1", 450, 0},
    {"x@zen.spamhaus.org", "greylist@example.net", "\xc0\x00\x02\x0a", 0, 0},
    {"b+18@other.example.org", "unknown@example.com", "192.0.2.11", 550, 0},
};
#define CONTEXTS (sizeof contexts / sizeof *contexts)

static struct ff_mask_context context(size_t i)
{
    struct ff_mask_context c = mask_context_of(&hosts, &contexts[i]);
    c.kept = kept;
    return c;
}

static enum outlines_say ask(struct ff_outlines *o, size_t ctx, struct ff_slice text)
{
    const struct ff_mask_context c = context(ctx);
    return outlines_ask(o, &c, contexts[ctx].code + 1000, text);
}

/* ---- what is recognised ----------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *learnt, *seen;
    bool known;
    size_t ctx, seen_ctx;
} pairs[] = {
    {"the same", "User unknown", "User unknown", true, 1, 1},
    {"another word", "User unknown", "User unknows", false, 1, 1},
    {"another name, no rule has either", "user smith unknown", "user Jonathan unknown", true, 1, 1},
    {"two other names", "no smith at acme now", "no jones at globex now", true, 1, 1},
    {"a name at the end", "mailbox full, smith", "mailbox full, jones", true, 1, 1},
    {"a name at the beginning", "smith is unknown", "jones is unknown", false, 1, 1},
    {"a name in brackets", "mailbox full (smith)", "mailbox full (jones)", false, 1, 1},
    {"a name and a word that the rules have", "user smith unknown", "user full unknown", false, 1, 1},
    {"a name and a word that begins like one of the rules'", "user smith unknown", "user receiver unknown", false, 1, 1},
    {"a name and one of two letters", "user smith unknown", "user li unknown", false, 1, 1},
    {"a name and more than a word", "user smith unknown", "user smith-jones unknown", false, 1, 1},
    {"a name and none", "user smith unknown", "user unknown", false, 1, 1},
    {"a name that stands twice, once in brackets", "(smith) smith is full", "(smith) jones is full", false, 1, 1},
    {"the recipient's own name", "user smith unknown", "user bob unknown", false, 1, 1},
    {"a word that leads in a provider's number", "refused smith 17", "refused RFC 17", false, 1, 1},
    {"a word behind which the recipient's name is masked", "no smith greylist", "no for greylist", false, 2, 4},
    {"e mail", "no e smith now", "no e mail now", false, 1, 1},
    {"more behind it", "User unknown", "User unknown.", false, 1, 1},
    {"less of it", "User unknown.", "User unknown", false, 1, 1},
    {"other capitals", "User unknown", "USER unknown", false, 1, 1},
    {"another code of the delivery", "User unknown", "User unknown", false, 1, 3},
    {"the recipient", "<bob@example.com>: no", "<anna.4@example.net>: no", true, 1, 2},
    {"the recipient at the very beginning", "bob@example.com is full", "anna.4@example.net is full", true, 1, 2},
    {"the recipient at the very end", "No such user: bob@example.com", "No such user: anna.4@example.net", true, 1, 2},
    {"another address than the recipient's", "<bob@example.com>: no", "<eve@example.com>: no", false, 1, 1},
    {"addresses that are neither sender nor recipient", "ask a1@b.de or c@d.fr", "ask postmaster@x.org or q@w.de", true,
     1, 2},
    {"the sender", "<b+17@news.example.org> refused", "<b@news.example.org> refused", true, 1, 2},
    {"sender and recipient in one", "<user@example.com> refused", "<bob@example.com> refused", false, 3, 1},
    {"an IP", "[198.51.100.1] listed", "[203.0.113.254] listed", true, 1, 1},
    {"our own IP", "[192.0.2.10] listed", "[192.0.2.11] listed", true, 1, 5},
    {"our own IP and another", "[192.0.2.10] listed", "[203.0.113.254] listed", false, 1, 1},
    {"what is no IP", "[198.51.100.1] listed", "[198.51.100.1.7] listed", false, 1, 1},
    {"a host", "at mx1.example.com now", "at relay.example.de now", true, 1, 1},
    {"the sender's domain", "domain news.example.org: no", "domain other.example.org: no", true, 1, 5},
    {"the sender's domain and another", "domain news.example.org: no", "domain mx.example.org: no", false, 1, 1},
    {"a host the rules know", "at mx1.example.com now", "at mx1.google.com now", false, 1, 1},
    {"a numbered server of a host the rules know", "[DB1PEPF0003922F.eurprd03.prod.outlook.com 17]",
     "[AM4PEPF00027A61.eurprd04.prod.outlook.com 23]", true, 1, 1},
    {"the server, time and id that Exchange Online gives with each reply",
     "Access denied. [DB1PEPF0003922F.eurprd03.prod.outlook.com 2026-02-11T09:14:22.101Z 08DE65C1F0A2B3C4]",
     "Access denied. [AM4PEPF00027A61.eurprd04.prod.outlook.com 2026-11-30T16:02:07.998Z 08DE65C1FFFFB3C4]", true, 1, 1},
    {"a time without its fraction of a second", "at 2026-02-11T09:14:22Z now", "at 2026-02-11T09:14:23Z now", false, 1, 1},
    {"a time in brackets with more behind it", "(2026-02-11T09:14:22.101Z, no)", "(2026-11-30T16:02:07.998Z, no)", true,
     1, 1},
    {"numbered servers of two such hosts", "at mx1.google.com now", "at mx1.outlook.com now", false, 1, 1},
    {"a server of such a host, numbered and not", "at mx1.google.com now", "at mx.google.com now", false, 1, 1},
    {"a list", "at zen.spamhaus.org: [198.51.100.1]", "at zen.spamhaus.org: [198.51.100.2]", true, 1, 1},
    {"a list that is the sender's domain", "at zen.spamhaus.org", "at zen.spamhaus.org", false, 0, 4},
    {"an id", "queued as 4F3a99b1", "queued as Xk20z", true, 1, 1},
    {"an id with hyphens", "(a1b2-99-c3d4) no", "(x9-z8-77-q6w5) no", true, 1, 1},
    {"a provider's code is no id", "[ab12] no", "[TSS04] no", false, 1, 1},
    {"a number", "wait 17 seconds", "wait 300 seconds", true, 1, 1},
    {"a number and an id", "wait 17 seconds", "wait 3000000 seconds", false, 1, 1},
    {"a number that may be a code", "wait 17 seconds", "wait 450 seconds", false, 1, 1},
    {"a number behind a provider's word", "AS(4810) no", "AS(4811) no", false, 1, 1},
    {"a number behind such a word in lower case", "as 4810 no", "as 4811 no", true, 1, 1},
    {"a number behind a kept one", "OFR_416 [1418]", "OFR_416 [2343]", true, 1, 1},
    {"codes", "450 4.2.2 full", "450 4.2.1 full", false, 0, 0},
    {"a URL of nobody in particular", "see http://www.example.com/a?b=1#c now", "see http://www.example.com/x now",
     false, 1, 1},
    {"the path of such a URL", "see http://www.example.com/a?b=1 now", "see http://www.example.com/x/y.html now", true,
     1, 1},
    {"an IP in the URL of a list", "https://www.spamhaus.org/query/ip/198.51.100.1",
     "https://www.spamhaus.org/query/ip/198.51.100.2", true, 1, 1},
    {"a word in the URL of a list", "https://www.spamhaus.org/query/ip/a1", "https://www.spamhaus.org/query/ip/sbl",
     false, 1, 1},
    {"a cause in a URL", "https://google.com/a?p=a1b2", "https://google.com/a?p=c3d4", false, 1, 1},
    {"a page about one IP", "see http://www.example.com/a?b=1 now", "see http://www.example.com/a?ip=192.0.2.1 now", false,
     1, 1},
    {"two such pages", "see http://www.example.com/a?ip=192.0.2.1 now", "see http://www.example.com/a?ip=192.0.2.2 now",
     false, 1, 1},
    {"words with hyphens", "non-existent e-mail", "non-existing e-mail", false, 1, 1},
    {"the recipient's name where it is masked", "user unknown here", "user unknown here", false, 1, 5},
    {"a name that such words are not", "user unknown here", "user unknown here", true, 1, 2},
    {"angle brackets about a host", "<mx1.example.com> no", "<mx2.example.de> no", true, 1, 1},
    {"quoted local parts", "<\"a 1\"@x.de> [1]", "<\"a 1\"@x.de> [2]", false, 1, 1},
    {"IPv6", "[2001:db8::1] no", "[2001:db8::1] no", false, 1, 1},
    {"a diagnostic type", "smtp; 17 no", "smtp; 18 no", false, 1, 1},
    {"letters outside ASCII", "Bo\xc3\xaete pleine 17", "Bo\xc3\xaete pleine 18", true, 2, 2},
    {"codes of the lines that were joined", "refused 550-5.7.1 [198.51.100.1] no 550 5.7.1 x17a",
     "refused 550-5.7.1 [203.0.113.254] no 550 5.7.1 q99z", true, 1, 1},
    {"other codes there", "refused 550-5.7.1 [198.51.100.1] no", "refused 550-5.7.2 [198.51.100.1] no", false, 1, 1},
    {"a page with a place in it", "see https://google.com/docs/DOC-1369#550 [a1b2c3]",
     "see https://google.com/docs/DOC-1369#550 [x9y8z7]", true, 1, 1},
    {"another place in it", "see https://google.com/docs/DOC-1369#550 [a1b2c3]",
     "see https://google.com/docs/DOC-1369#554 [a1b2c3]", false, 1, 1},
    {"too short", "no", "no", false, 1, 1},
};

static void known_pairs(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct ff_outlines *o = ff_outlines_new(path, words_known);
        CASE(pairs[i].name);
        CHECK(o, "memory");
        CHECK(ask(o, pairs[i].ctx, ff_slice_str(pairs[i].learnt)) == OUTLINES_LEARNT, "known at first");
        enum outlines_say says = ask(o, pairs[i].seen_ctx, ff_slice_str(pairs[i].seen));
        CHECK(says == (pairs[i].known ? OUTLINES_KNOW : OUTLINES_LEARNT), "%s | %s: %s", pairs[i].learnt, pairs[i].seen,
              says == OUTLINES_WRONG  ? "masked otherwise"
              : says == OUTLINES_KNOW ? "recognised"
                                      : "not recognised");
        ff_outlines_free(o);
    }
}

static void expect(struct ff_outlines *o, struct ff_slice text, enum outlines_say want)
{
    enum outlines_say says = ask(o, 1, text);
    CHECK(says == want, "%.20s: %u", (const char *)text.ptr, says);
}

static void limits(void)
{
    static char text[FF_OUTLINE_TEXT_MAX + 2];
    struct ff_outlines *o = ff_outlines_new(path, words_known);
    memset(text, 'a', sizeof text - 1);
    CASE("as long as is looked at");
    expect(o, ff_slice_of((uint8_t *)text, FF_OUTLINE_TEXT_MAX), OUTLINES_LEARNT);
    expect(o, ff_slice_of((uint8_t *)text, FF_OUTLINE_TEXT_MAX), OUTLINES_KNOW);
    CASE("longer");
    expect(o, ff_slice_of((uint8_t *)text, FF_OUTLINE_TEXT_MAX + 1), OUTLINES_LEARNT);
    expect(o, ff_slice_of((uint8_t *)text, FF_OUTLINE_TEXT_MAX + 1), OUTLINES_LEARNT);
    CASE("more parts than an outline has");
    for (size_t i = 0; i + 2 <= 80; i += 2)
        memcpy(text + i, "1 ", 2);
    expect(o, ff_slice_of((uint8_t *)text, 80), OUTLINES_LEARNT);
    expect(o, ff_slice_of((uint8_t *)text, 80), OUTLINES_LEARNT);
    CASE("more outlines than there is room for: old ones go, the newest is known");
    for (int i = 0; i < 30000; i++) {
        int n = snprintf(text, sizeof text, "%c%c%c%c a reply with some words in it, and more", 'a' + i % 26,
                         'a' + i / 26 % 26, 'a' + i / 676 % 26, 'a' + i / 17576 % 26);
        (void)ask(o, 1, ff_slice_of((uint8_t *)text, (size_t)n));
        expect(o, ff_slice_of((uint8_t *)text, (size_t)n), OUTLINES_KNOW);
    }
    ff_outlines_free(o);
}

/* ---- any texts of one pattern ----------------------------------------------------------------------------------- */

static uint64_t seed = 11;
static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

static const char *const fills[] = {
    "bob@example.com",
    "BOB@example.com",
    "user@example.com",
    "anna.4@example.net",
    "b+17@news.example.org",
    "a@b.de",
    "a@b",
    "x-1@y_z.de",
    "a=b+c@d.e-f.fr",
    "www.a@b.de",
    "192.0.2.10",
    "192.0.2.11",
    "198.51.100.1",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3.4-5",
    "12",
    "1234",
    "123456",
    "1234567",
    "550",
    "450",
    "350",
    "220",
    "5.1.1",
    "4.2.2",
    "5.1.1a",
    "550-5.1.1",
    "mx1.example.com",
    "relay.example.de",
    "news.example.org",
    "zen.spamhaus.org",
    "mx.google.com",
    "mx1.google.com",
    "mta-7.am0.yahoodns.net",
    "DB1PEPF0003922F.eurprd03.prod.outlook.com",
    "AM4PEPF00027A61.eurprd04.prod.outlook.com",
    "2026-02-11T09:14:22.101Z",
    "2550-55-11T45:55:50.550Z",
    "2026-02-11T09:14:22.101z",
    "2026-02-11T09:14:22Z",
    "12026-02-11T09:14:22.101Z",
    "2026-02-11T09:14:22.101Z-1",
    "2026-02-11T09:14:22.101Z:1",
    "a.b",
    "foo.bar",
    "rejected.It",
    "www.example.com",
    "host.xn--p1ai",
    "1.example.com",
    "3com.com",
    "x--y.de",
    "a1",
    "a1b2c3d4",
    "4f3a-99b1-00",
    "TSS04",
    "S3150",
    "8bitmime",
    "7bitx1",
    "x_1",
    "ab-12-cd-34",
    "E1234",
    "E1235",
    "4711",
    "17",
    "12345678",
    "12345679",
    "ZK-4711",
    "zk",
    "IB504",
    "OFR_416",
    "OFR004",
    "bob",
    "user",
    "greylist",
    "unknown",
    "to",
    "in",
    "AS",
    "e",
    "mail",
    "smith",
    "Jonathan",
    "ACME",
    "smiths",
    "receiver",
    "recipient",
    "RFC",
    "for",
    "wwwx",
    "li",
    "non-existent",
    "a.",
    "-a",
    "b-",
    "_",
    "",
    "::1",
    "10:11",
    "10:11:12",
    "ipv6",
    "lf",
    "http://x.de/a1",
    "http://x.de/a?ip=192.0.2.1",
    "http://x.de?IP=1",
    "https://www.spamhaus.org/query/ip/1.2.3.4",
    "google.com/a?p=b1",
    "https://google.com/?p=x1&c=y2",
    "#012",
    "https://google.com/2026-02-11T09:14:22.101Z",
    "https://google.com/2026-02-11T09:14:22.101Zab1",
    "https://google.com/docs/DOC-1369#550",
    "https://news.example.org/a#b",
    "550-5.7.26",
    "550-5.7.26-1",
    "550_5.7.26",
    "\\n",
    "\xc3\xa9t\xc3\xa9",
    "t\xc3\xb3",
    "\xe6\xb2\xa1",
    "a\xc3\xa4.de",
};
static const char *const words[] = {"user",
                                    "zk",
                                    "error",
                                    "E1234",
                                    "for",
                                    "to",
                                    "the",
                                    "AS",
                                    "in",
                                    "IPv6:",
                                    "id=",
                                    "RFC",
                                    "no such",
                                    "mailbox",
                                    "smith",
                                    "acme corp",
                                    "e",
                                    "see http://",
                                    "smtp;",
                                    "<",
                                    ">",
                                    "from:",
                                    "www.",
                                    "unknown",
                                    "bob",
                                    "550",
                                    "OFR_",
                                    "p=",
                                    "https://www.spamhaus.org/",
                                    "https://x.example/",
                                    "?c=",
                                    "?ip=",
                                    "AUP#",
                                    "AUP#I-",
                                    "/",
                                    "@",
                                    "-",
                                    "."};
static const char *const joints[] = {" ", " ",  " ", " ", "",  ",", " <", ">", ": ", ":", "(",
                                     ")", " [", "]", ";", "=", "/", "\"", ".", "-",  "&", "\r\n"};
#define PICK(list) list[random_below(sizeof list / sizeof *list)]

struct pattern {
    struct {
        const char *fixed; /* NULL: varies */
        const char *joint;
    } item[8];
    unsigned count;
};

static void random_pattern(struct pattern *p)
{
    p->count = 1 + random_below(7);
    for (unsigned i = 0; i < p->count; i++) {
        p->item[i].fixed = random_below(3) ? PICK(words) : NULL;
        p->item[i].joint = PICK(joints);
    }
}

/** Half of the time what varies is of the kind that it was last time. */
static size_t fill_pattern(const struct pattern *p, uint32_t group, char *ret, size_t size)
{
    size_t n = 0, all = sizeof fills / sizeof *fills;
    for (unsigned i = 0; i < p->count; i++) {
        const char *fill = random_below(2) ? fills[(group + i * 7 + random_below(4)) % all] : PICK(fills);
        n += (size_t)snprintf(ret + n, size - n, "%s%s", p->item[i].fixed ? p->item[i].fixed : fill, p->item[i].joint);
    }
    return n;
}

static void own_words(void)
{
    static const struct {
        const char *name, *learnt, *seen;
        bool known;
    } named[] = {
        {"a name that a rule has is no id", "policy E1235 applies", "policy E1234 applies", false},
        {"other names are ids", "policy E1235 applies", "policy E1236 applies", true},
        {"a number behind a word that leads to some is fixed", "failed, error 18", "failed, error 17", false},
        {"a long one, too", "failed, smith 12345679", "failed, smith 12345678", false},
        {"behind another word it varies", "failed, mistake 18", "failed, mistake 17", true},
        {"a name in the place of a word that leads to some numbers", "refused acme 4711", "refused zk 4711", false},
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct ff_outlines *o = ff_outlines_new(path, words_known);
        CASE(named[i].name);
        CHECK_INT(ask(o, 1, ff_slice_str(named[i].learnt)), OUTLINES_LEARNT);
        CHECK_INT(ask(o, 1, ff_slice_str(named[i].seen)), named[i].known ? OUTLINES_KNOW : OUTLINES_LEARNT);
        ff_outlines_free(o);
    }
}

static void random_patterns(int rounds)
{
    char text[1024];
    struct pattern p;
    struct ff_outlines *o = ff_outlines_new(path, words_known);
    size_t known = 0, asked = 0;
    CASE("random words and parts in random places, filled again and again");
    for (int i = 0; i < rounds && test_failures_ < 10; i++) {
        random_pattern(&p);
        uint32_t group = random_below(100), ctx = random_below(CONTEXTS);
        for (int k = 0; k < 12; k++) {
            size_t n = fill_pattern(&p, group, text, sizeof text);
            /* an allocation of its own, so that a sanitizer sees a byte too many */
            uint8_t *own = malloc(n + 1);
            memcpy(own, text, n);
            if (random_below(3) == 0)
                ctx = random_below(CONTEXTS);
            enum outlines_say says = ask(o, ctx, ff_slice_of(own, n));
            CHECK(says != OUTLINES_WRONG, "context %u: %s", ctx, text);
            known += says == OUTLINES_KNOW;
            asked++;
            free(own);
        }
    }
    CHECK(known > asked / 20, "%zu of %zu were recognised: too few to prove anything", known, asked);
    ff_outlines_free(o);
}

int main(int argc, char **argv)
{
    add_hosts();
    words_known = outlines_words();
    for (; path < FF_MASK_PATH_COUNT; path++) {
        if (!ff_mask_path_runs(path))
            continue;
        printf("%s\n", ff_mask_path_name(path));
        int rounds = argc > 1 ? atoi(argv[1]) : 40000;
        known_pairs();
        limits();
        random_patterns(rounds);
        kept = mask_kept_words();
        own_words();
        random_patterns(rounds / 2);
        kept = NULL;
    }
    ff_word_index_free(words_known);
    return test_end();
}
