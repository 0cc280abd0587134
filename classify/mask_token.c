/* mask_token.c: says what one chunk of a reply is: code, address, IP, URL, host, number, id, provider's short code,
 * words.
 *
 * Order matters: what may contain the other comes first (a URL holds a host, an address holds a domain). A part with
 * letters and digits is an id unless it is on the short list of names that carry a meaning (TSS04, S3150, IPv6,
 * RFC5322).
 */
#include "classify/mask_int.h"

#include "classify/classify.h"

static size_t count_digits(struct ff_slice s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && ff_is_digit(s.ptr[at + n]))
        n++;
    return n;
}

/* ---- words that hold digits and stay ---------------------------------------------------------------------------- */

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
    {"urlbl", 5, 3, 4},   {"l", 1, 1, 1},   {"uceprotectl", 11, 1, 1},
};

/** "TSS04", "S3150": letters, then digits, both as the table has them. "8BITMIME", "7bit" too. */
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
    if (letters == 0 || count_digits(s, letters) != digits)
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

/** Words after which a number is the number of a provider's code: AS(48), AUP#1560, AUP#I-1310, OFR_416, RP-001. Needs
 * the word as it was sent. */
enum ff_keeps ff_mask_keeps(struct ff_slice s)
{
    if (s.len == 1) /* AUP#I-1310, AUP#O-1010 */
        return s.ptr[0] == 'I' || s.ptr[0] == 'O' ? FF_KEEPS_JOINED : FF_KEEPS_NONE;
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

/** "OFR004", "LPN007": the number behind it is the code. */
static bool leads_to_number(struct ff_slice s)
{
    return s.len == 6 && (ff_slice_caseeq(ff_slice_sub(s, 0, 3), FF_SLICE("ofr")) ||
                          ff_slice_caseeq(ff_slice_sub(s, 0, 3), FF_SLICE("lpn")));
}

/* ---- codes ------------------------------------------------------------------------------------------------------ */

/** Reply code at the beginning of s, alone or before '-' or a blank: 0 when there is none (RFC 5321 4.2.1). */
static uint32_t reply_code(struct ff_slice s)
{
    if (s.len < 3 || s.ptr[0] < '2' || s.ptr[0] > '5' || !ff_is_digit(s.ptr[1]) || !ff_is_digit(s.ptr[2]) ||
        s.ptr[0] == '3')
        return 0;
    if (s.len > 3 && s.ptr[3] != '-')
        return 0;
    return (uint32_t)(s.ptr[0] - '0') * 100 + (uint32_t)(s.ptr[1] - '0') * 10 + (uint32_t)(s.ptr[2] - '0');
}

/** Is the number a reply code that servers use? "200 seconds" and "400 recipients" are none, inside a text. */
static bool is_used(uint32_t code)
{
    if (code < 300)
        return code == 220 || code == 221 || code == 250;
    if (code < 500)
        return code >= 420 && code < 460;
    return code <= 504 || (code >= 510 && code < 561) || (code >= 570 && code < 580) || code == 591;
}

/** Enhanced code at the beginning of s (RFC 3463 2); *ret_len is its length. */
static uint32_t enhanced_code(struct ff_slice s, size_t *ret_len)
{
    if (s.len < 5 || (s.ptr[0] != '2' && s.ptr[0] != '4' && s.ptr[0] != '5') || s.ptr[1] != '.')
        return 0;
    size_t a = count_digits(s, 2);
    if (a < 1 || a > 3 || 2 + a >= s.len || s.ptr[2 + a] != '.')
        return 0;
    size_t b = count_digits(s, 3 + a), end = 3 + a + b;
    if (b < 1 || b > 3)
        return 0;
    if (end < s.len &&
        (ff_is_alpha(s.ptr[end]) || (s.ptr[end] == '.' && end + 1 < s.len && ff_is_digit(s.ptr[end + 1]))))
        return 0;
    uint32_t code;
    if (!ff_enhanced_parse(ff_slice_sub(s, 0, end), &code))
        return 0;
    *ret_len = end;
    return code;
}

static void put_code(struct ff_mask_pass *p, uint32_t code, struct ff_slice s)
{
    if (p->head && (p->out->code == 0 || p->out->code == code)) {
        p->out->code = p->repeated = code;
        p->after_repeated = true;
        return;
    }
    if (code == p->repeated) {
        p->after_repeated = true;
        return;
    }
    ff_mask_word(p, ff_slice_sub(s, 0, 3));
}

void ff_mask_enhanced(struct ff_mask_pass *p, uint32_t code, struct ff_slice s)
{
    if (p->head && (p->out->enhanced == 0 || p->out->enhanced == code)) {
        p->out->enhanced = code;
        return;
    }
    if (p->after_repeated && code == p->out->enhanced)
        return;
    ff_mask_word(p, s);
}

/* ---- hosts, IPs, addresses -------------------------------------------------------------------------------------- */

static void put_host_number(struct ff_mask_pass *p, const struct ff_host *e)
{
    size_t index = (size_t)(e - p->ctx->hosts->entry);
    uint8_t word[3] = {'Z', (uint8_t)('a' + index / 26), (uint8_t)('a' + index % 26)};
    uint8_t *base = p->out->buf;
    size_t used = (size_t)(p->end - base);
    if (used + 4 > FF_MASKED_BYTES_MAX)
        return;
    p->last_word = used;
    memcpy(p->end, word, 3);
    p->end[3] = ' ';
    p->end += 4;
}

static void put_raw_word(struct ff_mask_pass *p, struct ff_slice word)
{
    size_t n = word.len, used = (size_t)(p->end - p->out->buf);
    if (used + n + 1 > FF_MASKED_BYTES_MAX)
        return;
    p->last_word = used;
    memcpy(p->end, word.ptr, n);
    p->end[n] = ' ';
    p->end += n + 1;
    ff_mask_written(p);
}

/** A host in running text. */
void ff_mask_host(struct ff_mask_pass *p, struct ff_slice host)
{
    static const char list_word[][5] = {[FF_LIST_IP] = "Lip", [FF_LIST_DOMAIN] = "Ldom", [FF_LIST_URI] = "Luri"};
    if (ff_mask_is_sender_domain(p, host))
        p->out->facts |= FF_FACT_SENDER_DOMAIN;
    const struct ff_host *e = ff_hosts_find(p->ctx->hosts, host);
    if (e && e->list_type)
        put_raw_word(p, ff_slice_of(list_word[e->list_type], e->list_type == FF_LIST_IP ? 3 : 4));
    else
        ff_mask_placeholder(p, 'H');
    if (e && (e->list_type || e->text_provider))
        put_host_number(p, e);
}

/** Labels of letters, digits, '-' and '_' between dots, ending in something that can be a top-level domain. */
bool ff_mask_is_host(struct ff_slice s)
{
    size_t labels = 1, start = 0, before = 0;
    bool odd = false; /* a digit or hyphen somewhere: no prose */
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '.') {
            if (i == start || i + 1 == s.len)
                return false;
            labels++;
            before = start;
            start = i + 1;
        } else {
            odd |= !ff_is_alpha(s.ptr[i]);
        }
    }
    struct ff_slice last = ff_slice_sub(s, start, s.len);
    if (labels < 2)
        return false;
    for (size_t i = 0; i < last.len; i++)
        if (!ff_is_alpha(last.ptr[i]))
            return ff_tld_known(last); /* "xn--p1ai" */
    /* "rejected.It is": a sentence that begins without a blank */
    bool lower_before = s.ptr[before] >= 'a' && s.ptr[before] <= 'z';
    if (labels == 2 && !odd && last.len >= 2 && last.ptr[0] >= 'A' && last.ptr[0] <= 'Z' && last.ptr[1] >= 'a' &&
        lower_before)
        return false;
    return ff_tld_known(last) || (labels >= 3 && odd);
}

