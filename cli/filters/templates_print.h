/* templates_print.h: what `templates` prints: a queue for people, NDJSON, or rules to edit. */
#ifndef FF_CLI_TEMPLATES_PRINT_H
#define FF_CLI_TEMPLATES_PRINT_H

#include "classify/templates/templates.h"
#include "cli/output/output.h"
#include "proto/json.h"

struct ff_templates_page {
    struct ff_templates *templates;
    uint64_t failures;  /* of all inputs, also those that were not counted */
    uint64_t bare;      /* codes without wording, left out */
    size_t top;         /* entries printed at most; 0: all */
    bool unclassified;  /* only those were counted */
    bool colour;
    unsigned width;
};

void ff_templates_put_text(struct ff_output *out, struct ff_json_out *o, const struct ff_templates_page *p);
/** One object a line (docs/cli.md). */
void ff_templates_put_json(struct ff_output *out, struct ff_json_out *o, const struct ff_templates_page *p);
/** A rule for each, in the grammar of docs/classifier.md; its category is to be edited. The text loads as it is. */
void ff_templates_put_rules(struct ff_output *out, struct ff_json_out *o, const struct ff_templates_page *p);

#endif
