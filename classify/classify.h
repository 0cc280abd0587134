/* classify.h: SMTP reply in, verdict out. No I/O, no clock, no global state; of the system, loading rules asks a random
 * seed, on which no verdict depends.
 *
 * What a verdict rests on, in this order (docs/classifier.md): unwrap, mask, provider short codes, sender-side vetoes,
 * rate / harvest / listing phrases, the (provider, enhanced code, stage) table, text by category, bare-code priors
 * (which never suppress). Known replies cost one table look-up: the key is XXH3 of the masked reply and its context.
 */
#ifndef FF_CLASSIFY_H
#define FF_CLASSIFY_H

#include "proto/error.h"
#include "proto/event.h"
#include "proto/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are published (Verdict.category): never renumber. docs/categories.md is generated from this table. */
enum ff_category {
    FF_CATEGORY_NONE = 0, /* not a failure, no verdict */
    FF_BAD_MAILBOX = 1,
    FF_BAD_ADDRESS_SYNTAX = 2,
    FF_INACTIVE_MAILBOX = 3,
    FF_MAILBOX_FULL = 4,
    FF_RESTRICTED_MAILBOX = 5,
    FF_RECIPIENT_RATE_LIMITED = 6,
    FF_RECIPIENT_BLOCK = 7,
    FF_CATCH_ALL_REJECT = 8,
    FF_BAD_DOMAIN = 9,
    FF_RELAY_DENIED = 10,
    FF_ROUTING_LOOP = 11,
    FF_DNS_FAILURE = 12,
    FF_CONNECTION_FAILURE = 13,
    FF_RECEIVER_UNAVAILABLE = 14,
    FF_MESSAGE_EXPIRED = 15,
    FF_GREYLISTED = 16,
    FF_RATE_LIMITED = 17,
    FF_DHAP_BLOCK = 18,
    FF_TOO_MANY_RECIPIENTS = 19,
    FF_DMARC_FAILURE = 20,
    FF_AUTH_FAILURE = 21,
    FF_BAD_SENDER_DNS = 22,
    FF_BAD_OUTBOUND_SENDER = 23,
    FF_SENDER_REJECTED = 24,
    FF_DNSBL_LISTED = 25,
    FF_IP_REPUTATION = 26,
    FF_DOMAIN_REPUTATION = 27,
    FF_GEO_BLOCK = 28,
    FF_CONTENT_SPAM = 29,
    FF_UNSAFE_CONTENT = 30,
    FF_MESSAGE_TOO_LARGE = 31,
    FF_MALFORMED_MESSAGE = 32,
    FF_POLICY_BLOCK = 33,
    FF_TLS_REQUIRED = 34,
    FF_PROTOCOL_ERROR = 35,
    FF_AMBIGUOUS = 36,
    FF_UNCLASSIFIED = 37,
    FF_ACCEPTED = 38, /* a 2xx reply */
    FF_CATEGORY_COUNT
};

enum ff_responsible {
    FF_RESP_NONE,
    FF_RESP_RECIPIENT,
    FF_RESP_RECIPIENT_DOMAIN,
    FF_RESP_RECEIVER,
    FF_RESP_SENDER_AUTH,
    FF_RESP_SENDER_REPUTATION,
    FF_RESP_SENDER_CONTENT,
    FF_RESP_SENDER_CONFIG,
    FF_RESP_NETWORK,
    FF_RESP_TRANSIENT,
    FF_RESP_COUNT
};

enum ff_action {
    FF_ACTION_NONE,
    FF_ACTION_DELIVER,
    FF_ACTION_SUPPRESS_NOW,
    FF_ACTION_SUPPRESS_AFTER_N,
    FF_ACTION_RETRY,
    FF_ACTION_THROTTLE,
    FF_ACTION_FIX_SENDER,
    FF_ACTION_INVESTIGATE,
    FF_ACTION_COUNT
};

