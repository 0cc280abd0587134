/* import_access_map.c: see import_access_map.h. */
#include "cli/suppressions/import_access_map.h"

#define LETS_THROUGH "lets mail through"
#define PUTS_OFF "puts mail off, and refuses none for good"
#define REFUSES_NONE "refuses no mail"

static const struct {
    const char *action, *wrong;
} actions[] = {
    {"REJECT", NULL},
    {"DISCARD", NULL},
    {"OK", LETS_THROUGH},
    {"PERMIT", LETS_THROUGH},
    {"RELAY", LETS_THROUGH},
    {"DUNNO", LETS_THROUGH},
    {"DEFER", PUTS_OFF},
    {"DEFER_IF_REJECT", PUTS_OFF},
    {"DEFER_IF_PERMIT", PUTS_OFF},
    {"HOLD", PUTS_OFF},
    {"WARN", REFUSES_NONE},
    {"INFO", REFUSES_NONE},
    {"BCC", REFUSES_NONE},
    {"FILTER", REFUSES_NONE},
    {"PREPEND", REFUSES_NONE},
    {"REDIRECT", REFUSES_NONE},
};

/** Cuts the first word off, which blanks in quotes do not end. */
static struct ff_slice next_word(struct ff_slice *rest)
{
    bool quoted = false;
    struct ff_slice s = ff_slice_trim(*rest);
    size_t n = 0;
    for (; n < s.len && (quoted || (s.ptr[n] != ' ' && s.ptr[n] != '\t')); n++)
        quoted ^= s.ptr[n] == '"';
    *rest = ff_slice_trim(ff_slice_sub(s, n, s.len));
    return ff_slice_sub(s, 0, n);
}

/** Numbers: 4xx and 5xx are replies, and any other number means OK (pop-before-smtp wrote times there). */
static void of_number(uint64_t number, struct ff_slice action_and_text, struct ff_import_access *ret)
{
    if (number >= 500 && number <= 599) {
        ret->code = (uint32_t)number;
        if (ret->text.len)
            ret->text = action_and_text;
    } else {
        ret->wrong = number >= 400 && number <= 499 ? PUTS_OFF : LETS_THROUGH;
    }
}

bool ff_import_access_line(struct ff_slice line, struct ff_import_access *ret)
{
    uint64_t number;
    struct ff_slice rest = line;
    *ret = (struct ff_import_access){.key = next_word(&rest)};
    struct ff_slice action_and_text = rest, action = next_word(&rest);
    if (ff_slice_chr(ret->key, 0, '@') >= ret->key.len && ff_slice_chr(ret->key, 0, '.') >= ret->key.len)
        return false; /* a name before <>, which may be like an action */
    ret->text = rest;
    if (ff_slice_u64(action, UINT64_MAX, &number)) {
        of_number(number, action_and_text, ret);
        return true;
    }
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (ff_slice_caseeq(action, ff_slice_str(actions[i].action))) {
            ret->wrong = actions[i].wrong;
            return true;
        }
    return false;
}
