/* unspaced_address.c: see unspaced_address.h. */
#include "classify/mask/unspaced_address.h"

#include "classify/mask/fold.h"
#include "classify/mask/mask_bytes.h"
#include "classify/mask/mask_scalar.h"
#include "classify/mask/u_label.h"

/** Longest quoted local part that is looked for (RFC 5321 4.5.3.1.1). */
#define QUOTED_BYTES_MAX 64

/* Top-level domains in these scripts (Public Suffix List of 2023, and the test domains of IANA). A longer one stands
 * before its own beginning. */
static const char *const top_level[] = {
    "คอม",    "ไทย",    "みんな",         "アマゾン", "クラウド", "グーグル", "コム",     "ストア",   "セール",
    "テスト", "ファッション", "ポイント", "世界",     "中信",     "中国",     "中國",     "中文网",   "亚马逊",
    "企业",   "佛山",   "信息",           "健康",     "八卦",     "公司",     "公益",     "台湾",     "台灣",
    "商城",   "商店",   "商标",           "嘉里大酒店", "嘉里",   "在线",     "大拿",     "天主教",   "娱乐",
    "家電",   "广东",   "微博",           "慈善",     "我爱你",   "手机",     "招聘",     "政务",     "政府",
    "新加坡", "新闻",   "时尚",           "書籍",     "机构",     "测试",     "淡马锡",   "測試",     "游戏",
    "澳門",   "澳门",   "点看",           "移动",     "组织机构", "网址",     "网店",     "网站",     "网络",
    "联通",   "臺灣",   "谷歌",           "购物",     "通販",     "集团",     "電訊盈科", "飞利浦",   "食品",
    "餐厅",   "香格里拉", "香港",         "닷넷",     "닷컴",     "삼성",     "테스트",   "한국",
};

/* Whose mail it is, as such texts begin to say it right before an address. */
static const char *const sender_words[] = {
    "发件人", "發件人", "发件者", "發件者", "寄件人", "寄件者", "发信人", "發信人", "发送者", "發送者",
    "送信者", "差出人", "送信元", "発信元", "発信者", "보낸사람", "발신자", "발신인", "송신자", "ผู้ส่ง",
};

/** What a letter or sign can be in an address. */
enum kind {
    OTHER,
    UNSPACED, /* a letter of a script without word spaces */
    PLAIN,    /* another letter or a digit, or a sign that is folded away */
    HYPHEN,   /* and '_' */
    SIGN,     /* in local parts only */
    DOT,
    AT,
};

/** A run, letter by letter. */
struct run {
    struct ff_slice s; /* the whole reply */
    size_t from, to, count;
    uint16_t at[FF_MASK_CHUNK_BYTES_MAX + 1]; /* of each letter, from `from` on; the end behind the last */
    uint8_t kind[FF_MASK_CHUNK_BYTES_MAX];
};

static enum kind kind_of(uint8_t c)
{
    if (ff_is_alpha(c) || ff_is_digit(c))
        return PLAIN;
    switch (c) {
    case '-':
    case '_':
        return HYPHEN;
    case '+':
    case '=':
        return SIGN;
    case '.':
        return DOT;
    case '@':
        return AT;
    default:
        return OTHER;
    }
}

static void read_run(struct run *r, struct ff_slice s, size_t from, size_t to)
{
    r->s = s;
    r->from = from;
    r->to = to;
    r->count = 0;
    for (size_t i = from; i < to;) {
        size_t used = 1;
        enum kind kind;
        if (s.ptr[i] < 0x80) {
            kind = kind_of(s.ptr[i]);
        } else {
            const struct ff_folded f = ff_fold(ff_slice_sub(s, 0, to), i);
            used = f.used;
            kind = f.class == FF_FOLD_IDEOGRAPH ? UNSPACED : f.class == FF_FOLD_LETTER || !f.len ? PLAIN
                                                                                               : kind_of(f.out[0]);
        }
        r->at[r->count] = (uint16_t)(i - from);
        r->kind[r->count++] = (uint8_t)kind;
        i += used;
    }
    r->at[r->count] = (uint16_t)(to - from);
}

static struct ff_slice letters_of(const struct run *r, size_t first, size_t end)
{
    return ff_slice_sub(r->s, r->from + r->at[first], r->from + r->at[end]);
}

static bool is_in_label(const struct run *r, size_t i)
{
    return i < r->count && (r->kind[i] == UNSPACED || r->kind[i] == PLAIN || r->kind[i] == HYPHEN);
}

