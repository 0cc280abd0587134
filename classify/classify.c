/* classify.c: one reply through mask, table, matcher and evidence; the only file that knows all of them.
 *
 * Hot path: mask (one pass), hash, look-up. The key holds the hash of the masked text and all context the decision
 * depends on; what depends on the variable parts themselves (seconds to wait) is computed from the text each time.
 *
 * The text is hashed twice: for the template, whose id is the same everywhere, and for the key, with a seed that nobody
 * outside knows. XXH3 is a sum of terms of 16 bytes each, so a text with a wanted id is made of readable words within
 * seconds; by the id alone, a server that answers our mail could give its own reply the place of any other, "user
 * unknown" that of a spam filter's, and the healthy addresses behind that filter would be suppressed.
 */
#include "classify/explain.h"

#include <stdlib.h>

#include "classify/judge/evidence.h"
#include "classify/judge/match.h"
#include "classify/judge/verdict_table.h"
#include "classify/mask/mask.h"
#include "classify/outline/outline.h"
#include "classify/retry_hint.h"
#include "classify/ruleset/phrase_index.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define MX_SLOTS 1024u
#define FILLED_SLOTS 1024u
#define OUTLINE_EVERY 64u

/** A decision and the verdict filled from it, but for what depends on the reply. */
struct filled {
    _Alignas(64) uint64_t decision; /* decision_of(); 0: free */
    struct ff_verdict verdict;
};

struct ff_classifier {
    struct filled filled[FILLED_SLOTS]; /* verdicts that came last */
    const struct ff_ruleset *rules;
    struct ff_matcher *matcher;
    struct ff_verdict_table table;
    struct ff_outlines *outlines;
    uint64_t seed; /* of hashes of foreign text */
    uint32_t outlines_refused;
    struct ff_classifier_stats stats;
    struct {
        uint64_t hash; /* of the host's name; 0: free */
        uint16_t provider;
    } mx[MX_SLOTS]; /* providers of the MX hosts that come most */
    struct ff_fired fired[FF_FIRED_MAX];
    struct ff_masked masked;
};

/** All that a decision depends on. No padding: it is hashed. */
struct key {
    uint64_t text; /* seeded hash of the masked one */
    uint32_t code, enhanced;
    uint16_t stage, kind, origin, provider;
    uint32_t facts, unused;
};

struct ff_classifier *ff_classifier_new(const struct ff_ruleset *rules, size_t table_slots)
{
    struct ff_classifier *c = aligned_alloc(_Alignof(struct ff_classifier), sizeof *c);
    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    c->rules = rules;
    c->seed = ff_word_index_seed(rules->index->words);
    c->matcher = ff_matcher_new(rules);
    c->outlines = ff_outlines_new(ff_mask_path_best(), rules->index->words);
    if (!c->matcher || !c->outlines || !ff_verdict_table_init(&c->table, table_slots)) {
        ff_classifier_free(c);
        return NULL;
    }
    return c;
}

void ff_classifier_free(struct ff_classifier *c)
{
    if (!c)
        return;
    ff_matcher_free(c->matcher);
    ff_outlines_free(c->outlines);
    ff_verdict_table_fini(&c->table);
    free(c);
}

void ff_classifier_stats(const struct ff_classifier *c, struct ff_classifier_stats *ret)
{
    *ret = c->stats;
}

static struct ff_slice text_of(const struct ff_reply *reply)
{
    return reply->raw.len ? reply->raw : reply->text;
}

static struct ff_mask_context mask_context(const struct ff_classifier *c, const struct ff_reply *reply)
{
    return (struct ff_mask_context){
        .hosts = &c->rules->hosts,
        .kept = ff_ruleset_kept(c->rules),
        .sending_ip = reply->sending_ip,
        .mail_from = reply->mail_from,
        .recipient = reply->recipient,
        .code = reply->raw.len ? 0 : reply->code,
        .enhanced = reply->raw.len ? 0 : reply->enhanced,
    };
}

