/* postfix_cases.h: sentences about Postfix log lines; decode_postfix_test.c holds the decoder to them. */
#ifndef FF_TESTS_POSTFIX_CASES_H
#define FF_TESTS_POSTFIX_CASES_H

#include "ingest/decode/decode.h"

#define WANTS_MAX 12

#define ENVELOPE(members) "{" members "}"
#define AT "2026-08-06T08:00:00.123456+00:00 out7 "
#define LATER "2026-08-06T08:05:00.000000+00:00 out7 "
#define SMTP AT "postfix/smtp[31337]: "
#define TO "4hG07M1ZdDz7Qhl: to=<nobody@mail.example.net>, "
#define VIA "relay=mx1.mail.example.net[203.0.113.25]:25, delay=0.9, delays=0.1/0.02/0.5/0.28, "
#define MX "mx1.mail.example.net[203.0.113.25]"
#define BOUNCED(dsn, reason) SMTP TO VIA "dsn=" dsn ", status=bounced (" reason ")"
#define DEFERRED(dsn, reason) SMTP TO VIA "dsn=" dsn ", status=deferred (" reason ")"
#define SAID(reply) BOUNCED("5.1.1", "host " MX " said: " reply " (in reply to RCPT TO command)")
#define NONE(dsn, status, reason) SMTP TO "relay=none, delay=1, delays=1/0/0/0, dsn=" dsn ", status=" status " (" reason ")"

