/* templates_int.h: shared by templates.c (counts) and templates_text.c (what is kept of a reply for people). */
#ifndef FF_CLASSIFY_TEMPLATES_INT_H
#define FF_CLASSIFY_TEMPLATES_INT_H

#include "classify/explain.h"
#include "classify/templates/templates.h"

/** Fills text and sample. */
void ff_template_describe(struct ff_template *t, const struct ff_reply *reply, const struct ff_explanation *why);

#endif
