/* import_reasons.c: see import_reasons.h. */
#include "cli/suppressions/import_reasons.h"

#include <stdlib.h>

#include "classify/classify.h"
#include "cli/suppressions/import_columns.h"

#define TABLE_SLOTS 4096

struct ff_import_reasons {
    struct ff_ruleset *rules;
    struct ff_classifier *classifier;
};

/* Folded. */
static const struct {
    const char *word;
    enum ff_reason reason;
} words[] = {
    {"hard", FF_REASON_HARD_BOUNCE},
    {"hardbounced", FF_REASON_HARD_BOUNCE},
    {"bounce", FF_REASON_HARD_BOUNCE},
    {"bounced", FF_REASON_HARD_BOUNCE},
    {"bounces", FF_REASON_HARD_BOUNCE},
    {"bouncerule", FF_REASON_HARD_BOUNCE},
    {"permanent", FF_REASON_HARD_BOUNCE},
    {"cleaned", FF_REASON_HARD_BOUNCE},
    {"invalid", FF_REASON_HARD_BOUNCE},
    {"invalidaddress", FF_REASON_HARD_BOUNCE},
    {"invalidemail", FF_REASON_HARD_BOUNCE},
    {"undeliverable", FF_REASON_HARD_BOUNCE},
    {"soft", FF_REASON_REPEATED_SOFT_BOUNCE},
    {"softbounce", FF_REASON_REPEATED_SOFT_BOUNCE},
    {"transient", FF_REASON_REPEATED_SOFT_BOUNCE},
    {"complaint", FF_REASON_COMPLAINT_REPORT},
    {"complaints", FF_REASON_COMPLAINT_REPORT},
    {"complained", FF_REASON_COMPLAINT_REPORT},
    {"spam", FF_REASON_COMPLAINT_REPORT},
    {"spamcomplaint", FF_REASON_COMPLAINT_REPORT},
    {"spamreport", FF_REASON_COMPLAINT_REPORT},
    {"spamreports", FF_REASON_COMPLAINT_REPORT},
    {"abuse", FF_REASON_COMPLAINT_REPORT},
    {"unsub", FF_REASON_UNSUBSCRIBED},
    {"unsubscribe", FF_REASON_UNSUBSCRIBED},
    {"unsubscribes", FF_REASON_UNSUBSCRIBED},
    {"listunsubscribe", FF_REASON_UNSUBSCRIBED},
    {"unsubscribelink", FF_REASON_UNSUBSCRIBED},
    {"optout", FF_REASON_UNSUBSCRIBED},
    {"abgemeldet", FF_REASON_UNSUBSCRIBED},
    {"manually", FF_REASON_MANUAL},
    {"manuallyadded", FF_REASON_MANUAL},
    {"manualsuppression", FF_REASON_MANUAL},
    {"compliance", FF_REASON_MANUAL},
    {"import", FF_REASON_IMPORTED},
    {"spamtrap", FF_REASON_ROLE_OR_TRAP},
    {"trap", FF_REASON_ROLE_OR_TRAP},
    {"role", FF_REASON_ROLE_OR_TRAP},
};

enum ff_reason ff_import_reason_of(struct ff_slice word)
{
    char folded[40], ours[40];
    struct ff_slice key = ff_import_fold(word, folded, sizeof folded);
    for (uint32_t i = FF_REASON_NONE + 1; i < FF_REASON_COUNT; i++)
        if (ff_slice_eq(key, ff_import_fold(ff_slice_str(ff_reason_name(i)), ours, sizeof ours)))
            return (enum ff_reason)i;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ff_slice_eq(key, ff_slice_str(words[i].word)))
            return words[i].reason;
    return FF_REASON_NONE;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static bool open_rules(struct ff_import_reasons *r)
{
    char message[300];
    if (!r->rules && ff_ruleset_load(ff_slice_of(NULL, 0), NULL, &r->rules, message, sizeof message) != FF_OK)
        return false;
    if (!r->classifier)
        r->classifier = ff_classifier_new(r->rules, TABLE_SLOTS);
    return r->classifier != NULL;
}

/** Does the text bring its code ("550 5.1.1 ...", "smtp; 550 ...")? Then that is the one that counts. */
static bool has_code(struct ff_slice text)
{
    unsigned digits = 0;
    while (digits < text.len && (uint8_t)(text.ptr[digits] - '0') < 10)
        digits++;
    return digits == 3 || ff_slice_caseeq(ff_slice_sub(text, 0, 5), FF_SLICE("smtp;"));
}

static enum ff_import_said judge(struct ff_import_reasons *r, const struct ff_import_why *why, struct ff_slice text,
                                 uint32_t *reason, uint32_t *ret_category)
{
    struct ff_reply reply = {.recipient = why->address};
    struct ff_verdict v;
    if (has_code(text)) {
        reply.raw = text;
    } else {
        reply.code = why->code;
        reply.enhanced = why->enhanced;
        reply.text = text;
    }
    if (!open_rules(r) || ff_classify(r->classifier, &reply, &v) != FF_OK || v.category == FF_UNCLASSIFIED ||
        v.category == FF_AMBIGUOUS)
        return FF_IMPORT_SAID_WORDS;
    *ret_category = v.category;
    if (v.suppress)
        *reason = v.category == FF_BAD_DOMAIN ? FF_REASON_INVALID_DOMAIN : FF_REASON_HARD_BOUNCE;
    bool own = v.responsible == FF_RESP_RECIPIENT || v.responsible == FF_RESP_RECIPIENT_DOMAIN ||
               v.responsible == FF_RESP_NONE;
    return v.suppress || own ? FF_IMPORT_SAID : FF_IMPORT_SAID_OTHER;
}

enum ff_import_said ff_import_reason(struct ff_import_reasons *r, const struct ff_import_why *why, uint32_t *reason,
                                     uint32_t *ret_category)
{
    enum ff_reason of_word = ff_import_reason_of(why->reason);
    struct ff_slice text = why->text.len ? why->text : why->reason;
    if (of_word == FF_REASON_NONE)
        of_word = ff_import_reason_of(why->hint);
    if (of_word != FF_REASON_NONE) {
        *reason = of_word;
        return FF_IMPORT_SAID;
    }
    if (why->implied != FF_REASON_NONE)
        *reason = why->implied;
    if (text.len)
        return judge(r, why, text, reason, ret_category);
    return why->status.len && why->implied == FF_REASON_NONE ? FF_IMPORT_SAID_WORDS : FF_IMPORT_SAID;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct ff_import_reasons *ff_import_reasons_new(void)
{
    return calloc(1, sizeof(struct ff_import_reasons));
}

void ff_import_reasons_free(struct ff_import_reasons *r)
{
    if (!r)
        return;
    ff_classifier_free(r->classifier);
    ff_ruleset_free(r->rules);
    free(r);
}
