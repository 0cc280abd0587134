/* postfix_line.c: which line is this, and where are its parts?
 *
 * Postfix writes for people: the reason is not escaped and may hold anything a remote server said, including
 * ", status=sent (250 ok)" and unbalanced parentheses; a quoted local part may hold the same. So a line is read from
 * the left, by key, with addresses read by their quoting rules, and the reason is everything from "status=x (" to the
 * last
 * ")". Splitting at commas or matching with a pattern from the right were refused: both can be steered by a remote
 * server or a recipient address into another result. Unknown keys before status= are skipped (3.11 added tls=).
 */
#include "ingest/postfix/postfix_line.h"

/* Value of a base-52 digit of a long queue id (no vowels), plus one; 0: no digit. Source: Postfix mail_queue.h. */
static uint8_t base52(uint8_t c)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (uint8_t)(p - alphabet + 1) : 0;
}

enum { CLASS_HEX = 1, CLASS_BASE52 = 2, CLASS_DIGIT = 4, CLASS_ALNUM = 8 };

/* Classes of the bytes a queue id may consist of; everything else is 0. */
static const uint8_t id_class[256] = {
    ['0'] = 15, ['1'] = 15, ['2'] = 15, ['3'] = 15, ['4'] = 15, ['5'] = 15, ['6'] = 15, ['7'] = 15, ['8'] = 15,
    ['9'] = 15, ['A'] = 9,  ['B'] = 11, ['C'] = 11, ['D'] = 11, ['E'] = 9,  ['F'] = 11, ['G'] = 10, ['H'] = 10,
    ['I'] = 8,  ['J'] = 10, ['K'] = 10, ['L'] = 10, ['M'] = 10, ['N'] = 10, ['O'] = 8,  ['P'] = 10, ['Q'] = 10,
    ['R'] = 10, ['S'] = 10, ['T'] = 10, ['U'] = 8,  ['V'] = 10, ['W'] = 10, ['X'] = 10, ['Y'] = 10, ['Z'] = 10,
    ['a'] = 8,  ['b'] = 10, ['c'] = 10, ['d'] = 10, ['e'] = 8,  ['f'] = 10, ['g'] = 10, ['h'] = 10, ['i'] = 8,
    ['j'] = 10, ['k'] = 10, ['l'] = 10, ['m'] = 10, ['n'] = 10, ['o'] = 8,  ['p'] = 10, ['q'] = 10, ['r'] = 10,
    ['s'] = 10, ['t'] = 10, ['u'] = 8,  ['v'] = 10, ['w'] = 10, ['x'] = 10, ['y'] = 10, ['z'] = 10,
};

#define QUEUE_ID_MIN 5
#define QUEUE_ID_MAX 40

/* A queue id and ": " at the start; 0: none. "warning:", "fatal:", "connect" and NOQUEUE hold vowels and no digit, so
 * they are neither hexadecimal nor base 52 nor anything with a digit in it. */
static size_t queue_id_length(struct ff_slice m)
{
    unsigned all = 15, any = 0;
    size_t n = 0;
    while (n < m.len && n <= QUEUE_ID_MAX && id_class[m.ptr[n]]) {
        all &= id_class[m.ptr[n]];
        any |= id_class[m.ptr[n]] == 15 ? CLASS_DIGIT : 0u;
        n++;
    }
    if (n < QUEUE_ID_MIN || n > QUEUE_ID_MAX || n + 1 >= m.len || m.ptr[n] != ':' || m.ptr[n + 1] != ' ')
        return 0;
    return (all & (CLASS_HEX | CLASS_BASE52)) || any ? n : 0;
}

bool ff_postfix_queue_id_time(struct ff_slice id, int64_t *ret_us)
{
    size_t z = id.len;
    while (z > 0 && id.ptr[z - 1] != 'z')
        z--;
    /* the inode is written in base 51, which leaves out the z; seconds take 6 digits until the year 2596 */
    if (z != 11 || id.len == z)
        return false;
    int64_t v[2] = {0, 0};
    for (size_t i = 0; i < 10; i++) {
        uint8_t d = base52(id.ptr[i]);
        if (!d)
            return false;
        v[i >= 6] = v[i >= 6] * 52 + d - 1;
    }
    if (v[1] >= 1000000)
        return false;
    *ret_us = v[0] * 1000000 + v[1];
    return true;
}

