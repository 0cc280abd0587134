/* mask_paths_test.c: every path of the masker gives byte for byte what the plain code gives, whatever the reply, its
 * length, its alignment and what is known of the delivery; and a recipient whom the reply does not name changes
 * nothing.
 */
#include "classify/classify.h"
#include "proto/json.h"
#include "tests/classify/mask_paths.h"
#include "tests/test.h"

static struct ff_hosts hosts;
static struct ff_masked want, got;

static void add_hosts(void)
{
    static const struct {
        const char *name;
        uint8_t list_type;
        uint16_t provider;
    } known[] = {{"zen.spamhaus.org", FF_LIST_IP, 0},
                 {"dbl.spamhaus.org", FF_LIST_DOMAIN, 0},
                 {"spamhaus.org", FF_LIST_IP, 0},
                 {"google.com", 0, 1},
                 {"outlook.com", 0, 2},
                 {"multi.surbl.org", FF_LIST_URI, 0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct ff_host *h = ff_hosts_add(&hosts, ff_slice_str(known[i].name));
        h->list_type = known[i].list_type;
        h->text_provider = known[i].provider;
    }
}

/* What a delivery may know. */
static const struct known_delivery contexts[] = {
    {"", "", "", 0, 0},
    {"b+17@news.example.org", "bob@example.com", "192.0.2.10", 550, FF_ENHANCED(5, 1, 1)},
    {"user@example.com", "user@example.com", "2001:db8::1", 450, 0},
    {"<mailbox@example.org>", "<greylist@spamhaus.org>", "\xc0\x00\x02\x0a", 0, 0},
    {"a@b.de", "e@mail.example", "", 0, 0},
    {"x@example.org", "anna.42@example.net", "", 554, FF_ENHANCED(5, 7, 1)},
    {"用户@例子.内网", "用户@xn--fsqu00a.xn--fiqs8s", "", 550, 0},
};
#define CONTEXTS (sizeof contexts / sizeof *contexts)

static struct ff_mask_context context(size_t i)
{
    struct ff_mask_context c = mask_context_of(&hosts, &contexts[i]);
    c.kept = i % 2 ? mask_kept_words() : NULL;
    return c;
}

static void check(const uint8_t *text, size_t len, size_t ctx, bool emulate)
{
    const struct ff_mask_context c = context(ctx);
    const char *path = mask_paths_differ(&c, ff_slice_of(text, len), emulate, &want, &got);
    CHECK(!path, "%s, context %zu, of %zu bytes: %.*s\n  want %u %u %x%.*s|\n  got  %u %u %x%.*s|", path ? path : "",
          ctx, len, (int)len, (const char *)text, want.code, want.enhanced, want.facts, (int)want.len, want.buf,
          got.code, got.enhanced, got.facts, (int)got.len, got.buf);
}

/* ---- replies by what is in them --------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
} cases[] = {
    {"nothing", ""},
    {"one letter", "x"},
    {"one blank", " "},
    {"plain words", "Recipient address rejected User unknown in virtual mailbox table"},
    {"a full stop ends a word", "User unknown. Mailbox not found: sorry."},
    {"a full stop behind a number", "5.1.1. 12. 12: a1. x:"},
    {"many separators", "  User\t\tunknown \r\n ((in)) \"table\", [x];"},
    {"words of 64 letters and more", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
                                     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb b"},
    {"codes at the head", "550-5.1.1 The email account\n550-5.1.1 does not exist\n550 5.1.1 sorry 450 4.2.2"},
    {"codes inside",
     "host mx.example.com[192.0.2.1] said: 554 5.7.1 <bob@example.com>: no (in reply to RCPT TO command)"},
    {"codes that are none",
     "5.1 5.1.1.1 5.1.1a 2.0.0.0.1 9.1.1 5.1234.1 5.01.001 550-a 55 5500 550a 550.1 200 seconds 400 recipients"},
    {"words that the rules name", "550 E1234 e1234: [E1235] ZK-4711 zk #4711, ZK 4712 zk4711 e1234-4711 error-17 Error 17 error 18 zk 450 e-zk 4711"},
    {"an address", "<user@example.com>: User unknown"},
    {"addresses of all kinds", "bob@example.com, b+17@news.example.org a@ @b a@b@c x:y@z.de \"q q\"@x.de a/b@c.de "
                               "-a@b.de a@b-. a@b_ user@[192.0.2.1] a@b."},
    {"what stands in angle brackets",
     "<greylist> <> <user> < a> <cr><lf> <CRLF> <a<b>> <http://x/> <user@example.com <a\x7f> <abc"},
    {"quoted local parts", "<\"anna b 12\"@x.de> <\"a\\\"b>c\"@x.de> <\"\"@x.de> <\"a b\"> <\"a b\"@x.de <\"a b <\"a\\"},
    {"IPs", "192.0.2.10 [192.0.2.10]:25 192.0.2.1. 1.2.3 1.2.3.4.5 1234.1.1.1 1.2.3.4-5 1.2.3.4a 2001:db8::1 ::1 "
            "IPv6:2001:db8::1 12:30:59 fe80:: a:b <192.0.2.10> <2001:db8::1> <1.2.3> <ab:cd>"},
    {"hosts", "mx1.example.com zen.spamhaus.org. ZEN.SPAMHAUS.ORG a.b foo.bar rejected.It is example.com- x--y.de "
              "1.zen.spamhaus.org host.xn--p1ai HOST.XN--90A3AC a.xn-- a.xn--b_c www.example.com a.b.c1 mx-1.b.qq9"},
    {"a domain of the sender", "Domain news.example.org not found, spamhaus.org"},
    {"URLs", "https://support.google.com/mail/?p=NoSuchUser x1 - gsmtp http://www.spamhaus.org/query/ip/1.2.3.4 "
             "see:http://x.de ://y.de 1http://z.de spamhaus.org/sbl/1 a@b://c http://mx.example.net/denyip.php?ip=192.0.2.1"},
    {"numbers and ids", "12 123 1234 1234567 a1 1a ab12 TSS04 S3150 8BITMIME 7bit 4f3a-99b1-00 x_1 id=4f3a99b1 AS(48) "
                        "AUP#1560 OFR_416 in 300 seconds as 12"},
    {"codes of providers", "OFR004_104 [104] OFR_506 [506] LPN007_510 IB504 RL000001 URLBL102 IPBL1000 CXBL DM010203 "
                           "ES-1 TSS04, in 300 as 48 rl 12 co 5"},
    {"words with hyphens", "double-checking e-mail E-Mail e mail (e)mail x-y_z -- - _ -a a- --a--"},
    {"e mail over a block",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa e mail e-mail e mailbox e email"},
    {"line ends that a log escaped", "no#015#012such\\nuser#012 x#01 \\ # a\\rb #012#012"},
    {"diagnostic types", "smtp; 550 5.1.1 no"},
    {"diagnostic types of ours", "X-Postfix; host"},
    {"no diagnostic type", "some; 550 5.1.1 no"},
    {"letters with accents", "Bo\xc3\xaete pleine \xe9t\xe9 gel\xc3\xb6scht x\xc2\xa0y"},
    {"other alphabets", "\xd0\x9f\xd0\xbe\xd0\xbb\xd1\x8c 5.1.1 "
                        "\xe6\xb2\xa1\xe6\x9c\x89\xe6\xad\xa4\xe7\x94\xa8\xe6\x88\xb7 \xe6\xb2\xa1 a\xe6\xb2\xa1"
                        "b \xef\xbc\xa1"},
    {"addresses without blanks around them", "收件人用户@例子.中国不存在 <用户@例子.内网> \"用户 a\"@例子.example \"b\"@例子.示 用户＠例子"},
    {"the recipient's own name", "user bob unknown, mailbox BOB: bob for user user; account greylist to e anna"},
    {"signs", "! # $ % & ' * + , - . / : ; < = > ? @ [ \\ ] ^ _ ` { | } ~ !a a! =a= a=b ?x ^ ~~ a|b"},
    {"control bytes", "a\x01"
                      "b\x7f"
                      "c\tc\x1f"},
    {"Postfix", "<bob@example.com>: Recipient address rejected: User unknown in virtual mailbox table"},
    {"Exchange", "Requested action not taken: mailbox unavailable (S2017062302). [a4c9f2.mx1.example.com 1204]"},
    {"Yahoo", "[TSS04] Messages from 192.0.2.10 temporarily deferred due to unexpected volume or user complaints - "
              "4.16.55.1; see https://postmaster.example.com/error-codes"},
};

/** At the very end of an allocation of its own, so that a sanitizer sees a byte too many, and at each alignment. */
static void at_every_place(const uint8_t *text, size_t len, size_t ctx, bool emulate)
{
    static uint8_t room[FF_REPLY_BYTES_MAX + 128];
    uint8_t *own = malloc(len ? len : 1);
    memcpy(own, text, len);
    check(own, len, ctx, emulate);
    free(own);
    for (size_t at = 1; at < 64 && len < sizeof room - 64; at += at < 8 ? 1 : 7) {
        memcpy(room + at, text, len);
        check(room + at, len, ctx, false);
    }
}

static void known_replies(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        size_t len = strlen(cases[i].text);
        for (size_t ctx = 0; ctx < CONTEXTS; ctx++)
            at_every_place((const uint8_t *)cases[i].text, len, ctx, true);
    }
    CASE("cut anywhere, and moved through a block by words before it");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char moved[400];
        size_t len = strlen(cases[i].text);
        for (size_t n = 0; n <= len; n++)
            check((const uint8_t *)cases[i].text, n, n % CONTEXTS, n % 4 == 0);
        for (size_t n = 0; n < 70; n++) {
            memset(moved, 'q', n);
            memcpy(moved + n, cases[i].text, len);
            check((const uint8_t *)moved, n + len, n % CONTEXTS, n % 8 == 0);
            if (n)
                moved[n - 1] = ' ';
            check((const uint8_t *)moved, n + len, n % CONTEXTS, false);
        }
    }
}

