/* categories_test.c: docs/categories.md is made from the table of categories.
 *
 * With the argument "write" it prints the page; otherwise the page must be what would be printed.
 */
#include "classify/classify.h"
#include "tests/test.h"

static void print_page(FILE *f)
{
    fputs("# Categories\n\nMade from the table in `classify/categories.c`; a test compares. The numbers are those of `Verdict.category` and never "
          "change.\n\"Whose problem\" is the field `responsible`; the action is the default one. Only a verdict with `suppress` may suppress on "
          "one reply;\n[suppression.md](suppression.md) has the policy.\n\n"
          "| # | category | meaning | whose problem | action | what to do first |\n|---|---|---|---|---|---|\n", f);
    for (uint32_t c = 1; c < FF_CATEGORY_COUNT; c++) {
        const struct ff_category_info *i = ff_category_info(c);
        fprintf(f, "| %u | %s | %s | %s | %s | %s |\n", c, i->name, i->meaning, ff_responsible_name(i->responsible),
                ff_action_name(i->action), i->advice);
    }
    fputs("\nWhat to do first where a verdict's action is not the default one:\n\n| category | action | what to do first |\n|---|---|---|\n", f);
    for (uint32_t c = 1; c < FF_CATEGORY_COUNT; c++)
        for (uint32_t a = 0; a < FF_ACTION_COUNT; a++)
            if (ff_category_info(c)->action != a && strcmp(ff_advice(c, a), ff_category_info(c)->advice) != 0)
                fprintf(f, "| %s | %s | %s |\n", ff_category_name(c), ff_action_name(a), ff_advice(c, a));
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "write") == 0) {
        print_page(stdout);
        return 0;
    }
    char *want = NULL, got[32768] = "";
    size_t size = 0;
    FILE *f = open_memstream(&want, &size);
    print_page(f);
    fclose(f);
    CASE("docs/categories.md says what the table says (mend: this program with the argument write)");
    f = fopen("docs/categories.md", "r");
    CHECK(f != NULL, "no docs/categories.md");
    if (f) {
        got[fread(got, 1, sizeof got - 1, f)] = 0;
        fclose(f);
    }
    CHECK(strcmp(got, want) == 0, "they differ");
    CASE("every category has a name that is read back, a meaning and an advice");
    for (uint32_t c = 1; c < FF_CATEGORY_COUNT; c++) {
        const struct ff_category_info *i = ff_category_info(c);
        CHECK(i && i->name[0] && i->meaning[0] && i->advice[0], "category %u", c);
        CHECK_INT(ff_category_parse(ff_slice_str(i->name)), c);
    }
    CASE("no advice is against the action: what is tried again or looked into is not stopped");
    for (uint32_t c = 1; c < FF_CATEGORY_COUNT; c++)
        for (uint32_t a = FF_ACTION_SUPPRESS_AFTER_N; a < FF_ACTION_COUNT; a++)
            if (ff_category_info(c)->action == FF_ACTION_SUPPRESS_NOW && a != FF_ACTION_THROTTLE && a != FF_ACTION_FIX_SENDER)
                CHECK(!strstr(ff_advice(c, a), "Stop sending") && !strstr(ff_advice(c, a), "Remove"), "%s, %s", ff_category_name(c), ff_action_name(a));
    free(want);
    return test_end();
}