/* What the first event of a line holds ("!..." : must not hold). */
static const struct {
    const char *name, *log, *wants[WANTS_MAX];
} ones[] = {
    {"a refusal says who, whom, what and at which command", SAID("550 5.1.1 no such user"),
     {"\"kind\":\"bounce\"", "\"recipient\":\"nobody@mail.example.net\"", "\"reply_code\":550", "\"enhanced_code\":\"5.1.1\"",
      "\"reply_text\":\"no such user\"", "\"stage\":\"rcpt_to\"", "\"origin\":\"remote_reply\"", "\"message_id\":\"4hG07M1ZdDz7Qhl\"",
      "\"remote_host\":\"mx1.mail.example.net\"", "\"remote_ip\":\"203.0.113.25\"", "\"mta_node\":\"out7\"", "\"delay_ms\":900"}},
    {"the line's time is the event's, the queue id's the arrival", SAID("550 5.1.1 no"),
     {"\"event_time\":\"2026-08-06T08:00:00.123456Z\"", "\"queued_time\":\"2026-08-06T07:59:59.223456Z\"", "!flags"}},
    {"a plain syslog name is no egress source", SAID("550 5.1.1 no"), {"!egress_source", "\"tenant_id\":\"default\""}},
    {"a syslog name is the egress source, and mapped to a stream",
     AT "postfix-bulk/smtp[1]: " TO VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"egress_source\":\"postfix-bulk\"", "\"stream_id\":\"marketing\""}},
    {"a service's own name is the path before the program", AT "postfix/mx-pool3/smtp[1]: " TO VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"egress_source\":\"postfix/mx-pool3\"", "!stream_id"}},
    {"sent is a delivery at the end of data", SMTP TO VIA "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 12)",
     {"\"kind\":\"delivery\"", "\"reply_code\":250", "\"reply_text\":\"Ok: queued as 12\"", "\"stage\":\"end_of_data\""}},
    {"a mailbox of our own has no reply", AT "postfix/virtual[9]: " TO "relay=virtual, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)",
     {"\"kind\":\"delivery\"", "!reply_code", "!remote_host", "!\"origin\"", "delivered to maildir"}},
    {"an unknown user of our own is our policy", AT "postfix/virtual[9]: " TO "relay=virtual, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (unknown user: \"nobody@mail.example.net\")",
     {"\"kind\":\"bounce\"", "\"origin\":\"local_policy\"", "\"enhanced_code\":\"5.1.1\"", "!reply_code"}},
    {"deferred is transient", DEFERRED("4.2.0", "host " MX " said: 450 4.2.0 later (in reply to RCPT TO command)"),
     {"\"kind\":\"transient_failure\"", "\"reply_code\":450"}},
    {"SOFTBOUNCE keeps the mail in the queue, the reply is what was said",
     SMTP TO VIA "dsn=4.1.1, status=SOFTBOUNCE (host " MX " said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"kind\":\"transient_failure\"", "\"reply_code\":550", "\"enhanced_code\":\"5.1.1\""}},
    {"probes are no mail", SMTP TO VIA "dsn=5.1.1, status=undeliverable (host " MX " said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"kind\":\"probe\"", "\"reply_code\":550"}},
    {"a good probe ends at RCPT", SMTP TO VIA "dsn=2.1.5, status=deliverable (250 2.1.5 Ok)", {"\"kind\":\"probe\"", "\"stage\":\"rcpt_to\""}},
    /* replies */
    {"lines of a reply are joined by LF, without codes", SAID("550-5.1.1 The account 550-5.1.1 is gone. 550 5.1.1 Bye"),
     {"\"reply_text\":\"The account\\nis gone.\\nBye\"", "\"enhanced_code\":\"5.1.1\""}},
    {"the last line's status counts", SAID("550-5.2.1 a 550 5.1.1 b"), {"\"enhanced_code\":\"5.1.1\"", "\"reply_text\":\"a\\nb\""}},
    {"a status on the first line alone counts too", SAID("550-5.1.1 a 550 b"), {"\"enhanced_code\":\"5.1.1\"", "\"reply_text\":\"a\\nb\""}},
    {"an empty line in the middle stays", SAID("550-a 550- 550 b"), {"\"reply_text\":\"a\\n\\nb\""}},
    {"the code in a single line is text", SAID("550 5.1.1 error 550 5.1.1 again"), {"\"reply_text\":\"error 550 5.1.1 again\""}},
    {"a status is followed by a blank", SAID("550 5.1.1: no"), {"\"reply_text\":\"5.1.1: no\"", "\"enhanced_code\":\"5.1.1\""}},
    {"dsn=X.0.0 is no status", BOUNCED("5.0.0", "host " MX " said: 550 no (in reply to RCPT TO command)"), {"!enhanced_code"}},
    {"a status of another class is kept and marked", SAID("550 4.2.1 no"), {"\"enhanced_code\":\"4.2.1\"", "\"code_mismatch\""}},
    {"a code outside 200 to 599 is text", SAID("660 5.1.1 what"), {"!reply_code", "\"reply_text\":\"660 5.1.1 what\""}},
    {"the command is the one at the end", SAID("550 no (in reply to MAIL FROM command)"),
     {"\"stage\":\"rcpt_to\"", "\"reply_text\":\"no (in reply to MAIL FROM command)\""}},
    {"a reply may look like a result", SAID("550 5.1.1 no, dsn=2.0.0, status=sent (250 ok)"),
     {"\"kind\":\"bounce\"", "\"reply_text\":\"no, dsn=2.0.0, status=sent (250 ok)\""}},
    {"parentheses need not balance", SAID("550 5.1.1 ((sad :-( story)"), {"\"reply_text\":\"((sad :-( story)\""}},
    {"a protocol error is a reply", BOUNCED("5.5.0", "Protocol error: host " MX " said: 250 what (in reply to DATA command)"),
     {"\"stage\":\"data\"", "\"origin\":\"remote_reply\"", "\"reply_code\":250"}},
    {"bytes that are not UTF-8 stay in the reply and are repaired elsewhere",
     SMTP "4hG07M1ZdDz7Qhl: to=<caf\xe9@mail.example.net>, " VIA "dsn=5.1.1, status=bounced (host " MX " said: 550 5.1.1 n\xe9 (in reply to RCPT TO command))",
     {"\"recipient\":\"caf\xef\xbf\xbd@mail.example.net\"", "\"lossy_utf8\""}},
    {"IPv6 peers", SMTP TO "relay=mx6.example.net[2001:db8::25]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)",
     {"\"remote_ip\":\"2001:db8::25\"", "\"remote_host\":\"mx6.example.net\""}},
    {"a socket is no address", AT "postfix/lmtp[9]: " TO "relay=store.example.net[private/dovecot-lmtp], delay=0, delays=0/0/0/0, dsn=5.2.2, status=bounced (host store.example.net[private/dovecot-lmtp] said: 552 5.2.2 <nobody@mail.example.net> full (in reply to end of DATA command))",
     {"\"stage\":\"end_of_data\"", "\"remote_host\":\"store.example.net\"", "!remote_ip", "\"reply_code\":552"}},
    {"what our own store says behind a socket is our policy", AT "postfix/lmtp[9]: " TO "relay=store.example.net[private/dovecot-lmtp], delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (host store.example.net[private/dovecot-lmtp] said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"origin\":\"local_policy\"", "\"stage\":\"rcpt_to\"", "\"reply_code\":550"}},
    {"a filter on loopback is a hop of ours, by its literal address",
     SMTP TO "relay=127.0.0.1[127.0.0.1]:25, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host 127.0.0.1[127.0.0.1] said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"origin\":\"local_policy\"", "\"remote_ip\":\"127.0.0.1\""}},
    {"or by its port, whatever its name",
     SMTP TO "relay=filter.example.net[127.0.1.1]:10024, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host filter.example.net[127.0.1.1] said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"origin\":\"local_policy\""}},
    {"an MX on loopback, port 25, is somebody else's (a test's)",
     SMTP TO "relay=mx1.mail.example.net[127.0.1.1]:25, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host mx1.mail.example.net[127.0.1.1] said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"origin\":\"remote_reply\""}},
    {"the port of another host than the one that spoke says nothing of it",
     SMTP TO "relay=mx2.mail.example.net[127.0.1.2]:2525, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (host mx1.mail.example.net[127.0.1.1] said: 550 5.1.1 unknown (in reply to RCPT TO command))",
     {"\"origin\":\"remote_reply\""}},
    {"a filter that does not answer is the network's matter",
     SMTP TO "relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to 127.0.0.1[127.0.0.1]:10024: Connection refused)",
     {"\"origin\":\"local_network\""}},
    /* cut lines */
    {"a line without its end is marked", SMTP TO VIA "dsn=5.1.1, status=bounced (host " MX " said: 550 5.1.1 no such",
     {"\"truncated\"", "\"reply_text\":\"no such\"", "\"reply_code\":550"}},
    {"a command cut in its middle still tells the stage", SMTP TO VIA "dsn=5.1.1, status=bounced (host " MX " said: 550 5.1.1 no (in reply to RCP",
     {"\"truncated\"", "\"stage\":\"rcpt_to\"", "\"reply_text\":\"no\""}},
    {"a line cut behind its status is a result", SMTP TO VIA "dsn=5.1.1, status=bounced", {"\"kind\":\"bounce\"", "\"truncated\""}},
    /* banner, TLS, AUTH */
    {"a refused banner", DEFERRED("4.7.1", "host " MX " refused to talk to me: 554 5.7.1 listed"),
     {"\"stage\":\"banner\"", "\"reply_code\":554", "\"kind\":\"transient_failure\"", "\"origin\":\"remote_reply\""}},
    {"the same words on a bounce were said to EHLO", BOUNCED("5.7.1", "host " MX " refused to talk to me: 550 5.7.1 bad name"), {"\"stage\":\"helo\""}},
    {"STARTTLS refused", DEFERRED("4.7.0", "TLS is required, but host " MX " refused to start TLS: 454 4.7.0 not now"),
     {"\"stage\":\"starttls\"", "\"reply_code\":454", "\"origin\":\"remote_reply\""}},
    {"STARTTLS not offered is our policy", DEFERRED("4.7.4", "TLS is required, but was not offered by host " MX),
     {"\"stage\":\"starttls\"", "!reply_code", "\"origin\":\"local_policy\"", "\"remote_ip\":\"203.0.113.25\""}},
    {"AUTH refused", DEFERRED("4.7.8", "SASL authentication failed; server " MX " said: 535 5.7.8 bad password"),
     {"\"stage\":\"auth\"", "\"reply_code\":535", "\"enhanced_code\":\"5.7.8\"", "\"origin\":\"remote_reply\""}},
    /* nobody said anything */
    {"a refused connection", NONE("4.4.1", "deferred", "connect to mx.slow.example.org[203.0.113.40]:25: Connection refused"),
     {"\"origin\":\"local_network\"", "\"stage\":\"connect\"", "\"enhanced_code\":\"4.4.1\"", "!reply_code", "\"remote_ip\":\"203.0.113.40\""}},
    {"a lost connection, at its stage", DEFERRED("4.4.2", "lost connection with " MX " while sending end of data -- message may be sent more than once"),
     {"\"origin\":\"local_network\"", "\"stage\":\"end_of_data\""}},
    {"a timeout, at its stage", DEFERRED("4.4.2", "conversation with " MX " timed out while receiving the initial server greeting"),
     {"\"origin\":\"local_network\"", "\"stage\":\"banner\""}},
    {"no such domain", NONE("5.4.4", "bounced", "Host or domain name not found. Name service error for name=typo.example.org type=A: Host not found"),
     {"\"origin\":\"local_dns\"", "\"stage\":\"dns\"", "\"enhanced_code\":\"5.4.4\""}},
    {"a null MX", NONE("5.1.0", "bounced", "Domain typo.example.org does not accept mail (nullMX)"), {"\"origin\":\"local_dns\""}},
    {"a mail loop", NONE("5.4.6", "bounced", "mail for mail.example.net loops back to myself"), {"\"origin\":\"local_dns\""}},
    {"too large for the server, by our own reckoning", BOUNCED("5.3.4", "message size 9000 exceeds size limit 100 of server " MX),
     {"\"origin\":\"local_policy\"", "!reply_code", "\"remote_ip\":\"203.0.113.25\""}},
    {"the error transport says what the operator wrote", NONE("5.1.2", "bounced", "550 host said: 550 5.1.1 unknown"), {"\"origin\":\"local_policy\"", "!reply_code"}},
    {"a suspended destination is no attempt and repeats a reply",
     NONE("4.7.0", "deferred", "delivery temporarily suspended: host " MX " refused to talk to me: 421 4.7.0 busy"),
     {"\"origin\":\"local_queue\"", "\"stage\":\"queue\"", "\"reply_code\":421", "\"reply_inherited\"", "\"reply_text\":\"busy\""}},
    {"a suspended destination without a reply", NONE("4.4.1", "deferred", "delivery temporarily suspended: connect to " MX ":25: Connection refused"),
     {"\"origin\":\"local_queue\"", "!reply_inherited", "!reply_code"}},
    /* keys and addresses */
    {"keys that are not known are skipped", SMTP TO "relay=" MX ":25, conn_use=2, delay=1, delays=0/0/0/1, tls=may:none, new=1, dsn=2.0.0, status=sent (250 ok)",
     {"\"kind\":\"delivery\"", "\"delay_ms\":1000"}},
    {"an alias", SMTP TO "orig_to=<list@example.com>, " VIA "dsn=2.0.0, status=sent (250 ok)", {"\"original_recipient\":\"list@example.com\""}},
    {"a quoted local part may look like a result",
     SMTP "4hG07M1ZdDz7Qhl: to=<\"x, relay=none, dsn=2.0.0, status=sent (250 ok)\"@q.example.net>, " VIA "dsn=5.1.1, status=bounced (host " MX " said: 550 5.1.1 no (in reply to RCPT TO command))",
     {"\"kind\":\"bounce\"", "\"recipient\":\"\\\"x, relay=none, dsn=2.0.0, status=sent (250 ok)\\\"@q.example.net\""}},
    {"a quoted local part may hold an escaped quote and a bracket",
     SMTP "4hG07M1ZdDz7Qhl: to=<\"a\\\"b>, c\"@q.example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"recipient\":\"\\\"a\\\\\\\"b>, c\\\"@q.example.net\""}},
    {"an address without quotes may hold blanks and a quote (info_log_addr_form = internal)",
     SMTP "4hG07M1ZdDz7Qhl: to=<o\"brien the boss@q.example.net>, " VIA "dsn=5.1.1, status=bounced (host " MX " said: 550 \"no\" (in reply to RCPT TO command))",
     {"\"recipient\":\"o\\\"brien the boss@q.example.net\""}},
    /* joins */
    {"sender, message id, size and attempts come from earlier lines",
     AT "postfix/smtpd[1]: 3F2A91C0B7: client=localhost[127.0.0.1]\n" AT "postfix/cleanup[1]: 3F2A91C0B7: message-id=<m1@news.example.com>\n" AT
        "postfix/qmgr[1]: 3F2A91C0B7: from=<b+c42@rp.example.com>, size=4821, nrcpt=1 (queue active)\n" LATER
        "postfix/qmgr[1]: 3F2A91C0B7: from=<b+c42@rp.example.com>, size=4821, nrcpt=1 (queue active)\n" LATER
        "postfix/smtp[1]: 3F2A91C0B7: to=<a@example.net>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to " MX ":25: Connection refused)",
     {"\"mail_from\":\"b+c42@rp.example.com\"", "\"rfc_message_id\":\"m1@news.example.com\"", "\"size_bytes\":4821", "\"attempt\":2"}},
    {"a transport that logs under another name is the same message",
     AT "postfix-bulk/qmgr[1]: 3F2A91C0B8: from=<n@rp.example.com>, size=1, nrcpt=1 (queue active)\n" AT
        "postfix/pool/smtp[1]: 3F2A91C0B8: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"mail_from\":\"n@rp.example.com\""}},
    {"the same id on another host is another message",
     AT "postfix/qmgr[1]: 3F2A91C0B9: from=<n@rp.example.com>, size=1, nrcpt=1 (queue active)\n"
        "2026-08-06T08:00:00Z out8 postfix/smtp[1]: 3F2A91C0B9: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"!mail_from", "!attempt"}},
    {"a short id that was removed is a new message",
     AT "postfix/qmgr[1]: 3F2A91C0BA: from=<n@rp.example.com>, size=1, nrcpt=1 (queue active)\n" AT
        "postfix/qmgr[1]: 3F2A91C0BA: removed\n" AT "postfix/smtp[1]: 3F2A91C0BA: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"!mail_from"}},
    {"a short id that begins again is a new message, though its end was not seen",
     AT "postfix/qmgr[1]: 3F2A91C0BB: from=<old@rp.example.com>, size=1, nrcpt=1 (queue active)\n" AT
        "postfix/smtpd[1]: 3F2A91C0BB: client=localhost[127.0.0.1]\n" AT
        "postfix/qmgr[1]: 3F2A91C0BB: from=<new@rp.example.com>, size=1, nrcpt=1 (queue active)\n" AT
        "postfix/smtp[1]: 3F2A91C0BB: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"mail_from\":\"new@rp.example.com\"", "\"attempt\":1"}},
    /* times without year and zone */
    {"the queue id says the year", "Aug  6 08:00:00 out7 postfix/smtp[1]: " TO VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"event_time\":\"2026-08-06T08:00:00.000000Z\"", "\"year_inferred\""}},
    {"queue id and delay say the zone", "Aug  6 13:30:00 out7 postfix/smtp[1]: " TO VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"event_time\":\"2026-08-06T08:00:00.000000Z\""}},
    {"a difference that is no zone stays", "Aug  6 08:07:00 out7 postfix/smtp[1]: " TO VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"event_time\":\"2026-08-06T08:07:00.000000Z\""}},
    {"without a queue id that helps, the record's time says the year",
     "Nov 30 08:00:00 out7 postfix/smtp[1]: 3F2A91C0BC: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"event_time\":\"2025-11-30T08:00:00.000000Z\"", "\"year_inferred\""}},
    {"a container runtime wrote the line in the year before it was read",
     "2025-01-02T08:00:00.1Z stdout F Nov 30 08:00:00 out7 postfix/smtp[1]: 3F2A91C0BC: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"event_time\":\"2024-11-30T08:00:00.000000Z\"", "\"year_inferred\""}},
    {"a container's line in an envelope that was made a year later",
     ENVELOPE("\"@timestamp\":\"2026-01-02T08:00:00Z\",\"message\":\"2025-01-02T08:00:00.1Z stdout F Nov 30 08:00:00 out7 postfix/smtp[1]: "
              "3F2A91C0BC: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)\""),
     {"\"event_time\":\"2024-11-30T08:00:00.000000Z\""}},
    {"29 February is of the latest year that has one",
     "Feb 29 08:00:00 out7 postfix/smtp[1]: 3F2A91C0BC: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {"\"event_time\":\"2024-02-29T08:00:00.000000Z\"", "\"year_inferred\""}},
};

