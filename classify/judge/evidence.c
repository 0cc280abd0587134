/* evidence.c: weighs what fired. The order of layers is in the weights of the rules; here are the vetoes, which no
 * weight can outvote, and the question whether the verdict may suppress.
 *
 * A wrong suppression loses a healthy customer address for ever, a missed one costs a second bounce. So every doubt
 * goes against suppressing: a temporary code or word anywhere, the sender as the subject, an early stage, our own IP,
 * a rule that rests on a code alone.
 */
#include "classify/judge/evidence.h"

#include "classify/ruleset/phrase_index.h"

/** A second cause this close to the first lowers the confidence. */
#define CLOSE_CALL 6u
/** A second cause that is not about the address takes the right to suppress, however much the first outweighs it: of a
 * reply that says "user unknown" and "reputation" nobody knows which one was meant. */
#define DOUBT_WEIGHT_MIN 50u
/** Below this weight the wording is a form that any policy fills in ("Recipient address rejected: ..."): it
 * suppresses only when the text says nothing else. */
#define OWN_WORDS_WEIGHT_MIN 64u
/** From this weight on, below the last: it says what of the recipient's is not there, and the code says so too.
 * Then fillers may stand beside it, and so many words that no rule has: a name, a place. What rules of other
 * matters know may not. */
#define RELATION_WEIGHT_MIN 61u
#define RELATION_NAMES_MAX 1u
/** Words of the text that nothing explains, so many at most, where it says that nobody is known here, or no more,
 * and a code of it speaks of another matter: "550 5.7.1 User unknown" is a dead address, "5.7.1 ... an internal
 * account, unknown outside hosts may not write to it" is not, nor is "5.7.1 Direct delivery to users on this host
 * is disabled". Of some 3,100 labelled dead addresses that takes none; of six wrong suppressions in sets seen for
 * the first time it would have prevented two. */
#define UNEXPLAINED_WORDS_MAX 2u

static bool about_recipient(unsigned category)
{
    return category == FF_BAD_MAILBOX || category == FF_BAD_ADDRESS_SYNTAX || category == FF_INACTIVE_MAILBOX ||
           category == FF_CATCH_ALL_REJECT;
}

/** Does the text say at which command another server refused, and with which code? Then our own MTA only reports it:
 * "host mx.example.com[192.0.2.1] said: 550 5.1.1 ... (in reply to RCPT TO command)". */
static bool quotes_rcpt(const struct ff_context *ctx, uint32_t hints)
{
    return hints & FF_HINT_AT_RCPT && ctx->stage == FF_STAGE_QUEUE && !ctx->code && ctx->inner_count;
}

static bool is_local(const struct ff_context *ctx, uint32_t hints)
{
    if (quotes_rcpt(ctx, hints))
        return false;
    return (ctx->origin >= FF_ORIGIN_LOCAL_NETWORK && ctx->origin <= FF_ORIGIN_LOCAL_QUEUE) ||
           ctx->stage == FF_STAGE_QUEUE || ctx->stage == FF_STAGE_DNS;
}

static bool is_early(uint32_t stage)
{
    return stage >= FF_STAGE_CONNECT && stage <= FF_STAGE_MAIL_FROM;
}

/** Does the server claim it for good? One transient code anywhere, and it does not. */
static bool claims_permanent(const struct ff_context *ctx)
{
    if (ctx->code && ctx->code / 100 != 5)
        return false;
    for (uint32_t i = 0; i < ctx->inner_count; i++)
        if (ctx->inner[i] / 100 != 5)
            return false;
    for (uint32_t i = 0; i < ctx->enhanced_count; i++)
        if (ctx->enhanced[i] / 1000000 != 5)
            return false;
    return ctx->kind != FF_KIND_TRANSIENT_FAILURE && ctx->kind != FF_KIND_DELAYED;
}

/** May it pass by itself: by the code, or because the MTA keeps the mail and tries again, whatever the code
 * (soft_bounce)? */
static bool claims_transient(const struct ff_context *ctx)
{
    if (ctx->code && ctx->kind != FF_KIND_TRANSIENT_FAILURE && ctx->kind != FF_KIND_DELAYED)
        return ctx->code / 100 == 4;
    return !claims_permanent(ctx);
}

