/* masked.h: the masked text: the variable parts of a reply out, the words with a meaning in.
 *
 * Matching raw text matches the echo: a recipient called greylist@example.com or a domain spamhaus-consulting.example
 * would decide the verdict. So the text is first brought into one form, in a single pass:
 *
 *     lower-case words without punctuation, accents folded, between single blanks, a blank at both ends;
 *     variable parts as one upper-case letter (which no word can be):
 *       A address   H host name   I IP address   U URL   D id, date, hash   # number   N null sender <>
 *     a host name that the rules know (lists, help pages) is followed by a word "Z" + two letters, its number;
 *     "Lip", "Ldom", "Luri": a DNSBL zone as host name; "Uip", "Udom", "Uuri": one inside a URL;
 *     "Ui" after U: a page about one IP, of a host that the rules do not know ("/unblock.php?ip=192.0.2.1").
 *
 * The codes at the head are taken off, repeated codes of multi-line replies (RFC 5321 4.2.1) are dropped. Everything
 * the verdict depends on is in this text, in the codes and in the fact bits, which is what makes the verdict table
 * exact.
 */
#ifndef FF_CLASSIFY_MASKED_H
#define FF_CLASSIFY_MASKED_H

#include "classify/mask/hosts.h"
#include "classify/mask/kept_words.h"
#include "proto/event.h"

/** Room for any masked text: folding may lengthen a byte to two. */
#define FF_MASKED_BYTES_MAX (2 * 8192 + 64)

enum ff_fact {
    FF_FACT_OWN_IP = 1,         /* the text names the IP we sent from */
    FF_FACT_SENDER_ADDRESS = 2, /* ... our envelope sender */
    FF_FACT_SENDER_DOMAIN = 4,  /* ... its domain, which is not the recipient's */
    FF_FACT_RECIPIENT = 8,      /* ... the recipient's address */
    FF_FACT_ADDRESS_UNSURE = 16, /* words are left of which nobody knows whether an address that they touch has them */
};

/** What the masker may compare with; slices may be empty. */
struct ff_mask_context {
    const struct ff_hosts *hosts;
    const struct ff_kept_words *kept; /* NULL: none, which costs nothing */
    struct ff_slice sending_ip; /* text, or 4 or 16 bytes */
    struct ff_slice mail_from, recipient;
    uint32_t code, enhanced; /* known from elsewhere: repetitions of them are dropped too */
};

struct ff_masked {
    size_t len;                            /* bytes in buf: " word word " */
    uint32_t code;                         /* at the head of the text, else as given */
    uint32_t enhanced;                     /* likewise */
    uint32_t facts;                        /* enum ff_fact bits */
    uint8_t buf[FF_MASKED_BYTES_MAX + 16]; /* behind the text at least 16 bytes that may be read */
};

#endif