/* ---- random ones ------------------------------------------------------------------------------------------------ */

static uint64_t seed = 4;
static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

static size_t random_text(uint8_t *ret, size_t max)
{
    static const char *const alphabets[] = {
        "aZ e. :-m", " 5.1@a-:/[]<>\n#0\xc3\xa4\xe7\\", "01245.-", "ab.co:@ <>", "http://w.ab?=c&p ", "efmail -e"};
    static const char *const words[] = {"550",
                                        "5.1.1",
                                        "user",
                                        "mailbox",
                                        "bob",
                                        "<bob@example.com>",
                                        "192.0.2.10",
                                        "e",
                                        "mail",
                                        "zen.spamhaus.org",
                                        "in",
                                        "48",
                                        "https://www.google.com/a?p=No",
                                        "a1b2c3d4e5",
                                        "TSS04",
                                        "foo.",
                                        "not:",
                                        "x-y",
                                        "#012",
                                        "\xc3\xa9t\xc3\xa9",
                                        "不存在@例子.中国",
                                        "用户",
                                        "@",
                                        "\"",
                                        "::1",
                                        "www.x.de",
                                        "greylist",
                                        "zk",
                                        "4711",
                                        "ZK-4711",
                                        "E1234",
                                        "e1235",
                                        "error",
                                        "17"};
    size_t n = 0, len = random_below(random_below(20) ? 300 : (uint32_t)max);
    uint32_t kind = random_below(9);
    while (n < len) {
        if (kind < 6) {
            ret[n++] = (uint8_t)alphabets[kind][random_below((uint32_t)strlen(alphabets[kind]))];
        } else if (kind == 6) {
            ret[n++] = (uint8_t)random_below(256);
        } else {
            const char *w = words[random_below(sizeof words / sizeof *words)];
            size_t k = strlen(w);
            if (n + k + 1 > len)
                break;
            memcpy(ret + n, w, k);
            n += k;
            if (kind == 7 || random_below(3))
                ret[n++] = (uint8_t) " \t,;<>.:-[]()"[random_below(kind == 7 ? 1 : 13)];
        }
    }
    return n;
}