/** The stage: that of the command which the text quotes, or else the event's. A quoted reply comes from another
 * hop, and it is that hop which refused. */
static uint32_t stage_of(const struct ff_context *ctx, uint32_t hints)
{
    if (hints & FF_HINT_AT_DATA_END)
        return FF_STAGE_END_OF_DATA;
    if (hints & FF_HINT_AT_MAIL)
        return FF_STAGE_MAIL_FROM;
    if (hints & FF_HINT_AT_CONNECT)
        return FF_STAGE_CONNECT;
    if (quotes_rcpt(ctx, hints))
        return FF_STAGE_RCPT_TO;
    if (ctx->stage != FF_STAGE_UNSPECIFIED)
        return ctx->stage;
    return hints & FF_HINT_AT_RCPT ? FF_STAGE_RCPT_TO : FF_STAGE_UNSPECIFIED;
}

/** May this category stand, given who the reply is about? */
static bool is_vetoed(const struct ff_rule *rule, const struct ff_context *ctx, uint32_t stage, uint32_t hints)
{
    if (rule->layer == FF_LAYER_SHORT)
        return false;
    bool sender = (hints & FF_HINT_SENDER) != 0;
    bool names_sender = (ctx->facts & FF_FACT_SENDER_ADDRESS) && !(ctx->facts & FF_FACT_RECIPIENT);
    if (about_recipient(rule->category))
        return sender || is_early(stage) || names_sender;
    /* before RCPT TO a host can only speak for itself: 521 and 556 (RFC 7504), or our own resolver, which gives no
     * code */
    bool for_itself =
        (stage == FF_STAGE_CONNECT || stage == FF_STAGE_BANNER) && (!ctx->code || ctx->code == 521 || ctx->code == 556);
    if (rule->category == FF_BAD_DOMAIN)
        return sender || (ctx->facts & FF_FACT_SENDER_DOMAIN) || (is_early(stage) && !for_itself);
    return false;
}

/** Unknown user after the recipient was taken: not proof that the address is dead, except where the receiver
 * answers at the end of data for every address. */
static bool is_late(const struct ff_context *ctx, uint32_t stage, uint32_t hints)
{
    bool late = stage == FF_STAGE_END_OF_DATA || stage == FF_STAGE_AFTER_ACCEPT || ctx->kind == FF_KIND_OOB ||
                hints & FF_HINT_AFTER_ACCEPT;
    return late && !(hints & FF_HINT_STRUCTURED);
}

struct choice {
    const struct ff_rule *rule;
    uint32_t index;
    unsigned weight, bytes;
};

static bool is_better(const struct choice *a, const struct choice *b)
{
    if (a->weight != b->weight)
        return a->weight > b->weight;
    return a->bytes > b->bytes;
}

static bool is_fired(const struct ff_ruleset *rules, const struct ff_fired *fired, size_t count, size_t at,
                     bool fillers)
{
    /* words about the mail explain nothing of the address */
    uint32_t not = FF_HINT_ABOUT_MAIL | (fillers ? 0 : FF_HINT_FILLER);
    for (size_t i = 0; i < count; i++)
        if (at >= fired[i].start && at < fired[i].end && !(rules->rules[fired[i].rule].hint & not))
            return true;
    return false;
}

/** What is left of a text beside what fired: words of three letters and more, by whether a rule has them. */
struct remainder {
    unsigned known, names;
    bool url; /* what it says nobody knows */
};

static struct remainder remainder_of(const struct ff_ruleset *rules, struct ff_slice masked,
                                     const struct ff_fired *fired, size_t count, bool without_fillers)
{
    struct remainder r = {0};
    for (size_t at = 1; at < masked.len;) {
        size_t end = ff_slice_chr(masked, at, ' ');
        if (end == SIZE_MAX)
            end = masked.len;
        uint8_t first = masked.ptr[at];
        bool is_word = end - at > 2 && ((first >= 'a' && first <= 'z') || first >= 0x80);
        r.url |= first == 'U';
        if (is_word && !is_fired(rules, fired, count, at, without_fillers)) {
            if (ff_word_index_is_open(rules->index->words, masked.ptr + at))
                r.names++;
            else
                r.known++;
        }
        at = end + 1;
    }
    return r;
}

