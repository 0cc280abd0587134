/* policy_test.c: what suppresses, in which scope and why, said in sentences.
 *
 * Each case is a handful of events (in the order given, then in the opposite order: the outcome must be the same
 * bytes) and the entry that must come of them.
 */
#include "tests/suppress/fixture.h"
#include "tests/test.h"

#define D(n) (FIXTURE_EPOCH_US + (n) * DAY_US)
#define EVENTS_MAX 16

struct policy_case {
    const char *name;
    struct fixture_event events[EVENTS_MAX]; /* up to the first without a category, kind or feedback */
    const char *want; /* "" nothing; else "tenant/scope/key reason category first-day last-day hits" of each entry */
    bool trust_oob;
};

/* Many days of the same failure. */
#define SOFT(day, cat) {.time_us = D(day), .id = 100 + (day), .kind = FF_KIND_TRANSIENT_FAILURE, .code = 452, .category = (cat)}
#define WAITED(day, us) {.time_us = D(day), .id = 500 + (day), .kind = FF_KIND_TRANSIENT_FAILURE, .code = 452, .category = FF_MAILBOX_FULL, .waited_us = (us)}
#define VAGUE(day) {.time_us = D(day), .id = 200 + (day), .category = FF_BAD_MAILBOX}
#define LOOK(day) {.time_us = D(day), .id = 200 + (day), .category = FF_BAD_MAILBOX, .action = FF_ACTION_INVESTIGATE}
#define DEFERRED(day, code_, cat) {.time_us = D(day), .id = 300 + (day), .kind = FF_KIND_TRANSIENT_FAILURE, .code = (code_), .category = (cat), .action = FF_ACTION_SUPPRESS_AFTER_N}
#define OWN(day, cat, from) {.time_us = D(day), .id = 400 + (day), .origin = (from), .code = FIXTURE_NO_CODE, .category = (cat), .suppress = true}
#define NXDOMAIN(day) OWN(day, FF_BAD_DOMAIN, FF_ORIGIN_LOCAL_DNS)
#define HARD .category = FF_BAD_MAILBOX, .suppress = true

