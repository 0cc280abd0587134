/* mask_kept.c: what stays although its like is masked: names with digits that carry a meaning (TSS04, S3150, IPv6), and
 * numbers behind the words of providers' codes (AS(48), RFC 5322). Also the words behind which a plain word is masked,
 * when it is the recipient's own name.
 */
#include "classify/mask/mask_kept.h"

#include "classify/mask/mask_bytes.h"

/* Prefix and number of digits of names with a meaning. Sorted by nothing: some forty compares on a rare path. */
static const struct kept {
    char prefix[12];
    uint8_t letters, digits_min, digits_max;
} kept[] = {
    {"tss", 3, 2, 2},     {"ib", 2, 3, 3},  {"bl", 2, 2, 6},   {"ph", 2, 2, 2},   {"cs", 2, 2, 2},
    {"hm", 2, 2, 2},      {"hme", 3, 1, 1}, {"pr", 2, 2, 2},   {"ofr", 3, 3, 3},  {"lpn", 3, 3, 3},
    {"sfr", 3, 3, 3},     {"b", 1, 1, 1},   {"t", 1, 1, 1},    {"ipv", 3, 1, 1},  {"rfc", 3, 3, 4},
    {"utf", 3, 1, 2},     {"tls", 3, 1, 2}, {"tlsv", 4, 1, 1}, {"ssl", 3, 1, 1},  {"sslv", 4, 1, 1},
    {"smtputf", 7, 1, 1}, {"s", 1, 3, 4},   {"sha", 3, 1, 3},  {"base", 4, 2, 2}, {"dnsbl", 5, 1, 1},
    {"rbl", 3, 1, 1},     {"rp", 2, 1, 2},  {"gdpr", 4, 1, 1}, {"ts", 2, 2, 2},   {"gl", 2, 2, 2},
    {"ipts", 4, 2, 2},    {"rl", 2, 6, 6},  {"dm", 2, 6, 6},   {"es", 2, 6, 6},   {"ipbl", 4, 4, 5},
    {"urlbl", 5, 3, 4},   {"l", 1, 1, 1},   {"p", 1, 1, 1},    {"uceprotectl", 11, 1, 1},
    {"etp", 3, 3, 3},     {"oxsus", 5, 3, 4}, {"oxseu", 5, 3, 4},
};

bool ff_mask_is_kept_mix(struct ff_slice s)
{
    if (s.len > 12)
        return false;
    if (s.len > 4 && (s.ptr[0] == '7' || s.ptr[0] == '8') && (s.ptr[1] | 0x20) == 'b' && (s.ptr[2] | 0x20) == 'i' &&
        (s.ptr[3] | 0x20) == 't')
        return true;
    if (s.len == 4 && (s.ptr[0] == '7' || s.ptr[0] == '8') && ff_slice_caseeq(ff_slice_sub(s, 1, 4), FF_SLICE("bit")))
        return true;
    size_t letters = 0;
    while (letters < s.len && ff_is_alpha(s.ptr[letters]))
        letters++;
    size_t digits = s.len - letters;
    if (letters == 0 || ff_count_digits(s, letters) != digits)
        return false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (digits >= kept[i].digits_min && digits <= kept[i].digits_max && kept[i].letters == letters &&
            ff_slice_caseeq(ff_slice_sub(s, 0, letters), ff_slice_of(kept[i].prefix, letters)))
            return true;
    return false;
}

/** English words that some provider has made part of a code: only capitals make one of them behind which a blank or a
 * bracket may stand, AS(48) but not "as 12", OUT 12 but not "timed out 12". */
static enum ff_keeps capitals_keep(struct ff_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] & 0x20)
            return FF_KEEPS_JOINED;
    return FF_KEEPS_NEXT;
}

static bool is_vade_platform(struct ff_slice s)
{
    return s.len == 5 && (ff_slice_caseeq(s, FF_SLICE("oxsus")) || ff_slice_caseeq(s, FF_SLICE("oxseu")));
}

enum ff_keeps ff_mask_keeps(struct ff_slice s)
{
    if (s.len == 1) /* AUP#I-1310, AUP#O-1010 */
        return s.ptr[0] == 'I' || s.ptr[0] == 'O' ? FF_KEEPS_JOINED : FF_KEEPS_NONE;
    if (s.len == 7 && ff_slice_caseeq(s, FF_SLICE("xgemail"))) /* XGEMAIL_0011 */
        return FF_KEEPS_NEXT;
    if (is_vade_platform(s)) /* OXSUS_403 */
        return FF_KEEPS_NEXT;
    if (s.len > 5)
        return FF_KEEPS_NONE;
    uint64_t word = 0;
    for (size_t i = s.len; i-- > 0;)
        word = word << 8 | (s.ptr[i] | 0x20);
    switch (word) {
#define C(i, c) ((uint64_t)(c) << 8 * (i))
#define WORD2(a, b) (C(0, a) | C(1, b))
#define WORD3(a, b, c) (WORD2(a, b) | C(2, c))
    case WORD2('i', 'n'):
        return FF_KEEPS_JOINED; /* some servers shout: "TRY AGAIN IN 300 SECONDS" */
    case WORD2('a', 's'):
    case WORD3('o', 'u', 't'):
        return capitals_keep(s);
    case WORD3('a', 'u', 'p'):
    case WORD3('o', 'f', 'r'):
    case WORD3('l', 'p', 'n'):
    case WORD2('r', 'p'):
    case WORD2('s', 'c'):
    case WORD2('d', 'y'):
    case WORD2('c', 'o'):
    case WORD2('r', 'l'):
    case WORD2('b', 'l'):
    case WORD3('s', 'f', 'r'):
    case WORD3('o', 'u', 'k'):
    case WORD3('r', 'f', 'c'):
    case WORD3('c', 'n', 'c') | C(3, 't'):
        return FF_KEEPS_NEXT;
    default:
        return FF_KEEPS_NONE;
#undef WORD3
#undef WORD2
#undef C
    }
}

bool ff_mask_leads_to_number(struct ff_slice s)
{
    if (s.len == 8 || s.len == 9) /* OXSUS0001_101 */
        return is_vade_platform(ff_slice_sub(s, 0, 5));
    return s.len == 6 && (ff_slice_caseeq(ff_slice_sub(s, 0, 3), FF_SLICE("ofr")) ||
                          ff_slice_caseeq(ff_slice_sub(s, 0, 3), FF_SLICE("lpn")));
}

bool ff_mask_names_a_mailbox(struct ff_slice word)
{
    static const char *const before[] = {"user",     "mailbox", "account", "recipient", "address",
                                         "username", "login",   "for",     "to"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (ff_slice_caseeq(word, ff_slice_str(before[i])))
            return true;
    return false;
}