/** Does the text say enough for the weight of the rule that decides? */
static bool is_explained(const struct ff_ruleset *rules, const struct ff_rule *best, struct ff_slice masked,
                         const struct ff_fired *fired, size_t count, bool code_differs)
{
    bool own_words = best->weight >= OWN_WORDS_WEIGHT_MIN, relation = best->weight >= RELATION_WEIGHT_MIN;
    bool about_mailbox = best->category == FF_BAD_MAILBOX || best->category == FF_INACTIVE_MAILBOX;
    if (own_words && !(code_differs && about_mailbox && best->layer == FF_LAYER_TEXT))
        return true;
    const struct remainder r = remainder_of(rules, masked, fired, count, relation);
    if (own_words)
        return !r.url && r.known + r.names <= UNEXPLAINED_WORDS_MAX;
    return !r.url && !r.known && r.names <= (relation ? RELATION_NAMES_MAX : 0);
}

/** Did somebody say it who can know, of mail that was refused and not given up? */
static bool may_be_held_against(const struct ff_context *ctx, uint32_t hints, unsigned category)
{
    if (is_local(ctx, hints) && category != FF_BAD_DOMAIN && category != FF_BAD_ADDRESS_SYNTAX)
        return false; /* our own MTA knows names and syntax, but no mailbox */
    return ctx->kind != FF_KIND_EXPIRATION && ctx->kind != FF_KIND_ADMIN_BOUNCE &&
           ctx->origin != FF_ORIGIN_LOCAL_POLICY;
}

/** A list that the text names: host number + 1, 0 when there is none. */
static uint16_t find_list(const struct ff_ruleset *rules, struct ff_slice masked)
{
    for (size_t at = ff_slice_chr(masked, 0, 'Z'); at != SIZE_MAX && at + 2 < masked.len;
         at = ff_slice_chr(masked, at + 1, 'Z')) {
        size_t index = (size_t)(masked.ptr[at + 1] - 'a') * 26 + (size_t)(masked.ptr[at + 2] - 'a');
        if (index < rules->hosts.count && rules->hosts.entry[index].list_type)
            return (uint16_t)(index + 1);
    }
    return 0;
}

/** Instead of suppressing at once. Days are counted only of what would be held against the address if it were said more
 * clearly; of what may be about something else no count does (`doubtful`), nor of what may pass. The policy counts
 * what this says, and nothing else (suppress/state/policy.c). */
static enum ff_action instead_of_suppressing(const struct ff_context *ctx, unsigned category, uint32_t hints,
                                             bool doubtful)
{
    if (claims_transient(ctx))
        return category == FF_INACTIVE_MAILBOX ? FF_ACTION_SUPPRESS_AFTER_N : FF_ACTION_RETRY;
    if (doubtful || ctx->facts & FF_FACT_OWN_IP || !may_be_held_against(ctx, hints, category))
        return FF_ACTION_INVESTIGATE;
    if (hints & FF_HINT_TEMPORARY)
        return FF_ACTION_RETRY;
    return hints & FF_HINT_OTHER_MATTER ? FF_ACTION_INVESTIGATE : FF_ACTION_SUPPRESS_AFTER_N;
}

/** May a reply that names no cause be about the recipient? Only one to RCPT TO (or nobody knows to what), whose
 * codes are none of the network, protocol, content or policy (RFC 3463 3: x.3 to x.7), and whose words are of
 * nothing else. All others are more likely about the sender or the message: the same campaign would count on seven
 * days, and suppress who is well. */
static bool may_be_about_recipient(const struct ff_context *ctx, uint32_t stage, uint32_t hints)
{
    for (uint32_t i = 0; i < ctx->enhanced_count; i++)
        if (ctx->enhanced[i] / 1000 % 1000 > 2)
            return false;
    if (hints & (FF_HINT_ABOUT_MAIL | FF_HINT_SENDER | FF_HINT_AFTER_ACCEPT) ||
        ctx->facts & (FF_FACT_SENDER_ADDRESS | FF_FACT_SENDER_DOMAIN))
        return false;
    return (stage == FF_STAGE_RCPT_TO || stage == FF_STAGE_UNSPECIFIED) && ctx->kind != FF_KIND_OOB;
}