/* Events, ignored units and dead letters of a value; reason is the last one's, -1: not looked at. */
static const struct {
    const char *name, *value;
    struct {
        int events, ignored, dead;
    } want;
    int reason;
} counts[] = {
    {"nothing is no item", "", {0, 0, 0}, -1},
    {"no year has a 30 February", "Feb 30 08:00:00 out7 postfix/smtp[1]: 3F2A91C0BC: to=<a@example.net>, " VIA "dsn=2.0.0, status=sent (250 ok)",
     {0, 0, 1}, FF_DEAD_BAD_TIME},
    {"the queue id is of a year that has no 29 February", "Feb 29 08:00:00 out7 postfix/smtp[1]: " TO VIA "dsn=2.0.0, status=sent (250 ok)",
     {0, 0, 1}, FF_DEAD_BAD_TIME},
    {"blank lines are no items", "\n \r\n\t\n", {0, 0, 0}, -1},
    {"several lines in one record are several items, CRLF or LF", SAID("550 no") "\r\n" SAID("550 no") "\n\n", {2, 0, 0}, -1},
    {"a byte order mark is no part of the first line", "\xef\xbb\xbf" SAID("550 no"), {1, 0, 0}, -1},
    {"message-id informs later lines", AT "postfix/cleanup[1]: 4hG07M1ZdDz7Qhl: message-id=<m1@example.com>", {0, 1, 0}, FF_IGNORED_CONTEXT},
    {"so does the queue manager's line", AT "postfix/qmgr[1]: 4hG07M1ZdDz7Qhl: from=<a@example.com>, size=1, nrcpt=1 (queue active)", {0, 1, 0}, FF_IGNORED_CONTEXT},
    {"so does the client", AT "postfix/smtpd[1]: 4hG07M1ZdDz7Qhl: client=localhost[127.0.0.1]", {0, 1, 0}, FF_IGNORED_CONTEXT},
    {"and local submission", AT "postfix/pickup[1]: 4hG07M1ZdDz7Qhl: uid=0 from=<root>", {0, 1, 0}, FF_IGNORED_CONTEXT},
    {"and a logged header", AT "postfix/cleanup[1]: 4hG07M1ZdDz7Qhl: info: header Subject: to=<x> from localhost[127.0.0.1]; from=<a@example.com> to=<b@example.net> proto=ESMTP helo=<h>", {0, 1, 0}, FF_IGNORED_CONTEXT},
    {"a notice about a notification", AT "postfix/bounce[1]: 4hG07M1ZdDz7Qhl: sender non-delivery notification: 4hG07N0abcz7Qhm", {0, 1, 0}, FF_IGNORED_CONTEXT},
    {"the end of a message", AT "postfix/qmgr[1]: 4hG07M1ZdDz7Qhl: removed", {0, 1, 0}, FF_IGNORED_INTERNAL},
    {"the daemon starts", AT "postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix", {0, 1, 0}, FF_IGNORED_INTERNAL},
    {"the daemon stops", AT "postfix/postfix-script[1]: stopping the Postfix mail system", {0, 1, 0}, FF_IGNORED_INTERNAL},
    {"a client connects", AT "postfix/smtpd[1]: connect from unknown[192.0.2.1]", {0, 1, 0}, FF_IGNORED_INBOUND},
    {"a client is refused, even with another server's words", AT "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <x@example.net>: undeliverable address: host " MX " said: 550 5.1.1 unknown (in reply to RCPT TO command); from=<a@example.com> to=<x@example.net> proto=ESMTP helo=<h>", {0, 1, 0}, FF_IGNORED_INBOUND},
    {"postscreen is inbound", AT "postfix/postscreen[1]: PREGREET 11 after 0.1 from [192.0.2.1]:4000: EHLO x", {0, 1, 0}, FF_IGNORED_INBOUND},
    {"an attempt at one of several hosts", AT "postfix/smtp[1]: 4hG07M1ZdDz7Qhl: host " MX " said: 450 4.2.0 later (in reply to RCPT TO command)", {0, 1, 0}, FF_IGNORED_NEXT_HOST},
    {"a host that cannot be reached", AT "postfix/smtp[1]: connect to " MX ":25: Connection refused", {0, 1, 0}, FF_IGNORED_NEXT_HOST},
    {"a warning of the SMTP client", AT "postfix/smtp[1]: warning: " MX ":25: response longer than 2048: 550 xx", {0, 1, 0}, FF_IGNORED_NO_RESULT},
    {"repeated lines that syslog folded", AT "postfix/smtp[1]: message repeated 2 times: [ " TO VIA "dsn=2.0.0, status=sent (250 ok)]", {0, 1, 0}, FF_IGNORED_NO_RESULT},
    {"another program", AT "sshd[1]: Accepted publickey for root", {0, 1, 0}, FF_IGNORED_OTHER_PROGRAM},
    {"another program that knows the queue id", AT "opendkim[1]: 4hG07M1ZdDz7Qhl: DKIM-Signature field added", {0, 1, 0}, FF_IGNORED_OTHER_PROGRAM},
    {"mail thrown away by discard is no delivery", NONE("2.0.0", "sent", "silently"), {0, 1, 0}, FF_IGNORED_INTERNAL},
    {"what is no log line", "hello world", {0, 0, 1}, FF_DEAD_SYSLOG_PREFIX},
    {"bytes", "\x01\x02\xff\xfe garbage \x80", {0, 0, 1}, FF_DEAD_SYSLOG_PREFIX},
    {"a result without status", SMTP TO "relay=none, delay=1", {0, 0, 1}, FF_DEAD_POSTFIX_GRAMMAR},
    {"a result with a status that does not exist", SMTP TO VIA "dsn=5.1.1, status=bouncee (x)", {0, 0, 1}, FF_DEAD_POSTFIX_GRAMMAR},
    {"a recipient without end", SMTP "4hG07M1ZdDz7Qhl: to=<\"abc", {0, 0, 1}, FF_DEAD_POSTFIX_GRAMMAR},
    {"an empty recipient", SMTP "4hG07M1ZdDz7Qhl: to=<>, " VIA "dsn=2.0.0, status=sent (250 ok)", {0, 0, 1}, FF_DEAD_MISSING_RECIPIENT},
    {"an expiry whose recipients nobody knows", AT "postfix/qmgr[1]: 3F2A91C0BD: from=<a@example.com>, status=expired, returned to sender", {0, 0, 1}, FF_DEAD_MISSING_RECIPIENT},
    {"JSON that holds no line", "{\"a\":1}", {0, 0, 1}, FF_DEAD_JSON_SHAPE},
    {"JSON that is none", "{\"message\":", {0, 0, 1}, FF_DEAD_JSON_SYNTAX},
    {"an array of envelopes is several items", "[{\"message\":\"" SAID("550 no") "\"},{\"message\":\"" SAID("550 no") "\"}]", {2, 0, 0}, -1},
    {"an element that is none is dead alone", "[{\"message\":\"" SAID("550 no") "\"},7]", {1, 0, 1}, FF_DEAD_JSON_SHAPE},
    {"an empty array", "[]", {0, 0, 1}, FF_DEAD_JSON_SHAPE},
    {"an empty message", "{\"message\":\"\"}", {0, 1, 0}, FF_IGNORED_NO_RESULT},
    {"an envelope of another program", "{\"message\":\"hello\",\"host\":\"out7\",\"program\":\"cron\",\"timestamp\":\"2026-08-06T08:00:00Z\"}", {0, 1, 0}, FF_IGNORED_OTHER_PROGRAM},
};