/** Do letters touch there with which no word goes on? */
static bool is_change(const struct run *r, size_t i)
{
    return i && i < r->count &&
           ((r->kind[i - 1] == UNSPACED && r->kind[i] == PLAIN) || (r->kind[i - 1] == PLAIN && r->kind[i] == UNSPACED));
}

static bool has_unspaced(const struct run *r, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (r->kind[i] == UNSPACED)
            return true;
    return false;
}

static bool begins_with(struct ff_slice s, const char *what)
{
    struct ff_slice w = ff_slice_str(what);
    return s.len >= w.len && memcmp(s.ptr, w.ptr, w.len) == 0;
}

/* ---- an address that is known ------------------------------------------------------------------------------------ */

static bool goes_on_in_ascii(struct ff_slice s, size_t at)
{
    enum kind kind = at < s.len && s.ptr[at] < 0x80 ? kind_of(s.ptr[at]) : OTHER;
    return kind == PLAIN || kind == HYPHEN;
}

/** May the domain end before s[end]? */
static bool may_end(struct ff_slice s, size_t end)
{
    bool dot = end < s.len && s.ptr[end] == '.';
    return !(dot && goes_on_in_ascii(s, end + 1)) && !(s.ptr[end - 1] < 0x80 && goes_on_in_ascii(s, end));
}

/** The label as U-label, if it is an A-label. */
static struct ff_slice readable(struct ff_slice label, uint8_t buf[FF_U_LABEL_BYTES_MAX])
{
    size_t n = ff_u_label(label, buf);
    return n ? ff_slice_of(buf, n) : label;
}

/** Length of that label, in either form, at the beginning of s; 0: it is another one. */
static size_t same_label(struct ff_slice s, struct ff_slice label)
{
    uint8_t wanted[FF_U_LABEL_BYTES_MAX], found[FF_U_LABEL_BYTES_MAX];
    size_t ascii = 0;
    label = readable(label, wanted);
    while (goes_on_in_ascii(s, ascii))
        ascii++;
    size_t n = ff_u_label(ff_slice_sub(s, 0, ascii), found);
    if (n)
        return ff_slice_caseeq(ff_slice_of(found, n), label) ? ascii : 0;
    return s.len >= label.len && ff_slice_caseeq(ff_slice_sub(s, 0, label.len), label) ? label.len : 0;
}

/** Length of that domain, in whatever labels, at the beginning of s; 0: it is another one. */
static size_t same_domain(struct ff_slice s, struct ff_slice domain)
{
    for (size_t at = 0;;) {
        size_t dot = ff_slice_chr(domain, 0, '.');
        bool last = dot == SIZE_MAX;
        size_t n = same_label(ff_slice_sub(s, at, s.len), last ? domain : ff_slice_sub(domain, 0, dot));
        at += n;
        if (!n || last)
            return n && may_end(s, at) ? at : 0;
        if (at >= s.len || s.ptr[at] != '.')
            return 0;
        at++;
        domain = ff_slice_sub(domain, dot + 1, domain.len);
    }
}

/** Without what the address may be written in. */
static struct ff_slice bare_address(struct ff_slice a)
{
    if (a.len && a.ptr[0] == '<')
        a = ff_slice_sub(a, 1, a.len);
    while (a.len && (a.ptr[a.len - 1] == '>' || a.ptr[a.len - 1] == '.'))
        a.len--;
    return a;
}

/** Does this address stand around the '@' of number `at`? */
static bool find_known(const struct run *r, size_t at, struct ff_slice known, struct ff_unspaced_address *ret)
{
    struct ff_slice a = bare_address(known);
    const uint8_t *sign = a.len ? memrchr(a.ptr, '@', a.len) : NULL;
    if (!sign)
        return false;
    struct ff_slice local = ff_slice_sub(a, 0, (size_t)(sign - a.ptr)), before = letters_of(r, 0, at);
    struct ff_slice domain = ff_slice_sub(a, local.len + 1, a.len);
    if (!local.len || local.len > before.len)
        return false;
    size_t first = before.len - local.len;
    if (!ff_slice_caseeq(ff_slice_sub(before, first, before.len), local))
        return false;
    if (first && before.ptr[first - 1] < 0x80 && kind_of(before.ptr[first - 1]) != OTHER)
        return false; /* the end of a longer one */
    size_t n = same_domain(letters_of(r, at + 1, r->count), domain);
    if (!n)
        return false;
    ret->from = r->from + first;
    ret->to = r->from + r->at[at + 1] + n;
    return true;
}