static void mask_reply(struct ff_classifier *c, const struct ff_mask_context *ctx, const struct ff_reply *reply)
{
    ff_mask(ctx, text_of(reply), &c->masked);
    if (reply->raw.len) { /* codes given beside the raw text count where it has none */
        if (!c->masked.code)
            c->masked.code = reply->code;
        if (!c->masked.enhanced)
            c->masked.enhanced = reply->enhanced;
    }
}

/** A number a later version sent: as if nothing were known. */
static uint32_t below(uint32_t value, uint32_t count)
{
    return value < count ? value : 0;
}

/** ff_provider_of_mx(), which hashes every label: most MX hosts are nobody's, most of the others are few. */
static uint16_t mx_provider(struct ff_classifier *c, struct ff_slice mx)
{
    if (mx.len == 0 || !ff_hosts_may_know(&c->rules->hosts, mx))
        return 0;
    uint64_t hash = XXH3_64bits_withSeed(mx.ptr, mx.len, c->seed); /* whoever has a domain names its MX */
    size_t i = hash % MX_SLOTS;
    if (c->mx[i].hash != hash) {
        c->mx[i].hash = hash;
        c->mx[i].provider = ff_provider_of_mx(c->rules, mx);
    }
    return c->mx[i].provider;
}

static void set_context(struct ff_context *ctx, const struct key *key)
{
    *ctx = (struct ff_context){.stage = key->stage, .kind = key->kind, .origin = key->origin, .facts = key->facts,
                               .mx_provider = key->provider};
}

/** All that a verdict depends on but the text and the names in it, as one number. */
static uint64_t context_hash(const struct ff_reply *reply, uint16_t provider)
{
    uint64_t a = (uint64_t)reply->code << 32 | reply->enhanced;
    uint64_t b = (uint64_t)below(reply->stage, FF_STAGE_COUNT) | (uint64_t)below(reply->kind, FF_KIND_COUNT) << 16 |
                 (uint64_t)below(reply->origin, FF_ORIGIN_COUNT) << 32 | (uint64_t)provider << 48;
    uint64_t h = (a + (reply->raw.len != 0)) * UINT64_C(0x9e3779b97f4a7c15);
    h = ((h ^ h >> 32) + b) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 29;
}

/** The same in every process. Before the wrappers are opened. */
static uint64_t template_of(const struct ff_classifier *c)
{
    return XXH3_64bits(c->masked.buf, c->masked.len);
}

static struct key key_of(struct ff_classifier *c, const struct ff_reply *reply, uint16_t provider)
{
    return (struct key){
        .text = XXH3_64bits_withSeed(c->masked.buf, c->masked.len, c->seed),
        .code = c->masked.code,
        .enhanced = c->masked.enhanced,
        .stage = (uint16_t)below(reply->stage, FF_STAGE_COUNT),
        .kind = (uint16_t)below(reply->kind, FF_KIND_COUNT),
        .origin = (uint16_t)below(reply->origin, FF_ORIGIN_COUNT),
        .provider = provider,
        .facts = c->masked.facts,
    };
}

/** A masked reply on its way to a decision. */
struct trial {
    struct ff_context ctx;
    struct ff_slice masked;
    uint32_t quoted; /* hints of the wrappers */
    bool is_wrapped; /* `masked` is shorter than the masker's */
    size_t fired;
};

/** Opens wrappers, reads codes and words. */
static void read_masked(struct ff_classifier *c, const struct key *key, struct trial *t)
{
    const size_t len = c->masked.len;
    const struct ff_words *words = ff_match_read(c->matcher, ff_slice_of(c->masked.buf, len));
    t->quoted = ff_reply_unwrap(&c->masked, words);
    t->masked = ff_slice_of(c->masked.buf, c->masked.len);
    t->is_wrapped = c->masked.len != len;
    if (t->is_wrapped)
        words = ff_match_read(c->matcher, t->masked);
    set_context(&t->ctx, key);
    ff_reply_codes(&c->masked, words, &t->ctx);
    t->ctx.text_provider = ff_provider_of_text(c->rules, t->masked);
}

