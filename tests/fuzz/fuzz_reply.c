/* fuzz_reply.c: the reply parser, the masker and the evidence on any bytes, as a whole reply and as text behind codes.
 *
 * The first byte chooses stage, kind and origin; the rest is the reply. What must hold whatever it says: a known
 * category, a verdict that may suppress only where the policy of the classifier allows it, and the same verdict from
 * the table, by the reply or by its skeleton, as when it is judged.
 */
#include "classify/explain.h"
#include "tests/fuzz/fuzz.h"

static struct ff_ruleset *rules;
static struct ff_classifier *table, *fresh;

static void judge(const struct ff_reply *reply)
{
    struct ff_verdict v, again;
    enum ff_err err = ff_classify(table, reply, &v);
    REQUIRE(err == FF_OK || err == FF_ERR_SYNTAX);
    REQUIRE(ff_category_info(v.category) && v.confidence <= 100 && v.action < FF_ACTION_COUNT && v.responsible < FF_RESP_COUNT);
    if (v.suppress) {
        REQUIRE(v.category == FF_BAD_MAILBOX || v.category == FF_BAD_ADDRESS_SYNTAX || v.category == FF_INACTIVE_MAILBOX ||
                v.category == FF_BAD_DOMAIN);
        REQUIRE(v.action == FF_ACTION_SUPPRESS_NOW && reply->code / 100 != 4 && reply->kind != FF_KIND_TRANSIENT_FAILURE);
    }
    REQUIRE(ff_classify(table, reply, &again) == err); /* now from the verdict table */
    REQUIRE(again.category == v.category && again.suppress == v.suppress && again.template_id == v.template_id);
    static struct ff_explanation why;
    REQUIRE(ff_classify_explain(fresh, reply, &why) == err); /* which knows no table */
    REQUIRE(why.verdict.category == v.category && why.verdict.suppress == v.suppress && ff_slice_eq(why.verdict.rule, v.rule));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[300];
    if (!rules) {
        REQUIRE(ff_ruleset_load((struct ff_slice){0}, NULL, &rules, message, sizeof message) == FF_OK);
        table = ff_classifier_new(rules, 1024);
        fresh = ff_classifier_new(rules, 1024);
        REQUIRE(table && fresh);
    }
    if (size < 2)
        return 0;
    static const uint32_t kinds[] = {FF_KIND_UNSPECIFIED, FF_KIND_BOUNCE, FF_KIND_TRANSIENT_FAILURE, FF_KIND_OOB};
    struct ff_reply reply = {.stage = data[0] % FF_STAGE_COUNT, .kind = kinds[data[0] >> 6], .raw = ff_slice_of(data + 1, size - 1)};
    judge(&reply);
    reply.raw = (struct ff_slice){0};
    reply.text = ff_slice_of(data + 1, size - 1);
    reply.code = data[0] & 1 ? 550 : 450;
    reply.enhanced = data[0] & 2 ? FF_ENHANCED(5, 1, 1) : 0;
    judge(&reply);
    return 0;
}
