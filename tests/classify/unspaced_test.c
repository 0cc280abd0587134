/* unspaced_test.c: addresses in Han, kana, hangul and Thai: what of a reply is the address, and what the server says. */
#include "classify/mask/u_label.h"
#include "tests/classify/mask_paths.h"
#include "tests/test.h"

#include <stdlib.h>

static struct ff_hosts hosts;
static struct ff_masked want, got;

static void mask(struct ff_slice text, const char *recipient, const char *mail_from)
{
    struct ff_mask_context c = {.hosts = &hosts};
    c.recipient = ff_slice_str(recipient ? recipient : "");
    c.mail_from = ff_slice_str(mail_from ? mail_from : "");
    const char *path = mask_paths_differ(&c, text, true, &want, &got);
    CHECK(!path, "%s: %.*s", path ? path : "", (int)text.len, (const char *)text.ptr);
}

/* ---- where an address begins and ends ---------------------------------------------------------------------------- */

static const struct {
    const char *name, *text, *recipient, *mail_from, *masked;
    uint32_t facts;
} cases[] = {
    {"in angle brackets", "<不存在@例子.example>: 邮箱已满", NULL, NULL, " A 邮箱已满 ", 0},
    {"of a domain that nobody lists", "<不存在@例子.内网> 已满", NULL, NULL, " A 已满 ", 0},
    {"of a domain of one label", "<不存在@已满>: no", NULL, NULL, " A no ", 0},
    {"with letters of several scripts", "<不存在user1985@mail已满.例子.中国>", NULL, NULL, " A ", 0},
    {"kana, hangul and Thai", "<ユーザー不明@なし.みんな> <없는사용자@없음.한국> <ไม่พบผู้ใช้@ไม่มี.ไทย>", NULL, NULL, " A A A ", 0},
    {"ASCII, of a domain in Han", "<full@已满.example> (full@已满.中国)", NULL, NULL, " A A ", 0},
    {"Han, of a domain in ASCII", "<已满@mail.example> 已满@mail.example", NULL, NULL, " A A ", 0},
    {"between blanks", "550 不存在@例子.example 已满", NULL, NULL, " A 已满 ", 0},
    {"in round brackets, square ones and quotes", "(不存在@例子.公司) [不存在@例子.公司] \"不存在@例子.公司\" '不存在@例子.公司'",
     NULL, NULL, " A A A A ", 0},
    {"behind a colon and before a comma", "recipient:不存在@例子.中国, no", NULL, NULL, " recipient A no ", 0},
    {"between punctuation of its own script", "收件人：不存在@例子.中国，已满。", NULL, NULL, " 收件人 A 已满 ", 0},
    {"with a full-width sign", "<不存在＠例子．example> 不存在＠例子.中国", NULL, NULL, " A A ", 0},
    {"two of them", "不存在@例子.中国,已满@例子.中国", NULL, NULL, " A A ", 0},
    {"one in ASCII before it", "a@b.example,不存在@例子.中国", NULL, NULL, " A A ", 0},
    {"its local part has dots, hyphens and digits behind them", "已满.不存在-用户_88+tag@例子.中国", NULL, NULL, " A ", 0},
    {"with a full stop behind it", "无此用户 不存在@例子.example.", NULL, NULL, " 无此用户 A ", 0},
    {"a quoted local part", "\"不存在\"@例子.example 已满", NULL, NULL, " A 已满 ", 0},
    {"a quoted one with blanks", "\"没有 不存在\"@例子.example 已满", NULL, NULL, " A 已满 ", 0},
    {"a quoted one whose words before it are ASCII", "\"no 不存在\"@例子.example 已满", NULL, NULL, " no A 已满 ", 0},
    {"a quoted one in ASCII, of a domain in Han", "\"full\"@不存在.example", NULL, NULL, " full A ", 0},
    {"a quoted one of a domain in ASCII", "\"不存在\"@mail.example: full", NULL, NULL, " A full ", 0},
    {"in quotes, of a domain that nobody lists", "\"不存在@例子.内网\"", NULL, NULL, " A ", 0},
    {"in the middle of an escaped line", "no#012不存在@例子.中国#012已满", NULL, NULL, " no A 已满 ", 0},

    {"the server's words behind a top-level domain", "不存在@例子.中国邮箱已满", NULL, NULL, " A 邮箱已满 ", 0},
    {"behind the longer of two", "不存在@例子.嘉里大酒店已满", NULL, NULL, " A 已满 ", 0},
    {"behind one in ASCII", "不存在@例子.example邮箱已满", NULL, NULL, " A 邮箱已满 ", 0},
    {"behind one in hangul", "없음@없음.한국은(는) 가득", NULL, NULL, " A 은 는 가득 ", 0},
    {"behind a domain that nobody lists", "用户@例子.内网邮箱已满", NULL, NULL, " A 内网邮箱已满 ", FF_FACT_ADDRESS_UNSURE},
    {"behind a domain of one label", "用户@邮箱已满", NULL, NULL, " A 邮箱已满 ", FF_FACT_ADDRESS_UNSURE},
    {"the word for a sender before it", "发件人用户@例子.中国 不存在", NULL, NULL, " 发件人 A 不存在 ", 0},
    {"also in quotes", "\"发件人用户@例子.中国不存在\"", NULL, NULL, " 发件人 A 不存在 ", 0},
    {"but not in angle brackets", "<发件人用户@例子.中国>", NULL, NULL, " A ", 0},
    {"words before ASCII letters of an address", "用户12345@例子.中国 不存在", NULL, NULL, " 用户 A 不存在 ",
     FF_FACT_ADDRESS_UNSURE},

    {"the recipient's, touched on both sides", "收件人不存在@例子.中国邮箱已满", "不存在@例子.中国", NULL, " 收件人 A 邮箱已满 ",
     FF_FACT_RECIPIENT},
    {"the same, its domain known as A-labels", "收件人不存在@例子.中国邮箱已满", "不存在@xn--fsqu00a.xn--fiqs8s", NULL,
     " 收件人 A 邮箱已满 ", FF_FACT_RECIPIENT},
    {"the same, its domain said as A-labels", "收件人不存在@XN--fsqu00a.xn--fiqs8S邮箱已满", "不存在@例子.中国", NULL,
     " 收件人 A 邮箱已满 ", FF_FACT_RECIPIENT},
    {"of a domain that nobody lists", "收件人用户@例子.内网已满", "<用户@例子.内网>", NULL, " 收件人 A 已满 ", FF_FACT_RECIPIENT},
    {"of several scripts", "收件人不存在user1985@例子.中国已满", "不存在user1985@例子.中国", NULL, " 收件人 A 已满 ", FF_FACT_RECIPIENT},
    {"in ASCII, of a domain in Han", "收件人full@已满.中国不存在", "full@已满.中国", NULL, " 收件人 A 不存在 ", FF_FACT_RECIPIENT},
    {"in angle brackets", "<用户@例子.内网>已满", "用户@例子.内网", NULL, " A 已满 ", FF_FACT_RECIPIENT},
    {"quoted", "\"用户\"@例子.内网已满", "用户@例子.内网", NULL, " A 已满 ", FF_FACT_RECIPIENT},
    {"a longer one than the recipient's", "<大用户@例子.中国>", "用户@例子.中国", NULL, " A ", 0},
    {"one of a longer domain", "<用户@例子.中国.example>", "用户@例子.中国", NULL, " A ", 0},
    {"one that begins with more ASCII", "a.用户@例子.中国", "用户@例子.中国", NULL, " A ", 0},
    {"the sender's", "发件人用户@例子.中国不存在", "王@例子.example", "用户@例子.中国", " 发件人 A 不存在 ",
     FF_FACT_SENDER_ADDRESS},
    {"the sender's, which ends in the recipient's", "大用户@例子.中国不存在", "用户@例子.中国", "大用户@例子.中国", " A 不存在 ",
     FF_FACT_SENDER_ADDRESS},
    {"the sender's, who wrote to himself", "<用户@例子.中国>", "用户@例子.中国", "用户@例子.中国", " A ",
     FF_FACT_RECIPIENT | FF_FACT_SENDER_ADDRESS},

    {"no address: nothing before the sign", "（@が連続しています）", NULL, NULL, " が連続しています ", 0},
    {"no address: nothing behind the sign", "用户@ 不存在", NULL, NULL, " 用户 不存在 ", 0},
    {"an address in ASCII that words touch", "收件人user@example.com不存在", NULL, NULL, " 收件人 A 不存在 ", 0},
    {"the same with a sentence behind it", "用户user@example.com不存在.请检查", NULL, NULL, " 用户 A 不存在请检查 ", 0},
    {"the same, the recipient's", "收件人user@example.com不存在", "user@example.com", NULL, " 收件人 A 不存在 ", FF_FACT_RECIPIENT},
    {"an address in Cyrillic", "пользователь иван@пример.рф неизвестен", NULL, NULL, " пользователь A неизвестен ", 0},
    {"a URL", "请访问http://例子.example/a@b 不存在", NULL, NULL, " 请访问 U 例子 A 不存在 ", 0},
};

