/* kumomta_cases.h: the tables of decode_kumomta_test.c: KumoMTA log records and what they mean.
 *
 * Every record is made up. Most are the common record BASE with some members replaced: the last of two equal keys wins.
 */
#ifndef FF_TESTS_KUMOMTA_CASES_H
#define FF_TESTS_KUMOMTA_CASES_H

#include "ingest/decode/decode.h"

#define BASE                                                                                                          \
    "{\"type\":\"Bounce\",\"id\":\"7b1f0c2e91aa11f0a3c502420a000004\",\"sender\":\"b+c42@rp.example.com\","           \
    "\"recipient\":\"nobody@mail.example.net\",\"queue\":\"spring24:acme@mail.example.net\",\"site\":\"a->b\","       \
    "\"size\":48213,\"response\":{\"code\":550,\"enhanced_code\":{\"class\":5,\"subject\":1,\"detail\":1},"           \
    "\"content\":\"User unknown\",\"command\":\"RCPT TO:<nobody@mail.example.net>\\r\\n\"},"                          \
    "\"peer_address\":{\"name\":\"mx1.mail.example.net.\",\"addr\":\"203.0.113.25\"},\"timestamp\":1786003200,"       \
    "\"event_time\":\"2026-08-06T08:00:00.123456789Z\",\"created\":1786003195,"                                       \
    "\"created_time\":\"2026-08-06T07:59:55.001Z\",\"num_attempts\":0,\"bounce_classification\":\"Uncategorized\","   \
    "\"egress_pool\":\"pool-a\",\"egress_source\":\"src-a03\","                                                        \
    "\"source_address\":{\"address\":\"198.51.100.7:41822\"},"                                                        \
    "\"feedback_report\":null,\"meta\":{\"tenant\":\"acme\",\"stream\":\"bulk\"},\"headers\":{},"                     \
    "\"delivery_protocol\":\"ESMTP\",\"reception_protocol\":\"ESMTP\","                                               \
    "\"nodeid\":\"557f3ad4-2c8c-11ee-976e-782d7e12e173\""
/* The common record with members replaced; R(code, enhanced, content, command) is one of them, LOCAL two. */
#define WITH(members) BASE "," members "}"
#define ENH(c, s, d) "{\"class\":" #c ",\"subject\":" #s ",\"detail\":" #d "}"
#define R(code, enhanced, content, command)                                                                  \
    "\"response\":{\"code\":" #code ",\"enhanced_code\":" enhanced ",\"content\":\"" content "\"," \
    "\"command\":" command "}"
#define LOCAL(code, enhanced, content) R(code, enhanced, content, "null") ",\"peer_address\":null"
#define TYPE(name) "\"type\":\"" name "\""
#define RCPT_CMD "\"RCPT TO:<nobody@mail.example.net>\\r\\n\""
#define CONNECT_LEAD "KumoMTA internal: failed to connect to any candidate hosts: "
#define HIDDEN(before, code, enhanced, content, command)                                                          \
    LOCAL(400, "null",                                                                                            \
          CONNECT_LEAD before "Command rejected Response { code: " #code ", enhanced_code: " enhanced             \
                              ", content: \\\"" content "\\\", command: " command " }")

#define WANTS_MAX 7
struct one {
    const char *name;
    const char *record;
    const char *wants[WANTS_MAX]; /* in the JSON of the first event; "!x" must not be in it */
};

