/* example.c: examples of rules, tried: "yes" is a reply that the rule must fire on and whose verdict has its
 * category, "no" one that it must not fire on. */
#include <stdlib.h>

#include "classify/lint/example.h"

#include "classify/ruleset/rules_int.h"

/** "stage=rcpt mx=mx.example.com origin=local" */
static bool set_context(struct ff_slice context, struct ff_reply *reply)
{
    while (context.len) {
        size_t end = ff_slice_chr(context, 0, ' ');
        struct ff_slice w = ff_slice_sub(context, 0, end == SIZE_MAX ? context.len : end);
        context = end == SIZE_MAX ? ff_slice_of(NULL, 0) : ff_slice_trim(ff_slice_sub(context, end, context.len));
        size_t sign = ff_slice_chr(w, 0, '=');
        if (sign == SIZE_MAX)
            return false;
        struct ff_slice key = ff_slice_sub(w, 0, sign), value = ff_slice_sub(w, sign + 1, w.len);
        if (ff_slice_eq(key, FF_SLICE("stage"))) {
            if (!ff_reply_stage_parse(value, &reply->stage, &reply->kind, &reply->origin))
                return false;
        } else if (ff_slice_eq(key, FF_SLICE("mx"))) {
            reply->mx = value;
        } else if (ff_slice_eq(key, FF_SLICE("origin"))) {
            if (!ff_reply_origin_parse(value, &reply->origin))
                return false;
        } else {
            return false;
        }
    }
    return true;
}

const char *ff_example_try(const struct ff_ruleset *rules, struct ff_classifier *c, const struct ff_example *x,
                           struct ff_explanation *why)
{
    const struct ff_rule *rule = &rules->rules[x->rule];
    struct ff_reply reply = {.raw = x->text};
    why->count = 0;
    why->masked = ff_slice_of(NULL, 0);
    if (!set_context(x->context, &reply))
        return "the context of the example is not understood";
    (void)ff_classify_explain(c, &reply, why);
    bool fired = false;
    for (size_t i = 0; i < why->count; i++)
        fired |= why->evidence[i].index == x->rule;
    if (!x->positive)
        return fired && (rule->layer == FF_LAYER_HINT || why->verdict.category == rule->category)
                   ? "the rule fires on an example that it should not"
                   : NULL;
    if (!fired)
        return "the rule does not fire on its own example";
    bool decides = rule->category && rule->layer != FF_LAYER_PRIOR;
    return decides && why->verdict.category != rule->category ? "the example gets another category" : NULL;
}

enum ff_err ff_ruleset_test(const struct ff_ruleset *rules, void (*each)(void *ctx, const struct ff_trial *trial),
                            void *ctx)
{
    struct ff_explanation *why = calloc(1, sizeof *why);
    struct ff_classifier *c = ff_classifier_new(rules, 4);
    for (uint32_t i = 0; why && c && i < rules->example_count; i++) {
        const struct ff_example *x = &rules->examples[i];
        struct ff_trial t = {.rule = rules->rules[x->rule].id,
                             .text = x->text,
                             .context = x->context,
                             .positive = x->positive,
                             .category = rules->rules[x->rule].category,
                             .why = why};
        t.file = ff_ruleset_place(rules, x->line, &t.line);
        t.failure = ff_example_try(rules, c, x, why);
        each(ctx, &t);
    }
    bool enough = why && c;
    free(why);
    ff_classifier_free(c);
    return enough ? FF_OK : FF_ERR_NOMEM;
}