static void known_texts(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE(cases[i].name);
        mask(ff_slice_str(cases[i].text), cases[i].recipient, cases[i].mail_from);
        CHECK(ff_slice_eq(ff_slice_of(want.buf, want.len), ff_slice_str(cases[i].masked)), "%s\n  %.*s|\n  want %s|",
              cases[i].text, (int)want.len, want.buf, cases[i].masked);
        CHECK(want.facts == cases[i].facts, "%s: facts %x, want %x", cases[i].text, want.facts, cases[i].facts);
    }
}

/* ---- any address ------------------------------------------------------------------------------------------------- */

static uint64_t seed = 6531;
static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % n);
}

/* What would be heard if an address spoke, and what makes its ends hard to see. */
static const char *const parts[] = {"不存在", "邮箱已满", "发件人", "用户", "拒绝", "存在しません", "満杯", "なし", "없는사용자",
                                    "가득참", "보낸사람", "ไม่พบ", "เต็ม", "full", "unknown", "a", "88", "中国", "한국", "𠮷"};
static const char *const joints[] = {"", "", ".", "-", "_"};
static const char *const tops[] = {"中国", "公司", "한국", "ไทย", "みんな", "example", "com", "内网", "xn--fiqs8s"};

static void random_label(char *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            strcat(to, joints[random_below(sizeof joints / sizeof *joints)]);
        strcat(to, parts[random_below(sizeof parts / sizeof *parts)]);
    }
}

