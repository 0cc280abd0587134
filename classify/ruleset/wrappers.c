/* wrappers.c: see wrappers.h. */
#include "classify/ruleset/wrappers.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

const struct ff_wrapper ff_wrappers[] = {
    {"smtp error from remote mail server after rcpt to A host H I", FF_HINT_AT_RCPT},
    {"smtp error from remote mail server after rcpt to A", FF_HINT_AT_RCPT},
    {"smtp error from remote mail server after mail from + host H I", FF_HINT_AT_MAIL},
    {"smtp error from remote mail server after mail from A", FF_HINT_AT_MAIL},
    {"smtp error from remote mail server after pipelined mail from + host H I", FF_HINT_AT_MAIL},
    {"smtp error from remote mail server after pipelined end of data host H I", FF_HINT_AT_DATA_END},
    {"smtp error from remote mail server after pipelined sending data block host H I", FF_HINT_AT_DATA_END},
    {"smtp error from remote mail server after end of data host H I", FF_HINT_AT_DATA_END},
    {"smtp error from remote mail server after end of data", FF_HINT_AT_DATA_END},
    {"smtp error from remote mail server after initial connection host H I", FF_HINT_AT_CONNECT},
    {"smtp error from remote mail server after initial connection", FF_HINT_AT_CONNECT},
    {"smtp error from remote mail server after ehlo H host H I", FF_HINT_AT_CONNECT},
    {"smtp error from remote mail server after helo H host H I", FF_HINT_AT_CONNECT},
    {"smtp error from remote mail server after + host H I", 0},
    {"smtp error from remote mail server after", 0},
    {"smtp error from remote server for + command host H I", 0},
    {"smtp error from remote server for + command", 0},
    {"smtp error from remote server", 0},
    {"smtp error from remote mailer after + host H I", 0},
    {"in reply to end of data command", FF_HINT_AT_DATA_END},
    {"in reply to message content", FF_HINT_AT_DATA_END},
    {"in reply to rcpt to command", FF_HINT_AT_RCPT},
    {"in reply to mail from command", FF_HINT_AT_MAIL},
    {"in reply to helo command", FF_HINT_AT_CONNECT},
    {"in reply to ehlo command", FF_HINT_AT_CONNECT},
    {"in reply to data command", 0},
    {"in reply to starttls command", 0},
    {"in reply to auth + command", 0},
    {"host H I refused to talk to me", FF_HINT_AT_CONNECT},
    {"host H refused to talk to me", FF_HINT_AT_CONNECT},
    {"refused to talk to me", FF_HINT_AT_CONNECT},
    {"host H I did not like our rcpt to", FF_HINT_AT_RCPT},
    {"host H I did not like our mail from", FF_HINT_AT_MAIL},
    {"host H I did not like our data", 0},
    {"host H I said", 0},
    {"host H said", 0},
    {"host I said", 0},
    {"H I said", 0},
    {"I does not like recipient", FF_HINT_AT_RCPT},
    {"connected to I but sender was rejected", FF_HINT_AT_MAIL},
    {"connected to I but greeting failed", FF_HINT_AT_CONNECT},
    {"connected to I but my name was rejected", FF_HINT_AT_CONNECT},
    {"I failed after i sent the message", FF_HINT_AT_DATA_END},
    {"I does not like message", FF_HINT_AT_DATA_END},
    {"remote host said", 0},
    {"remote server said", 0},
    {"remote server returned", 0},
    {"remote server responded", 0},
    {"giving up on I", 0},
    {"google tried to deliver your message but it was rejected by the server for the recipient domain H by H I", 0},
    {"google tried to deliver your message but it was rejected by the server for the recipient domain H by H", 0},
    {"google tried to deliver your message but it was rejected by the recipient domain", 0},
    {"the error that the other server returned was", 0},
    {"the response from the remote server was", 0},
    {"the response was", 0},
    {"technical details of permanent failure", 0},
    {"technical details of temporary failure", 0},
    {"delivery to the following recipient failed permanently", 0},
    {"delivery to the following recipients failed permanently", 0},
    {"delivery to these recipients failed", 0},
    {"while talking to H", 0},
    {"diagnostic code smtp", 0},
    {"final recipient rfc822 A", 0},
    {"original recipient rfc822 A", 0},
    {"action failed status", 0},
    {"remote mta dns H", 0},
    {"remote mta dns I", 0},
    {"relay H I dsn", 0},
    {"relay H dsn", 0},
    {"unknown address error", 0},
    {"other mail system problem", 0},
    {"to protect our users from spam mail sent from your ip address has been", 0},
};
const size_t ff_wrapper_count = COUNT(ff_wrappers);
_Static_assert(COUNT(ff_wrappers) <= FF_WRAPPERS_MAX, "numbers of wrappers are bytes");

const char *const ff_code_leads[] = {"said", "says",     "returned", "response", "reply",     "replied",    "error",
                                     "code", "status",   "server",   "with",     "transfail", "was",        "smtp",
                                     "is",   "answered", "result",   "message",  "reason",    "diagnostic", "A",
                                     "I",    "H",        "D",        "#",        "N",         "W"};
const size_t ff_code_lead_count = COUNT(ff_code_leads);

bool ff_wrappers_know(struct ff_word_index *x)
{
    for (size_t i = 0; i < ff_code_lead_count; i++)
        if (!ff_word_index_know(x, ff_code_leads[i]))
            return false;
    for (size_t i = 0; i < ff_wrapper_count; i++)
        if (!ff_word_index_know(x, ff_wrappers[i].words))
            return false;
    return true;
}
