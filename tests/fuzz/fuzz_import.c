/* fuzz_import.c: the importers on any bytes: as a file of either product, and as one pattern of a line that is
 * well-formed.
 *
 * What must hold whatever they say: it ends; the result loads (the importer refuses to give another one, as a defect);
 * rules are counted, with those that are held back; and no rule about the recipient has the weight to suppress unless
 * the caller allowed it.
 */
#include "classify/import/import.h"
#include "tests/fuzz/fuzz.h"

static void check_rules(struct ff_slice rules, const struct ff_import_report *report)
{
    static const char *const about_recipient[] = {" bad-mailbox text", " inactive-mailbox text", " bad-domain text",
                                                  " bad-address-syntax text"};
    size_t count = 0;
    for (size_t at = 0; at < rules.len;) {
        size_t end = ff_slice_chr(rules, at, '\n');
        struct ff_slice line = ff_slice_sub(rules, at, end);
        at = end == SIZE_MAX ? rules.len : end + 1;
        if (!ff_slice_starts(line, FF_SLICE("rule ")))
            continue;
        count++;
        for (size_t i = 0; i < sizeof about_recipient / sizeof *about_recipient; i++)
            REQUIRE(!ff_slice_ends(line, ff_slice_str(about_recipient[i])));
    }
    REQUIRE(count == report->rules && count + report->held >= report->carried + report->partly);
}

static void import(struct ff_slice text, enum ff_import_from from)
{
    struct ff_import_report report;
    const struct ff_import_options opts = {.from = from, .name = "fuzz", .alone = true};
    char *rules = NULL;
    size_t len = 0;
    enum ff_err err = ff_rules_import(text, &opts, &rules, &len, &report);
    REQUIRE(err == FF_OK || err == FF_ERR_SYNTAX || err == FF_ERR_TOO_LARGE);
    REQUIRE((err == FF_OK) == (rules != NULL));
    REQUIRE(err == FF_OK || report.message[0]);
    if (rules)
        check_rules(ff_slice_of(rules, len), &report);
    free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t line[4200];
    if (size < 1 || size > 4096)
        return 0;
    import(ff_slice_of(data + 1, size - 1), data[0] & 1 ? FF_IMPORT_KUMOMTA : FF_IMPORT_ZONEMTA);
    size_t n = 0;
    for (size_t i = 1; i < size; i++)
        if (data[i] != '\n' && data[i] != ',')
            line[n++] = data[i];
    memcpy(line + n, ",reject,recipient,x", 19);
    import(ff_slice_of(line, n + 19), FF_IMPORT_ZONEMTA);
    return 0;
}
