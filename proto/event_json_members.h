/* event_json_members.h: the members of the JSON twin, one table for its writer and its reader. Private to proto/. */
#ifndef FF_PROTO_EVENT_JSON_MEMBERS_H
#define FF_PROTO_EVENT_JSON_MEMBERS_H

#include "proto/event.h"

/* A member of a sub-message. */
enum ff_json_sub_type { SUB_TEXT, SUB_TIME, SUB_IP, SUB_SINT, SUB_LIST };
struct ff_json_sub_field {
    const char *name;
    uint32_t number;
    enum ff_json_sub_type type;
};

enum ff_json_member_type { KIND, STAGE, ORIGIN, NUMBER, TIME, TEXT, IP, ID, ENHANCED, FLAGS, SUB, ATTRIBUTES };
struct ff_json_member {
    const char *name;
    uint8_t name_len, type;
    bool always; /* written also when it is empty */
    uint16_t offset;
    const struct ff_json_sub_field *sub;
};

/** In the order they are written in. */
#define FF_JSON_MEMBERS 35
extern const struct ff_json_member ff_json_members[FF_JSON_MEMBERS];

#endif