static void random_replies(int rounds)
{
    static uint8_t text[9000];
    CASE("random bytes, words and mixtures");
    for (int i = 0; i < rounds && test_failures_ < 10; i++) {
        size_t n = random_text(text, sizeof text);
        check(text, n, random_below(CONTEXTS), i % 8 == 0);
    }
}

static void changed_examples(void)
{
    static char line[1200];
    FILE *f = fopen("tests/classify/examples.tsv", "r");
    CASE("the examples of the categories, with bytes changed");
    CHECK(f, "tests/classify/examples.tsv");
    while (f && fgets(line, sizeof line, f) && test_failures_ < 10) {
        char *text = strrchr(line, '\t');
        if (!text)
            continue;
        size_t len = strcspn(++text, "\n");
        for (size_t ctx = 0; ctx < CONTEXTS; ctx++)
            check((const uint8_t *)text, len, ctx, true);
        for (int i = 0; i < 60; i++) {
            text[random_below((uint32_t)len)] = " .:-@<>[]/#5eE\n"[random_below(15)];
            check((const uint8_t *)text, len, random_below(CONTEXTS), i % 8 == 0);
        }
    }
    if (f)
        fclose(f);
}

static void long_replies(void)
{
    static uint8_t text[10000];
    CASE("longer than what is looked at");
    for (int kind = 0; kind < 7; kind++) {
        static const char *const units[] = {"word ", "a@b.de ", "zen.spamhaus.org ", "x", "\xc3\x9f", "12.3 ", "用户@例子.中国"};
        size_t k = strlen(units[kind]);
        for (size_t i = 0; i + k <= sizeof text; i += k)
            memcpy(text + i, units[kind], k);
        check(text, sizeof text, (size_t)kind, true);
        check(text, FF_REPLY_BYTES_MAX, (size_t)kind, true);
        check(text, FF_REPLY_BYTES_MAX - 1, (size_t)kind, true);
    }
}