/* All of these are one result: host out7, 2026-08-06 08:00:00, bounce of nobody@mail.example.net. */
#define TEXT TO VIA "dsn=5.1.1, status=bounced (host " MX " said: 550 5.1.1 no (in reply to RCPT TO command))"
static const struct {
    const char *name, *value;
} shapes[] = {
    {"rsyslog's file format", AT "postfix/smtp[31337]: " TEXT},
    {"rsyslog to Kafka, with its newline", AT "postfix/smtp[31337]: " TEXT "\n"},
    {"seconds and a zone", "2026-08-06T10:00:00+02:00 out7 postfix/smtp[31337]: " TEXT},
    {"RFC 3164", "Aug  6 08:00:00 out7 postfix/smtp[31337]: " TEXT},
    {"RFC 3164 with a priority", "<22>Aug  6 08:00:00 out7 postfix/smtp[31337]: " TEXT},
    {"RFC 3164 without host", "Aug  6 08:00:00 postfix/smtp[31337]: " TEXT},
    {"RFC 5424, program cut at the slash", "<22>1 2026-08-06T08:00:00.123456+00:00 out7 postfix 31337 - -  " TEXT},
    {"RFC 5424 with structured data and a byte order mark", "<22>1 2026-08-06T08:00:00Z out7 postfix/smtp 31337 - [a@1 x=\"y\\\"]\"][b z=\"1\"] \xef\xbb\xbf" TEXT},
    {"RFC 5424 of a program with a name of its own, cut", "<22>1 2026-08-06T08:00:00Z out7 relay-a 31337 - - " TEXT},
    {"a tag of 32 characters, cut", "<22>2026-08-06T08:00:00.123456+00:00 out7 postfix-transactional-a/smtp[313 " TEXT},
    {"Solaris message ids", "Aug  6 08:00:00 out7 postfix/smtp[31337]: [ID 197553 mail.info] " TEXT},
    {"a container's standard output", "2026-08-06T08:00:00.123456789Z stdout F Aug  6 08:00:00 out7 postfix/smtp[31337]: " TEXT},
    {"only a tag, time from the record", "postfix/smtp[31337]: " TEXT},
    {"nothing but the text", TEXT},
    {"Vector, parsed", ENVELOPE("\"appname\":\"postfix/smtp\",\"host\":\"out7\",\"hostname\":\"out7\",\"message\":\"" TEXT "\",\"procid\":31337,\"timestamp\":\"2026-08-06T08:00:00.123Z\"")},
    {"Vector, a file on a collector", ENVELOPE("\"file\":\"/var/log/mail.log\",\"host\":\"collector1\",\"message\":\"" AT "postfix/smtp[1]: " TEXT "\",\"timestamp\":\"2026-08-06T09:00:00Z\"")},
    {"Filebeat", ENVELOPE("\"@timestamp\":\"2026-08-06T09:00:00.000Z\",\"host\":{\"name\":\"out7\"},\"log\":{\"offset\":1,\"file\":{\"path\":\"x\"}},\"message\":\"Aug  6 08:00:00 out7 postfix/smtp[1]: " TEXT "\"")},
    {"Fluent Bit, tail", ENVELOPE("\"@timestamp\":1786006800.157936,\"log\":\"Aug  6 08:00:00 out7 postfix/smtp[1]: " TEXT "\\n\"")},
    {"Fluent Bit, parsed", ENVELOPE("\"@timestamp\":1786003200.1,\"pri\":\"22\",\"time\":\"Aug  6 08:00:00\",\"host\":\"out7\",\"ident\":\"postfix/smtp\",\"pid\":\"1\",\"message\":\"" TEXT "\"")},
    {"a parsed time without year, no other", ENVELOPE("\"time\":\"Aug  6 08:00:00\",\"host\":\"out7\",\"ident\":\"postfix/smtp\",\"message\":\"" TEXT "\"")},
    {"journald", ENVELOPE("\"__REALTIME_TIMESTAMP\":\"1786003200188218\",\"_HOSTNAME\":\"out7\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"MESSAGE\":\"" TEXT "\"")},
    {"rsyslog's JSON, with escaped slashes and the tag whole", ENVELOPE("\"@timestamp\":\"2026-08-06T08:00:00.2+00:00\",\"host\":\"out7\",\"syslogtag\":\"postfix\\/smtp[31337]:\",\"program\":\"postfix\",\"message\":\" " TEXT "\"")},
    {"syslog-ng", ENVELOPE("\"PROGRAM\":\"postfix/smtp\",\"PID\":\"1\",\"MESSAGE\":\"" TEXT "\",\"ISODATE\":\"2026-08-06T08:00:00+00:00\",\"HOST\":\"out7\"")},
    {"Logstash", ENVELOPE("\"@timestamp\":\"2026-08-06T08:00:00.167Z\",\"host\":\"out7\",\"program\":\"postfix/smtp\",\"message\":\"" TEXT "\"")},
    {"JSON that is not UTF-8 is repaired", ENVELOPE("\"x\":\"\xe9\",\"@timestamp\":\"2026-08-06T08:00:00.167Z\",\"host\":\"out7\",\"program\":\"postfix/smtp\",\"message\":\"" TEXT "\"")},
};

#endif
