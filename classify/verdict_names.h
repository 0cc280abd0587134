/* verdict_names.h: a verdict in the words of other products, so that what reads their events reads ours unchanged.
 *
 * One rule holds for all of them: a name by which its readers suppress ("bad-mailbox", class 10, "Permanent",
 * "InvalidRecipient") is given only when the verdict itself may suppress. docs/verdict-names.md is made from the table.
 */
#ifndef FF_CLASSIFY_VERDICT_NAMES_H
#define FF_CLASSIFY_VERDICT_NAMES_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ff_vendor {
    FF_VENDOR_POWERMTA,  /* bounce_cat: "bad-mailbox" (its accounting files' bounceCat) */
    FF_VENDOR_SPARKPOST, /* bounce_class: "10" (a string, as in its events) */
    FF_VENDOR_SES,       /* bounce_type, bounce_sub_type: "Permanent", "General" */
    FF_VENDOR_KUMOMTA,   /* kumomta_class: "InvalidRecipient" (its bounce_classification) */
    FF_VENDOR_COUNT
};
#define FF_VENDOR_CHOICES "powermta|sparkpost|ses|kumomta"

/** How sure a failure is; the columns of the table. */
enum ff_permanence {
    FF_MAY_SUPPRESS, /* Verdict.suppress */
    FF_PERMANENT,    /* the server says so (5xx), but this reply alone must not suppress */
    FF_TRANSIENT,    /* 4xx */
};

struct ff_vendor_name {
    const char *name;   /* constant text; NULL: the category is no failure */
    const char *detail; /* SES: the subtype; else NULL */
};

/** FF_VENDOR_COUNT when it is none. */
enum ff_vendor ff_vendor_parse(struct ff_slice name);
struct ff_vendor_name ff_vendor_name(enum ff_vendor vendor, uint32_t category, enum ff_permanence permanence);

/** Does the reply say by its codes (or its kind) that it may work later? For ff_verdict_put_names(). */
bool ff_reply_is_transient(const struct ff_reply *reply);
/** Members of the verdict object for each vendor whose bit (1 << enum ff_vendor) is set; none for what is no failure.
 */
void ff_verdict_put_names(struct ff_json_out *o, unsigned vendors, const struct ff_verdict *v, bool transient);

#ifdef __cplusplus
}
#endif
#endif