/* ---- what a delivery knows and the reply does not say ----------------------------------------------------------- */

/* The same reply comes as an event, with its recipient, and as a line of a file, without: it must be one template. Both
 * local parts are in no reply; the paths look at them in different ways. */
static const char *const strangers[] = {"zqxjk@zqxjk.invalid", "zqxjk.42@zqxjk.invalid"};

static void check_strangers(struct ff_slice text)
{
    static struct ff_masked alone;
    struct ff_mask_context c = {.hosts = &hosts};
    ff_mask_by(FF_MASK_SCALAR, &c, text, &alone);
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        c.recipient = c.mail_from = ff_slice_str(strangers[i]);
        const char *path = mask_paths_differ(&c, text, false, &want, &got);
        CHECK(!path, "%s", path ? path : "");
        CHECK(masked_eq(&alone, &want), "%.*s\n  with    %.*s|\n  without %.*s|", (int)text.len, (const char *)text.ptr,
              (int)want.len, want.buf, (int)alone.len, alone.buf);
    }
}

/* What is written for a text, whoever sent or gets it. */
struct masked_case {
    const char *name, *text, *masked;
};

static void check_masked(const struct masked_case *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CASE(rows[i].name);
        check_strangers(ff_slice_str(rows[i].text));
        CHECK(ff_slice_eq(ff_slice_of(want.buf, want.len), ff_slice_str(rows[i].masked)), "%.*s|\n  want %s|",
              (int)want.len, want.buf, rows[i].masked);
    }
}

static void numbers(void)
{
    static const struct masked_case kept[] = {
        {"a code in brackets", "rejected AS(48)", " rejected as 48 "},
        {"a code behind a blank", "OUT 12, RFC 5322", " out 12 rfc 5322 "},
        {"a code of Vade's platforms", "OXSUS0001_101 OXSEU_403 oxsus001_514", " oxsus0001 101 oxseu 403 oxsus001 514 "},
        {"a code behind a sign", "OFR_416 RP-001 AUP#In-1310 aup#out-1500", " ofr 416 rp 001 aup in 1310 aup out 1500 "},
        {"a code behind a letter", "AUP#I-1310 AUP#O-1010 room i-12", " aup i 1310 aup o 1010 room i # "},
        {"a wait", "try again in 300 seconds", " try again in # seconds "},
        {"a wait, shouted", "TRY AGAIN IN 300 SECONDS", " try again in # seconds "},
        {"a wait as a clock", "try in 00:05:00", " try in # "},
        {"prose", "timed out 12 as (48)", " timed out # as # "},
        {"a line ends in a word of codes", "550 5.1.1 it timed out\r\n550 5.1.1 no", " it timed out no "},
    };
    check_masked(kept, sizeof kept / sizeof *kept);
}