/** Row of the category table: name, who is responsible, default action, one sentence of meaning, first thing to do. */
struct ff_category_info {
    const char *name;
    enum ff_responsible responsible;
    enum ff_action action;
    const char *meaning;
    const char *advice;         /* where the action is the default one */
    /* of FF_ACTION_COUNT: what to do first where it is another; NULL, also in it: the same */
    const char *const *instead;
};

/** NULL for FF_CATEGORY_NONE and numbers that are none. */
const struct ff_category_info *ff_category_info(uint32_t category);
/** What to do first about a verdict of this category with this action; never against it: what is to be tried again
 * or looked into is not to be stopped. "" for what is no category. */
const char *ff_advice(uint32_t category, uint32_t action);
const char *ff_category_name(uint32_t category); /* "none" when it is none */
enum ff_category ff_category_parse(struct ff_slice name); /* FF_CATEGORY_COUNT when it is none */
const char *ff_responsible_name(uint32_t responsible);
const char *ff_action_name(uint32_t action);

/** Longest reply that is looked at; the rest is ignored (SMTP replies are at most a few lines of 512 octets,
 * RFC 5321 4.5.3.1.5; NDR texts run to some KiB). */
#define FF_REPLY_BYTES_MAX 8192

/** One reply and what is known of how it came about. All slices are borrowed for the call. */
struct ff_reply {
    struct ff_slice raw;  /* the whole reply, codes included; when empty, the next three are used */
    uint32_t code;        /* 0 = none */
    uint32_t enhanced;    /* FF_ENHANCED(); 0 = none */
    struct ff_slice text;
    uint32_t stage;       /* enum ff_stage */
    uint32_t origin;      /* enum ff_origin; UNSPECIFIED: judge from the text */
    uint32_t kind;        /* enum ff_kind; UNSPECIFIED: a reply by itself. OOB, EXPIRATION and ADMIN_BOUNCE matter */
    uint32_t flags;       /* enum ff_event_flag */
    struct ff_slice mx;         /* host that answered; may be empty */
    struct ff_slice sending_ip; /* our IP as text or 4/16 bytes; may be empty */
    struct ff_slice mail_from;
    struct ff_slice recipient;
};

/** Slices point into the rule set or constant text and live as long as the classifier. */
struct ff_verdict {
    uint32_t category;
    uint32_t responsible;
    uint32_t action;
    uint32_t confidence; /* 0..100 */
    bool suppress;       /* may this reply alone suppress the address? */
    bool conflict;       /* code and text disagreed */
    uint32_t ruleset_version; /* ff_ruleset_version() of the rules that judged it */
    uint32_t retry_after_s; /* 0 = no hint */
    uint32_t rule_index;    /* number of `rule` in its rule set; 0: none decided, or the verdict was decoded */
    uint64_t template_id;   /* XXH3-64 of the masked reply text, context left out */
    struct ff_slice rule;
    struct ff_slice provider;
    struct ff_slice list;
    struct ff_slice list_type;
    struct ff_slice mechanism;
};

struct ff_ruleset;    /* immutable once loaded; shared by threads */
struct ff_classifier; /* one per thread: scratch space, the verdict table and outlines; borrows the rule set */

/**
 * Compiles rules.
 * @param text  content of a rules file (docs/classifier.md); borrowed for the call. Empty: the built-in rules
 * @param name  for messages, e.g. the file name
 * @param ret_message  on failure "FILE:LINE: what is wrong (what to do)", at most size bytes with NUL
 * @return FF_OK; FF_ERR_CONFIG; FF_ERR_NOMEM
 */
FF_MUST_CHECK enum ff_err ff_ruleset_load(struct ff_slice text, const char *name, struct ff_ruleset **ret_rules,
                                          char *ret_message, size_t size);