static const struct one ones[] = {
    {"a refusal at RCPT is the remote host's word about the address", BASE "}",
     {"\"kind\":\"bounce\"", "\"origin\":\"remote_reply\"", "\"stage\":\"rcpt_to\"", "\"reply_code\":550",
      "\"enhanced_code\":\"5.1.1\"", "\"reply_text\":\"User unknown\"", "!flags"}},
    {"who sent what where", BASE "}",
     {"\"remote_host\":\"mx1.mail.example.net\"", "\"remote_ip\":\"203.0.113.25\"", "\"local_ip\":\"198.51.100.7\"",
      "\"mail_from\":\"b+c42@rp.example.com\"", "\"egress_pool\":\"pool-a\"", "\"egress_source\":\"src-a03\"",
      "\"mta_node\":\"557f3ad4-2c8c-11ee-976e-782d7e12e173\""}},
    {"nanoseconds are cut to microseconds", BASE "}",
     {"\"event_time\":\"2026-08-06T08:00:00.123456Z\"", "\"queued_time\":\"2026-08-06T07:59:55.001000Z\"",
      "\"size_bytes\":48213"}},
    {"without a text time the seconds count", WITH("\"event_time\":null,\"created_time\":null"),
     {"\"event_time\":\"2026-08-06T08:00:00.000000Z\"", "\"queued_time\":\"2026-08-06T07:59:55.000000Z\""}},
    {"without any time the Kafka record's is taken and marked",
     WITH("\"event_time\":null,\"timestamp\":null,\"created_time\":null,\"created\":1700000000"),
     {"\"event_time\":\"2026-08-06T08:00:05.000000Z\"", "clock_suspect"}},
    {"a creation time centuries ahead is dropped and marked", WITH("\"created_time\":\"3220-01-01T00:00:00Z\""),
     {"!queued_time", "clock_suspect", "\"event_time\":\"2026-08-06T08:00:00.123456Z\""}},

    {"num_attempts counts those before: the first attempt is 1", BASE "}", {"\"attempt\":1"}},
    {"the third retry is attempt 4",
     WITH("\"num_attempts\":3," TYPE("TransientFailure")),
     {"\"attempt\":4", "\"kind\":\"transient_failure\""}},
    {"an Expiration logs the attempts made", WITH("\"num_attempts\":3," TYPE("Expiration")), {"\"attempt\":3"}},

    {"meta.tenant wins over the queue name", WITH("\"meta\":{\"tenant\":\"zeta\",\"campaign\":\"fall\"}"),
     {"\"tenant_id\":\"zeta\"", "\"campaign_id\":\"fall\""}},
    {"the queue name speaks when meta does not",
     WITH("\"meta\":{}"),
     {"\"tenant_id\":\"acme\"", "\"campaign_id\":\"spring24\""}},
    {"tenant@domain has no campaign",
     WITH("\"meta\":{},\"queue\":\"acme@mail.example.net!via.example.org\""),
     {"\"tenant_id\":\"acme\"", "!campaign_id"}},
    {"camp:@domain has no tenant",
     WITH("\"meta\":{},\"queue\":\"camp:@mail.example.net\""),
     {"\"tenant_id\":\"default\"", "\"campaign_id\":\"camp\""}},
    {"a plain queue name has neither",
     WITH("\"meta\":{},\"queue\":\"a:b.example.net\""),
     {"\"tenant_id\":\"default\"", "!campaign_id"}},
    {"a queue splits at the first @ and the first colon",
     WITH("\"meta\":{},\"queue\":\"a:b:c@d@mail.example.net\""),
     {"\"tenant_id\":\"b:c\"", "\"campaign_id\":\"a\""}},
    {"numbers in meta are texts",
     WITH("\"meta\":{\"tenant\":42,\"stream\":7}"),
     {"\"tenant_id\":\"42\"", "\"stream_id\":\"7\""}},
    {"the stream is meta.stream", BASE "}", {"\"stream_id\":\"bulk\""}},
    {"a mapped pool names the stream when meta does not",
     WITH("\"meta\":{},\"egress_pool\":\"mapped\""),
     {"\"stream_id\":\"receipts\""}},
    {"a pool without a map is no stream", WITH("\"meta\":{}"), {"!stream_id"}},
    {"an unspecified pool or source is none",
     WITH("\"egress_pool\":\"unspecified\",\"egress_source\":\"unspecified\""),
     {"!egress_pool", "!egress_source"}},
    {"a provider name is kept", WITH("\"provider_name\":\"postbox\""), {"\"provider\":\"postbox\""}},
    {"the vendor's class is shown",
     WITH("\"bounce_classification\":\"InvalidRecipient\""),
     {"\"vendor\":{\"scheme\":\"kumomta\",\"value\":\"InvalidRecipient\"}"}},
    {"Uncategorized is no class", BASE "}", {"!vendor"}},
    {"From gives the domain whatever its case",
     WITH("\"headers\":{\"FROM\":\"\\\"Doe, <J>\\\" <news@shop.example.com>\","
      "\"message-id\":\"<m1@shop.example.com>\"}"),
     {"\"from_domain\":\"shop.example.com\"", "\"rfc_message_id\":\"m1@shop.example.com\""}},
    {"a bare From with a comment",
     WITH("\"headers\":{\"From\":\"news@shop.example.com (The <shop>)\"}"),
     {"\"from_domain\":\"shop.example.com\""}},
    {"a recipient's brackets go",
     WITH("\"recipient\":\"<nobody@mail.example.net>\""),
     {"\"recipient\":\"nobody@mail.example.net\""}},
    {"escapes in strings are undone",
     WITH("\"sender\":\"\\u00fc\\/\\\"@rp.example.com\""),
     {"\"mail_from\":\"\xc3\xbc/\\\"@rp.example.com\""}},
    {"keys with escapes are keys",
     WITH("\"\\u0073ender\":\"x@rp.example.com\""),
     {"\"mail_from\":\"x@rp.example.com\""}},
    {"members in another order",
     "{\"response\":{\"content\":\"no\",\"code\":451},\"recipient\":\"a@b.example\","
      "\"timestamp\":1786003200,\"type\":\"TransientFailure\"}",
     {"\"kind\":\"transient_failure\"", "\"reply_code\":451", "\"origin\":\"local_policy\""}},

    {"an IPv6 peer and source",
     WITH("\"peer_address\":{\"name\":\"mx.\","
      "\"addr\":\"2001:db8::25\"},\"source_address\":{\"address\":\"[2001:db8::7]:41822\"}"),
     {"\"remote_ip\":\"2001:db8::25\"", "\"local_ip\":\"2001:db8::7\""}},
    {"a peer with a port",
     WITH("\"peer_address\":{\"name\":\"mx.\",\"addr\":\"203.0.113.25:2525\"}"),
     {"\"remote_ip\":\"203.0.113.25\""}},
    {"socket paths are no addresses",
     WITH("\"peer_address\":{\"name\":\"lmtp\","
      "\"addr\":\"/run/lmtp.sock\"},\"source_address\":{\"address\":\"<unbound unix domain>\"}"),
     {"!remote_ip", "!local_ip", "\"origin\":\"local_policy\""}},
    {"a filter of ours on loopback has no verdict on a mailbox",
     WITH("\"peer_address\":{\"name\":\"localhost.\",\"addr\":\"127.0.0.1:10024\"}"),
     {"\"remote_ip\":\"127.0.0.1\"", "\"reply_code\":550", "\"origin\":\"local_policy\""}},
    {"nor has one on that of IPv6, written in full",
     WITH("\"peer_address\":{\"name\":\"localhost.\",\"addr\":\"[0:0:0:0:0:0:0:1]:10024\"}"),
     {"\"reply_code\":550", "\"origin\":\"local_policy\""}},
    {"an MX on loopback without a port is somebody else's (a test's)",
     WITH("\"peer_address\":{\"name\":\"mx.example.net.\",\"addr\":\"127.0.0.1\"}"),
     {"\"origin\":\"remote_reply\""}},
    {"a Lua peer is local",
     WITH("\"peer_address\":{\"name\":\"Lua via make.hook\",\"addr\":\"0.0.0.0\"}"),
     {"\"origin\":\"local_policy\"", "!remote_host", "!remote_ip"}},

    {"a dot alone is the end of data",
     WITH(R(550, "null", "spam", "\".\"")),
     {"\"stage\":\"end_of_data\"", "\"origin\":\"remote_reply\"", "!enhanced_code"}},
    {"MAIL FROM", WITH(R(550, "null", "no", "\"MAIL FROM:<b@rp.example.com>\\r\\n\"")), {"\"stage\":\"mail_from\""}},
    {"DATA",
     WITH(R(503, ENH(5, 5, 1), "RCPT first", "\"DATA\\r\\n\"") "," TYPE("TransientFailure")),
     {"\"stage\":\"data\"", "\"kind\":\"transient_failure\"", "\"reply_code\":503"}},
    {"a refused RSET says nothing of the recipient and shows its stage",
     WITH(R(554, ENH(5, 3, 0), "no fresh start", "\"RSET\\r\\n\"")),
     {"\"stage\":\"rset\"", "\"origin\":\"remote_reply\""}},
    {"251 at RCPT is logged as a Delivery",
     WITH(TYPE("Delivery") "," R(251, "null", "will forward", RCPT_CMD)),
     {"\"kind\":\"delivery\"", "\"stage\":\"rcpt_to\"", "\"reply_code\":251"}},
    {"a Delayed record is a kind of its own", WITH(TYPE("Delayed")), {"\"kind\":\"delayed\""}},
    {"a code that SMTP does not have stays", WITH(R(999, "null", "what", RCPT_CMD)), {"\"reply_code\":999"}},

    {"a status before a colon stays in the text and is read",
     WITH(R(550, "null", "5.2.1: switched off", RCPT_CMD)),
     {"\"enhanced_code\":\"5.2.1\"", "\"reply_text\":\"5.2.1: switched off\""}},
    {"a reply that is nothing but a status", WITH(R(550, "null", "5.1.1", RCPT_CMD)), {"\"enhanced_code\":\"5.1.1\""}},
    {"a status with a hash is left to the classifier", WITH(R(550, "null", "#5.1.0 no", RCPT_CMD)), {"!enhanced_code"}},
    {"an IP address is no status", WITH(R(550, "null", "5.22.33.44 is listed", RCPT_CMD)), {"!enhanced_code"}},
    {"a status of another class is no status of this reply",
     WITH(R(550, "null", "4.2.2 full", RCPT_CMD)),
     {"!enhanced_code"}},
    {"code and status that disagree are flagged",
     WITH(R(550, ENH(4, 4, 7), "x", RCPT_CMD)),
     {"code_mismatch", "\"enhanced_code\":\"4.4.7\""}},
    {"a rewritten status loses its suffix and is flagged",
     WITH(R(450, "null", "no such user (kumomta: status was rewritten from 550 -> 450)", RCPT_CMD)),
     {"\"reply_text\":\"no such user\"", "code_mismatch", "\"reply_code\":450"}},

    {"a null MX is a matter of DNS, without any prefix",
     WITH(LOCAL(556, ENH(5, 1, 10), "Recipient address has a null MX")),
     {"\"origin\":\"local_dns\"", "\"stage\":\"dns\"", "code_synthetic"}},
    {"NXDOMAIN is DNS",
     WITH(LOCAL(451, ENH(4, 4, 4), "failed to resolve queue a@b.example: MX lookup for b.example failed after "
      "107us: NXDOMAIN")),
     {"\"origin\":\"local_dns\""}},
    {"no host behind the MX is DNS",
     WITH(LOCAL(451, ENH(4, 4, 4), "MX didn't resolve to any hosts")),
     {"\"origin\":\"local_dns\""}},
    {"the operator's list of hosts is policy",
     WITH(LOCAL(550, ENH(5, 4, 4), "mx.example.net is on the list of prohibited_hosts")),
     {"\"origin\":\"local_policy\""}},
    {"kumo.reject in a Bounce is policy, whatever its text",
     WITH(LOCAL(550, ENH(5, 1, 1), "no such user here")),
     {"\"origin\":\"local_policy\"", "code_synthetic"}},
    {"a refused connection",
     WITH(LOCAL(400, "null", CONNECT_LEAD "connect to 203.0.113.25:25 and read initial banner: failed to connect "
      "to 203.0.113.25:25 None: Connection refused (os error 111)")),
     {"\"origin\":\"local_network\"", "\"stage\":\"connect\""}},
    {"a banner that never came",
     WITH(LOCAL(400, "null", CONNECT_LEAD "connect to 203.0.113.25:25 and read initial banner: reading banner: "
      "Timed Out waiting 60s for response to cmd=NONE")),
     {"\"origin\":\"local_network\"", "\"stage\":\"banner\""}},
    {"a connection lost at EHLO",
     WITH(LOCAL(400, "null", CONNECT_LEAD "203.0.113.25:25: EHLO after banner: Error Connection closed by peer "
      "reading response to cmd=EHLO out.example.com")),
     {"\"origin\":\"local_network\"", "\"stage\":\"helo\""}},
    {"a suspended queue",
     WITH(LOCAL(451, ENH(4, 4, 4), "KumoMTA internal: scheduled queue is suspended: 550 5.1.1 user unknown")),
     {"\"origin\":\"local_queue\"", "\"stage\":\"queue\""}},
    {"a time-out with peer and command is local, its stage is the command's",
     WITH(R(421, ENH(4, 4, 2), "KumoMTA internal: failed to send message to x: Timed Out waiting 5s for response "
         "to Some(Command(...))", RCPT_CMD)), {"\"origin\":\"local_network\"", "\"stage\":\"rcpt_to\""}},
    {"an old release's time-out has no prefix",
     WITH(R(421, ENH(4, 4, 2), "failed to send message to site Some(ResolvedAddress { name: \\\"mx.\\\" }): Timed "
      "Out waiting 2s for response to x", RCPT_CMD)),
     {"\"origin\":\"local_network\""}},
    {"a connection lost at RCPT",
     WITH(R(400, "null", "KumoMTA internal: failed to send message: Error Connection closed by peer reading "
      "response to cmd=RCPT TO:<a@b.example>", RCPT_CMD)),
     {"\"origin\":\"local_network\"", "\"stage\":\"rcpt_to\""}},
    {"pipelined commands without an answer: the first counts",
     WITH(R(421, ENH(4, 4, 2), "KumoMTA internal: Timed Out",
      "\"MAIL FROM:<>\\r\\nRCPT TO:<a@b.example>\\r\\nDATA\\r\\n\"")),
     {"\"stage\":\"mail_from\""}},
    {"an 8-bit refusal of our own has a peer and no command",
     WITH(R(554, ENH(5, 6, 3), "KumoMTA internal: message has bare line endings", "null")),
     {"\"origin\":\"local_policy\""}},
    {"a remote host may begin with our prefix",
     WITH(R(550, ENH(5, 2, 1), "KumoMTA internal: so I claim", RCPT_CMD)),
     {"\"origin\":\"remote_reply\""}},
    {"an Expiration is the queue's",
     WITH(TYPE("Expiration") "," LOCAL(551, ENH(5, 4, 7), "Next delivery time would be too late")),
     {"\"kind\":\"expiration\"", "\"origin\":\"local_queue\"", "\"stage\":\"queue\""}},
    {"an administrator may quote a reply",
     WITH(TYPE("AdminBounce") "," LOCAL(551, ENH(5, 7, 1), "Administrator bounced with reason: 550 5.1.1 unknown")),
     {"\"kind\":\"admin_bounce\"", "\"origin\":\"local_policy\""}},

    {"a refusal at the banner is taken out of the debug text",
     WITH(TYPE("TransientFailure") "," HIDDEN("connect to 203.0.113.77:25 and read initial banner: ", 554,
         "Some(EnhancedStatusCode { class: 5, subject: 7, detail: 1 })",
         "listed\\\\nsee \\\\\\\"us\\\\\\\" \\\\u{fc}", "None")),
     {"\"origin\":\"remote_reply\"", "\"stage\":\"banner\"", "\"reply_code\":554", "\"enhanced_code\":\"5.7.1\"",
      "\"reply_text\":\"listed\\nsee \\\"us\\\" \xc3\xbc\"", "\"remote_ip\":\"203.0.113.77\"",
      "\"kind\":\"transient_failure\""}},
    {"a refusal of STARTTLS",
     WITH(HIDDEN("", 454, "None", "no key", "Some(\\\"STARTTLS\\\\r\\\\n\\\")")),
     {"\"stage\":\"starttls\"", "\"reply_code\":454", "!enhanced_code", "\"origin\":\"remote_reply\""}},
    {"a refusal of EHLO",
     WITH(HIDDEN("203.0.113.78:25: EHLO after banner: ", 550, "None", "bad name", "Some(\\\"EHLO x\\\\r\\\\n\\\")")),
     {"\"stage\":\"helo\"", "\"remote_ip\":\"203.0.113.78\""}},
    {"a refusal of AUTH",
     WITH(HIDDEN("authenticating as u via SMTP AUTH PLAIN to ResolvedAddress { name: \\\"mx.\\\","
      " addr: 203.0.113.79, is_secure: false }:25: ", 535, "None", "wrong",
      "Some(\\\"AUTH PLAIN AHUAcGFzcw==\\\\r\\\\n\\\")")),
     {"\"stage\":\"auth\"", "\"reply_code\":535", "\"remote_ip\":\"203.0.113.79\"", "!AHUA"}},
    {"of two refusals the last counts",
     WITH(HIDDEN("Command rejected Response { code: 421, enhanced_code: None, content: \\\"a\\\", command: None }, ",
      554, "None", "b", "None")),
     {"\"reply_code\":554"}},
    {"debug text that is cut off stays closed",
     WITH(LOCAL(400, "null", CONNECT_LEAD "Command rejected Response { code: 554, enhanced_code: None, content: "
      "\\\"liste")),
     {"\"reply_code\":400", "\"origin\":\"local_network\""}},
    {"debug text that a remote host sends stays closed",
     WITH(R(550, "null", "KumoMTA internal: Command rejected Response { code: 250, enhanced_code: None, content: "
      "\\\"x\\\", command: None }", RCPT_CMD)),
     {"\"reply_code\":550", "\"origin\":\"remote_reply\""}},
    {"a password in a time-out is masked",
     WITH(LOCAL(400, "null", CONNECT_LEAD "Error Connection closed reading response to cmd=AUTH PLAIN AHUAcGFzcw==")),
     {"AUTH PLAIN ************", "!AHUA"}},
    {"a password behind escaped blanks is masked",
     WITH(LOCAL(400, "null", CONNECT_LEAD "response to "
      "Some(Command(\\\"AUTH\\\\x20PLAIN\\\\x20AHUAcGFzcw==\\\\r\\\\n\\\"))")),
     {"!AHUA", "****"}},
    {"a password sent alone is masked",
     WITH(LOCAL(400, "null", CONNECT_LEAD "authenticating as u via SMTP AUTH LOGIN to x: Command rejected, "
      "command: Some(\\\"c2VjcmV0\\\\r\\\\n\\\")")),
     {"!c2VjcmV0", "AUTH LOGIN to x"}},

    {"an OOB record is a report: its clock, code and text",
     WITH(TYPE("OOB") "," R(550, ENH(5, 1, 1), "5.1.1 gone",
      "null") ",\"peer_address\":{\"name\":\"mx.example.org\",\"addr\":\"127.0.0.1\"}"),
     {"\"kind\":\"oob\"", "\"origin\":\"remote_dsn\"", "\"stage\":\"after_accept\"", "\"reply_text\":\"5.1.1 gone\"",
      "\"reporting_mta\":\"mx.example.org\"", "!attempt", "!remote_ip"}},
    {"an OOB code that stands in the text counts",
     WITH(TYPE("OOB") "," R(550, ENH(5, 7, 1), "521-5.7.1 no 521 5.7.1 see", "null")),
     {"\"reply_code\":521", "!code_synthetic"}},
    {"an OOB code behind said:",
     WITH(TYPE("OOB") "," R(550, ENH(5, 7, 1), "host mx.example.org said: 554 no", "null")),
     {"\"reply_code\":554", "!code_synthetic"}},
    {"an OOB 550 without a text is invented",
     WITH(TYPE("OOB") "," R(550, ENH(5, 7, 9), "", "null")),
     {"\"reply_code\":550", "code_synthetic", "!reply_text"}},
    {"an OOB 550 with a status 4 is invented",
     WITH(TYPE("OOB") "," R(550, ENH(4, 4, 1), "connect to x: timed out", "null")),
     {"code_synthetic", "code_mismatch"}},
    {"an OOB code 5 is none",
     WITH(TYPE("OOB") "," R(5, "null", "attempts failed", "null")),
     {"!reply_code", "code_synthetic"}},
    {"an OOB time of years ago is the arrival's", WITH(TYPE("OOB") ",\"event_time\":\"2010-10-01T10:13:52Z\""),
     {"\"event_time\":\"2026-08-06T07:59:55.001000Z\"", "clock_suspect",
      "\"last_attempt\":\"2010-10-01T10:13:52.000000Z\"", "!queued_time"}},
    {"an OOB time of yesterday is believed",
     WITH(TYPE("OOB") ",\"event_time\":\"2026-08-05T10:00:00Z\""),
     {"\"event_time\":\"2026-08-05T10:00:00.000000Z\"", "!clock_suspect"}},
    {"an OOB recipient may lack its domain",
     WITH(TYPE("OOB") ",\"recipient\":\"nobody\""),
     {"\"recipient\":\"nobody\""}},

    {"the complainer is in the report, not in the envelope",
     WITH(TYPE("Feedback") ",\"recipient\":\"fbl@rp.example.com\",\"feedback_report\":{\"feedback_type\":\"abuse\","
      "\"user_agent\":\"Loop/1\","
      "\"original_rcpto_to\":[\"<reader@home.example>\"],\"original_mail_from\":\"<b@rp.example.com>\","
      "\"source_ip\":\"198.51.100.9\",\"reported_domain\":[\"shop.example.com\"],\"supplemental_trace\":null}"),
     {"\"recipient\":\"reader@home.example\"", "\"origin\":\"feedback_loop\"", "\"type\":\"abuse\"",
      "\"mail_from\":\"b@rp.example.com\"", "\"local_ip\":\"198.51.100.9\"", "shop.example.com", "!reply_code"}},
    {"our own trace header knows better",
     WITH(TYPE("Feedback") ",\"feedback_report\":{\"feedback_type\":\"abuse\","
      "\"original_rcpto_to\":[\"hashed@home.example\"],"
      "\"supplemental_trace\":{\"recipient\":\"reader@home.example\",\"tenant\":\"zeta\"}}"),
     {"\"recipient\":\"reader@home.example\"", "\"tenant_id\":\"zeta\"", "!redacted"}},
    {"a hashed complainer is flagged",
     WITH(TYPE("Feedback") ",\"feedback_report\":{\"feedback_type\":\"abuse\","
      "\"original_rcpto_to\":[\"0123456789abcdef0123456789ABCDEF@home.example\"]}"),
     {"redacted_rcpt"}},
    {"not-spam is feedback and says so",
     WITH(TYPE("Feedback") ",\"feedback_report\":{\"feedback_type\":\"not-spam\","
      "\"original_rcpto_to\":[\"reader@home.example\"]}"),
     {"\"type\":\"not-spam\"", "\"kind\":\"feedback\""}},
    {"the reported mail names itself",
     WITH(TYPE("Feedback") ",\"feedback_report\":{\"feedback_type\":\"abuse\","
      "\"original_rcpto_to\":[\"reader@home.example\"],\"original_message\":\"From: x "
      "<news@shop.example.com>\\r\\nmessage-id: <m7@shop.example.com>\\r\\nFeedback-ID: "
      "c1:acme:bulk:us\\r\\n\\r\\nMessage-ID: <no>\\r\\n\"}"),
     {"\"rfc_message_id\":\"m7@shop.example.com\"", "\"from_domain\":\"shop.example.com\"",
      "\"feedback_id\":\"c1:acme:bulk:us\""}},
};

