/* lint_test.c: the linter finds what it promises, and its mutation check agrees with the slow truth: the
 * literal really deleted from the text, the rules loaded again, every example tried. */
#include "classify/lint/example.h"
#include "classify/lint/lint.h"
#include "classify/ruleset/rules_int.h"
#include "tests/test.h"

#define EXAMPLES_MAX 8192
#define SAMPLE 8 /* of the proven and of the unproven; each costs a load of the built-in rules */

/* ---- findings ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text, *kind, *words;
    uint32_t line;
    bool error;
} cases[] = {
    {"an example that does not fire is an error", "rule a bad-mailbox text\n  any gone fishing\n  yes 550 here\n", "example", "550 here", 3, true},
    {"an example that another category wins is an error",
     "rule a bad-mailbox text 50\n  any gone\n  yes 550 gone fishing\nrule b mailbox-full text 80\n  any gone fishing\n  yes 550 gone fishing\n",
     "example", "550 gone fishing", 3, true},
    {"a \"no\" that fires is an error", "rule a bad-mailbox text\n  any gone\n  yes 550 gone\n  no 550 gone too\n", "example", "550 gone too", 4, true},
    {"an example with a context that is none is an error", "rule a bad-mailbox text\n  any gone\n  yes {stage=lunch} 550 gone\n", "example", "550 gone", 3, true},
    {"a rule without an example is an error", "rule a bad-mailbox text\n  any gone\n", "no-example", "", 1, true},
    {"a rule that a heavier one of its category outranks everywhere is dead",
     "rule a bad-mailbox text 50\n  any gone fishing | gone hunting\n  code 550\n  yes 550 gone fishing\nrule b bad-mailbox text 60\n  any gone\n  code 5xx\n  yes 550 gone\n",
     "dead", "", 1, true},
    {"a rule of codes that a wider and heavier one outranks is dead",
     "rule a bad-mailbox prior 20\n  code 550\n  yes 550 x\nrule b bad-mailbox prior 30\n  code 5xx\n  yes 551 x\n", "dead", "", 1, true},
    {"a rule that decides none of its own examples is a note",
     "rule a bad-mailbox text 50\n  any gone | missing\n  yes 550 gone\nrule b bad-mailbox text 60\n  any gone\n  yes 550 gone\n", "undecided", "", 1, false},
    {"a number by itself can never match", "rule a bad-mailbox text\n  any mail [4711/gone]\n  yes 550 mail gone\n", "impossible", "4711", 2, false},
    {"a host name as words can never match", "rule a bad-mailbox text\n  any mx.example.com\n  yes 550 x\n", "impossible", "mx.example.com", 2, false},
    {"a phrase that a shorter one covers", "rule a bad-mailbox text\n  any gone | gone fishing\n  yes 550 gone\n", "shadowed", "gone fishing", 2, false},
    {"a phrase that stands twice is named once, the second", "rule a bad-mailbox text\n  any gone\n  any gone\n  yes 550 gone\n", "shadowed", "gone", 3, false},
    {"a phrase that sets and gaps cover",
     "set who = user | person\nset how = gone | away\nrule a bad-mailbox text\n  any $who ~3 $how | [user/person] is gone\n  yes 550 user is gone\n",
     "shadowed", "[user/person] is gone", 4, false},
    {"a closed word that an open one covers", "rule a bad-mailbox text\n  any temporar* | temporary\n  yes 550 temporarily\n", "shadowed", "temporary", 2, false},
    {"a member of a choice that another phrase covers",
     "rule a bad-mailbox text\n  any mail ~2 [gone/lost] | mail ~3 gone\n  yes 550 mail lost\n  yes 550 mail gone\n", "shadowed", "gone", 2, false},
    {"a member of a set that another member covers",
     "set how = gone | lost | gone away\nrule a bad-mailbox text\n  any mail $how\n  yes 550 mail gone\n  yes 550 mail lost\n", "shadowed", "gone away", 1, false},
    {"a phrase that a heavier rule of another category covers",
     "rule a bad-mailbox text 50\n  any gone fishing | lost\n  yes 550 lost\nrule b mailbox-full text 60\n  any gone\n  yes 550 gone\n", "shadowed", "gone fishing", 2, false},
    {"a phrase that gives two categories one weight is an error",
     "rule a bad-mailbox text 50\n  any gone | lost\n  yes 550 lost\nrule b mailbox-full text 50\n  any gone | full\n  yes 550 full\n", "duplicate", "gone", 5, true},
    {"a phrase in two rules whose codes overlap",
     "rule a bad-mailbox text 50\n  any gone\n  code 5xx\n  yes 550 gone\nrule b bad-mailbox text 60\n  any gone\n  code 550 450\n  yes 450 gone\n",
     "duplicate", "gone", 6, false},
    {"a phrase that fires on examples of another category",
     "rule a bad-mailbox text 50\n  any gone | lost\n  yes 550 lost\nrule b mailbox-full text 60\n  any full\n  yes 552 full and gone\n", "broad", "gone", 2, false},
    {"a single common word", "rule a bad-mailbox text\n  any error\n  yes 550 error\n", "broad", "error", 2, false},
    {"a phrase that no example needs", "rule a bad-mailbox text\n  any gone | lost\n  yes 550 gone\n", "unproven", "lost", 2, false},
    {"a \"not\" that no example needs", "rule a bad-mailbox text\n  any gone\n  not fishing\n  yes 550 gone\n", "unproven", "fishing", 3, false},
    {"a member of a choice that no example needs", "rule a bad-mailbox text\n  any mail [gone/lost]\n  yes 550 mail gone\n", "unproven", "lost", 2, false},
    {"a member of a set that no rule's example needs",
     "set how = gone | lost\nrule a bad-mailbox text\n  any mail $how\n  yes 550 mail gone\n", "unproven", "lost", 1, false},
    {"a phrase is unproven when another of the rule carries its example",
     "rule a bad-mailbox text\n  any user gone | gone away\n  yes 550 user gone away\n", "unproven", "user gone", 2, false},
    {"a set that nobody uses", "set how = gone | lost\nrule a bad-mailbox text\n  any away\n  yes 550 away\n", "unused", "how", 1, false},
    {"a phrase that a \"not\" of its rule takes back", "rule a bad-mailbox text\n  any gone | gone fishing\n  not fishing\n  yes 550 gone\n", "impossible", "gone fishing", 2, true},
    {"a \"with\" that a \"not\" takes back", "rule a bad-mailbox text\n  any gone\n  with [cat/dog]\n  not dog | cat\n  yes 550 gone cat\n", "impossible", "[cat/dog]", 3, true},
    {"wording of a provider without an example", "provider zoo\n  text the zoo is closed\n", "no-example", "", 2, false},
    {"wording of a provider that its example needs, and one that it does not",
     "provider zoo\n  text the zoo is closed | no animals\n  yes 550 the zoo is closed\n  no 550 closed\n", "unproven", "no animals", 2, false},
};

static const char clean[] = "set how = gone | lost\n"
                            "set also = $how | away\n"
                            "provider zoo\n  mx zoo.example\n  text the zoo\n  yes 550 the zoo\n"
                            "rule a bad-mailbox text\n"
                            "  any mail $how\n"
                            "  not gone fishing\n"
                            "  yes 550 mail gone\n  yes 550 mail lost\n  no 550 mail gone fishing\n"
                            "rule b mailbox-full table\n  code 552\n  from zoo\n  yes {mx=mx.zoo.example} 552 x\n  no 552 x\n"
                            "rule c inactive-mailbox text\n  any post $also\n  yes 550 post away\n";

struct expect {
    size_t i;
    bool found;
    size_t count;
};

static void on_finding(void *ctx, const struct ff_lint *f)
{
    struct expect *e = ctx;
    e->count++;
    e->found |= f->line == cases[e->i].line && f->error == cases[e->i].error && strcmp(ff_lint_kind_name(f->kind), cases[e->i].kind) == 0 &&
                ff_slice_eq(f->words, ff_slice_str(cases[e->i].words)) && f->what[0] && f->remedy[0] && ff_slice_eq(f->file, FF_SLICE("r"));
}

static void print_finding(void *ctx, const struct ff_lint *f)
{
    (void)ctx;
    CHECK(false, "%u: %s: %s: %.*s", f->line, ff_lint_kind_name(f->kind), f->what, (int)f->words.len, f->words.len ? (const char *)f->words.ptr : "");
}

static struct ff_ruleset *load(struct ff_slice text)
{
    char message[400];
    struct ff_ruleset *rules = NULL;
    enum ff_err err = ff_ruleset_load(text, "r", &rules, message, sizeof message);
    CHECK(err == FF_OK, "%s", message);
    return err == FF_OK ? rules : NULL;
}

static void test_findings(void)
{
    struct ff_lint_counts n;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        struct ff_ruleset *rules = load(ff_slice_str(cases[i].text));
        struct expect e = {.i = i};
        if (!rules)
            continue;
        CHECK_INT(ff_ruleset_lint(rules, on_finding, &e, &n), FF_OK);
        CHECK(e.found, "no finding \"%s\" on line %u of\n%s", cases[i].kind, cases[i].line, cases[i].text);
        CHECK_INT(n.errors + n.notes, e.count);
        ff_ruleset_free(rules);
    }
    CASE("rules without a fault have no finding");
    struct ff_ruleset *rules = load(ff_slice_str(clean));
    if (!rules)
        return;
    CHECK_INT(ff_ruleset_lint(rules, print_finding, NULL, &n), FF_OK);
    CHECK_INT(n.rules, 3);
    CHECK_INT(n.examples, 7);
    CHECK_INT(n.provable, 7);
    ff_ruleset_free(rules);
}

/* What the masker has to look for in every reply costs time. */
static void test_kept(void)
{
    static const struct {
        const char *name, *text;
        uint32_t kept;
    } rows[] = {
        {"the built-in rules name no word that is masked", "", 0},
        {"they do not when they are included", "include builtin\n", 0},
        {"codes of replies and of providers stay anyhow", "rule a bad-mailbox text\n  any said 550 | S3150 | RFC 5322 | AS 48 | in 300 seconds | TSS04\n", 0},
        {"a name, and a number behind its word, which is noted too", "rule a bad-mailbox text\n  any E1234 | see ZK-4711\n", 3},
        {"a name with an open end, a number by itself or behind a placeholder are none", "rule a bad-mailbox text\n  any E12* | 4711 | <id> 4711 | zk ~ 4711\n", 0},
        {"what no rule uses is not kept", "set s = E1234\nrule a bad-mailbox text\n  any gone\n", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CASE(rows[i].name);
        struct ff_ruleset *rules = load(ff_slice_str(rows[i].text));
        if (rules)
            CHECK_INT(rules->kept.count, rows[i].kept);
        ff_ruleset_free(rules);
    }
}

/* ---- the slow truth ---------------------------------------------------------------------------------------------- */

/** What every example of a rule set does. */
struct outcome {
    size_t count;
    bool fails[EXAMPLES_MAX], fires[EXAMPLES_MAX];
};

static void on_trial(void *ctx, const struct ff_trial *t)
{
    struct outcome *o = ctx;
    size_t i = o->count++;
    if (i >= EXAMPLES_MAX)
        return;
    o->fails[i] = t->failure != NULL;
    o->fires[i] = false;
    for (size_t k = 0; k < t->why->count; k++)
        o->fires[i] |= ff_slice_eq(t->why->evidence[k].rule, t->rule);
}

/** A phrase or member, and whether the linter calls it unproven. */
struct unit {
    struct ff_slice words;
    uint32_t phrase; /* UINT32_MAX: it is a member of a group */
    bool unproven;
};

struct units {
    struct unit *unit;
    size_t count;
};

static void on_unproven(void *ctx, const struct ff_lint *f)
{
    struct units *u = ctx;
    for (size_t i = 0; f->kind == FF_LINT_UNPROVEN && i < u->count; i++)
        u->unit[i].unproven |= u->unit[i].words.ptr == f->words.ptr && u->unit[i].words.len == f->words.len;
}

/** How many members each group has. */
static uint32_t *sizes_of_groups(const struct ff_ruleset *r)
{
    uint32_t *size = calloc(r->group_count + 1u, sizeof *size);
    for (uint32_t i = 0; size && i < r->literal_count; i++)
        for (uint32_t k = r->literals[i].group_first; k < r->literals[i].group_first + r->literals[i].group_count; k++)
            size[r->literal_groups[k]]++;
    return size;
}

static void collect(const struct ff_ruleset *r, struct units *u)
{
    uint32_t *size = sizes_of_groups(r);
    if (!size)
        exit(1);
    for (uint32_t i = 0; i < r->phrase_count; i++)
        u->unit[u->count++] = (struct unit){r->source.phrase_words[i], i, false};
    for (uint32_t i = 0; i < r->literal_count; i++)
        for (uint32_t k = r->literals[i].group_first; k < r->literals[i].group_first + r->literals[i].group_count; k++)
            if (r->source.set_names[r->literal_groups[k]].len || size[r->literal_groups[k]] > 1)
                u->unit[u->count++] = (struct unit){r->source.members[k].words, UINT32_MAX, false};
    free(size);
}

/** Which rules have the phrase, or a phrase with a group whose member it is: the words of a set are also of the
 * sets that take it in. */
static void mark_concerned(const struct ff_ruleset *r, const struct unit *u, bool *rules)
{
    bool *groups = calloc(r->group_count + 1u, sizeof *groups);
    if (!groups)
        exit(1);
    for (uint32_t i = 0; u->phrase == UINT32_MAX && i < r->literal_count; i++)
        for (uint32_t k = r->literals[i].group_first; k < r->literals[i].group_first + r->literals[i].group_count; k++)
            groups[r->literal_groups[k]] |= r->source.members[k].words.ptr == u->words.ptr;
    for (uint32_t i = 0; i < r->phrase_count; i++) {
        rules[r->phrases[i].rule] |= i == u->phrase;
        for (unsigned k = 0; k < r->phrases[i].count; k++)
            rules[r->phrases[i].rule] |= groups[r->phrases[i].element[k].group];
    }
    free(groups);
}

/** Deletes the words from a copy of the text (others that never occur stand in their place), loads it, tries all
 * examples. */
static bool breaks_something(const struct ff_ruleset *r, struct ff_slice text, const struct unit *u, const struct outcome *before)
{
    static struct outcome after;
    char *copy = malloc(text.len);
    bool *concerned = calloc(r->rule_count + 1u, sizeof *concerned), broken = false;
    after.count = 0;
    if (!copy || !concerned)
        exit(1);
    mark_concerned(r, u, concerned);
    memcpy(copy, text.ptr, text.len);
    memset(copy + ((const char *)u->words.ptr - r->text), ' ', u->words.len);
    memset(copy + ((const char *)u->words.ptr - r->text), 'z', u->words.len < 80 ? u->words.len : 80);
    struct ff_ruleset *mutated = load(ff_slice_of(copy, text.len));
    free(copy);
    if (!mutated) {
        free(concerned);
        return false;
    }
    CHECK_INT(ff_ruleset_test(mutated, on_trial, &after), FF_OK);
    for (uint32_t i = 0; i < r->example_count; i++)
        if (concerned[r->examples[i].rule] && !before->fails[i])
            broken |= after.fails[i] || (!r->examples[i].positive && !before->fires[i] && after.fires[i]);
    free(concerned);
    ff_ruleset_free(mutated);
    return broken;
}

static void test_truth(void)
{
    static struct outcome before;
    struct ff_slice text = ff_rules_builtin();
    struct ff_ruleset *r = load(text);
    struct ff_lint_counts n;
    if (!r)
        return;
    size_t members = 0;
    for (uint32_t i = 0; i < r->literal_count; i++)
        members += r->literals[i].group_count;
    struct units u = {.unit = calloc(r->phrase_count + members, sizeof *u.unit)};
    CHECK(u.unit && r->example_count <= EXAMPLES_MAX, "examples %u", r->example_count);
    collect(r, &u);
    CHECK_INT(ff_ruleset_lint(r, on_unproven, &u, &n), FF_OK);
    CHECK_INT(ff_ruleset_test(r, on_trial, &before), FF_OK);
    for (int unproven = 0; unproven < 2; unproven++) {
        size_t of_kind = 0, seen = 0;
        for (size_t i = 0; i < u.count; i++)
            of_kind += u.unit[i].unproven == unproven;
        CASE(unproven ? "what the linter calls unproven can be deleted and every example holds" : "what it calls proven breaks an example when it is deleted");
        CHECK(of_kind >= SAMPLE, "only %zu", of_kind);
        for (size_t i = 0; i < u.count; i++)
            if (u.unit[i].unproven == unproven && seen++ % (of_kind / SAMPLE + 1) == of_kind / (2 * SAMPLE))
                CHECK(breaks_something(r, text, &u.unit[i], &before) != unproven, "%.*s", (int)u.unit[i].words.len, (const char *)u.unit[i].words.ptr);
    }
    free(u.unit);
    ff_ruleset_free(r);
}

int main(void)
{
    test_findings();
    test_kept();
    test_truth();
    return test_end();
}
