/* rules_example.c: see rules_example.h. */
#include "classify/load/rules_example.h"

bool ff_load_example(struct ff_loader *l, struct ff_slice rest, uint32_t rule, bool positive)
{
    struct ff_ruleset *r = l->rules;
    if (!ff_load_room(l, (void **)&r->examples, r->example_count, &l->examples_size, sizeof *r->examples, 1u << 16,
                      "examples"))
        return false;
    struct ff_example *x = &r->examples[r->example_count++];
    *x = (struct ff_example){.rule = rule, .line = l->line, .positive = positive};
    if (rest.len && rest.ptr[0] == '{') {
        size_t end = ff_slice_chr(rest, 0, '}');
        if (end == SIZE_MAX)
            return ff_load_fail(l, "the context of the example has no \"}\" (write: yes {stage=rcpt} REPLY)");
        x->context = ff_slice_sub(rest, 1, end);
        rest = ff_slice_trim(ff_slice_sub(rest, end + 1, rest.len));
    }
    x->text = rest;
    return rest.len ? true : ff_load_fail(l, "the example is empty (write: yes 550 5.1.1 the reply)");
}