static const struct policy_case cases[] = {
    {"one 550 for an unknown user suppresses at once, in all streams",
     {{HARD, .id = 1, .stream = "news"}}, "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1", false},
    {"the same event twice is one hit",
     {{HARD, .id = 1}, {HARD, .id = 1}}, "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1", false},
    {"two spellings of an address are one entry, spelled as in its first event",
     {{HARD, .id = 1, .to = "Gone@Example.COM"}, {HARD, .id = 2, .time_us = D(1)}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 1 2 Gone@Example.COM", false},
    {"tenants are separate",
     {{HARD, .id = 1}, {HARD, .id = 2, .tenant = "other"}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1; other/*/gone@example.com hard_bounce bad-mailbox 0 0 1", false},
    {"an event of all tenants, or all streams, is evidence about nobody",
     {{HARD, .id = 1, .tenant = "*"}, {HARD, .id = 2, .stream = "*"}}, "", false},
    {"a reply that may not suppress alone does not, whatever its category", {{.category = FF_BAD_MAILBOX, .id = 1}}, "", false},
    {"450 4.1.1 is no proof that a mailbox is gone",
     {{HARD, .kind = FF_KIND_TRANSIENT_FAILURE, .code = 450, .id = 1}}, "", false},
    {"a deferral does not suppress at once, though the verdict would allow it",
     {{HARD, .kind = FF_KIND_TRANSIENT_FAILURE, .id = 1}}, "", false},
    {"a bounce without any code is for good", {{HARD, .code = FIXTURE_NO_CODE, .id = 1}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1", false},
    {"said too vaguely to suppress alone: six days are not enough",
     {VAGUE(0), VAGUE(3), VAGUE(6), VAGUE(9), VAGUE(12), VAGUE(15)}, "", false},
    {"said too vaguely to suppress alone: seven days within two weeks are too close together",
     {VAGUE(0), VAGUE(1), VAGUE(2), VAGUE(3), VAGUE(4), VAGUE(5), VAGUE(13)}, "", false},
    {"said too vaguely to suppress alone: seven days over two weeks suppress",
     {VAGUE(0), VAGUE(1), VAGUE(2), VAGUE(3), VAGUE(4), VAGUE(5), VAGUE(14)},
     "acme/*/gone@example.com repeated_soft_bounce bad-mailbox 0 14 7", false},
    {"what the verdict says to look into, or to try again, is not counted, on however many days",
     {LOOK(0), LOOK(2), LOOK(4), LOOK(6), LOOK(8), LOOK(10), LOOK(12), LOOK(14), LOOK(16),
      {.time_us = D(20), .id = 300, .category = FF_BAD_MAILBOX, .action = FF_ACTION_RETRY}}, "", false},
    {"a code that the MTA made up is no evidence", {{HARD, .flags = FF_FLAG_CODE_SYNTHETIC, .id = 1}}, "", false},
    {"a reply that a suspended queue repeats is no evidence", {{HARD, .flags = FF_FLAG_REPLY_INHERITED, .id = 1}}, "", false},
    {"a test event is no evidence", {{HARD, .flags = FF_FLAG_TEST, .id = 1}}, "", false},
    {"a recipient that was redacted is nobody", {{HARD, .flags = FF_FLAG_REDACTED_RCPT, .id = 1}}, "", false},
    {"'not sent, already suppressed' never feeds itself", {{HARD, .kind = FF_KIND_SUPPRESSED, .id = 1}}, "", false},
    {"what our own queue says does not count", {{HARD, .origin = FF_ORIGIN_LOCAL_QUEUE, .id = 1}}, "", false},
    {"what our own policy says does not count", {{HARD, .origin = FF_ORIGIN_LOCAL_POLICY, .id = 1}}, "", false},
    {"what the network says does not count", {{HARD, .origin = FF_ORIGIN_LOCAL_NETWORK, .id = 1}}, "", false},
    {"our resolver alone does not decide that a domain is gone", {NXDOMAIN(0)}, "", false},
    {"a resolver that lies for an afternoon suppresses nobody, also when midnight UTC is in it",
     {NXDOMAIN(0), {.time_us = D(0) + HOUR_US, .id = 2, .origin = FF_ORIGIN_LOCAL_DNS, .category = FF_BAD_DOMAIN, .suppress = true},
      NXDOMAIN(1)}, "", false},
    {"our resolver on two days that are more than a day apart: the domain is gone",
     {NXDOMAIN(0), NXDOMAIN(2)}, "acme/*/gone@example.com invalid_domain bad-domain 0 2 2", false},
    {"our resolver on two days two months apart: not enough", {NXDOMAIN(0), NXDOMAIN(60)}, "", false},
    {"codes that our MTA made up for what it found out itself do not spoil it",
     {{.origin = FF_ORIGIN_LOCAL_DNS, .flags = FF_FLAG_CODE_SYNTHETIC, .code = 556, .category = FF_BAD_DOMAIN, .suppress = true, .id = 1},
      NXDOMAIN(3)}, "acme/*/gone@example.com invalid_domain bad-domain 0 3 2", false},
    {"an address that our own MTA cannot read, on two days, is a hard bounce",
     {OWN(0, FF_BAD_ADDRESS_SYNTAX, FF_ORIGIN_LOCAL_QUEUE), OWN(2, FF_BAD_ADDRESS_SYNTAX, FF_ORIGIN_LOCAL_NETWORK)},
     "acme/*/gone@example.com hard_bounce bad-address-syntax 0 2 2", false},
    {"our resolver's days and a server's are counted apart",
     {NXDOMAIN(0), {.time_us = D(2), .id = 2, .category = FF_BAD_DOMAIN, .action = FF_ACTION_SUPPRESS_AFTER_N}}, "", false},
    {"what our own MTA says of a domain that its policy forbids, tries again, gave up, or tested, is not counted",
     {OWN(0, FF_BAD_DOMAIN, FF_ORIGIN_LOCAL_POLICY), OWN(2, FF_BAD_DOMAIN, FF_ORIGIN_LOCAL_POLICY),
      {.time_us = D(0), .id = 1, .origin = FF_ORIGIN_LOCAL_DNS, .kind = FF_KIND_TRANSIENT_FAILURE, .category = FF_BAD_DOMAIN, .suppress = true},
      {.time_us = D(2), .id = 2, .origin = FF_ORIGIN_LOCAL_DNS, .kind = FF_KIND_EXPIRATION, .category = FF_BAD_DOMAIN, .suppress = true},
      {.time_us = D(4), .id = 3, .origin = FF_ORIGIN_LOCAL_DNS, .flags = FF_FLAG_TEST, .category = FF_BAD_DOMAIN, .suppress = true}}, "", false},
    {"what our own MTA says of a mailbox, on however many days, is not counted",
     {OWN(0, FF_BAD_MAILBOX, FF_ORIGIN_LOCAL_QUEUE), OWN(7, FF_BAD_MAILBOX, FF_ORIGIN_LOCAL_QUEUE), OWN(14, FF_BAD_MAILBOX, FF_ORIGIN_LOCAL_DNS)},
     "", false},
    {"a 5xx that our MTA tries again is not counted as ambiguous, nor as a vague word about the address",
     {DEFERRED(0, 550, FF_AMBIGUOUS), DEFERRED(2, 550, FF_AMBIGUOUS), DEFERRED(4, 550, FF_AMBIGUOUS), DEFERRED(6, 550, FF_AMBIGUOUS),
      DEFERRED(8, 550, FF_AMBIGUOUS), DEFERRED(10, 550, FF_AMBIGUOUS), DEFERRED(12, 550, FF_AMBIGUOUS), DEFERRED(14, 550, FF_AMBIGUOUS)},
     "", false},
    {"a message that expired is no evidence", {{HARD, .kind = FF_KIND_EXPIRATION, .id = 1}}, "", false},
    {"an operator's bounce is no evidence", {{HARD, .kind = FF_KIND_ADMIN_BOUNCE, .id = 1}}, "", false},
    {"a notice of delay is no evidence", {{HARD, .kind = FF_KIND_DELAYED, .id = 1}}, "", false},
    {"a domain that says it takes no mail is invalid_domain",
     {{.category = FF_BAD_DOMAIN, .suppress = true, .code = 556, .id = 1}},
     "acme/*/gone@example.com invalid_domain bad-domain 0 0 1", false},
    {"an out-of-band report without proof does not suppress",
     {{HARD, .kind = FF_KIND_OOB, .origin = FF_ORIGIN_REMOTE_DSN, .id = 1}}, "", false},
    {"an out-of-band report with a verified token suppresses",
     {{HARD, .kind = FF_KIND_OOB, .origin = FF_ORIGIN_REMOTE_DSN, .flags = FF_FLAG_TOKEN_VERIFIED, .id = 1}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1", false},
    {"an operator may vouch for out-of-band reports",
     {{HARD, .kind = FF_KIND_OOB, .origin = FF_ORIGIN_REMOTE_DSN, .id = 1}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1", true},
    {"spam, rate limits, listings and authentication never suppress",
     {{.category = FF_CONTENT_SPAM, .id = 1}, {.category = FF_RATE_LIMITED, .id = 2}, {.category = FF_DNSBL_LISTED, .id = 3},
      {.category = FF_DHAP_BLOCK, .id = 4}, {.category = FF_AUTH_FAILURE, .id = 5}, {.category = FF_POLICY_BLOCK, .id = 6},
      {.category = FF_UNCLASSIFIED, .id = 7}, {.category = FF_DHAP_BLOCK, .suppress = true, .id = 8}}, "", false},
    {"a full mailbox: four days are not enough",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(3, FF_MAILBOX_FULL), SOFT(6, FF_MAILBOX_FULL), SOFT(9, FF_MAILBOX_FULL)}, "", false},
    {"a full mailbox: five days in a row are too close together",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(1, FF_MAILBOX_FULL), SOFT(2, FF_MAILBOX_FULL), SOFT(3, FF_MAILBOX_FULL),
      SOFT(4, FF_MAILBOX_FULL)}, "", false},
    {"a full mailbox: five days over a week suppress",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(1, FF_MAILBOX_FULL), SOFT(2, FF_MAILBOX_FULL), SOFT(3, FF_MAILBOX_FULL),
      SOFT(7, FF_MAILBOX_FULL)}, "acme/*/gone@example.com repeated_soft_bounce mailbox-full 0 7 5", false},
    {"a full mailbox: five days over two months do not",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(15, FF_MAILBOX_FULL), SOFT(30, FF_MAILBOX_FULL), SOFT(45, FF_MAILBOX_FULL),
      SOFT(60, FF_MAILBOX_FULL)}, "", false},
    {"a full mailbox: ten retries of one day are one day",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(2, FF_MAILBOX_FULL), SOFT(4, FF_MAILBOX_FULL),
      {.time_us = D(8) + HOUR_US, .id = 301, .category = FF_MAILBOX_FULL, .code = 452},
      {.time_us = D(8) + 2 * HOUR_US, .id = 302, .category = FF_MAILBOX_FULL, .code = 452},
      {.time_us = D(8) + 3 * HOUR_US, .id = 303, .category = FF_MAILBOX_FULL, .code = 452}}, "", false},
    {"a full mailbox that takes the mail at a later attempt: the first hours of five mails count for nothing",
     {WAITED(0, HOUR_US / 2), WAITED(3, HOUR_US), WAITED(6, HOUR_US / 2), WAITED(9, 4 * HOUR_US - 1), WAITED(12, 1)}, "", false},
    {"a full mailbox: mails that wait for hours on five days suppress",
     {WAITED(0, 4 * HOUR_US), WAITED(3, 5 * HOUR_US), WAITED(6, 30 * HOUR_US), WAITED(9, 4 * HOUR_US), WAITED(12, 9 * HOUR_US)},
     "acme/*/gone@example.com repeated_soft_bounce mailbox-full 0 12 5", false},
    {"a bounce counts however soon",
     {{HARD, .id = 1, .waited_us = 1}}, "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 1", false},
    {"categories are counted apart",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(2, FF_AMBIGUOUS), SOFT(4, FF_MAILBOX_FULL), SOFT(6, FF_ROUTING_LOOP),
      SOFT(8, FF_MAILBOX_FULL), SOFT(10, FF_RELAY_DENIED)}, "", false},
    {"a disabled mailbox with 5xx suppresses at once",
     {{.category = FF_INACTIVE_MAILBOX, .suppress = true, .id = 1}},
     "acme/*/gone@example.com hard_bounce inactive-mailbox 0 0 1", false},
    {"a disabled mailbox with 4xx needs five days",
     {SOFT(0, FF_INACTIVE_MAILBOX), SOFT(2, FF_INACTIVE_MAILBOX), SOFT(4, FF_INACTIVE_MAILBOX), SOFT(6, FF_INACTIVE_MAILBOX)},
     "", false},
    {"a disabled mailbox with 4xx on five days suppresses",
     {SOFT(0, FF_INACTIVE_MAILBOX), SOFT(2, FF_INACTIVE_MAILBOX), SOFT(4, FF_INACTIVE_MAILBOX), SOFT(6, FF_INACTIVE_MAILBOX),
      SOFT(8, FF_INACTIVE_MAILBOX)}, "acme/*/gone@example.com repeated_soft_bounce inactive-mailbox 0 8 5", false},
    {"accepted, then refused: twice on different days",
     {{.category = FF_CATCH_ALL_REJECT, .id = 1}, {.category = FF_CATCH_ALL_REJECT, .id = 2, .time_us = D(1)}},
     "acme/*/gone@example.com repeated_soft_bounce catch-all-reject 0 1 2", false},
    {"accepted, then refused: twice on one day is once",
     {{.category = FF_CATCH_ALL_REJECT, .id = 1}, {.category = FF_CATCH_ALL_REJECT, .id = 2, .time_us = D(0) + HOUR_US}},
     "", false},
    {"a restricted mailbox is suppressed in the stream that was refused",
     {{.category = FF_RESTRICTED_MAILBOX, .id = 1, .stream = "news"},
      {.category = FF_RESTRICTED_MAILBOX, .id = 2, .time_us = D(1), .stream = "news"},
      {.category = FF_RESTRICTED_MAILBOX, .id = 3, .time_us = D(2), .stream = "news"}},
     "acme/news/gone@example.com repeated_soft_bounce restricted-mailbox 0 2 3", false},
    {"refusals of two streams are not added up",
     {{.category = FF_RECIPIENT_BLOCK, .id = 1, .stream = "news"},
      {.category = FF_RECIPIENT_BLOCK, .id = 2, .time_us = D(1), .stream = "offers"},
      {.category = FF_RECIPIENT_BLOCK, .id = 3, .time_us = D(2), .stream = "news"}}, "", false},
    {"without a stream a refused sender is one scope",
     {{.category = FF_RECIPIENT_BLOCK, .id = 1}, {.category = FF_RECIPIENT_BLOCK, .id = 2, .time_us = D(1)},
      {.category = FF_RECIPIENT_BLOCK, .id = 3, .time_us = D(2)}},
     "acme/*/gone@example.com repeated_soft_bounce recipient-block 0 2 3", false},
    {"a hard and a repeated soft bounce are one entry, the hard one shown",
     {SOFT(0, FF_MAILBOX_FULL), SOFT(2, FF_MAILBOX_FULL), SOFT(4, FF_MAILBOX_FULL), SOFT(6, FF_MAILBOX_FULL),
      SOFT(8, FF_MAILBOX_FULL), {HARD, .id = 1, .time_us = D(9)}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 9 6", false},
    {"a complaint nobody vouches for does not suppress",
     {{.kind = FF_KIND_FEEDBACK, .origin = FF_ORIGIN_FEEDBACK_LOOP, .feedback = "abuse", .id = 1}}, "", false},
    {"a complaint about mail that was provably ours suppresses",
     {{.kind = FF_KIND_FEEDBACK, .origin = FF_ORIGIN_FEEDBACK_LOOP, .feedback = "abuse", .flags = FF_FLAG_TOKEN_VERIFIED,
       .id = 1}}, "acme/*/gone@example.com complaint_report none 0 0 1", false},
    {"not-spam and auth-failure reports are no complaints",
     {{.kind = FF_KIND_FEEDBACK, .feedback = "not-spam", .flags = FF_FLAG_TOKEN_VERIFIED, .id = 1},
      {.kind = FF_KIND_FEEDBACK, .feedback = "auth-failure", .flags = FF_FLAG_TOKEN_VERIFIED, .id = 2}}, "", false},
    {"opting out ends the stream it was sent in",
     {{.kind = FF_KIND_UNSUBSCRIBE, .stream = "news", .flags = FF_FLAG_TOKEN_VERIFIED, .id = 1}},
     "acme/news/gone@example.com unsubscribed none 0 0 1", false},
    {"an event without an id is told apart by its content",
     {{HARD, .text = "User unknown"}, {HARD, .text = "User unknown"}, {HARD, .text = "No such user"}},
     "acme/*/gone@example.com hard_bounce bad-mailbox 0 0 2", false},
    {"what is no address is not suppressed", {{HARD, .id = 1, .to = "nobody"}, {HARD, .id = 2, .to = "@example.com"}}, "", false},
};

struct got {
    char text[2000];
    const char *spelled; /* the case asks for the address as well */
};

static bool put_entry(void *ctx, struct ff_slice key, struct ff_slice suppression, struct ff_slice state)
{
    struct got *g = (struct got *)ctx;
    struct ff_suppression s;
    (void)key;
    (void)state;
    if (!suppression.len)
        return true;
    if (ff_suppression_decode(suppression, &s) != FF_OK) {
        snprintf(g->text, sizeof(g->text), "does not decode");
        return false;
    }
    size_t n = strlen(g->text);
    snprintf(g->text + n, sizeof(g->text) - n, "%s%s%.*s/%.*s/%.*s %s %s %lld %lld %u", n ? "; " : "",
             s.state == FF_STATE_ACTIVE ? "" : "released ", (int)s.tenant_id.len, (const char *)s.tenant_id.ptr,
             (int)s.stream_scope.len, (const char *)s.stream_scope.ptr, (int)s.address_key.len,
             (const char *)s.address_key.ptr, ff_reason_name(s.reason),
             ff_category_name(s.has_evidence ? s.evidence.category : 0),
             (long long)((s.first_event_us - FIXTURE_EPOCH_US) / DAY_US),
             (long long)((s.last_event_us - FIXTURE_EPOCH_US) / DAY_US), s.hits);
    if (!ff_slice_eq(s.address, s.address_key)) {
        n = strlen(g->text);
        snprintf(g->text + n, sizeof(g->text) - n, " %.*s", (int)s.address.len, (const char *)s.address.ptr);
    }
    return true;
}

static void show(struct ff_suppressor *s, struct got *g)
{
    struct ff_lookup *l = ff_lookup_new(s);
    memset(g, 0, sizeof(*g));
    CHECK(l && ff_lookup_scan(l, (struct ff_slice){NULL, 0}, put_entry, g) == FF_OK, "scan");
    ff_lookup_free(l);
}

static size_t count_events(const struct policy_case *c)
{
    size_t n = 0;
    while (n < EVENTS_MAX && (c->events[n].category || c->events[n].kind || c->events[n].feedback))
        n++;
    return n;
}

static char *try_order(const struct policy_case *c, bool backwards)
{
    char dir[512];
    struct got g;
    size_t n = count_events(c);
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, c->trust_oob);
    for (size_t i = 0; i < n; i++)
        CHECK_INT(fixture_feed(s, &c->events[backwards ? n - 1 - i : i], -1), FF_OK);
    fixture_commit(s);
    show(s, &g);
    CHECK_STR(g.text, c->want);
    char *dump = fixture_dump(s);
    ff_suppressor_close(s);
    fixture_remove(dir);
    return dump;
}

static struct ff_command command(uint32_t verb, int64_t time_us, const char *scope)
{
    return (struct ff_command){.verb = verb, .time_us = time_us, .tenant_id = FF_SLICE("acme"), .actor = FF_SLICE("ops"),
                               .address = FF_SLICE("Gone@example.com"), .stream_scope = ff_slice_str(scope)};
}

static void expect(struct ff_suppressor *s, const char *want)
{
    struct got g;
    fixture_commit(s);
    show(s, &g);
    CHECK_STR(g.text, want);
}

static void test_commands(void)
{
    char dir[512];
    struct ff_suppressor_stats st;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    struct fixture_event hard = {HARD, .id = 1, .time_us = D(1)};

    CASE("a release makes everything up to its time void");
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    struct ff_command c = command(FF_VERB_RELEASE, D(2), "*");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com hard_bounce bad-mailbox 1 1 1");
    CASE("late news of an event before the release changes nothing");
    hard = (struct fixture_event){HARD, .id = 2, .time_us = D(0)};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com hard_bounce bad-mailbox 0 1 2");
    CASE("a failure after the release suppresses again, and only it counts");
    hard = (struct fixture_event){HARD, .id = 3, .time_us = D(3), .to = "GONE@example.com"};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    expect(s, "acme/*/gone@example.com hard_bounce bad-mailbox 3 3 1 GONE@example.com");
    CASE("an operator's entry gives its reason; what failed remains its evidence");
    c = command(FF_VERB_ADD, D(4), "*");
    c.expires_us = D(5);
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "acme/*/gone@example.com manual bad-mailbox 3 4 1 GONE@example.com");
    CASE("the same command twice is one");
    char *before = fixture_dump(s);
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "acme/*/gone@example.com manual bad-mailbox 3 4 1 GONE@example.com");
    char *after = fixture_dump(s);
    CHECK_STR(after, before);
    free(before);
    free(after);
    CASE("released without naming a scope: all streams that are known");
    c = command(FF_VERB_ADD, D(6), "news");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    c = command(FF_VERB_RELEASE, D(7), "");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com manual bad-mailbox 0 4 3;"
              " released acme/news/gone@example.com manual none 6 6 0 Gone@example.com");
    CASE("the counters follow");
    ff_suppressor_stats(s, &st);
    CHECK_INT(st.active, 0);
    CHECK_INT(st.added, 3);
    CHECK_INT(st.released, 3);
    CASE("a command that is none is refused");
    c = command(FF_VERB_NONE, D(1), "*");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_ERR_SYNTAX);
    c = command(FF_VERB_ADD, 0, "*");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_ERR_SYNTAX);
    c = command(FF_VERB_ADD, D(1), "a\x1f" "b");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_ERR_SYNTAX);
    c = command(FF_VERB_ADD, D(1), "*");
    c.address = FF_SLICE("nobody");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_ERR_SYNTAX);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

