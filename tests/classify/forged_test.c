/* forged_test.c: whoever answers our mail chooses his words, and so their hash. Replies made to share the XXH3 of
 * another server's must leave its verdict alone, whichever comes first.
 *
 * A forged text of 128 bytes has four groups of sixteen letters that mean nothing, chosen such that the sum of the
 * terms in XXH3 is the wanted one: four lists of four million, joined by their lower 22 bits, take seconds (Wagner, "A
 * Generalized Birthday Problem", 2002).
 */
#include "tests/classify/fixture.h"

static const struct {
    const char *name, *forged, *theirs;
    const char *forged_mx, *mx; /* NULL: none */
} cases[] = {
    {"\"user unknown\" does not become the verdict of a spam filter, whose recipients are well",
     "550 The user is unknown here there is no such mailbox on this host firubod ilesuke pizores uzetupu pepuzem "
     "udubuse goseres ovutani",
     "550 Message rejected as spam", NULL, NULL},
    {"an MX of somebody's does not take Google's provider away",
     "550 5.7.1 Not accepted", "550 5.7.1 Not accepted",
     "rofifiv.oridemo.tasufol.okatode.pagomam.eritena.ledegus.eridizi.one.of.the.mail.servers.of.our.large."
     "customers.up.nort.bogle.com", "gmail-smtp-in.l.google.com"},
};

static struct ff_verdict judged(struct ff_classifier *c, const char *text, const char *mx)
{
    const struct ff_reply reply = {
        .raw = ff_slice_str(text), .mx = ff_slice_str(mx ? mx : ""), .stage = FF_STAGE_RCPT_TO};
    struct ff_verdict v;
    (void)ff_classify(c, &reply, &v);
    return v;
}

static void check_as_alone(const struct ff_ruleset *rules, const struct ff_verdict *v, const char *text, const char *mx)
{
    struct ff_classifier *c = fixture_classifier(rules, 0);
    const struct ff_verdict alone = judged(c, text, mx);
    CHECK(v->category == alone.category && v->suppress == alone.suppress && ff_slice_eq(v->provider, alone.provider),
          "%s: %s, alone %s", text, ff_category_name(v->category), ff_category_name(alone.category));
    ff_classifier_free(c);
}

int main(void)
{
    struct ff_ruleset *rules = fixture_rules();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ff_classifier *first = fixture_classifier(rules, 0), *last = fixture_classifier(rules, 0);
        CASE(cases[i].name);
        const struct ff_verdict forged = judged(first, cases[i].forged, cases[i].forged_mx);
        struct ff_verdict theirs = judged(first, cases[i].theirs, cases[i].mx);
        check_as_alone(rules, &theirs, cases[i].theirs, cases[i].mx);
        CHECK(cases[i].mx || forged.template_id == theirs.template_id, "they share no hash: this proves nothing");
        theirs = judged(last, cases[i].theirs, cases[i].mx);
        const struct ff_verdict behind = judged(last, cases[i].forged, cases[i].forged_mx);
        check_as_alone(rules, &behind, cases[i].forged, cases[i].forged_mx);
        ff_classifier_free(first);
        ff_classifier_free(last);
    }
    ff_ruleset_free(rules);
    return test_end();
}