bool ff_postfix_delay_ms(struct ff_slice delay, uint32_t *ret_ms)
{
    uint64_t ms = 0, unit = 100;
    size_t i = 0;
    for (; i < delay.len && delay.ptr[i] >= '0' && delay.ptr[i] <= '9' && ms < UINT32_MAX; i++)
        ms = ms * 10 + (uint64_t)(delay.ptr[i] - '0') * 1000;
    if (i == 0)
        return false;
    if (i < delay.len && delay.ptr[i] == '.')
        for (i++; i < delay.len && delay.ptr[i] >= '0' && delay.ptr[i] <= '9'; i++, unit /= 10)
            ms += (uint64_t)(delay.ptr[i] - '0') * unit;
    if (i != delay.len || ms > UINT32_MAX)
        return false;
    *ret_ms = (uint32_t)ms;
    return true;
}

/* Reads `<address>` at `at`. A quoted string may hold any byte, with backslash escapes (RFC 5321 4.1.2); when its end
 * is missing (info_log_addr_form = internal writes no quotes), the first ">" before a comma or the end counts. Index
 * behind ">", or 0. */
static size_t read_address(struct ff_slice m, size_t at, struct ff_slice *ret)
{
    if (at >= m.len || m.ptr[at] != '<')
        return 0;
    bool quoted = false;
    for (size_t p = at + 1; p < m.len; p++) {
        uint8_t c = m.ptr[p];
        if (quoted && c == '\\') {
            p++;
        } else if (c == '"' && (quoted || p == at + 1 || m.ptr[p - 1] == '.')) {
            quoted = !quoted;
        } else if (c == '>' && !quoted && (p + 1 == m.len || m.ptr[p + 1] == ',' || m.ptr[p + 1] == ' ')) {
            *ret = ff_slice_sub(m, at + 1, p);
            return p + 1;
        }
    }
    if (!quoted)
        return 0;
    for (size_t p = at + 1; p < m.len; p++)
        if (m.ptr[p] == '>' && (p + 1 == m.len || m.ptr[p + 1] == ',')) {
            *ret = ff_slice_sub(m, at + 1, p);
            return p + 1;
        }
    return 0;
}

static bool at_key(struct ff_slice m, size_t at, struct ff_slice key)
{
    return m.len - at >= key.len && memcmp(m.ptr + at, key.ptr, key.len) == 0;
}

static void broken(struct ff_postfix_line *ret, const char *what, size_t at)
{
    ret->kind = FF_POSTFIX_BROKEN;
    ret->broken = what;
    ret->broken_at = at;
}

static const struct ff_slice status_names[FF_POSTFIX_STATUS_COUNT] = {
    {(const uint8_t *)"sent", 4},        {(const uint8_t *)"deferred", 8},     {(const uint8_t *)"bounced", 7},
    {(const uint8_t *)"SOFTBOUNCE", 10}, {(const uint8_t *)"deliverable", 11}, {(const uint8_t *)"undeliverable", 13},
};

/* `at` stands behind "status=". */
static void read_status(struct ff_slice m, size_t at, struct ff_postfix_line *ret)
{
    size_t end = ff_slice_chr(m, at, ' ');
    struct ff_slice word = ff_slice_sub(m, at, end == SIZE_MAX ? m.len : end);
    unsigned status = 0;
    while (status < FF_POSTFIX_STATUS_COUNT && !ff_slice_eq(word, status_names[status]))
        status++;
    if (status == FF_POSTFIX_STATUS_COUNT) {
        broken(ret, "the status is none that Postfix writes", at);
        return;
    }
    ret->kind = FF_POSTFIX_RESULT;
    ret->status = (enum ff_postfix_status)status;
    if (end == SIZE_MAX || end + 1 >= m.len || m.ptr[end + 1] != '(') {
        ret->truncated = true;
        return;
    }
    size_t from = end + 2, to = m.len;
    bool closed = m.ptr[m.len - 1] == ')' && m.len > from;
    ret->truncated = !closed;
    ret->reason = ff_slice_sub(m, from, closed ? to - 1 : to);
}