/** Dotted quad at the beginning of s: its length, 0 when there is none. */
static size_t ipv4_length(struct ff_slice s)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t n = count_digits(s, at);
        if (n < 1 || n > 3)
            return 0;
        at += n;
        if (part < 3) {
            if (at >= s.len || s.ptr[at] != '.')
                return 0;
            at++;
        }
    }
    if (at < s.len && (ff_is_alpha(s.ptr[at]) || s.ptr[at] == '-' ||
                       (s.ptr[at] == '.' && at + 1 < s.len && ff_is_digit(s.ptr[at + 1]))))
        return 0; /* part of a longer name: 4.3.2.1.zen.example */
    if (at < s.len && s.ptr[at] == '.' && at + 1 < s.len && ff_is_alpha(s.ptr[at + 1]))
        return 0;
    return at;
}

void ff_mask_ip(struct ff_mask_pass *p, struct ff_slice text)
{
    uint8_t ip[16];
    if (p->ctx->sending_ip.len && ff_mask_is_own_ip(p, ip, ff_ip_parse(text, ip)))
        p->out->facts |= FF_FACT_OWN_IP;
    ff_mask_placeholder(p, 'I');
}

/** Hex groups and colons that cannot be a time of day. */
static size_t ipv6_length(struct ff_slice s)
{
    size_t colons = 0, i = 0;
    bool hex = false, twice = false;
    for (; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c == ':') {
            twice |= i && s.ptr[i - 1] == ':';
            colons++;
        } else if ((uint8_t)((c | 0x20) - 'a') < 6) {
            hex = true;
        } else if (!ff_is_digit(c) && c != '.') {
            break;
        }
    }
    while (i && (s.ptr[i - 1] == '.' || (s.ptr[i - 1] == ':' && !(i > 1 && s.ptr[i - 2] == ':'))))
        i--;
    if (i < s.len && (ff_is_alpha(s.ptr[i]) || s.ptr[i] == '_'))
        return 0;
    return colons >= 2 && (twice || (hex && colons >= 4) || colons >= 5) ? i : 0;
}

