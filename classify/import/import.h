/* import.h: rules of other classifiers as rules of ours (docs/importing-rules.md).
 *
 * A regular expression becomes phrases and predicates as far as it can, and every loss is said: in a comment beside the
 * rule, and in counts. Rules about the recipient do not suppress unless the caller says that they may: the rule files
 * in use suppress on one reply in four to eight that is not about the address (docs/importing-rules.md, "Safety").
 */
#ifndef FF_CLASSIFY_IMPORT_H
#define FF_CLASSIFY_IMPORT_H

#include "classify/classify.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ff_import_from { FF_IMPORT_KUMOMTA, FF_IMPORT_ZONEMTA, FF_IMPORT_COUNT };
#define FF_IMPORT_CHOICES "kumomta|zonemta"

#define FF_IMPORT_TEXT_MAX (1u << 20)
#define FF_IMPORT_REASONS_MAX 24

/** "CLASS=CATEGORY": what the table of classes does not say, or says otherwise. */
struct ff_import_map {
    struct ff_slice name;
    uint32_t category;
};

struct ff_import_options {
    enum ff_import_from from;
    const char *name; /* of the file, for messages */
    const struct ff_import_map *map;
    size_t map_count;
    bool alone;        /* without the built-in rules: the file must not need them */
    bool may_suppress; /* rules with wording of classes that may suppress do so */
};

/** What is lost: a part of a pattern's meaning; the pattern; a rule, which would not pass the linter and is a
 * comment only. */
enum ff_import_fate { FF_IMPORT_PARTLY, FF_IMPORT_LEFT, FF_IMPORT_HELD };

/** How often something was lost; `what` is constant text. */
struct ff_import_reason {
    const char *what;
    size_t count;
    enum ff_import_fate fate;
};

struct ff_import_report {
    size_t carried, partly, left; /* patterns */
    size_t rules, held;           /* rules in force; rules that are comments */
    size_t reason_count;
    struct ff_import_reason reason[FF_IMPORT_REASONS_MAX];
    char message[400]; /* on failure: "FILE:LINE: what is wrong" */
};

/**
 * @param text      the file; at most FF_IMPORT_TEXT_MAX bytes
 * @param ret_text  rules that load and that `rules lint` has no error to say of; the caller frees it
 * @return FF_OK; FF_ERR_SYNTAX: it is no such file, or nothing of it could be carried over; FF_ERR_CONFIG: opts->map
 * names a class that neither the file nor the product has; FF_ERR_TOO_LARGE; FF_ERR_NOMEM; FF_ERR_DEFECT: the result
 * does not load
 * Cost: with the built-in rules seconds, which the linter takes
 */
FF_MUST_CHECK enum ff_err ff_rules_import(struct ff_slice text, const struct ff_import_options *opts, char **ret_text,
                                          size_t *ret_len, struct ff_import_report *ret_report);

/** "kumomta", "zonemta"; FF_IMPORT_COUNT when it is none. */
enum ff_import_from ff_import_from_parse(struct ff_slice name);
/** Row i of the table of classes of a product; false behind its end. category FF_CATEGORY_NONE: no category. */
bool ff_import_class(enum ff_import_from from, size_t i, const char **ret_name, uint32_t *ret_category,
                     const char **ret_note);

#ifdef __cplusplus
}
#endif
#endif