/** At least one letter of such a script is in it. */
static void random_address(char to[400])
{
    to[0] = 0;
    random_label(to, 1 + random_below(3));
    strcat(to, parts[random_below(13)]);
    strcat(to, "@");
    random_label(to, 1 + random_below(2));
    strcat(to, ".");
    strcat(to, tops[random_below(sizeof tops / sizeof *tops)]);
}

static void is_masked(const char *before, const char *address, const char *behind, const char *recipient,
                      const char *expected)
{
    char text[1000];
    snprintf(text, sizeof text, "%s%s%s", before, address, behind);
    mask(ff_slice_str(text), recipient, NULL);
    CHECK(ff_slice_eq(ff_slice_of(want.buf, want.len), ff_slice_str(expected)), "%s\n  %.*s|\n  want %s|", text,
          (int)want.len, want.buf, expected);
    CHECK(!(want.facts & FF_FACT_ADDRESS_UNSURE), "%s: unsure", text);
}

static void any_address(int rounds)
{
    static const struct {
        const char *name, *before, *behind, *masked;
        bool known; /* only of the recipient it is known where it ends */
    } places[] = {
        {"any address in angle brackets says nothing", "550 5.1.1 <", ">: 邮箱", " A 邮箱 ", false},
        {"nor the recipient's between blanks", "550 5.1.1 邮箱 ", " ok", " 邮箱 A ok ", true},
        {"nor between brackets", "550 (", "), ok", " A ok ", true},
        {"nor between quotes", "550 \"", "\" ok", " A ok ", true},
        {"nor between words of the server", "550 收件人", "信箱", " 收件人 A 信箱 ", true},
        {"nor between words in kana", "550 宛先", "がありません", " 宛先 A がありません ", true},
        {"nor at both ends", "", "", " A ", true},
        {"nor far behind in a text without blanks",
         "尊敬的用户您好这封邮件没有送达请您检查一下地址是否正确谢谢您的理解与支持我们会尽快处理这个问题"
         "尊敬的用户您好这封邮件没有送达请您检查一下地址是否正确谢谢您的理解与支持我们会尽快处理这个问题"
         "尊敬的用户您好这封邮件没有送达请您检查一下地址是否正确谢谢您的理解与支持我们会尽快处理，",
         "，谢谢",
         " 尊敬的用户您好这封邮件没有送达请您检查一下地址是否正确谢谢您的理解与支持我们会尽快处理这个问题"
         "尊敬的用户您好这封邮件没有送达请您检查一下地址是否正确谢谢您的理解与支持我们会尽快处理这个问题"
         "尊敬的用户您好这封邮件没有送达请您检查一下地址是否正确谢谢您的理解与支持我们会尽快处理 A 谢谢 ",
         true},
    };
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        CASE(places[p].name);
        for (int i = 0; i < rounds && test_failures_ < 10; i++) {
            char address[400];
            random_address(address);
            if (!places[p].known)
                is_masked(places[p].before, address, places[p].behind, NULL, places[p].masked);
            is_masked(places[p].before, address, places[p].behind, address, places[p].masked);
        }
    }
}

/* ---- labels ------------------------------------------------------------------------------------------------------ */

static void labels(void)
{
    static const struct {
        const char *name, *a_label, *u_label;
    } rows[] = {
        {"Han", "xn--fsqu00a", "例子"},
        {"in capitals", "XN--FIQS8S", "中国"},
        {"hangul", "xn--3e0b707e", "한국"},
        {"Thai", "xn--o3cw4h", "ไทย"},
        {"kana", "xn--q9jyb4c", "みんな"},
        {"with ASCII before it", "xn--bcher-kva", "bücher"},
        {"a letter of four bytes", "xn--7l3i", "𠮷"},
        {"no A-label", "example", ""},
        {"the prefix alone", "xn--", ""},
        {"a sign that no number has", "xn--a_!", ""},
        {"a number that goes on", "xn--zzzz", ""},
        {"a number too large", "xn--999999999999", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[FF_U_LABEL_BYTES_MAX];
        CASE(rows[i].name);
        size_t n = ff_u_label(ff_slice_str(rows[i].a_label), buf);
        CHECK(ff_slice_eq(ff_slice_of(buf, n), ff_slice_str(rows[i].u_label)), "%.*s", (int)n, buf);
    }
}

int main(void)
{
    known_texts();
    any_address(400);
    labels();
    return test_end();
}
