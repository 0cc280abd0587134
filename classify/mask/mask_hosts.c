/* mask_hosts.c: hosts and URLs in a reply. Of a host that the rules know it stays which one it was, and of its URLs the
 * words that name a cause.
 */
#include "classify/mask/mask_hosts.h"

#include "classify/mask/hosts.h"
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_kept.h"
#include "classify/mask/mask_parties.h"
#include "classify/mask/mask_write.h"

static void put_host_number(struct ff_mask_pass *p, const struct ff_host *e)
{
    size_t index = (size_t)(e - p->ctx->hosts->entry);
    const uint8_t word[3] = {'Z', (uint8_t)('a' + index / 26), (uint8_t)('a' + index % 26)};
    ff_mask_raw_word(p, ff_slice_of(word, 3));
}

/* ---- hosts ------------------------------------------------------------------------------------------------------ */

void ff_mask_host(struct ff_mask_pass *p, struct ff_slice host)
{
    static const char list_word[][5] = {[FF_LIST_IP] = "Lip", [FF_LIST_DOMAIN] = "Ldom", [FF_LIST_URI] = "Luri"};
    if (ff_mask_is_sender_domain(p, host))
        p->out->facts |= FF_FACT_SENDER_DOMAIN;
    const struct ff_host *e = ff_hosts_find(p->ctx->hosts, host);
    if (e && e->list_type)
        ff_mask_raw_word(p, ff_slice_of(list_word[e->list_type], e->list_type == FF_LIST_IP ? 3 : 4));
    else
        ff_mask_placeholder(p, 'H');
    if (e && (e->list_type || e->text_provider))
        put_host_number(p, e);
}

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
        ff_mask_raw_word(p, query.ptr[i + 1] == 'p' ? FF_SLICE("Up") : FF_SLICE("Uc"));
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

/** Is it the page about one IP, "/unblock.php?ip=192.0.2.1"? Whoever links to it has listed the IP. */
static bool is_page_of_ip(struct ff_slice path)
{
    for (size_t i = 0; i + 4 < path.len; i++)
        if (ff_mask_asks_about_ip(path.ptr + i))
            return ff_is_digit(path.ptr[i + 4]);
    return false;
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
        ff_mask_raw_word(p, ff_slice_of(list_word[e->list_type], e->list_type == FF_LIST_IP ? 3 : 4));
    else
        ff_mask_placeholder(p, 'U');
    if (!known) {
        if (is_page_of_ip(path))
            ff_mask_raw_word(p, FF_SLICE("Ui"));
        return;
    }
    put_host_number(p, e);
    put_path_words(p, path);
    put_query_token(p, path);
}
