/* examples_test.c: what replies mean (tests/classify/examples.tsv), and what may not change it: who is
 * named in them, how lines are joined, how the reply came in, whether it was seen before. */
#include "tests/classify/fixture.h"

static struct example examples[EXAMPLES_MAX];
static size_t count;

static struct ff_verdict judge(struct ff_classifier *c, const struct example *x, struct ff_slice text)
{
    struct ff_reply reply = x->reply;
    struct ff_verdict v;
    reply.raw = text;
    (void)ff_classify(c, &reply, &v);
    return v;
}

static void meaning(struct ff_classifier *c)
{
    size_t right[FF_CATEGORY_COUNT] = {0}, mistaken[FF_CATEGORY_COUNT] = {0};
    for (size_t i = 0; i < count; i++) {
        CASE(examples[i].text);
        struct ff_verdict v = judge(c, &examples[i], ff_slice_str(examples[i].text));
        CHECK_STR(ff_category_name(v.category), examples[i].category);
        CHECK(v.suppress == examples[i].suppress, "suppress is %d", v.suppress);
        enum ff_category is = ff_category_parse(ff_slice_str(examples[i].category));
        enum ff_category not = ff_category_parse(ff_slice_str(examples[i].not_category));
        CHECK(is < FF_CATEGORY_COUNT, "%s is no category", examples[i].category);
        CHECK(not < FF_CATEGORY_COUNT && not != is, "%s is no category that it could be mistaken for", examples[i].not_category);
        right[is < FF_CATEGORY_COUNT ? is : 0]++;
        mistaken[not < FF_CATEGORY_COUNT ? not : 0]++;
    }
    /* every category, the two verdicts of ignorance too: 12 examples, half of them of what only looks like it */
    for (unsigned k = FF_BAD_MAILBOX; k <= FF_UNCLASSIFIED; k++) {
        CASE(ff_category_name(k));
        CHECK(right[k] >= 6, "%zu examples of it, want 6", right[k]);
        CHECK(mistaken[k] >= 6, "%zu examples of what it could be mistaken for, want 6", mistaken[k]);
    }
}

static void seen_before(const struct ff_ruleset *rules)
{
    struct ff_classifier *tiny = fixture_classifier(rules, 4);
    /* few enough a set that none is evicted by chance */
    struct ff_classifier *large = fixture_classifier(rules, 65536);
    struct ff_classifier_stats stats;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < count; i++) {
            CASE(examples[i].text);
            struct ff_verdict a = judge(tiny, &examples[i], ff_slice_str(examples[i].text));
            struct ff_verdict b = judge(large, &examples[i], ff_slice_str(examples[i].text));
            uint8_t ea[FF_VERDICT_BYTES_MAX], eb[FF_VERDICT_BYTES_MAX];
            size_t na = ff_verdict_encode(&a, ea), nb = ff_verdict_encode(&b, eb);
            CHECK(na == nb && memcmp(ea, eb, na) == 0, "a verdict from the table differs from a fresh one");
        }
    CASE("the large table knows the second and third round");
    ff_classifier_stats(large, &stats);
    CHECK(stats.table_hits >= 2 * count, "%llu hits", (unsigned long long)stats.table_hits);
    CASE("the tiny table evicts");
    ff_classifier_stats(tiny, &stats);
    CHECK(stats.table_evictions > count / 2, "%llu evictions", (unsigned long long)stats.table_evictions);
    ff_classifier_free(tiny);
    ff_classifier_free(large);
}

/* ---- variable parts ---------------------------------------------------------------------------------------------- */

static uint64_t seed = 88172645463325252ull;

static unsigned roll(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % n);
}

/** A random address, host, IP or id made of words that would decide a verdict if they were read as text. */
static size_t random_part(char kind, char *out, size_t size)
{
    static const char *const words[] = {"spamhaus", "greylist", "unknown", "full", "virus", "dmarc", "quota", "relay", "tls", "user",
                                        "blocked", "rate", "loop", "spam", "invalid", "sender"};
    const char *a = words[roll(16)], *b = words[roll(16)];
    int n = 0;
    if (kind == 'A')
        n = snprintf(out, size, "%s.%s%u@%s-%s.example", a, b, roll(100), b, a);
    else if (kind == 'H')
        n = snprintf(out, size, "%s%u.%s-%s.example", a, roll(50), b, a);
    else if (kind == 'I')
        n = roll(2) ? snprintf(out, size, "192.0.2.%u", roll(256)) : snprintf(out, size, "2001:db8::%x:%x", 1 + roll(65000), roll(65000));
    else
        n = snprintf(out, size, "%c%u%c%uf%u", 'a' + (char)roll(26), 10 + roll(90), 'Q', roll(99), 100 + roll(900));
    return (size_t)n;
}

