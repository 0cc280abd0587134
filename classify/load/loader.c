/* loader.c: see loader.h.
 *
 * Lines are counted through all texts, and a table of parts turns such a number back into FILE:LINE, so that a message
 * about an included text names that text.
 */
#include "classify/load/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- begin and end ----------------------------------------------------------------------------------------------- */

bool ff_load_begin(struct ff_loader *l, struct ff_slice text)
{
    struct ff_ruleset *r = calloc(1, sizeof *r);
    l->rules = r;
    l->literal_slots = calloc(FF_LITERAL_SLOTS, sizeof *l->literal_slots);
    l->alone = calloc(FF_LITERALS_MAX, sizeof *l->alone);
    if (!r || !l->literal_slots || !l->alone)
        return false;
    r->pool_size = 4 * (text.len + ff_rules_builtin().len) + 4096; /* it may be included */
    r->text = malloc(text.len + 1);
    r->pool = malloc(r->pool_size);
    if (!r->text || !r->pool)
        return false;
    memcpy(r->text, text.ptr, text.len);
    return true;
}

void ff_load_end(struct ff_loader *l)
{
    for (uint32_t i = 0; i < l->group_count; i++)
        free(l->groups[i].members);
    free(l->groups);
    free(l->literal_slots);
    free(l->alone);
}

/* ---- messages and memory ----------------------------------------------------------------------------------------- */

bool ff_load_fail(struct ff_loader *l, const char *format, ...)
{
    if (l->err != FF_OK)
        return false;
    l->err = FF_ERR_CONFIG;
    uint32_t line;
    struct ff_slice file = ff_ruleset_place(l->rules, l->line, &line);
    int n = snprintf(l->message, l->message_size, "%.*s:%u: ", (int)file.len, (const char *)file.ptr, line);
    if (n < 0 || (size_t)n >= l->message_size)
        return false;
    va_list ap;
    va_start(ap, format);
    vsnprintf(l->message + n, l->message_size - (size_t)n, format, ap);
    va_end(ap);
    return false;
}

bool ff_load_room(struct ff_loader *l, void **array, uint32_t count, uint32_t *size, size_t element, uint32_t max,
                  const char *what)
{
    if (count >= max)
        return ff_load_fail(
            l, "more than %u %s%s (join what is alike by [a/b] or a set, or leave some out; is this a rules file?)",
            max, what, l->included || l->included_hash ? ", with the built-in ones" : "");
    if (count < *size)
        return true;
    uint32_t n = *size ? *size * 2 : 256;
    void *grown = realloc(*array, n * element);
    if (!grown) {
        l->err = FF_ERR_NOMEM;
        return false;
    }
    *array = grown;
    *size = n;
    return true;
}

struct ff_slice ff_load_keep(struct ff_loader *l, struct ff_slice s)
{
    struct ff_ruleset *r = l->rules;
    if (s.len > r->pool_size - r->pool_used) { /* sized from the text; cannot happen */
        l->err = FF_ERR_DEFECT;
        return ff_slice_of(NULL, 0);
    }
    uint8_t *p = r->pool + r->pool_used;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    r->pool_used += s.len;
    return ff_slice_of(p, s.len);
}

struct ff_rule *ff_load_new_rule(struct ff_loader *l, struct ff_slice id)
{
    if (!ff_load_room(l, (void **)&l->rules->rules, l->rules->rule_count, &l->rules_size, sizeof *l->rules->rules,
                      FF_RULES_MAX, "rules"))
        return NULL;
    struct ff_rule *rule = &l->rules->rules[l->rules->rule_count++];
    *rule = (struct ff_rule){.id = id, .line = l->line};
    return rule;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

bool ff_load_part(struct ff_loader *l, struct ff_slice name, uint32_t line)
{
    struct ff_rules_source *s = &l->rules->source;
    if (s->part_count >= FF_RULES_PARTS_MAX)
        return ff_load_fail(l, "more than %d files in one (join them without \"file\" lines)", FF_RULES_PARTS_MAX);
    s->parts[s->part_count++] =
        (struct ff_rules_part){ff_slice_sub(name, 0, FF_FILE_NAME_MAX), l->line + 1, line, l->included};
    return true;
}

struct ff_slice ff_load_word(struct ff_slice *rest)
{
    struct ff_slice s = ff_slice_trim(*rest);
    size_t i = 0;
    while (i < s.len && s.ptr[i] != ' ' && s.ptr[i] != '\t')
        i++;
    *rest = ff_slice_trim(ff_slice_sub(s, i, s.len));
    return ff_slice_sub(s, 0, i);
}