bool ff_mask_is_ip(struct ff_slice s)
{
    return s.len && (ipv4_length(s) == s.len || ipv6_length(s) == s.len);
}

static bool in_local_part(uint8_t c)
{
    return ff_is_alpha(c) || ff_is_digit(c) || strchr(".!#$%&'*+/=?^_`{|}~-", c);
}

/** An address somewhere in the chunk: writes what stands before it and itself. Returns the bytes consumed, 0: none. */
static size_t put_address(struct ff_mask_pass *p, struct ff_slice s)
{
    size_t at = ff_slice_chr(s, 0, '@');
    if (at == SIZE_MAX || at == 0 || at + 1 >= s.len)
        return 0;
    size_t from = at, to = at + 1;
    while (from > 0 && s.ptr[from - 1] && in_local_part(s.ptr[from - 1]))
        from--;
    while (to < s.len && (ff_is_alpha(s.ptr[to]) || ff_is_digit(s.ptr[to]) || s.ptr[to] == '.' || s.ptr[to] == '-' ||
                          s.ptr[to] == '_'))
        to++;
    while (to > at + 1 && (s.ptr[to - 1] == '.' || s.ptr[to - 1] == '-'))
        to--;
    if (from == at || to == at + 1)
        return 0;
    if (from)
        ff_mask_chunk(p, ff_slice_sub(s, 0, from));
    ff_mask_found_address(p, ff_slice_sub(s, from, to));
    return to;
}

/** Most echoes are as they were sent: whole words first, then without case. `known` may be empty. */
static bool is_address(struct ff_slice known, struct ff_slice address)
{
    if (known.len != address.len)
        return false;
    uint64_t a, b;
    if (known.len >= 8) {
        memcpy(&a, known.ptr + known.len - 8, 8);
        memcpy(&b, address.ptr + known.len - 8, 8);
        if (a == b && memcmp(known.ptr, address.ptr, known.len) == 0)
            return true;
    }
    return ff_slice_caseeq(address, known);
}

bool ff_mask_is_sender(const struct ff_mask_pass *p, struct ff_slice address)
{
    return is_address(p->ctx->mail_from, address);
}

bool ff_mask_is_recipient(const struct ff_mask_pass *p, struct ff_slice address)
{
    return is_address(p->ctx->recipient, address);
}

void ff_mask_found_address(struct ff_mask_pass *p, struct ff_slice address)
{
    if (ff_mask_is_sender(p, address))
        p->out->facts |= FF_FACT_SENDER_ADDRESS;
    if (ff_mask_is_recipient(p, address))
        p->out->facts |= FF_FACT_RECIPIENT;
    ff_mask_placeholder(p, 'A');
}

/* ---- URLs ------------------------------------------------------------------------------------------------------- */

/** The value of a one-letter query parameter that names a cause: Google's p=NoSuchUser, 1&1's c=bl. */
static void put_query_token(struct ff_mask_pass *p, struct ff_slice query)
{
    for (size_t i = 0; i + 2 < query.len; i++) {
        bool starts = query.ptr[i] == '?' || query.ptr[i] == '&';
        if (!starts || (query.ptr[i + 1] != 'p' && query.ptr[i + 1] != 'c') || query.ptr[i + 2] != '=')
            continue;
        size_t to = i + 3;
        while (to < query.len &&
               (ff_is_alpha(query.ptr[to]) || query.ptr[to] == '_' || (ff_is_digit(query.ptr[to]) && to > i + 3)))
            to++;
        if (to == i + 3 || to - i > 40)
            continue;
        put_raw_word(p, query.ptr[i + 1] == 'p' ? FF_SLICE("Up") : FF_SLICE("Uc"));
        ff_mask_word(p, ff_slice_sub(query, i + 3, to));
    }
}

