/* event_json_members.c: see event_json_members.h. */
#include <stddef.h>

#include "proto/event_json_members.h"

static const struct ff_json_sub_field dsn_fields[] = {
    {"action", 1, SUB_TEXT},           {"final_recipient", 2, SUB_TEXT},
    {"reporting_mta", 3, SUB_TEXT},    {"remote_mta", 4, SUB_TEXT},
    {"diagnostic_type", 5, SUB_TEXT},  {"arrival", 6, SUB_TIME},
    {"last_attempt", 7, SUB_TIME},     {"original_envelope_id", 8, SUB_TEXT},
    {"will_retry_until", 9, SUB_TIME}, {0}};
static const struct ff_json_sub_field feedback_fields[] = {
    {"type", 1, SUB_TEXT},        {"user_agent", 2, SUB_TEXT},
    {"source_ip", 3, SUB_IP},     {"reported_domain", 4, SUB_LIST},
    {"feedback_id", 5, SUB_TEXT}, {0}};
static const struct ff_json_sub_field vendor_fields[] = {
    {"scheme", 1, SUB_TEXT}, {"value", 2, SUB_TEXT}, {"code", 3, SUB_SINT}, {"detail", 4, SUB_TEXT}, {0}};

#define MEMBER(type_, name_, field, always_, sub_)                                                                     \
    {                                                                                                                  \
        name_, sizeof name_ - 1, type_, always_, offsetof(struct ff_event, field), sub_                                \
    }
#define TEXT_MEMBER(field) MEMBER(TEXT, #field, field, false, NULL)

const struct ff_json_member ff_json_members[FF_JSON_MEMBERS] = {
    MEMBER(KIND, "kind", kind, true, NULL),
    MEMBER(TIME, "event_time", event_time_us, true, NULL),
    MEMBER(TEXT, "recipient", recipient, true, NULL),
    MEMBER(TEXT, "tenant_id", tenant_id, true, NULL),
    MEMBER(NUMBER, "reply_code", reply_code, false, NULL),
    MEMBER(ENHANCED, "enhanced_code", enhanced_code, false, NULL),
    TEXT_MEMBER(reply_text),
    MEMBER(STAGE, "stage", stage, false, NULL),
    MEMBER(ORIGIN, "origin", origin, false, NULL),
    TEXT_MEMBER(message_id),
    TEXT_MEMBER(mail_from),
    MEMBER(IP, "remote_ip", remote_ip, false, NULL),
    TEXT_MEMBER(remote_host),
    MEMBER(IP, "local_ip", local_ip, false, NULL),
    MEMBER(NUMBER, "attempt", attempt, false, NULL),
    MEMBER(ID, "event_id", event_id, false, NULL),
    TEXT_MEMBER(campaign_id),
    TEXT_MEMBER(stream_id),
    TEXT_MEMBER(from_domain),
    TEXT_MEMBER(rfc_message_id),
    MEMBER(TIME, "queued_time", queued_time_us, false, NULL),
    TEXT_MEMBER(original_recipient),
    TEXT_MEMBER(egress_pool),
    TEXT_MEMBER(egress_source),
    TEXT_MEMBER(provider),
    TEXT_MEMBER(mta_node),
    TEXT_MEMBER(subaccount_id),
    MEMBER(NUMBER, "size_bytes", size_bytes, false, NULL),
    MEMBER(NUMBER, "delay_ms", delay_ms, false, NULL),
    MEMBER(FLAGS, "flags", flags, false, NULL),
    MEMBER(SUB, "dsn", dsn, false, dsn_fields),
    MEMBER(SUB, "feedback", feedback, false, feedback_fields),
    MEMBER(SUB, "vendor", vendor, false, vendor_fields),
    MEMBER(ATTRIBUTES, "attributes", encoded, false, NULL),
    TEXT_MEMBER(raw),
};