struct count {
    const char *name;
    const char *value;
    struct ff_accounting want; /* events, ignored, dead */
    int reason;                /* of the last dead letter or ignored unit; -1: do not care */
};

#define N51 "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define N255 N51 N51 N51 N51 N51
#define COUNTS(e, i, d) {.events = (e), .ignored = (i), .dead = (d)}
#define FEEDBACK_FOR(trace)                                                                                     \
    WITH(TYPE("Feedback") ",\"feedback_report\":{\"feedback_type\":\"abuse\",\"original_rcpto_to\":[],"             \
                           "\"supplemental_trace\":" trace "}")
static const struct count counts[] = {
    {"blank lines are no items", " \n\r\n\n", COUNTS(0, 0, 0), -1},
    {"several lines are several items", BASE "}\n" BASE "}\r\n\n" BASE "}", COUNTS(3, 0, 0), -1},
    {"a recipient array is an event each",
     WITH("\"recipient\":[\"a@b.example\",\"c@d.example\",\"e@f.example\"]"),
     COUNTS(3, 0, 0), -1},
    {"an unreadable recipient list is empty", WITH("\"recipient\":[]"), COUNTS(0, 0, 1), FF_DEAD_MISSING_RECIPIENT},
    {"an empty recipient", WITH("\"recipient\":\"\""), COUNTS(0, 0, 1), FF_DEAD_MISSING_RECIPIENT},
    {"a recipient that is a number", WITH("\"recipient\":7"), COUNTS(0, 0, 1), FF_DEAD_MISSING_RECIPIENT},
    {"one bad recipient among good ones",
     WITH("\"recipient\":[\"a@b.example\",null,\"c@d.example\"]"),
     COUNTS(2, 0, 1), FF_DEAD_MISSING_RECIPIENT},
    {"all tenants are no tenant", WITH("\"meta\":{\"tenant\":\"*\"}"), COUNTS(0, 0, 1), FF_DEAD_BAD_TENANT},
    {"nor in the name of a queue", WITH("\"meta\":{},\"queue\":\"camp:*@mail.example.net\""), COUNTS(0, 0, 1), FF_DEAD_BAD_TENANT},
    {"all streams are no stream", WITH("\"meta\":{\"tenant\":\"acme\",\"stream\":\"*\"}"), COUNTS(0, 0, 1), FF_DEAD_BAD_TENANT},
    {"the separator of keys is in no tenant", WITH("\"meta\":{\"tenant\":\"a\\u001f*\"}"), COUNTS(0, 0, 1), FF_DEAD_BAD_TENANT},
    {"a tenant of 255 bytes is one", WITH("\"meta\":{\"tenant\":\"" N255 "\"}"), COUNTS(1, 0, 0), -1},
    {"one of 256 has no place in a key", WITH("\"meta\":{\"tenant\":\"" N255 "n\"}"), COUNTS(0, 0, 1), FF_DEAD_BAD_TENANT},
    {"nor does the trace of a report name all tenants",
     FEEDBACK_FOR("{\"recipient\":\"reader@home.example\",\"tenant\":\"*\"}"), COUNTS(0, 0, 1), FF_DEAD_BAD_TENANT},
    {"all bad recipients of a record share a dead letter",
     WITH("\"recipient\":[\"\",null,7,\"c@d.example\"]"),
     COUNTS(1, 0, 1),
     FF_DEAD_MISSING_RECIPIENT},
    {"a batch hook sends an array of records", "[" BASE "}," BASE "}]", COUNTS(2, 0, 0), -1},
    {"a bad element dies alone", "[" BASE "},7," BASE "}]", COUNTS(2, 0, 1), FF_DEAD_JSON_SHAPE},
    {"an empty batch is answered", "[]", COUNTS(0, 1, 0), FF_IGNORED_NO_RESULT},
    {"numbers are no records", "[1,2,3]", COUNTS(0, 0, 3), FF_DEAD_JSON_SHAPE},
    {"a text is no record", "\"text\"", COUNTS(0, 0, 1), FF_DEAD_JSON_SHAPE},
    {"half a record takes nothing with it",
     BASE "}\n{\"type\":\"Bounce\",\"id\":\"7b\n" BASE "}",
     COUNTS(2, 0, 1), FF_DEAD_JSON_SYNTAX},
    {"two values on a line are none", BASE "}" BASE "}", COUNTS(0, 0, 1), FF_DEAD_JSON_SYNTAX},
    {"bytes that are not UTF-8", WITH("\"sender\":\"\xff\xfe\""), COUNTS(0, 0, 1), FF_DEAD_JSON_SYNTAX},
    {"a record type from the future", WITH(TYPE("Wormhole")), COUNTS(0, 0, 1), FF_DEAD_JSON_SHAPE},
    {"no response", WITH("\"response\":null"), COUNTS(0, 0, 1), FF_DEAD_JSON_SHAPE},
    {"a segment header", "# node out7, a record a line", COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"a Rejection is inbound, whatever it lacks",
     WITH(TYPE("Rejection") ",\"id\":\"\",\"recipient\":\"\""),
     COUNTS(0, 1, 0), FF_IGNORED_INBOUND},
    {"a log record of a log record",
     WITH("\"reception_protocol\":\"LogRecord\""),
     COUNTS(0, 1, 0), FF_IGNORED_LOG_HOOK},
    {"a log hook's queue", WITH("\"queue\":\"archive.log_hook\""), COUNTS(0, 1, 0), FF_IGNORED_LOG_HOOK},
    {"a Reception is no result", WITH(TYPE("Reception")), COUNTS(0, 1, 0), FF_IGNORED_RECEPTION},
    {"an AdminRebind", WITH(TYPE("AdminRebind")), COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"a DeferredInjectionRebind", WITH(TYPE("DeferredInjectionRebind")), COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"an XferOut", WITH(TYPE("XferOut")), COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"an XferIn", WITH(TYPE("XferIn")), COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"a transfer's queue",
     WITH("\"queue\":\"http://192.0.2.1:8001/.xfer.kumomta.internal\""),
     COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"a deferred injection is no delivery",
     WITH(TYPE("Delivery") ",\"recipient\":\"\",\"queue\":\"generator.kumomta.internal\","
      "\"delivery_protocol\":\"HttpInjectionGenerator\""),
     COUNTS(0, 1, 0), FF_IGNORED_INTERNAL},
    {"a complaint about a message to two",
     FEEDBACK_FOR("{\"recipient\":[\"a@b.example\",\"c@d.example\"]}"),
     COUNTS(2, 0, 0), -1},
    {"a complaint without a complainer", FEEDBACK_FOR("null"), COUNTS(0, 0, 1), FF_DEAD_MISSING_RECIPIENT},
    {"a Feedback record without its report", WITH(TYPE("Feedback")), COUNTS(0, 0, 1), FF_DEAD_JSON_SHAPE},
};

#endif