/* What undoes an outage: void is what happened up to the moment named, whatever is known and whatever time it is. */
static void test_release_until(void)
{
    char dir[512];
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    struct fixture_event hard = {HARD, .id = 1, .time_us = D(1)};
    struct fixture_event complaint = {.kind = FF_KIND_FEEDBACK, .feedback = "abuse", .id = 2, .time_us = D(5), .flags = FF_FLAG_TOKEN_VERIFIED};

    CASE("a failure of the outage is void");
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    struct ff_command c = command(FF_VERB_RELEASE, FIXTURE_NOW_US, "*");
    c.evidence_until_us = D(2);
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com hard_bounce bad-mailbox 1 1 1");
    CASE("one of the outage that arrives late is void, too");
    hard = (struct fixture_event){HARD, .id = 3, .time_us = D(2)};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com hard_bounce bad-mailbox 1 2 2");
    CASE("a complaint after it counts, though it came before the command");
    CHECK_INT(fixture_feed(s, &complaint, -1), FF_OK);
    c.evidence_until_us = D(3);
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "acme/*/gone@example.com complaint_report none 5 5 1");
    CASE("an entry by hand says nothing about evidence, and no time is before 1970");
    c = command(FF_VERB_ADD, D(6), "*");
    c.evidence_until_us = D(6);
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_ERR_SYNTAX);
    c = command(FF_VERB_RELEASE, D(6), "*");
    c.evidence_until_us = -1;
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_ERR_SYNTAX);
    CASE("the command is the same behind the wire");
    uint8_t room[256];
    struct ff_wire_out out = ff_wire_out(room, sizeof room);
    struct ff_command back;
    c.evidence_until_us = D(3);
    ff_command_encode(&c, &out);
    CHECK_INT(ff_command_decode(ff_wire_done(&out), &back), FF_OK);
    CHECK(back.evidence_until_us == D(3) && back.time_us == D(6) && back.verb == FF_VERB_RELEASE, "other members");
    ff_suppressor_close(s);
    fixture_remove(dir);
}