static struct ff_decision judge(struct ff_classifier *c, struct trial *t)
{
    uint32_t hints;
    ff_match_text(c->matcher, &t->ctx);
    t->fired = ff_match_rules(c->matcher, &t->ctx, c->fired, &hints);
    return ff_evidence_weigh(c->rules, &t->ctx, c->fired, t->fired, hints | t->quoted, t->masked);
}

_Static_assert(sizeof(struct ff_context) == 7 * 4 + 12 * 4 + 2 * 2 + 4 * 8, "no padding: it is hashed");

/** Key of all replies that differ in words only that no rule knows; 0: it has none. Their wrappers are opened, and the
 * codes are beside the words. */
static uint64_t skeleton_key(const struct ff_classifier *c, const struct trial *t)
{
    uint64_t skeleton = ff_match_skeleton(c->matcher);
    return skeleton ? XXH3_64bits_withSeed(&t->ctx, sizeof t->ctx, skeleton ^ (uint64_t)t->quoted << 32) : 0;
}

static struct ff_slice list_type_name(unsigned type)
{
    return type == FF_LIST_IP       ? FF_SLICE("ip")
           : type == FF_LIST_DOMAIN ? FF_SLICE("domain")
           : type == FF_LIST_URI    ? FF_SLICE("uri")
                                    : ff_slice_of(NULL, 0);
}

_Static_assert(FF_RULES_MAX < 1 << 13 && FF_HOSTS_MAX < 1 << 13 && FF_PROVIDERS_MAX < 1 << 8,
               "fields of struct ff_known");
_Static_assert((int)FF_ACTION_COUNT <= 1 << 4, "fields of struct ff_known");

/** What a verdict needs of a decision: lists and mechanisms only where the category is about them. */
static struct ff_known known_of(const struct ff_decision *d)
{
    struct ff_known k = {.rule = d->rule & 0x1fffu,
                         .action = d->action & 0xfu,
                         .provider = d->provider,
                         .category = d->category,
                         .confidence = d->confidence & 0x7fu,
                         .suppress = d->suppress,
                         .conflict = d->conflict,
                         .retry_named = d->retry_named};
    bool listed = d->category == FF_DNSBL_LISTED || d->category == FF_DOMAIN_REPUTATION ||
                  d->category == FF_IP_REPUTATION || d->category == FF_CONTENT_SPAM || d->category == FF_GEO_BLOCK;
    bool about_auth =
        d->category == FF_AUTH_FAILURE || d->category == FF_DMARC_FAILURE || d->category == FF_BAD_SENDER_DNS;
    if (listed && d->list_host) {
        k.about_kind = FF_ABOUT_LIST_HOST;
        k.about = d->list_host & 0x1fffu;
    } else if (listed && d->list_rule) {
        k.about_kind = FF_ABOUT_LIST_RULE;
        k.about = d->list_rule & 0x1fffu;
    } else if (about_auth && d->mechanism) {
        k.about_kind = FF_ABOUT_MECHANISM;
        k.about = d->mechanism & 0x1fffu;
    }
    return k;
}

static void fill_about(const struct ff_classifier *c, const struct ff_known *k, struct ff_verdict *ret)
{
    if (k->about_kind == FF_ABOUT_LIST_HOST) {
        const struct ff_host *host = &c->rules->hosts.entry[k->about - 1];
        ret->list = host->list;
        ret->list_type = list_type_name(host->list_type);
    } else if (k->about_kind == FF_ABOUT_LIST_RULE) {
        ret->list = c->rules->rules[k->about - 1].list;
        ret->list_type = c->rules->rules[k->about - 1].list_type;
    } else {
        ret->mechanism = c->rules->rules[k->about - 1].mechanism;
    }
}

/* Not inline, so that fill(), which seldom needs them, saves no registers for them. */
#define SELDOM __attribute__((noinline)) static

/** Numbers become names. */
SELDOM void name(const struct ff_classifier *c, const struct ff_known *k, struct ff_verdict *ret)
{
    const struct ff_category_info *info = ff_category_info(k->category);
    *ret = (struct ff_verdict){
        .category = k->category,
        .responsible = info ? info->responsible : FF_RESP_NONE,
        .action = k->action,
        .confidence = k->confidence,
        .suppress = k->suppress,
        .conflict = k->conflict,
        .ruleset_version = c->rules->version,
        .rule_index = k->rule,
        .provider = ff_provider_name(c->rules, (uint16_t)k->provider),
    };
    if (k->rule)
        ret->rule = c->rules->rules[k->rule - 1].id;
    if (k->about_kind)
        fill_about(c, k, ret);
}

