/* import_reasons.h: why an address stands in a list of another service: its words for a reason, and what the
 * receiving server said, which the classifier judges. */
#ifndef FF_CLI_IMPORT_REASONS_H
#define FF_CLI_IMPORT_REASONS_H

#include "suppress/suppress.h"

/** What a line says of why; slices are borrowed. */
struct ff_import_why {
    struct ff_slice reason; /* of a column for that: a word or a text */
    struct ff_slice hint;   /* a word of a column that says something else in other lists; empty: none of a reason */
    struct ff_slice status; /* a word of a column for that, which is neither a reason nor a code */
    struct ff_slice text;   /* what the receiving server said */
    uint32_t code, enhanced;
    enum ff_reason implied; /* by the names of the columns */
    struct ff_slice address;
};

enum ff_import_said {
    FF_IMPORT_SAID,       /* the reason is known, or nothing was said */
    FF_IMPORT_SAID_OTHER, /* the receiving server named a cause that is not the address's */
    FF_IMPORT_SAID_WORDS, /* words that are neither a reason nor a reply that is understood */
};

struct ff_import_reasons; /* loads the built-in rules when the first text comes */
/** NULL: memory is short. */
FF_MUST_CHECK struct ff_import_reasons *ff_import_reasons_new(void);
void ff_import_reasons_free(struct ff_import_reasons *r);

/** A reason of ours, or what others call it ("HardBounce", "Spam Complaint", "cleaned"); FF_REASON_NONE: it is none. */
enum ff_reason ff_import_reason_of(struct ff_slice word);
/**
 * @param reason  holds what is meant where nothing says why; gets the reason: of the word, else of the reply when it
 * is one that
 *                may suppress alone, else of the columns
 * @param ret_category  with SAID_OTHER: the cause
 */
enum ff_import_said ff_import_reason(struct ff_import_reasons *r, const struct ff_import_why *why, uint32_t *reason,
                                     uint32_t *ret_category);

#endif
