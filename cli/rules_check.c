/* rules_check.c: `fivefifty rules lint`: the findings of the linter for people and for programs. */
#include <unistd.h>

#include "cli/accounting.h"
#include "cli/inputs.h"
#include "cli/rules.h"
#include "cli/terminal.h"

struct check {
    const struct ff_rules_options *opts;
    const char *file;
    struct ff_output *out;
    struct ff_json_out text;
};

static void put_finding(void *ctx, const struct ff_lint *f)
{
    struct check *c = ctx;
    struct ff_json_out *o = &c->text;
    if (c->opts->json) {
        ff_json_open(o, '{');
        ff_json_key(o, "file");
        ff_json_put_string(o, ff_slice_str(c->file));
        ff_json_key(o, "line");
        ff_json_put_uint(o, f->line);
        ff_json_key(o, "rule");
        ff_json_put_string(o, f->rule);
        ff_json_key(o, "what");
        ff_json_put_string(o, ff_slice_str(f->what));
        ff_json_close(o, '}');
        ff_json_end_line(o);
    } else {
        ff_text_format(o, "%s:%u: rule %.*s: %s", c->file, f->line, (int)f->rule.len, (const char *)f->rule.ptr, f->what);
        if (f->detail.len) {
            ff_text_put(o, ": ");
            ff_terminal_put(o, f->detail, 200, false);
        }
        ff_text_put(o, "\n");
    }
    ff_output_take(c->out, o);
}

int ff_rules_lint(const struct ff_rules_options *opts, const char *const *arguments, size_t count)
{
    struct check c = {.opts = opts, .file = count ? arguments[0] : "built-in rules"};
    struct ff_ruleset *rules = NULL;
    int status = ff_rules_open(count ? arguments[0] : NULL, &rules);
    ff_json_out_init(&c.text);
    if (status == 0)
        status = ff_output_open(&c.out, opts->output, false);
    size_t findings = status ? 0 : ff_ruleset_lint(rules, put_finding, &c);
    if (findings == SIZE_MAX)
        status = ff_fail(FF_EXIT_SOFTWARE, "out of memory");
    int closed = ff_output_close(c.out, status == 0);
    ff_ruleset_free(rules);
    ff_json_out_fini(&c.text);
    return status ? status : closed ? closed : findings ? FF_EXIT_CONFIG : 0;
}
