/* import_test.c: the table of classes is the one that docs/importing-rules.md shows, and says nothing
 * dangerous. */
#include "classify/import/import.h"
#include "tests/test.h"

static const char *const product[FF_IMPORT_COUNT] = {"KumoMTA", "ZoneMTA"};

int main(void)
{
    static char page[65536];
    FILE *f = fopen("docs/importing-rules.md", "r");
    CASE("docs/importing-rules.md is there");
    CHECK(f != NULL, "no page");
    if (f) {
        page[fread(page, 1, sizeof page - 1, f)] = 0;
        fclose(f);
    }
    for (unsigned from = 0; from < FF_IMPORT_COUNT; from++) {
        const char *name, *text;
        uint32_t category;
        size_t rows = 0, in_page = 0;
        char head[80];
        snprintf(head, sizeof head, "| %s | category | note |\n|---|---|---|\n", product[from]);
        const char *at = strstr(page, head);
        CASE("the page has the table of every product");
        CHECK(at != NULL, "%s", product[from]);
        if (!at)
            continue;
        at += strlen(head);
        for (const char *line = at; *line == '|'; line = strchr(line, '\n') + 1)
            in_page++;
        for (; ff_import_class((enum ff_import_from)from, rows, &name, &category, &text); rows++) {
            char row[200];
            snprintf(row, sizeof row, "| `%s` | %s | %s |\n", name, category ? ff_category_name(category) : "left out",
                     text);
            CASE("every class of the table stands in the page, in its order");
            CHECK(strncmp(at, row, strlen(row)) == 0, "want %s", row);
            at = strchr(at, '\n') ? strchr(at, '\n') + 1 : at;
            CASE("a class becomes a category that a rule may give");
            CHECK(category < FF_CATEGORY_COUNT && category != FF_ACCEPTED && category != FF_UNCLASSIFIED, "%s", name);
        }
        CASE("the page has no class that the table lacks");
        CHECK_INT(in_page, rows);
    }
    CASE("names of products are read");
    CHECK_INT(ff_import_from_parse(FF_SLICE("zonemta")), FF_IMPORT_ZONEMTA);
    CHECK_INT(ff_import_from_parse(FF_SLICE("postal")), FF_IMPORT_COUNT);
    return test_end();
}