/** Path of a page we know: its words say what is listed (/query/ip/..., /sbl/...). Numbers and ids are masked. */
static void put_path_words(struct ff_mask_pass *p, struct ff_slice path)
{
    size_t i = 0;
    while (i < path.len && path.ptr[i] != '?' && path.ptr[i] != '&') {
        size_t from = i;
        while (i < path.len && path.ptr[i] != '/' && path.ptr[i] != '?' && path.ptr[i] != '&' && path.ptr[i] != '#')
            i++;
        struct ff_slice part = ff_slice_sub(path, from, i);
        size_t letters = 0;
        while (letters < part.len && ((part.ptr[letters] | 0x20) >= 'a' && (part.ptr[letters] | 0x20) <= 'z'))
            letters++;
        if (part.len && letters == part.len && letters <= 24)
            ff_mask_word(p, part);
        else if (part.len && ff_mask_is_kept_mix(part))
            ff_mask_word(p, part);
        if (i < path.len && path.ptr[i] != '?' && path.ptr[i] != '&')
            i++;
    }
}

void ff_mask_url(struct ff_mask_pass *p, struct ff_slice rest)
{
    static const char list_word[][5] = {[FF_LIST_IP] = "Uip", [FF_LIST_DOMAIN] = "Udom", [FF_LIST_URI] = "Uuri"};
    size_t end = 0;
    while (end < rest.len &&
           (ff_is_alpha(rest.ptr[end]) || ff_is_digit(rest.ptr[end]) || rest.ptr[end] == '.' || rest.ptr[end] == '-'))
        end++;
    struct ff_slice host = ff_slice_sub(rest, 0, end), path = ff_slice_sub(rest, end, rest.len);
    const struct ff_host *e = ff_hosts_find(p->ctx->hosts, host);
    bool known = e && (e->list_type || e->text_provider);
    if (e && e->list_type)
        put_raw_word(p, ff_slice_of(list_word[e->list_type], e->list_type == FF_LIST_IP ? 3 : 4));
    else
        ff_mask_placeholder(p, 'U');
    if (!known)
        return;
    put_host_number(p, e);
    put_path_words(p, path);
    put_query_token(p, path);
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

bool ff_mask_names_a_mailbox(struct ff_slice word)
{
    static const char *const before[] = {"user",     "mailbox", "account", "recipient", "address",
                                         "username", "login",   "for",     "to"};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (ff_slice_caseeq(word, ff_slice_str(before[i])))
            return true;
    return false;
}

/** Does the last word? */
static bool names_a_mailbox(const struct ff_mask_pass *p)
{
    return p->last_word && ff_mask_names_a_mailbox(ff_slice_of(
                               p->out->buf + p->last_word, (size_t)(p->end - p->out->buf) - p->last_word - 1));
}

/** Letters only, digits only, or both. */
void ff_mask_part(struct ff_mask_pass *p, struct ff_slice s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.len; i++)
        digits += ff_is_digit(s.ptr[i]);
    if (digits == 0) {
        /* "user greylist unknown": the recipient's own name after such a word says nothing about the cause */
        struct ff_slice local = ff_mask_recipient_local(p);
        if (local.len >= 2 && ff_slice_caseeq(s, local) && names_a_mailbox(p)) {
            ff_mask_placeholder(p, 'A');
            return;
        }
        ff_mask_word(p, s);
        p->keeps = (uint8_t)ff_mask_keeps(s);
    } else if (digits == s.len) {
        if (p->keeps && s.len <= 5) {
            ff_mask_word(p, s);
            return;
        }
        ff_mask_placeholder(p, s.len > 6 ? 'D' : '#');
    } else if (ff_mask_is_kept_mix(s)) {
        ff_mask_word(p, s);
        if (leads_to_number(s))
            p->keeps = FF_KEEPS_NEXT; /* "OFR004_416": the first number is the machine, the second the cause */
    } else {
        ff_mask_placeholder(p, 'D');
    }
}

