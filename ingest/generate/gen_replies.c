/* gen_replies.c: see gen_replies.h. Domains are example names; MX hosts are the real ones, since a receiver is known by
 * its MX. Remote addresses are documentation ranges (RFC 5737). */
#include "ingest/generate/gen_replies.h"

#define BOUNCE FF_KIND_BOUNCE, FF_ORIGIN_REMOTE_REPLY
#define DEFER FF_KIND_TRANSIENT_FAILURE, FF_ORIGIN_REMOTE_REPLY
#define RCPT FF_STAGE_RCPT_TO
#define MAIL FF_STAGE_MAIL_FROM
#define EOD FF_STAGE_END_OF_DATA
#define E FF_ENHANCED

const struct gen_reply gen_replies[] = {
    {GEN_DELIVERED, GEN_HOST_ANY, FF_KIND_DELIVERY, FF_ORIGIN_REMOTE_REPLY, EOD, 250, E(2, 0, 0), "OK: queued as {id}"},
    {GEN_DELIVERED, GEN_HOST_GOOGLE, FF_KIND_DELIVERY, FF_ORIGIN_REMOTE_REPLY, EOD, 250, E(2, 0, 0),
     "OK  {n} {id} - gsmtp"},
    {GEN_DELIVERED, GEN_HOST_EXCHANGE, FF_KIND_DELIVERY, FF_ORIGIN_REMOTE_REPLY, EOD, 250, E(2, 6, 0),
     "<{id}@{from}> [InternalId={n}] 48213 bytes in 0.214, 219.8 KB/sec Queued mail for delivery"},
    {GEN_DELIVERED, GEN_HOST_YAHOO, FF_KIND_DELIVERY, FF_ORIGIN_REMOTE_REPLY, EOD, 250, 0, "ok dirdel"},

    {GEN_DEAD, GEN_HOST_GOOGLE, BOUNCE, RCPT, 550, E(5, 1, 1),
     "The email account that you tried to reach does not exist. Please try\n"
     "double-checking the recipient's email address for typos or\n"
     "unnecessary spaces. For more information, go to\n"
     " https://support.google.com/mail/?p=NoSuchUser {id} - gsmtp"},
    {GEN_DEAD, GEN_HOST_OUTLOOK, BOUNCE, RCPT, 550, E(5, 5, 0),
     "Requested action not taken: mailbox unavailable (S2017062302). [{id}.{host} {n}]"},
    {GEN_DEAD, GEN_HOST_EXCHANGE, BOUNCE, RCPT, 550, E(5, 4, 1),
     "Recipient address rejected: Access denied. [{id}.{host}]"},
    {GEN_DEAD, GEN_HOST_EXCHANGE, BOUNCE, RCPT, 550, E(5, 1, 10),
     "RESOLVER.ADR.RecipientNotFound; Recipient {rcpt} not found by SMTP address lookup"},
    {GEN_DEAD, GEN_HOST_YAHOO, BOUNCE, EOD, 554, 0,
     "delivery error: dd This user doesn't have a yahoo.com account ({rcpt}) [0] - {host}"},
    {GEN_DEAD, GEN_HOST_POSTFIX, BOUNCE, RCPT, 550, E(5, 1, 1),
     "<{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table"},
    {GEN_DEAD, GEN_HOST_POSTFIX, BOUNCE, RCPT, 550, E(5, 1, 1),
     "<{rcpt}>: Recipient address rejected: User unknown in local recipient table"},
    {GEN_DEAD, GEN_HOST_POSTFIX, BOUNCE, RCPT, 550, E(5, 1, 2),
     "<{rcpt}>: Recipient address rejected: Domain not found"},
    {GEN_DEAD, GEN_HOST_EXIM, BOUNCE, RCPT, 550, 0, "No such user here"},
    {GEN_DEAD, GEN_HOST_EXIM, BOUNCE, RCPT, 550, E(5, 1, 1), "<{rcpt}> unknown recipient"},
    {GEN_DEAD, GEN_HOST_GMX, BOUNCE, RCPT, 550, 0,
     "Requested action not taken: mailbox unavailable\nFor explanation visit "
     "https://postmaster.gmx.net/en/error-messages?ip={ip}&c=hi"},
    {GEN_DEAD, GEN_HOST_ORANGE, BOUNCE, RCPT, 550, E(5, 1, 1),
     "Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [{n}]"},
    {GEN_DEAD_4XX, GEN_HOST_POSTFIX, DEFER, RCPT, 450, E(4, 1, 1),
     "<{rcpt}>: Recipient address rejected: unverified address: unknown user"},
    {GEN_INACTIVE, GEN_HOST_GOOGLE, BOUNCE, RCPT, 550, E(5, 2, 1),
     "The email account that you tried to reach is inactive. For more\n"
     "information, go to https://support.google.com/mail/?p=DisabledUser {id} - gsmtp"},
    {GEN_INACTIVE, GEN_HOST_YAHOO, BOUNCE, RCPT, 554, 0,
     "30 Sorry, your message to {rcpt} cannot be delivered. This mailbox is disabled (554.30)."},
    {GEN_INACTIVE, GEN_HOST_ANY, BOUNCE, RCPT, 550, E(5, 2, 1), "<{rcpt}>: this account has been disabled"},
    {GEN_SYNTAX, GEN_HOST_ANY, BOUNCE, RCPT, 553, E(5, 1, 3), "<{rcpt}>: bad recipient address syntax"},

    {GEN_FULL, GEN_HOST_GOOGLE, DEFER, RCPT, 452, E(4, 2, 2),
     "The recipient's inbox is out of storage space. Please direct the\n"
     "recipient to https://support.google.com/mail/?p=OverQuotaTemp {id} - gsmtp"},
    {GEN_FULL, GEN_HOST_ANY, DEFER, RCPT, 452, E(4, 2, 2), "<{rcpt}>: mailbox is full, quota exceeded"},
    {GEN_FULL, GEN_HOST_POSTFIX, BOUNCE, RCPT, 552, E(5, 2, 2), "<{rcpt}>: user is over quota"},
    {GEN_BLOCKED_BY_USER, GEN_HOST_ANY, BOUNCE, RCPT, 550, E(5, 7, 1),
     "<{rcpt}>: the recipient has blocked this sender"},
    {GEN_ODD, GEN_HOST_EXCHANGE, BOUNCE, RCPT, 550, E(5, 7, 133),
     "RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because "
     "the sender was not authenticated when sending to this group"},
    {GEN_ODD, GEN_HOST_ANY, BOUNCE, RCPT, 554, E(5, 7, 1), "<{rcpt}>: Relay access denied"},
    {GEN_ODD, GEN_HOST_EXIM, BOUNCE, EOD, 550, E(5, 1, 1), "unknown user <{rcpt}>"},
    {GEN_ODD, GEN_HOST_EXCHANGE, BOUNCE, EOD, 554, E(5, 4, 14),
     "Hop count exceeded - possible mail loop ATTR34 [{id}.{host}]"},
    {GEN_ODD, GEN_HOST_ANY, BOUNCE, EOD, 550, 0, "permanent failure for one or more recipients"},
    {GEN_ODD, GEN_HOST_ANY, BOUNCE, EOD, 554, E(5, 0, 0), "Transaction failed"},

    {GEN_GREYLIST, GEN_HOST_POSTFIX, DEFER, RCPT, 450, E(4, 2, 0),
     "<{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{domain}.html"},
    {GEN_GREYLIST, GEN_HOST_ANY, DEFER, RCPT, 451, E(4, 7, 1),
     "Greylisting in action, please come back in 300 seconds"},
    {GEN_BUSY, GEN_HOST_GOOGLE, DEFER, EOD, 421, E(4, 7, 28),
     "Our system has detected an unusual rate of unsolicited mail\noriginating from your IP address. To protect our "
     "users from spam, mail sent\n"
     "from your IP address has been temporarily rate limited. {id} - gsmtp"},
    {GEN_BUSY, GEN_HOST_GOOGLE, DEFER, RCPT, 450, E(4, 2, 1),
     "The user you are trying to contact is receiving mail at a rate that\nprevents additional messages from being "
     "delivered. {id} - gsmtp"},
    {GEN_BUSY, GEN_HOST_YAHOO, DEFER, MAIL, 421, E(4, 7, 0),
     "[TSS04] Messages from {ip} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see "
     "https://postmaster.yahooinc.com/error-codes"},
    {GEN_BUSY, GEN_HOST_ANY, DEFER, RCPT, 451, E(4, 3, 0), "Temporary lookup failure"},
    {GEN_BUSY, GEN_HOST_ANY, DEFER, MAIL, 452, E(4, 3, 1), "Insufficient system storage"},
    {GEN_BUSY, GEN_HOST_EXCHANGE, DEFER, EOD, 451, E(4, 7, 500),
     "Server busy. Please try again later from [{ip}]. (S77719) [{id}.{host}]"},
    {GEN_BUSY, GEN_HOST_ORANGE, DEFER, MAIL, 421, 0,
     "{host} Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 "
     "[104]"},
    {GEN_BUSY, GEN_HOST_EXIM, DEFER, RCPT, 452, E(4, 5, 3), "Too many recipients received this session"},
    {GEN_LOCAL, GEN_HOST_ANY, FF_KIND_TRANSIENT_FAILURE, FF_ORIGIN_LOCAL_NETWORK, FF_STAGE_CONNECT, 400, 0,
     "KumoMTA internal: failed to connect to any candidate hosts: connect to {host}:25: deadline has elapsed"},
    {GEN_LOCAL, GEN_HOST_ANY, FF_KIND_TRANSIENT_FAILURE, FF_ORIGIN_LOCAL_DNS, FF_STAGE_DNS, 451, E(4, 4, 4),
     "failed to resolve queue {domain}: MX lookup for {domain} failed after 107.319ms: SERVFAIL"},

    {GEN_BLOCK, GEN_HOST_GOOGLE, BOUNCE, EOD, 550, E(5, 7, 1),
     "Our system has detected that this message is\nlikely unsolicited mail. To reduce the amount of spam sent to "
     "Gmail,\n"
     "this message has been blocked. {id} - gsmtp"},
    {GEN_BLOCK, GEN_HOST_OUTLOOK, BOUNCE, MAIL, 550, E(5, 7, 1),
     "Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since part of "
     "their network is on our block list (S3150). [{id}.{host}]"},
    {GEN_BLOCK, GEN_HOST_EXCHANGE, BOUNCE, RCPT, 550, E(5, 7, 606),
     "Access denied, banned sending IP [{ip}]. To request removal from this list please visit "
     "https://sender.office.com/ [{id}.{host}]"},
    {GEN_BLOCK, GEN_HOST_POSTFIX, BOUNCE, RCPT, 554, E(5, 7, 1),
     "Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/{ip}"},
    {GEN_BLOCK, GEN_HOST_POSTFIX, BOUNCE, RCPT, 550, E(5, 1, 1),
     "Service unavailable; Client host [{ip}] blocked using b.barracudacentral.org"},
    {GEN_BLOCK, GEN_HOST_POSTFIX, BOUNCE, MAIL, 550, E(5, 7, 1),
     "<b@{from}>: Sender address rejected: Domain not found"},
    {GEN_BLOCK, GEN_HOST_EXIM, BOUNCE, RCPT, 550, E(5, 1, 1), "Sender verify failed"},
    {GEN_BLOCK, GEN_HOST_EXIM, BOUNCE, EOD, 552, E(5, 3, 4), "Message size exceeds maximum permitted"},
    {GEN_BLOCK, GEN_HOST_EXIM, BOUNCE, EOD, 554, E(5, 7, 1), "This message contains a virus or other harmful content"},
    {GEN_BLOCK, GEN_HOST_YAHOO, BOUNCE, EOD, 554, E(5, 7, 9),
     "Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes"},
    {GEN_BUSY, GEN_HOST_GMX, DEFER, FF_STAGE_BANNER, 554, 0,
     "{host} Nemesis ESMTP Service not available\nNo SMTP service\nIP address is block listed. For explanation visit "
     "https://postmaster.gmx.net/en/case?c=r0601&i=ip&v={ip}"},
    {GEN_BLOCK, GEN_HOST_ORANGE, BOUNCE, EOD, 550, E(5, 7, 0), "Mail rejete. Mail rejected. OFR_506 [506]"},
    {GEN_BLOCK, GEN_HOST_ANY, BOUNCE, EOD, 550, E(5, 7, 23),
     "SPF validation failed: {ip} is not allowed to send mail from {from}"},
    {GEN_BLOCK, GEN_HOST_ANY, BOUNCE, EOD, 550, E(5, 6, 0),
     "Message headers are not RFC 5322 compliant: duplicate From header"},
    {GEN_BLOCK, GEN_HOST_ANY, BOUNCE, RCPT, 550, E(5, 7, 1), "Mail from your country is not accepted here (GeoIP)"},
    {GEN_BLOCK, GEN_HOST_POSTFIX, BOUNCE, MAIL, 530, E(5, 7, 0), "Must issue a STARTTLS command first"},

    {GEN_LISTED, GEN_HOST_ANY, BOUNCE, RCPT, 554, E(5, 7, 1),
     "Service unavailable; Client host [{ip}] blocked using bl.spamcop.net; Blocked - see "
     "https://www.spamcop.net/bl.shtml?{ip}"},
    {GEN_DMARC, GEN_HOST_GOOGLE, BOUNCE, EOD, 550, E(5, 7, 26),
     "Unauthenticated email from {from} is not accepted due to domain's\nDMARC policy. Please contact the "
     "administrator of {from} domain if this\n"
     "was a legitimate mail. {id} - gsmtp"},
    {GEN_DMARC, GEN_HOST_EXCHANGE, BOUNCE, EOD, 550, E(5, 7, 509),
     "Access denied, sending domain {from} does not pass DMARC verification and has a DMARC policy of reject. "
     "[{id}.{host}]"},
    {GEN_DMARC, GEN_HOST_ANY, BOUNCE, EOD, 550, E(5, 7, 1),
     "Rejected: message from {from} failed DMARC evaluation (p=reject)"},
    {GEN_HARVEST, GEN_HOST_ANY, BOUNCE, RCPT, 550, E(5, 1, 1), "Too many invalid recipients"},
    {GEN_HARVEST, GEN_HOST_EXIM, BOUNCE, RCPT, 554, E(5, 7, 1), "Directory harvest attack detected from {ip}"},

    {GEN_OOB, GEN_HOST_ANY, FF_KIND_OOB, FF_ORIGIN_REMOTE_DSN, FF_STAGE_UNSPECIFIED, 550, E(5, 1, 1),
     "User unknown; the message could not be delivered to {rcpt}"},
    {GEN_COMPLAINT, GEN_HOST_ANY, FF_KIND_FEEDBACK, FF_ORIGIN_FEEDBACK_LOOP, FF_STAGE_UNSPECIFIED, 0, 0, ""},
    {GEN_EXPIRED, GEN_HOST_ANY, FF_KIND_EXPIRATION, FF_ORIGIN_LOCAL_QUEUE, FF_STAGE_UNSPECIFIED, 551, E(5, 4, 7),
     "Next delivery time would be 5days 1h 12m after creation, which exceeds max_age=5days"},
    {GEN_ADMIN, GEN_HOST_ANY, FF_KIND_ADMIN_BOUNCE, FF_ORIGIN_LOCAL_POLICY, FF_STAGE_UNSPECIFIED, 551, E(5, 7, 1),
     "Administrator bounced with reason: order withdrawn by the customer"},
};
const size_t gen_reply_count = sizeof gen_replies / sizeof gen_replies[0];