/* Log lines without a zone are read as UTC: those of Tokyo are nine hours ahead. */
static void test_ahead_of_clock(void)
{
    const int64_t now = FIXTURE_NOW_US;
    char dir[512];
    struct ff_suppressor_stats st;
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);

    CASE("evidence of a clock that is hours ahead counts");
    struct fixture_event hard = {HARD, .id = 1, .time_us = now + 9 * HOUR_US};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    expect(s, "acme/*/gone@example.com hard_bounce bad-mailbox 3650 3650 1");
    CASE("a release of now makes it void, too");
    struct ff_command c = command(FF_VERB_RELEASE, now, "*");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com hard_bounce bad-mailbox 3650 3650 1");
    CASE("the same release again, after newer evidence, changes nothing");
    hard = (struct fixture_event){HARD, .id = 2, .time_us = now + 10 * HOUR_US};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "acme/*/gone@example.com hard_bounce bad-mailbox 3650 3650 1");
    CASE("another release does, and an entry by hand after it counts");
    c = command(FF_VERB_RELEASE, now + 1, "");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "released acme/*/gone@example.com hard_bounce bad-mailbox 3650 3650 2");
    c = command(FF_VERB_ADD, now + 2, "*");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "acme/*/gone@example.com manual none 3650 3650 0 Gone@example.com");
    CASE("an order of long ago keeps its time");
    c = command(FF_VERB_RELEASE, now - 2 * DAY_US, "*");
    CHECK_INT(ff_suppressor_command(s, &c, -1), FF_OK);
    expect(s, "acme/*/gone@example.com manual none 3650 3650 0 Gone@example.com");
    CASE("a failure more than a day ahead is held against nobody, and counted; an opt-out is an order");
    hard = (struct fixture_event){HARD, .id = 3, .to = "other@example.com", .time_us = now + 25 * HOUR_US};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    struct fixture_event out = {.kind = FF_KIND_UNSUBSCRIBE, .id = 4, .to = "third@example.com", .time_us = now + 25 * HOUR_US,
                                .flags = FF_FLAG_TOKEN_VERIFIED};
    CHECK_INT(fixture_feed(s, &out, -1), FF_OK);
    expect(s, "acme/*/gone@example.com manual none 3650 3650 0 Gone@example.com; acme/*/third@example.com unsubscribed none 3651 3651 1");
    ff_suppressor_stats(s, &st);
    CHECK_INT(st.ahead_of_clock, 1);
    CASE("evidence about something that is no address is counted");
    hard = (struct fixture_event){HARD, .id = 5, .to = "root"};
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    ff_suppressor_stats(s, &st);
    CHECK_INT(st.bad_address, 1);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

