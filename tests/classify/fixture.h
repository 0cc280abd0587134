/* fixture.h: a classifier with the built-in rules, and the examples of tests/classify/examples.tsv. */
#ifndef FF_CLASSIFY_FIXTURE_H
#define FF_CLASSIFY_FIXTURE_H

#include "classify/explain.h"
#include "tests/test.h"

#define EXAMPLES_MAX 1024

struct example {
    char line[600];
    const char *category, *not_category, *text;
    bool suppress;
    struct ff_reply reply; /* without its text */
};

static inline struct ff_ruleset *fixture_rules(void)
{
    char message[300];
    struct ff_ruleset *rules;
    if (ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &rules, message, sizeof message) != FF_OK) {
        printf("FAIL %s\n", message);
        exit(1);
    }
    return rules;
}

static inline struct ff_classifier *fixture_classifier(const struct ff_ruleset *rules, size_t slots)
{
    struct ff_classifier *c = ff_classifier_new(rules, slots);
    if (!c)
        exit(1);
    return c;
}

/** Fields between tabs: category, what it is not, S or -, context, text. */
static inline bool fixture_example(struct example *x)
{
    char *field[5], *s = x->line;
    s[strcspn(s, "\n")] = 0;
    if (*s == '#' || *s == 0)
        return false;
    for (int i = 0; i < 5; i++) {
        field[i] = s;
        s += strcspn(s, "\t");
        if (*s)
            *s++ = 0;
    }
    x->category = field[0];
    x->not_category = field[1];
    x->suppress = *field[2] == 'S';
    x->text = field[4];
    x->reply = (struct ff_reply){.code = 0};
    for (char *w = strtok(field[3], " "); w; w = strtok(NULL, " ")) {
        if (strncmp(w, "mx=", 3) == 0)
            x->reply.mx = ff_slice_str(w + 3);
        else if (strcmp(w, "-") != 0 && !ff_reply_stage_parse(ff_slice_str(w), &x->reply.stage, &x->reply.kind, &x->reply.origin))
            CHECK(false, "stage %s", w);
    }
    return true;
}

static inline size_t fixture_examples(struct example *ret)
{
    FILE *f = fopen("tests/classify/examples.tsv", "r");
    size_t n = 0;
    if (!f) {
        perror("tests/classify/examples.tsv");
        exit(1);
    }
    while (n < EXAMPLES_MAX && fgets(ret[n].line, sizeof ret[n].line, f))
        n += fixture_example(&ret[n]);
    fclose(f);
    return n;
}

#endif
