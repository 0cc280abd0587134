/* reply_members.c: see reply_members.h. */
#include "cli/inputs/reply_members.h"

#include "proto/nearest.h"

#define NAME_MAX_BYTES 40

static const char *const names[FF_REPLY_MEMBER_COUNT] = {"id",  "code",       "enhanced",  "stage",     "mx",    "text",
                                                         "raw", "sending_ip", "mail_from", "recipient", "origin"};

/* As events have them (docs/cli.md, decode), and as logs and APIs of mail servers mostly do; folded. */
static const struct {
    const char *name;
    enum ff_reply_member member;
} others[] = {
    {"replycode", FF_REPLY_CODE},       {"smtpcode", FF_REPLY_CODE},          {"statuscode", FF_REPLY_CODE},
    {"enhancedcode", FF_REPLY_ENHANCED}, {"enhancedstatus", FF_REPLY_ENHANCED},
    {"enhancedstatuscode", FF_REPLY_ENHANCED},
    {"dsn", FF_REPLY_ENHANCED},         {"remotehost", FF_REPLY_MX},          {"mxhost", FF_REPLY_MX},
    {"replytext", FF_REPLY_TEXT},       {"reply", FF_REPLY_RAW},              {"response", FF_REPLY_RAW},
    {"diagnosticcode", FF_REPLY_RAW},   {"localip", FF_REPLY_SENDING_IP},     {"sourceip", FF_REPLY_SENDING_IP},
    {"sender", FF_REPLY_MAIL_FROM},     {"email", FF_REPLY_RECIPIENT},        {"rcptto", FF_REPLY_RECIPIENT},
};

const char *ff_reply_member_name(enum ff_reply_member member)
{
    return names[member];
}

enum ff_reply_member ff_reply_member_of(struct ff_slice name)
{
    enum ff_reply_member m = 0;
    while (m < FF_REPLY_MEMBER_COUNT && !ff_slice_eq(name, ff_slice_str(names[m])))
        m++;
    return m;
}

/** In lower case, without what joins words. Returns the length; 0: it is too long to be one of ours. */
static size_t fold(struct ff_slice name, char ret[NAME_MAX_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (n == NAME_MAX_BYTES)
            return 0;
        ret[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return n;
}

enum ff_reply_member ff_reply_member_meant(struct ff_slice name)
{
    char folded[NAME_MAX_BYTES], known[NAME_MAX_BYTES];
    size_t n = fold(name, folded);
    enum ff_reply_member near = FF_REPLY_MEMBER_COUNT;
    for (enum ff_reply_member m = 0; n && m < FF_REPLY_MEMBER_COUNT; m++) {
        size_t len = fold(ff_slice_str(names[m]), known);
        if (len == n && memcmp(known, folded, n) == 0)
            return m;
        /* shorter words are near to too many */
        if (n > 4 && ff_name_distance(ff_slice_of(folded, n), ff_slice_of(known, len)) == 1)
            near = m;
    }
    for (size_t i = 0; n && i < sizeof others / sizeof *others; i++)
        if (ff_slice_eq(ff_slice_of(folded, n), ff_slice_str(others[i].name)))
            return others[i].member;
    return near;
}