/** `doubtful`: something speaks of another cause. */
static uint8_t action_of(const struct ff_decision *d, const struct ff_context *ctx, uint32_t stage, uint32_t hints,
                         bool doubtful)
{
    const struct ff_category_info *info = ff_category_info(d->category);
    enum ff_action action = info ? info->action : FF_ACTION_NONE;
    if (action == FF_ACTION_SUPPRESS_NOW && !d->suppress)
        action = instead_of_suppressing(ctx, d->category, hints, doubtful);
    if (d->category == FF_AMBIGUOUS)
        action =
            instead_of_suppressing(ctx, d->category, hints, doubtful || !may_be_about_recipient(ctx, stage, hints));
    if (d->category == FF_UNCLASSIFIED && claims_transient(ctx))
        action = FF_ACTION_RETRY;
    if (action == FF_ACTION_SUPPRESS_AFTER_N && ctx->facts & FF_FACT_ADDRESS_UNSURE)
        action = claims_transient(ctx) ? FF_ACTION_RETRY : FF_ACTION_INVESTIGATE; /* whose words are those? */
    return (uint8_t)action;
}

/** Nothing named a cause. */
static void decide_without_cause(const struct ff_context *ctx, bool vetoed, uint32_t stage, struct ff_decision *d)
{
    if (vetoed) {
        /* only recipient wording, where the sender is the subject */
        d->category =
            stage == FF_STAGE_MAIL_FROM || ctx->facts & FF_FACT_SENDER_ADDRESS ? FF_SENDER_REJECTED : FF_AMBIGUOUS;
        d->confidence = 30;
        d->conflict = true;
    } else {
        d->category = ctx->code || ctx->enhanced_count || ctx->inner_count ? FF_AMBIGUOUS : FF_UNCLASSIFIED;
        d->confidence = d->category == FF_AMBIGUOUS ? 20 : 5;
    }
}

/** What the first look at the evidence gives. */
struct picked {
    struct choice best, prior; /* prior: the best of the codes; no rule: there is none */
    bool vetoed;               /* something that names a cause does not count */
    bool code_differs;         /* a code is of a matter that may not suppress */
};

/** Also notes in *d whose mechanism and list the verdict gets: they hold whichever rule decides. */
static struct picked pick(const struct ff_ruleset *rules, const struct ff_context *ctx, const struct ff_fired *fired,
                          size_t count, uint32_t stage, uint32_t hints, struct ff_decision *d)
{
    struct picked p = {0};
    for (size_t i = 0; i < count; i++) {
        const struct ff_rule *rule = &rules->rules[fired[i].rule];
        if (rule->layer == FF_LAYER_HINT)
            continue;
        p.code_differs |= rule->layer == FF_LAYER_PRIOR && !ff_category_may_suppress(rule->category);
        if (rule->mechanism.len && (!d->mechanism || rule->weight > rules->rules[d->mechanism - 1].weight))
            d->mechanism = (uint16_t)(fired[i].rule + 1);
        if (rule->list.len)
            d->list_rule = (uint16_t)(fired[i].rule + 1);
        if (is_vetoed(rule, ctx, stage, hints)) {
            p.vetoed |= rule->layer != FF_LAYER_PRIOR && rule->layer != FF_LAYER_VAGUE;
            continue;
        }
        struct choice c = {rule, fired[i].rule, rule->weight, fired[i].bytes};
        if (rule->layer == FF_LAYER_PRIOR && (!p.prior.rule || is_better(&c, &p.prior)))
            p.prior = c;
        if (!p.best.rule || is_better(&c, &p.best))
            p.best = c;
    }
    return p;
}

/** Is there something that decides? Vague wording and codes do not, when what names a cause was vetoed and the
 * sender is the subject. */
static bool names_cause(const struct picked *p, const struct ff_context *ctx, uint32_t stage)
{
    if (!p->best.rule)
        return false;
    return !(p->vetoed && p->best.rule->layer >= FF_LAYER_VAGUE &&
             (stage == FF_STAGE_MAIL_FROM || ctx->facts & FF_FACT_SENDER_ADDRESS));
}