static const struct {
    const char *form;
    enum ff_category category;
} forms[] = {
    {"550 5.1.1 <{A}>: Recipient address rejected: User unknown in virtual mailbox table", FF_BAD_MAILBOX},
    {"550-5.1.1 {A} no such user on {H} ({D})", FF_BAD_MAILBOX},
    {"host {H}[{I}] said: 550 5.1.1 {A} does not exist (in reply to RCPT TO command)", FF_BAD_MAILBOX},
    {"550 5.2.1 The account {A} has been suspended; id={D}", FF_INACTIVE_MAILBOX},
    {"452 4.2.2 {A} is over quota, session {D}", FF_MAILBOX_FULL},
    {"451 4.7.1 <{A}>: Greylisted by {H}, {D}", FF_GREYLISTED},
    {"554 5.7.1 Service unavailable; Client host [{I}] blocked using zen.spamhaus.org; {D}", FF_DNSBL_LISTED},
    {"421 4.7.0 {H} too many connections from {I} {D}", FF_RATE_LIMITED},
    {"550 5.1.1 {A}: too many invalid recipients from {I}", FF_DHAP_BLOCK},
    {"554 5.7.1 <{A}>: Relay access denied by {H}", FF_RELAY_DENIED},
    {"550 5.1.8 <{A}>: Sender address rejected: Domain not found ({H})", FF_BAD_SENDER_DNS},
    {"550 5.7.1 {H} {D} Message rejected as spam", FF_CONTENT_SPAM},
    {"530 5.7.0 {H} Must issue a STARTTLS command first {D}", FF_TLS_REQUIRED},
    {"connect to {H}[{I}]:25: Connection refused", FF_CONNECTION_FAILURE},
    {"550 {A} {D}", FF_AMBIGUOUS},
};

static void variable_parts(struct ff_classifier *c)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        uint64_t template_id = 0;
        for (int round = 0; round < 200; round++) {
            char text[700];
            size_t n = 0;
            for (const char *f = forms[i].form; *f; f++) {
                if (*f == '{') {
                    n += random_part(f[1], text + n, sizeof text - n);
                    f += 2;
                } else {
                    text[n++] = *f;
                }
            }
            text[n] = 0;
            CASE(text);
            struct ff_reply reply = {.raw = ff_slice_of(text, n)};
            struct ff_verdict v;
            (void)ff_classify(c, &reply, &v);
            CHECK_STR(ff_category_name(v.category), ff_category_name(forms[i].category));
            if (!template_id)
                template_id = v.template_id;
            CHECK(v.template_id == template_id, "another template than the same reply about someone else");
        }
    }
}

/* ---- ways a reply comes in --------------------------------------------------------------------------------------- */

static void ways_in(struct ff_classifier *c)
{
    static const char *const same[] = {
        "550-5.1.1 The mailbox you wrote to\r\n550-5.1.1 does not exist\r\n550 5.1.1 on this server",
        "550-5.1.1 The mailbox you wrote to\n550-5.1.1 does not exist\n550 5.1.1 on this server",
        "550-5.1.1 The mailbox you wrote to 550-5.1.1 does not exist 550 5.1.1 on this server",
        "550-5.1.1 The mailbox you wrote to#012550-5.1.1 does not exist#012550 5.1.1 on this server",
        "550-5.1.1 The mailbox you wrote to\\n550-5.1.1 does not exist\\n550 5.1.1 on this server",
        "550-5.1.1 The mailbox you wrote to?550-5.1.1 does not exist?550 5.1.1 on this server",
        "smtp; 550 5.1.1 The mailbox you wrote to does not exist on this server",
        "SMTP;550-5.1.1 The mailbox you wrote to 550 5.1.1 does not exist on this server",
        "  550 5.1.1   The MAILBOX you wrote to  does not exist, on this server!  ",
    };
    uint64_t template_id = 0;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        CASE(same[i]);
        struct ff_reply reply = {.raw = ff_slice_str(same[i])};
        struct ff_verdict v;
        (void)ff_classify(c, &reply, &v);
        CHECK_INT(v.category, FF_BAD_MAILBOX);
        CHECK(v.suppress, "does not suppress");
        if (!template_id)
            template_id = v.template_id;
        CHECK(v.template_id == template_id, "another template");
    }
    CASE("code and text apart are the same reply");
    struct ff_reply reply = {.code = 550, .enhanced = FF_ENHANCED(5, 1, 1), .text = FF_SLICE("The mailbox you wrote to does not exist on this server")};
    struct ff_verdict v;
    (void)ff_classify(c, &reply, &v);
    CHECK(v.template_id == template_id && v.category == FF_BAD_MAILBOX && v.suppress, "%s", ff_category_name(v.category));
}

int main(void)
{
    struct ff_ruleset *rules = fixture_rules();
    struct ff_classifier *c = fixture_classifier(rules, 0);
    count = fixture_examples(examples);
    meaning(c);
    seen_before(rules);
    variable_parts(c);
    ways_in(c);
    ff_classifier_free(c);
    ff_ruleset_free(rules);
    return test_end();
}