void ff_ruleset_free(struct ff_ruleset *rules);
/**
 * Which rules these are: a hash of their text and of the built-in text that it includes, the same in every process and
 * on every host, another one after any change of either (a comment, too). At least 2^31, so that it is never 0 and
 * never taken for a label. It does not cover the program's code: verdicts of two releases may differ under the same
 * rules.
 */
uint32_t ff_ruleset_version(const struct ff_ruleset *rules);
/** What their author calls them: N of the line `version N`; 0: there is none. An included text's line says nothing
 * of the whole. */
uint32_t ff_ruleset_label(const struct ff_ruleset *rules);
/** Both for messages: "3063948740 (version 7)", without a label "3063948740". Returns ret. */
#define FF_RULESET_TITLE_MAX 48
const char *ff_ruleset_title(const struct ff_ruleset *rules, char ret[FF_RULESET_TITLE_MAX]);
/** False: a text that neither has "include builtin" nor says "include nothing", so that it may be by mistake that
 * the built-in rules are not in force. */
bool ff_ruleset_is_whole(const struct ff_ruleset *rules);
/** Rules are numbered from 1 to this, in the order of the text, as in ff_verdict.rule_index. */
uint32_t ff_ruleset_rule_count(const struct ff_ruleset *rules);
/** Name of a rule; lives as long as the rule set. */
struct ff_slice ff_ruleset_rule_name(const struct ff_ruleset *rules, uint32_t index);
/** What the rule stands for; FF_CATEGORY_NONE: a hint, which never decides. */
uint32_t ff_ruleset_rule_category(const struct ff_ruleset *rules, uint32_t index);

/** @param table_slots  of the verdict table, a power of two; 0: the default (65,536). NULL when memory is short. */
FF_MUST_CHECK struct ff_classifier *ff_classifier_new(const struct ff_ruleset *rules, size_t table_slots);
void ff_classifier_free(struct ff_classifier *c);

/**
 * Judges one reply. Odd text is not an error: the category is then unclassified.
 * @return FF_OK; FF_ERR_SYNTAX when there is neither text nor code (*ret is then "unclassified", never suppressing)
 * Cost: for a template seen before a comparison with its outline (classify/outline/outline.h), about a third of a mask
 * pass, or one mask pass and one look-up; ten mask passes for one never seen. No allocation.
 */
enum ff_err ff_classify(struct ff_classifier *c, const struct ff_reply *reply, struct ff_verdict *ret);

/** The reply inside an event; slices are borrowed from it. */
void ff_reply_of_event(const struct ff_event *ev, struct ff_reply *ret);

/** Judges an event: fills a reply from it. Events that are no failure get category none (delivery: accepted). */
void ff_classify_event(struct ff_classifier *c, const struct ff_event *ev, struct ff_verdict *ret);

struct ff_classifier_stats {
    uint64_t replies, table_hits, table_misses, table_evictions;
    uint64_t skeleton_hits; /* of the misses: differed from a known reply only in words that no rule knows */
};
void ff_classifier_stats(const struct ff_classifier *c, struct ff_classifier_stats *ret);

/** Encodes v as message Verdict; at most FF_VERDICT_BYTES_MAX. Returns the length. */
#define FF_VERDICT_BYTES_MAX 512
size_t ff_verdict_encode(const struct ff_verdict *v, uint8_t ret_buf[FF_VERDICT_BYTES_MAX]);
/** The inverse; slices point into `in`. */
FF_MUST_CHECK enum ff_err ff_verdict_decode(struct ff_slice in, struct ff_verdict *ret);
/** Where to ask to be taken off the list that the verdict names, or the block of its provider; NULL when there is
 * no such page. Constant text. */
const char *ff_verdict_delist_page(const struct ff_verdict *v);
/** Members of the verdict object without braces: category, suppress, action, responsible and confidence always, the
 * rest where known (docs/cli.md, classify). */
void ff_verdict_put_json(struct ff_json_out *o, const struct ff_verdict *v);

#ifdef __cplusplus
}
#endif
#endif