SELDOM void fill_retry(const struct ff_reply *reply, struct ff_verdict *ret)
{
    ret->retry_after_s = ff_retry_hint(ff_slice_sub(text_of(reply), 0, FF_REPLY_BYTES_MAX));
}

/** Without what the table keeps beside it. */
static struct ff_known decision_of(struct ff_known k)
{
    k.asked = 0;
    k.outlines = 0;
    k.present = 1;
    return k;
}

/** @param k  from decision_of() */
static void fill(struct ff_classifier *c, const struct ff_reply *reply, struct ff_known k, uint64_t template_id,
                 struct ff_verdict *ret)
{
    uint64_t decision;
    memcpy(&decision, &k, sizeof decision);
    struct filled *f = &c->filled[(decision * UINT64_C(0x9e3779b97f4a7c15) >> 54) % FILLED_SLOTS];
    if (f->decision != decision) {
        f->decision = decision;
        name(c, &k, &f->verdict);
    }
    *ret = f->verdict;
    ret->template_id = template_id;
    if (k.retry_named)
        fill_retry(reply, ret);
}

static void accepted(const struct ff_classifier *c, struct ff_verdict *ret)
{
    *ret = (struct ff_verdict){
        .category = FF_ACCEPTED, .action = FF_ACTION_DELIVER, .confidence = 99, .ruleset_version = c->rules->version};
}

static void unclassified(const struct ff_classifier *c, struct ff_verdict *ret)
{
    *ret = (struct ff_verdict){.category = FF_UNCLASSIFIED, .action = FF_ACTION_INVESTIGATE,
                                .ruleset_version = c->rules->version};
}

static void put(struct ff_classifier *c, uint64_t hash, struct ff_known known)
{
    c->stats.table_evictions += ff_verdict_table_put(&c->table, hash, known);
}

struct decided {
    struct ff_known known;
    uint64_t outlined_by; /* key of the entry that counts its outlines; 0: an outline would be of no use */
    bool open;            /* others like it differ in words that no rule knows */
};

/** Of the masked reply: from the table, or judged and put there; also for all others of its skeleton. */
static struct decided decide(struct ff_classifier *c, const struct key *key, uint64_t hash)
{
    struct decided d = {.outlined_by = hash};
    if (ff_verdict_table_find(&c->table, hash, &d.known)) {
        c->stats.table_hits++;
        return d;
    }
    c->stats.table_misses++;
    struct trial t;
    read_masked(c, key, &t);
    uint64_t skeleton = skeleton_key(c, &t);
    d.open = skeleton && ff_verdict_table_find(&c->table, skeleton, &d.known);
    if (!d.open) {
        struct ff_decision decision = judge(c, &t);
        d.known = known_of(&decision);
        if (skeleton)
            put(c, skeleton, d.known);
    }
    c->stats.skeleton_hits += d.open;
    put(c, hash, d.known);
    d.outlined_by = d.open && !t.is_wrapped ? skeleton : 0; /* of a wrapped one the masker's text is gone */
    return d;
}

/** What comes once is not, nor is what differs in more than outlines leave open: after a few, one is made of one in
 * many replies. */
static bool is_worth_an_outline(struct ff_classifier *c, const struct ff_known *known)
{
    return known->outlines < FF_TABLE_OUTLINES_MAX || ++c->outlines_refused % OUTLINE_EVERY == 0;
}