/* `at` stands at "to=<". */
static void read_result(struct ff_slice m, size_t at, struct ff_postfix_line *ret)
{
    size_t p = read_address(m, at + 3, &ret->recipient);
    if (p == 0) {
        broken(ret, "the recipient has no end", at);
        return;
    }
    while (p + 2 < m.len && m.ptr[p] == ',' && m.ptr[p + 1] == ' ') {
        p += 2;
        if (at_key(m, p, FF_SLICE("status="))) {
            read_status(m, p + 7, ret);
            return;
        }
        if (at_key(m, p, FF_SLICE("orig_to=<"))) {
            p = read_address(m, p + 8, &ret->orig_to);
            if (p == 0)
                break;
            continue;
        }
        size_t eq = ff_slice_chr(m, p, '='), end = p;
        if (eq == SIZE_MAX)
            break;
        while (end < m.len && !(m.ptr[end] == ',' && end + 1 < m.len && m.ptr[end + 1] == ' '))
            end++;
        struct ff_slice key = ff_slice_sub(m, p, eq), value = ff_slice_sub(m, eq + 1, end);
        if (ff_slice_eq(key, FF_SLICE("relay")))
            ret->relay = value;
        else if (ff_slice_eq(key, FF_SLICE("delay")))
            ret->delay = value;
        else if (ff_slice_eq(key, FF_SLICE("delays")))
            ret->delays = value;
        else if (ff_slice_eq(key, FF_SLICE("dsn")))
            ret->dsn = value;
        p = end;
    }
    broken(ret, "there is no status", p ? p : at);
}

/* `at` stands at "from=<". */
static void read_sender(struct ff_slice m, size_t at, struct ff_postfix_line *ret)
{
    ret->kind = FF_POSTFIX_CONTEXT;
    size_t p = read_address(m, at + 5, &ret->sender);
    if (p == 0)
        return;
    struct ff_slice rest = ff_slice_sub(m, p, m.len);
    if (ff_slice_starts(rest, FF_SLICE(", status=expired")) ||
        ff_slice_starts(rest, FF_SLICE(", status=force-expired"))) {
        ret->kind = FF_POSTFIX_EXPIRED;
    } else if (ff_slice_starts(rest, FF_SLICE(", size=")) && ff_slice_ends(rest, FF_SLICE("(queue active)"))) {
        uint64_t size = 0;
        size_t i = 7;
        for (; i < rest.len && rest.ptr[i] >= '0' && rest.ptr[i] <= '9' && size < UINT32_MAX; i++)
            size = size * 10 + (uint64_t)(rest.ptr[i] - '0');
        ret->size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
        ret->kind = FF_POSTFIX_ACTIVE;
    }
}

static bool has(struct ff_slice s, struct ff_slice needle)
{
    return ff_slice_find(s, 0, needle) != SIZE_MAX;
}

