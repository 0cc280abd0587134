/* options_values.c: see options_values.h. */
#include "cli/options/options_values.h"

#include <stdio.h>
#include <string.h>

#include "cli/options/options_kept.h"
#include "proto/slice.h"
#include "suppress/http/api.h"

/* Words a placeholder like "jsonl|csv" allows; a placeholder in capitals allows anything. */
static bool is_choice(const struct ff_option *o)
{
    return o->value && (strchr(o->value, '|') != NULL) && o->value[0] >= 'a';
}

static bool choice_allows(const char *choices, const char *word)
{
    size_t n = strlen(word);
    for (const char *c = choices; *c;) {
        size_t len = strcspn(c, "|");
        if (len == n && memcmp(c, word, n) == 0)
            return true;
        c += len;
        if (*c == '|')
            c++;
    }
    return false;
}

static const char *store_uint(struct ff_parse *p, const struct ff_option *o, const char *value, uint64_t *at)
{
    uint64_t max = o->max ? o->max : UINT64_MAX, n = 0;
    if (!ff_slice_u64(ff_slice_str(value), max, &n) || n < o->min) {
        if (o->max)
            snprintf(p->message, sizeof p->message, "\"%s\" is no number from %llu to %llu", value,
                     (unsigned long long)o->min, (unsigned long long)o->max);
        else
            snprintf(p->message, sizeof p->message, "\"%s\" is no number of at least %llu", value,
                     (unsigned long long)o->min);
        return p->message;
    }
    *at = n;
    return NULL;
}

static void store_item(struct ff_option_list *list, const char *value)
{
    const char **items = ff_options_keep((list->count + 1) * sizeof *items);
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count] = value;
    *list = (struct ff_option_list){items, list->count + 1};
}

const char *ff_option_store(struct ff_parse *p, const struct ff_option *o, const char *value)
{
    if (o == &ff_options_common[0] || o == &ff_options_common[1]) {
        if (o->type == FF_OPTION_FLAG)
            p->help = true;
        else
            p->config = value;
        return NULL;
    }
    uint8_t *at = p->target + o->offset;
    p->given[o - p->sub->options] = true;
    if (is_choice(o) && !choice_allows(o->value, value)) {
        snprintf(p->message, sizeof p->message, "\"%s\" is none of %s", value, o->value);
        return p->message;
    }
    switch (o->type) {
    case FF_OPTION_FLAG: {
        bool on = strcmp(value, "true") == 0;
        if (!on && strcmp(value, "false") != 0)
            return "the value must be true or false";
        memcpy(at, &on, sizeof on);
        return NULL;
    }
    case FF_OPTION_STRING:
        if (value[0] == 0)
            return "the value is empty";
        if (strcmp(o->value, "ADDR:PORT") == 0 && !ff_api_listen_valid(value)) {
            snprintf(p->message, sizeof p->message, "\"%s\" is no address and port, like 127.0.0.1:8080 or [::1]:8080",
                     value);
            return p->message;
        }
        memcpy(at, &value, sizeof value);
        return NULL;
    case FF_OPTION_UINT: {
        uint64_t n;
        const char *wrong = store_uint(p, o, value, &n);
        if (!wrong)
            memcpy(at, &n, sizeof n);
        return wrong;
    }
    case FF_OPTION_LIST: {
        struct ff_option_list list;
        memcpy(&list, at, sizeof list);
        store_item(&list, value);
        memcpy(at, &list, sizeof list);
        return NULL;
    }
    }
    return "unknown type";
}