const struct gen_receiver gen_receivers[] = {
    {"mail.example.com", GEN_HOST_GOOGLE, "gmail-smtp-in.l.google.com", {203, 0, 113, 26}},
    {"studio.example.org", GEN_HOST_GOOGLE, "aspmx.l.google.com", {203, 0, 113, 27}},
    {"schule.example.net", GEN_HOST_GOOGLE, "alt1.aspmx.l.google.com", {203, 0, 113, 28}},
    {"post.example.com", GEN_HOST_GOOGLE, "gmail-smtp-in.l.google.com", {203, 0, 113, 26}},
    {"live.example.com", GEN_HOST_OUTLOOK, "outlook-com.olc.protection.outlook.com", {203, 0, 113, 33}},
    {"heim.example.net", GEN_HOST_OUTLOOK, "hotmail-com.olc.protection.outlook.com", {203, 0, 113, 34}},
    {"firma.example.com", GEN_HOST_EXCHANGE, "firma-example-com.mail.protection.outlook.com", {203, 0, 113, 36}},
    {"bureau.example.org", GEN_HOST_EXCHANGE, "bureau-example-org.mail.protection.outlook.com", {203, 0, 113, 37}},
    {"yh.example.com", GEN_HOST_YAHOO, "mta7.am0.yahoodns.net", {203, 0, 113, 73}},
    {"ao.example.com", GEN_HOST_YAHOO, "mx-aol.mail.gm0.yahoodns.net", {203, 0, 113, 84}},
    {"verein.example.net", GEN_HOST_POSTFIX, "mx1.verein.example.net", {192, 0, 2, 25}},
    {"campus.example.edu.example", GEN_HOST_POSTFIX, "mx.campus.example.edu.example", {192, 0, 2, 26}},
    {"tienda.example.org", GEN_HOST_POSTFIX, "correo.tienda.example.org", {192, 0, 2, 27}},
    {"hosting.example.net", GEN_HOST_EXIM, "mx01.hosting.example.net", {192, 0, 2, 40}},
    {"handwerk.example.com", GEN_HOST_EXIM, "mail.handwerk.example.com", {192, 0, 2, 41}},
    {"gx.example.de.example", GEN_HOST_GMX, "mx00.gmx.net", {192, 0, 2, 50}},
    {"og.example.fr.example", GEN_HOST_ORANGE, "smtp-in.orange.fr", {192, 0, 2, 60}},
};
const size_t gen_receiver_count = sizeof gen_receivers / sizeof gen_receivers[0];