enum ff_err ff_classify(struct ff_classifier *c, const struct ff_reply *reply, struct ff_verdict *ret)
{
    c->stats.replies++;
    const struct ff_mask_context mask = mask_context(c, reply);
    uint16_t provider = mx_provider(c, reply->mx);
    uint64_t context = context_hash(reply, provider);
    struct ff_outlined found;
    if (ff_outlines_find(c->outlines, &mask, context, text_of(reply), &found)) {
        c->stats.table_hits++;
        fill(c, reply, found.known, found.template_id, ret);
        return FF_OK;
    }
    mask_reply(c, &mask, reply);
    if (c->masked.code >= 200 && c->masked.code < 300) {
        accepted(c, ret);
        return FF_OK;
    }
    if (c->masked.len <= 1 && c->masked.code == 0 && c->masked.enhanced == 0) {
        unclassified(c, ret);
        return FF_ERR_SYNTAX;
    }
    const uint64_t template_id = template_of(c);
    const struct key key = key_of(c, reply, provider);
    uint64_t hash = XXH3_64bits(&key, sizeof key);
    const struct decided d = decide(c, &key, hash);
    found = (struct ff_outlined){.template_id = template_id, .known = decision_of(d.known)};
    if (d.outlined_by && is_worth_an_outline(c, &d.known)) {
        if (d.open)
            ff_outlines_learn_open(c->outlines, &mask, context, text_of(reply),
                                   ff_slice_of(c->masked.buf, c->masked.len), &found);
        else
            ff_outlines_learn(c->outlines, &mask, context, text_of(reply), &found);
        ff_verdict_table_count_outline(&c->table, d.outlined_by);
    }
    fill(c, reply, found.known, template_id, ret);
    return FF_OK;
}

enum ff_err ff_classify_explain(struct ff_classifier *c, const struct ff_reply *reply, struct ff_explanation *ret)
{
    *ret = (struct ff_explanation){.count = 0};
    const struct ff_mask_context mask = mask_context(c, reply);
    mask_reply(c, &mask, reply);
    ret->masked = ff_slice_of(c->masked.buf, c->masked.len);
    ret->code = c->masked.code;
    ret->enhanced = c->masked.enhanced;
    ret->address_unsure = (c->masked.facts & FF_FACT_ADDRESS_UNSURE) != 0;
    if ((c->masked.code >= 200 && c->masked.code < 300) ||
        (c->masked.len <= 1 && !c->masked.code && !c->masked.enhanced))
        return ff_classify(c, reply, &ret->verdict);
    const uint64_t template_id = template_of(c);
    const struct key key = key_of(c, reply, mx_provider(c, reply->mx));
    struct trial t;
    read_masked(c, &key, &t);
    struct ff_decision d = judge(c, &t);
    ret->masked = t.masked;
    for (size_t i = 0; i < t.fired && ret->count < FF_EVIDENCE_MAX; i++) {
        const struct ff_rule *rule = &c->rules->rules[c->fired[i].rule];
        if (rule->hint & FF_HINT_FILLER && c->fired[i].bytes == 0)
            continue; /* of the same hint that stands there already */
        struct ff_fired_rule *e = &ret->evidence[ret->count++];
        *e = (struct ff_fired_rule){
            .rule = rule->id, .layer = ff_layer_name(rule->layer), .category = rule->category, .weight = rule->weight,
            .words = ff_slice_trim(ff_slice_sub(ret->masked, c->fired[i].start, c->fired[i].end)),
            .index = c->fired[i].rule, .where = ff_where_name(rule->where),
            .start = c->fired[i].start, .end = c->fired[i].end};
        e->file = ff_ruleset_place(c->rules, rule->line, &e->line);
    }
    fill(c, reply, decision_of(known_of(&d)), template_id, &ret->verdict);
    return FF_OK;
}

void ff_classify_event(struct ff_classifier *c, const struct ff_event *ev, struct ff_verdict *ret)
{
    if (ev->kind == FF_KIND_DELIVERY) {
        accepted(c, ret);
        return;
    }
    if (ev->kind != FF_KIND_UNSPECIFIED && !ff_kind_is_failure(ev->kind)) {
        *ret = (struct ff_verdict){.category = FF_CATEGORY_NONE, .ruleset_version = c->rules->version};
        return;
    }
    struct ff_reply reply;
    ff_reply_of_event(ev, &reply);
    enum ff_err err = ff_classify(c, &reply, ret);
    (void)err; /* neither text nor code: *ret says unclassified */
}