static void read_with_queue_id(struct ff_slice m, size_t at, struct ff_postfix_line *ret)
{
    struct ff_slice rest = ff_slice_sub(m, at, m.len);
    if (ff_slice_starts(rest, FF_SLICE("to=<"))) {
        read_result(m, at, ret);
        if (ret->kind == FF_POSTFIX_RESULT && m.len >= FF_POSTFIX_TEXT_MAX && m.len <= FF_POSTFIX_TEXT_MAX + 2 &&
            !has(ret->reason, FF_SLICE(" (in reply to ")))
            ret->truncated = true;
    } else if (ff_slice_starts(rest, FF_SLICE("from=<"))) {
        read_sender(m, at, ret);
    } else if (ff_slice_starts(rest, FF_SLICE("message-id="))) {
        struct ff_slice id = ff_slice_sub(rest, 11, rest.len);
        if (id.len >= 2 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>')
            id = ff_slice_sub(id, 1, id.len - 1);
        ret->message_id = id;
        ret->kind = FF_POSTFIX_MESSAGE_ID;
    } else if (ff_slice_eq(rest, FF_SLICE("removed"))) {
        ret->kind = FF_POSTFIX_REMOVED;
    } else if (ff_slice_starts(rest, FF_SLICE("client=")) || ff_slice_starts(rest, FF_SLICE("uid="))) {
        ret->kind = FF_POSTFIX_BEGIN;
    } else if (ff_slice_starts(rest, FF_SLICE("host ")) || ff_slice_starts(rest, FF_SLICE("lost connection with ")) ||
               ff_slice_starts(rest, FF_SLICE("conversation with ")) ||
               ff_slice_starts(rest, FF_SLICE("Cannot start TLS")) ||
               ff_slice_starts(rest, FF_SLICE("SASL authentication failed")) ||
               ff_slice_starts(rest, FF_SLICE("connect to "))) {
        ret->kind = FF_POSTFIX_NEXT_HOST;
    } else if (ff_slice_starts(rest, FF_SLICE("reject:")) || ff_slice_starts(rest, FF_SLICE("milter-reject:")) ||
               ff_slice_starts(rest, FF_SLICE("reject_warning:")) || ff_slice_starts(rest, FF_SLICE("discard:")) ||
               ff_slice_starts(rest, FF_SLICE("hold:"))) {
        ret->kind = FF_POSTFIX_INBOUND;
    } else if (has(rest, FF_SLICE(": header ")) || has(rest, FF_SLICE(" notification: ")) ||
               ff_slice_starts(rest, FF_SLICE("resent-message-id=")) ||
               ff_slice_starts(rest, FF_SLICE("sender notification failed"))) {
        ret->kind = FF_POSTFIX_CONTEXT;
    } else {
        ret->kind = FF_POSTFIX_HOUSEKEEPING;
    }
}

static void read_without_queue_id(struct ff_slice m, struct ff_postfix_line *ret)
{
    static const struct {
        struct ff_slice prefix;
        enum ff_postfix_kind kind;
    } table[] = {
        {{(const uint8_t *)"NOQUEUE: ", 9}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"connect from ", 13}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"disconnect from ", 16}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"lost connection after ", 22}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"timeout after ", 14}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"improper command pipelining", 27}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"too many errors after ", 22}, FF_POSTFIX_INBOUND},
        {{(const uint8_t *)"connect to ", 11}, FF_POSTFIX_NEXT_HOST},
        {{(const uint8_t *)"lost connection with ", 21}, FF_POSTFIX_NEXT_HOST},
        {{(const uint8_t *)"conversation with ", 18}, FF_POSTFIX_NEXT_HOST},
        {{(const uint8_t *)"statistics: ", 12}, FF_POSTFIX_HOUSEKEEPING},
        {{(const uint8_t *)"daemon started ", 15}, FF_POSTFIX_HOUSEKEEPING},
        {{(const uint8_t *)"terminating on signal ", 22}, FF_POSTFIX_HOUSEKEEPING},
        {{(const uint8_t *)"reload ", 7}, FF_POSTFIX_HOUSEKEEPING},
    };
    ret->kind = FF_POSTFIX_OTHER;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (ff_slice_starts(m, table[i].prefix))
            ret->kind = table[i].kind;
}

void ff_postfix_line_parse(struct ff_slice m, struct ff_postfix_line *ret)
{
    memset(ret, 0, sizeof *ret);
    /* Solaris syslogd: [ID 197553 mail.info] */
    if (ff_slice_starts(m, FF_SLICE("[ID "))) {
        size_t end = ff_slice_chr(m, 0, ']');
        if (end != SIZE_MAX)
            m = ff_slice_trim(ff_slice_sub(m, end + 1, m.len));
    }
    size_t n = queue_id_length(m);
    if (n == 0) {
        read_without_queue_id(m, ret);
        return;
    }
    ret->queue_id = ff_slice_sub(m, 0, n);
    read_with_queue_id(m, n + 2, ret);
}

struct ff_slice ff_postfix_process(struct ff_slice tag)
{
    size_t n = tag.len;
    while (n > 0 && tag.ptr[n - 1] != '/')
        n--;
    return ff_slice_sub(tag, n, tag.len);
}

struct ff_slice ff_postfix_syslog_name(struct ff_slice tag)
{
    size_t n = tag.len;
    while (n > 0 && tag.ptr[n - 1] != '/')
        n--;
    return n ? ff_slice_sub(tag, 0, n - 1) : tag;
}

bool ff_postfix_tag(struct ff_slice tag)
{
    static const char *const services[] = {
        "smtp",       "lmtp",       "error",           "retry",   "discard",   "local",     "virtual",  "pipe",
        "qmgr",       "nqmgr",      "cleanup",         "smtpd",   "bounce",    "defer",     "trace",    "pickup",
        "postscreen", "anvil",      "scache",          "verify",  "tlsproxy",  "dnsblog",   "master",   "tlsmgr",
        "flush",      "proxymap",   "trivial-rewrite", "showq",   "postsuper", "postqueue", "sendmail", "postdrop",
        "relay",      "submission", "smtps",           "postlog",
    };
    if (has(tag, FF_SLICE("postfix")))
        return true;
    struct ff_slice last = ff_postfix_process(tag);
    if (last.len == tag.len)
        return false;
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (ff_slice_eq(last, ff_slice_str(services[i])))
            return true;
    return false;
}
