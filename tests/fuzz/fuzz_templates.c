/* fuzz_templates.c: what a summary keeps of a reply of any bytes.
 *
 * What must hold: the sample is one line of UTF-8 that a terminal shows as it is; it is a reply of the same wording
 * (unless it was cut), or, where quotes or angle brackets hold blanks or control bytes, of the wording of the reply with
 * one blank for them; and the wording, as a phrase of a rule, is one that loads.
 */
#include "classify/mask/mask.h"
#include "classify/templates/templates.h"
#include "tests/fuzz/fuzz.h"

static struct ff_ruleset *rules;
static struct ff_classifier *classifier;

static void start(void)
{
    static const char text[] = "list L ip zen.list.example\nrule r ambiguous text\n  any zonk\n";
    char message[200];
    REQUIRE(ff_ruleset_load(ff_slice_str(text), "fuzz", &rules, message, sizeof message) == FF_OK);
    classifier = ff_classifier_new(rules, 64);
    REQUIRE(classifier);
}

static void check_phrase(struct ff_slice text)
{
    struct ff_ruleset *loaded;
    char rule[1024], message[200];
    if (text.len == 0 || text.len > 100)
        return; /* the caller cuts longer ones into parts (cli/filters/templates_print.c) */
    int n = snprintf(rule, sizeof rule, "rule r ambiguous text\n  any %.*s\n", (int)text.len, (const char *)text.ptr);
    REQUIRE(ff_ruleset_load(ff_slice_of(rule, (size_t)n), "phrase", &loaded, message, sizeof message) == FF_OK ||
            strstr(message, "parts"));
    ff_ruleset_free(strstr(message, "parts") ? NULL : loaded);
}

static bool is_control(uint8_t c)
{
    return c < ' ' || c == 0x7f;
}

/** What stands in these is taken whole if it is short and has no control bytes: the sample may have less of both. */
static bool has_quotes_or_angles(struct ff_slice raw)
{
    return ff_slice_chr(raw, 0, '"') != SIZE_MAX || ff_slice_chr(raw, 0, '<') != SIZE_MAX;
}

/** The verdict on the reply with one blank for all blanks and control bytes that stand together. */
static void judge_blanked(struct ff_slice raw, struct ff_verdict *v)
{
    static uint8_t line[FF_REPLY_BYTES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        bool wide = raw.ptr[i] == 0xc2 && i + 1 < raw.len && raw.ptr[i + 1] < 0xa0; /* U+0080 to U+009F */
        uint8_t c = wide || is_control(raw.ptr[i]) ? ' ' : raw.ptr[i];
        i += wide;
        if (c != ' ' || (n && line[n - 1] != ' '))
            line[n++] = c;
    }
    struct ff_reply reply = {.raw = ff_slice_of(line, n)};
    (void)ff_classify(classifier, &reply, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned turn;
    if (!rules)
        start();
    if (size == 0 || size > FF_REPLY_BYTES_MAX)
        return 0;
    struct ff_reply reply = {.raw = ff_slice_of(data, size)}, again = {.code = 0};
    struct ff_verdict v, w;
    struct ff_templates *t = ff_templates_new(1);
    REQUIRE(t);
    enum ff_err err = ff_classify(classifier, &reply, &v);
    ff_templates_add(t, classifier, &reply, &v, 1);
    const struct ff_template *x = ff_templates_nth(t, 0);
    struct ff_slice sample = ff_slice_of(x->sample, x->sample_len);
    REQUIRE(x->count == 1 && x->error == 0 && ff_slice_is_utf8(sample));
    for (size_t i = 0; i < sample.len; i++)
        REQUIRE(!is_control(sample.ptr[i]));
    /* what is no UTF-8 is shown as U+FFFD, which is another letter */
    bool shown_as_is = !x->cut && data[0] != ' ' && !is_control(data[0]) && ff_slice_is_utf8(reply.raw);
    if (err == FF_OK && v.category != FF_ACCEPTED && shown_as_is) {
        again.raw = sample;
        (void)ff_classify(classifier, &again, &w);
        if (has_quotes_or_angles(reply.raw) && w.template_id != v.template_id)
            judge_blanked(reply.raw, &v);
        REQUIRE(w.template_id == v.template_id && w.category == v.category);
    }
    if (++turn % 16 == 1) /* loading is slow */
        check_phrase(ff_slice_of(x->text, x->text_len));
    ff_templates_free(t);
    return 0;
}