/** Is some part of s (between dots, hyphens and underscores) letters mixed with digits, and no name we keep? */
static bool has_id_part(struct ff_slice s)
{
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != '.' && s.ptr[i] != '-' && s.ptr[i] != '_')
            continue;
        struct ff_slice part = ff_slice_sub(s, from, i);
        size_t digits = 0;
        for (size_t k = 0; k < part.len; k++)
            digits += ff_is_digit(part.ptr[k]);
        if (digits && digits < part.len && !ff_mask_is_kept_mix(part))
            return true;
        from = i + 1;
    }
    return false;
}

/** Letters, digits, '.', '-', '_'. */
void ff_mask_piece(struct ff_mask_pass *p, struct ff_slice s)
{
    while (s.len && (s.ptr[0] == '.' || s.ptr[0] == '-' || s.ptr[0] == '_'))
        s = ff_slice_sub(s, 1, s.len);
    while (s.len && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == '_'))
        s.len--;
    if (s.len == 0)
        return;
    uint32_t code = reply_code(s);
    if (code && !p->keeps && (p->head || s.len > 3 || is_used(code))) {
        put_code(p, code, s);
        ff_mask_piece(p, ff_slice_sub(s, 3, s.len));
        return;
    }
    size_t n;
    uint32_t enhanced = enhanced_code(s, &n);
    if (enhanced) {
        ff_mask_enhanced(p, enhanced, ff_slice_sub(s, 0, n));
        ff_mask_piece(p, ff_slice_sub(s, n, s.len));
        return;
    }
    n = ipv4_length(s);
    if (n) {
        ff_mask_ip(p, ff_slice_sub(s, 0, n));
        ff_mask_piece(p, ff_slice_sub(s, n, s.len));
        return;
    }
    struct ff_slice host = s;
    while (host.len && host.ptr[host.len - 1] == '-')
        host.len--;
    if (ff_mask_is_host(host)) {
        ff_mask_host(p, host);
        return;
    }
    if (s.len >= 8 && has_id_part(s)) {
        ff_mask_placeholder(p, 'D');
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++)
        if (i == s.len || s.ptr[i] == '.' || s.ptr[i] == '-' || s.ptr[i] == '_') {
            if (i > from)
                ff_mask_part(p, ff_slice_sub(s, from, i));
            from = i + 1;
        }
}

void ff_mask_chunk(struct ff_mask_pass *p, struct ff_slice s)
{
    ff_mask_begin_chunk(p);
    while (s.len && !ff_is_alpha(s.ptr[0]) && !ff_is_digit(s.ptr[0]) && s.ptr[0] != ':' && s.ptr[0] != '/' &&
           s.ptr[0] != '@')
        s = ff_slice_sub(s, 1, s.len);
    if (s.len == 0)
        return;
    size_t slashes = ff_slice_find(s, 0, FF_SLICE("://"));
    if (slashes != SIZE_MAX) {
        size_t scheme = slashes;
        while (scheme && ff_is_alpha(s.ptr[scheme - 1]))
            scheme--;
        if (scheme)
            ff_mask_chunk(p, ff_slice_sub(s, 0, scheme));
        ff_mask_url(p, ff_slice_sub(s, slashes + 3, s.len));
        return;
    }
    if (s.len > 6 && ff_mask_starts_www(s)) {
        ff_mask_url(p, s);
        return;
    }
    size_t n = put_address(p, s);
    if (n) {
        if (n < s.len)
            ff_mask_chunk(p, ff_slice_sub(s, n, s.len));
        return;
    }
    if (s.len > 5 && ff_slice_caseeq(ff_slice_sub(s, 0, 5), FF_SLICE("ipv6:")))
        s = ff_slice_sub(s, 5, s.len);
    n = ipv6_length(s);
    if (n) {
        ff_mask_ip(p, ff_slice_sub(s, 0, n));
        return;
    }
    /* a host with a path: "spamhaus.org/query/ip/..." without its scheme */
    size_t slash = ff_slice_chr(s, 0, '/');
    if (slash != SIZE_MAX && slash > 3 && ff_mask_is_host(ff_slice_sub(s, 0, slash))) {
        ff_mask_url(p, s);
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i <= s.len; i++) {
        uint8_t c = i < s.len ? s.ptr[i] : ' ';
        if (ff_is_alpha(c) || ff_is_digit(c) || c == '.' || c == '-' || c == '_')
            continue;
        if (i > from)
            ff_mask_piece(p, ff_slice_sub(s, from, i));
        from = i + 1;
    }
}