/* ---- where others begin and end ---------------------------------------------------------------------------------- */

/** What stands around a run. */
enum around { AROUND_NOTHING, AROUND_QUOTES, AROUND_ANGLES };

static enum around around(const struct run *r)
{
    size_t at_signs = 0;
    if (r->from == 0 || r->to >= r->s.len)
        return AROUND_NOTHING;
    for (size_t i = 0; i < r->count; i++) {
        at_signs += r->kind[i] == AT;
        if (r->kind[i] == OTHER)
            return AROUND_NOTHING;
    }
    uint8_t open = r->s.ptr[r->from - 1], close = r->s.ptr[r->to];
    if (at_signs != 1)
        return AROUND_NOTHING;
    return open == '<' && close == '>' ? AROUND_ANGLES : open == '"' && close == '"' ? AROUND_QUOTES : AROUND_NOTHING;
}

static size_t behind_sender_word(const struct run *r, size_t first, size_t at)
{
    struct ff_slice local = letters_of(r, first, at);
    for (size_t i = 0; i < sizeof sender_words / sizeof *sender_words; i++) {
        size_t n = strlen(sender_words[i]);
        if (n >= local.len || !begins_with(local, sender_words[i]))
            continue;
        while (first < at && r->at[first] < (size_t)(local.ptr - r->s.ptr) - r->from + n)
            first++;
        return first;
    }
    return first;
}

/** Where the local part before an '@' begins; `at`: there is none. */
static size_t local_start(const struct run *r, size_t at, bool quoted, bool *ret_unsure)
{
    size_t first = at;
    while (first && r->kind[first - 1] != OTHER && r->kind[first - 1] != AT) {
        if (!quoted && first < at && is_change(r, first)) {
            *ret_unsure = true;
            break;
        }
        first--;
    }
    while (first < at && r->kind[first] != UNSPACED && r->kind[first] != PLAIN)
        first++;
    return behind_sender_word(r, first, at);
}

static size_t top_level_length(const struct run *r, size_t first, size_t end)
{
    struct ff_slice label = letters_of(r, first, end);
    for (size_t i = 0; i < sizeof top_level / sizeof *top_level; i++) {
        if (!begins_with(label, top_level[i]))
            continue;
        size_t to = first;
        while (r->at[to] < r->at[first] + strlen(top_level[i]))
            to++;
        return to - first;
    }
    return 0;
}

/** Where ASCII letters stop. */
static size_t plain_end(const struct run *r, size_t first, size_t end)
{
    while (first < end && r->kind[first] != UNSPACED)
        first++;
    return first;
}

/** Where the domain that begins with letter number `first` ends. */
static size_t domain_end(const struct run *r, size_t first, bool quoted, bool *ret_unsure)
{
    size_t start = first;
    for (;;) {
        size_t end = start;
        while (is_in_label(r, end))
            end++;
        size_t plain = plain_end(r, start, end);
        bool stops = plain > start && plain < end && start > first && ff_tld_known(letters_of(r, start, plain));
        if (!stops && end < r->count && r->kind[end] == DOT && is_in_label(r, end + 1)) {
            start = end + 1;
            continue;
        }
        if (plain > start)
            return plain;
        size_t n = start > first ? top_level_length(r, start, end) : 0;
        if (n || end == start)
            return start + n;
        if (quoted && end == r->count)
            return end;
        *ret_unsure = true;
        return start;
    }
}

static bool find_bare(const struct run *r, size_t at, struct ff_unspaced_address *ret)
{
    const enum around is = around(r);
    bool unsure_start = false, unsure_end = false;
    size_t first = 0, end = r->count;
    if (is != AROUND_ANGLES) {
        first = local_start(r, at, is == AROUND_QUOTES, &unsure_start);
        end = domain_end(r, at + 1, is == AROUND_QUOTES, &unsure_end);
    }
    if (first == at || !is_in_label(r, at + 1) || !(unsure_end || has_unspaced(r, first, end)))
        return false;
    ret->from = r->from + r->at[first];
    ret->to = r->from + r->at[end];
    ret->facts = unsure_start || unsure_end ? FF_FACT_ADDRESS_UNSURE : 0;
    return true;
}

/* ---- any --------------------------------------------------------------------------------------------------------- */