static bool blocked(struct ff_lookup *l, const char *tenant, const char *stream, const char *address, int64_t now_us,
                    struct ff_suppression *ret)
{
    bool suppressed = false;
    CHECK_INT(ff_lookup_check(l, ff_slice_str(tenant), ff_slice_str(stream), ff_slice_str(address), now_us, &suppressed, ret),
              FF_OK);
    return suppressed;
}

static void test_lookups(void)
{
    char dir[512];
    struct ff_suppression f = {0};
    snprintf(dir, sizeof(dir), "%s", fixture_folder());
    struct ff_suppressor *s = fixture_open(dir, false, false);
    struct ff_lookup *l = ff_lookup_new(s);
    struct fixture_event hard = {HARD, .id = 1};
    struct ff_command add = command(FF_VERB_ADD, D(1), "news"), global = command(FF_VERB_ADD, D(1), "*");
    CASE("what is not committed is not seen");
    CHECK_INT(fixture_feed(s, &hard, -1), FF_OK);
    CHECK(!blocked(l, "acme", "", "gone@example.com", 0, &f), "seen early");
    fixture_commit(s);
    CASE("an entry for all streams answers for every stream");
    CHECK(blocked(l, "acme", "", "Gone@EXAMPLE.com.", 0, &f), "not seen");
    CHECK(blocked(l, "acme", "news", "gone@example.com", 0, &f) && f.reason == FF_REASON_HARD_BOUNCE, "not seen");
    CHECK_SLICE(f.stream_scope, "*");
    CASE("the most specific entry answers");
    CHECK_INT(ff_suppressor_command(s, &add, -1), FF_OK);
    fixture_commit(s);
    CHECK(blocked(l, "acme", "news", "gone@example.com", 0, &f) && f.reason == FF_REASON_MANUAL, "reason %u", f.reason);
    CHECK(blocked(l, "acme", "other", "gone@example.com", 0, &f) && f.reason == FF_REASON_HARD_BOUNCE, "reason %u", f.reason);
    CASE("no tenant sees another's");
    CHECK(!blocked(l, "other", "news", "gone@example.com", 0, &f), "seen");
    CASE("an entry of tenant * is everybody's, until it expires");
    global.tenant_id = FF_SLICE("*");
    global.address = FF_SLICE("trap@example.org");
    global.expires_us = D(2);
    CHECK_INT(ff_suppressor_command(s, &global, -1), FF_OK);
    fixture_commit(s);
    CHECK(blocked(l, "anyone", "", "trap@example.org", D(1), &f), "not seen");
    CHECK(!blocked(l, "anyone", "", "trap@example.org", D(2), &f), "seen after its end");
    CASE("a check of what is no address says so");
    bool any;
    CHECK_INT(ff_lookup_check(l, FF_SLICE("acme"), FF_SLICE(""), FF_SLICE("nobody"), 0, &any, &f), FF_ERR_SYNTAX);
    ff_lookup_free(l);
    ff_suppressor_close(s);
    fixture_remove(dir);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CASE(cases[i].name);
        char *a = try_order(&cases[i], false), *b = try_order(&cases[i], true);
        CHECK(strcmp(a, b) == 0, "the order of the events shows:\n%s\n%s", a, b);
        free(a);
        free(b);
    }
    test_commands();
    test_ahead_of_clock();
    test_release_until();
    test_lookups();
    return test_end();
}