/* Exactly those words stay that rules of one's own name. */
static void own_words(void)
{
    static const struct masked_case named[] = {
        {"a name that a rule has", "policy E1234 applies", " policy e1234 applies "},
        {"one like it", "policy E1235 applies to e12345", " policy D applies to D "},
        {"in a piece of several parts", "x e1234-abc (E1234:)", " x e1234 abc e1234 "},
        {"beside an id in one piece", "x e1234-a9b8c7", " x D "},
        {"a number behind its word", "see ZK-4711, zk: 4711, [ZK 4711]", " see zk 4711 zk 4711 zk 4711 "},
        {"another number", "see ZK-4712", " see zk # "},
        {"another word", "see ZX-4711", " see zx # "},
        {"a word between", "zk no 4711", " zk no # "},
        {"a long number", "smith 12345678 smith 12345679", " smith 12345678 smith D "},
        {"a number that looks like a reply code", "550 zk 450 zx 450", " zk 450 zx 450 "},
        {"in an address, a host or a URL", "zk@e1234.example e1234.example.com https://x.example/e1234", " A H U "},
        {"numbers that providers give", "AS(48) in 300 seconds", " as 48 in # seconds "},
    };
    struct ff_mask_context c = {.hosts = &hosts, .kept = mask_kept_words()};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        CASE(named[i].name);
        const char *path = mask_paths_differ(&c, ff_slice_str(named[i].text), true, &want, &got);
        CHECK(!path, "%s", path ? path : "");
        CHECK(ff_slice_eq(ff_slice_of(want.buf, want.len), ff_slice_str(named[i].masked)), "%.*s|\n  want %s|", (int)want.len,
              want.buf, named[i].masked);
    }
}

static void hosts_end_in_a_domain(void)
{
    static const struct masked_case known[] = {
        {"a domain of letters", "at host.example.", " at H "},
        {"an internationalised one", "at mail.xn--p1ai, HOST.XN--90A3AC.", " at H H "},
        {"with hyphens inside", "at mail.xn--80ao21a--b", " at H "},
        {"a sign that no label has", "x.xn--b_c", " x xn b c "},
    };
    check_masked(known, sizeof known / sizeof *known);
}

static void strangers_change_nothing(const char *path)
{
    static char line[16 << 10], memory[16 << 10];
    struct ff_json_doc *doc = ff_json_doc_new(256);
    struct ff_err_at at;
    struct ff_arena arena;
    size_t replies = 0;
    FILE *f = fopen(path, "r");
    CASE(path);
    while (f && doc && fgets(line, sizeof line, f) && test_failures_ < 10) {
        struct ff_slice raw;
        ff_arena_init(&arena, memory, sizeof memory);
        if (ff_json_parse(doc, ff_slice_str(line), &at) == FF_OK &&
            ff_json_string(doc, ff_json_get(doc, 0, FF_SLICE("raw")), &arena, &raw)) {
            check_strangers(raw);
            replies++;
        }
    }
    CHECK(replies >= 100, "%zu replies", replies);
    ff_json_doc_free(doc);
    if (f)
        fclose(f);
}

/* An argument is the number of random replies: emulators are slow. */
int main(int argc, char **argv)
{
    add_hosts();
    for (enum ff_mask_path path = FF_MASK_SCALAR; path < FF_MASK_PATH_COUNT; path++)
        printf("%s: %s\n", ff_mask_path_name(path), ff_mask_path_runs(path) ? "runs here" : "does not run here");
    known_replies();
    random_replies(argc > 1 ? atoi(argv[1]) : 60000);
    changed_examples();
    long_replies();
    numbers();
    own_words();
    hosts_end_in_a_domain();
    strangers_change_nothing("tests/replies/recipient.jsonl");
    strangers_change_nothing("tests/replies/sender.jsonl");
    strangers_change_nothing("tests/replies/sender-longtail.jsonl");
    strangers_change_nothing("tests/replies/mixed.jsonl");
    strangers_change_nothing("tests/replies/apart.jsonl");
    return test_end();
}