static bool has_letters_between(const struct run *r, const struct ff_unspaced_address *a)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->kind[i] == UNSPACED && r->from + r->at[i] >= a->from && r->from + r->at[i] < a->to)
            return true;
    return false;
}

static bool find_at(const struct ff_mask_context *ctx, const struct run *r, size_t at, struct ff_unspaced_address *ret)
{
    struct ff_unspaced_address his = {0}, ours = {0};
    bool is_his = find_known(r, at, ctx->recipient, &his), is_ours = find_known(r, at, ctx->mail_from, &ours);
    if (is_his && is_ours && his.from != ours.from) { /* the longer one */
        is_his = his.from < ours.from;
        is_ours = !is_his;
    }
    *ret = is_his ? his : ours;
    ret->facts = (is_his ? FF_FACT_RECIPIENT : 0u) | (is_ours ? FF_FACT_SENDER_ADDRESS : 0u);
    if ((is_his || is_ours) && (ret->from == r->from || around(r) != AROUND_ANGLES))
        return has_letters_between(r, ret);
    return find_bare(r, at, ret);
}

bool ff_unspaced_find(const struct ff_mask_context *ctx, struct ff_slice s, size_t from, size_t to,
                      struct ff_unspaced_address *ret)
{
    struct run r;
    read_run(&r, s, from, to);
    for (size_t at = 0; at < r.count; at++)
        if (r.kind[at] == AT && find_at(ctx, &r, at, ret))
            return true;
    return false;
}

/* ---- a quoted local part ----------------------------------------------------------------------------------------- */

/** Where the quotes around what is before s[to] open; SIZE_MAX: there are none. */
static size_t quote_before(struct ff_slice s, size_t to)
{
    size_t from = to > QUOTED_BYTES_MAX ? to - QUOTED_BYTES_MAX : 0;
    const uint8_t *quote = to > from ? memrchr(s.ptr + from, '"', to - from) : NULL;
    return quote ? (size_t)(quote - s.ptr) : SIZE_MAX;
}

/** Where the run of bytes that begins at s[from] ends. */
static size_t run_end(struct ff_slice s, size_t from)
{
    size_t to = from;
    while (to < s.len && to - from < FF_MASK_CHUNK_BYTES_MAX && !ff_mask_is_separator(s.ptr[to]))
        to++;
    return to;
}

/** Is it this address, with or without the quotes? Then *ret_to is where it ends. */
static bool is_known_quoted(struct ff_slice s, size_t open, size_t domain, struct ff_slice known, size_t *ret_to)
{
    struct ff_slice a = bare_address(known), content = ff_slice_sub(s, open + 1, domain - 2);
    const uint8_t *sign = a.len ? memrchr(a.ptr, '@', a.len) : NULL;
    if (!sign)
        return false;
    struct ff_slice local = ff_slice_sub(a, 0, (size_t)(sign - a.ptr));
    if (local.len >= 2 && local.ptr[0] == '"')
        local = ff_slice_sub(local, 1, local.len - 1);
    size_t n = same_domain(ff_slice_sub(s, domain, s.len), ff_slice_sub(a, (size_t)(sign - a.ptr) + 1, a.len));
    if (!n || !ff_slice_caseeq(content, local))
        return false;
    *ret_to = domain + n;
    return true;
}

bool ff_unspaced_find_quoted(const struct ff_mask_context *ctx, struct ff_slice s, size_t from,
                             struct ff_unspaced_address *ret)
{
    bool behind_quotes = s.ptr[from] == '@' && from && s.ptr[from - 1] == '"', unsure = false;
    size_t open = quote_before(s, behind_quotes ? from - 1 : from);
    size_t domain = open == SIZE_MAX ? 0 : open + ff_mask_quoted_local_length(s, open);
    struct run r;
    if (open == SIZE_MAX || domain <= from)
        return false;
    read_run(&r, s, domain, run_end(s, domain));
    if (!is_in_label(&r, 0))
        return false;
    *ret = (struct ff_unspaced_address){.from = from};
    if (is_known_quoted(s, open, domain, ctx->recipient, &ret->to))
        ret->facts |= FF_FACT_RECIPIENT;
    if (is_known_quoted(s, open, domain, ctx->mail_from, &ret->to))
        ret->facts |= FF_FACT_SENDER_ADDRESS;
    if (ret->facts)
        return true;
    ret->to = domain + r.at[domain_end(&r, 0, false, &unsure)];
    ret->facts = unsure ? FF_FACT_ADDRESS_UNSURE : 0;
    return true;
}