/** What speaks of another cause than the rule that decides. */
struct rivals {
    int close_calls;
    bool doubt; /* one of them is not about the address */
};

static struct rivals rivals_of(const struct ff_ruleset *rules, const struct ff_rule *best, const struct ff_context *ctx,
                               const struct ff_fired *fired, size_t count, uint32_t stage, uint32_t hints)
{
    struct rivals r = {0};
    for (size_t i = 0; i < count; i++) {
        const struct ff_rule *other = &rules->rules[fired[i].rule];
        if (other->layer == FF_LAYER_HINT || other->layer >= FF_LAYER_VAGUE || other->category == best->category)
            continue;
        if (is_vetoed(other, ctx, stage, hints))
            continue;
        r.doubt |= !ff_category_may_suppress(other->category) && other->weight >= DOUBT_WEIGHT_MIN;
        r.close_calls += other->weight + CLOSE_CALL >= best->weight;
    }
    return r;
}

/** Does a code name another cause than the words that decide? */
static bool code_disagrees(const struct picked *p)
{
    return p->prior.rule && p->prior.weight >= 40 && p->best.rule->layer != FF_LAYER_PRIOR &&
           p->prior.rule->category != p->best.rule->category;
}

static uint8_t confidence_of(const struct picked *p, int close_calls, bool disagrees)
{
    int confidence = (int)p->best.weight - 5 * close_calls;
    if (disagrees)
        confidence -= 15;
    if (p->prior.rule && p->prior.rule->category == p->best.rule->category && p->prior.rule != p->best.rule)
        confidence += 5;
    return (uint8_t)(confidence < 5 ? 5 : confidence > 99 ? 99 : confidence);
}

/** May a verdict of this category suppress, by the rule that decides, the codes, and who said it when? */
static bool allows_suppressing(const struct ff_context *ctx, uint32_t hints, const struct ff_rule *best,
                               unsigned category)
{
    return may_be_held_against(ctx, hints, category) && ff_category_may_suppress(category) &&
           best->layer < FF_LAYER_VAGUE && best->weight >= FF_SUPPRESS_WEIGHT_MIN && claims_permanent(ctx) &&
           !(hints & (FF_HINT_TEMPORARY | FF_HINT_OTHER_MATTER)) &&
           !(ctx->facts & (FF_FACT_OWN_IP | FF_FACT_ADDRESS_UNSURE));
}

struct ff_decision ff_evidence_weigh(const struct ff_ruleset *rules, const struct ff_context *ctx,
                                     const struct ff_fired *fired, size_t count, uint32_t hints, struct ff_slice masked)
{
    struct ff_decision d = {0};
    uint32_t stage = stage_of(ctx, hints);
    const struct picked p = pick(rules, ctx, fired, count, stage, hints, &d);
    d.provider = (uint8_t)(ctx->mx_provider ? ctx->mx_provider : ctx->text_provider);
    d.retry_named = (hints & FF_HINT_RETRY) != 0;
    if (!names_cause(&p, ctx, stage)) {
        decide_without_cause(ctx, p.vetoed, stage, &d);
        d.action = action_of(&d, ctx, stage, hints, p.vetoed);
        return d;
    }
    const struct ff_rule *best = p.best.rule;
    const struct rivals rivals = rivals_of(rules, best, ctx, fired, count, stage, hints);
    bool disagrees = code_disagrees(&p);
    d.rule = (uint16_t)(p.best.index + 1);
    d.category =
        best->category == FF_BAD_MAILBOX && is_late(ctx, stage, hints) ? FF_CATCH_ALL_REJECT : (uint8_t)best->category;
    d.conflict = p.vetoed || disagrees;
    d.suppress = !rivals.doubt && allows_suppressing(ctx, hints, best, d.category) &&
                 is_explained(rules, best, masked, fired, count, p.code_differs);
    d.list_host = find_list(rules, masked);
    d.confidence = confidence_of(&p, rivals.close_calls, disagrees);
    d.action = action_of(&d, ctx, stage, hints, rivals.doubt || p.vetoed);
    return d;
}
