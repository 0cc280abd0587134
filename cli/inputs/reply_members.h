/* reply_members.h: names of the members of a reply as a JSON object (docs/cli.md, classify), and which one another
 * name means. */
#ifndef FF_CLI_REPLY_MEMBERS_H
#define FF_CLI_REPLY_MEMBERS_H

#include "proto/slice.h"

enum ff_reply_member {
    FF_REPLY_ID,
    FF_REPLY_CODE,
    FF_REPLY_ENHANCED,
    FF_REPLY_STAGE,
    FF_REPLY_MX,
    FF_REPLY_TEXT,
    FF_REPLY_RAW,
    FF_REPLY_SENDING_IP,
    FF_REPLY_MAIL_FROM,
    FF_REPLY_RECIPIENT,
    FF_REPLY_ORIGIN,
    FF_REPLY_MEMBER_COUNT
};

const char *ff_reply_member_name(enum ff_reply_member member);
/** FF_REPLY_MEMBER_COUNT: it is none. */
enum ff_reply_member ff_reply_member_of(struct ff_slice name);
/** Which member a name that is none probably stands for: it differs by capitals, "-" or "_" only ("Stage",
 * "sendingIp"), by a slip of the keyboard, or is what events and other programs call it ("reply_code").
 * FF_REPLY_MEMBER_COUNT: nothing of ours. */
enum ff_reply_member ff_reply_member_meant(struct ff_slice name);

#endif
