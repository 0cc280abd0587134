/* delist.c: where to ask to be taken off: of the public lists by name, of providers that block by lists of their own.
 *
 * The page of the operator, not of one listing: addresses of single listings hold our IP and come with the reply
 * itself. A list that takes no requests (its entries expire, or it is gone) has no page.
 */
#include "classify/classify.h"

static const struct page {
    const char *name, *url;
} lists[] = {
    {"Spamhaus", "https://check.spamhaus.org/"},
    {"Spamhaus-DBL", "https://check.spamhaus.org/"},
    {"CBL", "https://check.spamhaus.org/"},
    {"Spamcop", "https://www.spamcop.net/bl.shtml"},
    {"Barracuda", "https://www.barracudacentral.org/rbl/removal-request"},
    {"Invaluement", "https://www.invaluement.com/removal/"},
    {"Cloudmark", "https://csi.cloudmark.com/en/reset/"},
    {"UCEPROTECT", "https://www.uceprotect.net/en/rblcheck.php"},
    {"Backscatterer", "https://www.backscatterer.org/"},
    {"Hostkarma", "https://wiki.junkemailfilter.com/index.php/Spam_DNS_Lists"},
    {"Abusix", "https://lookup.abusix.com/"},
    {"SURBL", "https://surbl.org/surbl-analysis"},
    {"URIBL", "https://admin.uribl.com/"},
    {"TrendMicro", "https://www.ers.trendmicro.com/reputations"},
    {"PSBL", "https://psbl.org/remove"},
    {"DroneBL", "https://dronebl.org/lookup"},
    {"Mailspike", "https://mailspike.io/ip_verify"},
    {"SenderScore", "https://senderscore.org/act/blocklist-remover/"},
    {"0spam", "https://0spam.org/"},
    {"Spameatingmonkey", "https://spameatingmonkey.com/lookup"},
    {"SpamRATS", "https://www.spamrats.com/removal.php"},
    {"Blocklist.de", "https://www.blocklist.de/en/delist.html"},
    {"InterServer", "https://sigs.interserver.net/"},
    {"GBUdb", "https://www.gbudb.com/truncate/"},
    {"s5h", "https://www.usenix.org.uk/content/rblremove"},
    {"Lashback", "https://blacklist.lashback.com/"},
    {"Swinog", "https://antispam.imp.ch/spamikaze/remove.php"},
    {"ImproWare", "https://antispam.imp.ch/spamikaze/remove.php"},
    {"SpamDNSBL-SCIENTIFIC", "https://www.scientificspam.net/"},
    {"NordSpam", "https://www.nordspam.com/delist/"},
    {"Efnetrbl", "https://efnetrbl.org/"},
    {"KISA", "https://www.kisarbl.or.kr/"},
};

/* for verdicts of ip-reputation, where the provider is known */
static const struct page providers[] = {
    {"microsoft-consumer", "https://olcsupport.office.com/"},
    {"exchange-online", "https://sender.office.com/"},
    {"google", "https://support.google.com/mail/contact/gmail_bulk_sender_escalation"},
    {"yahoo", "https://senders.yahooinc.com/contact/"},
    {"comcast", "https://spa.xfinity.com/report"},
    {"cox", "https://www.cox.com/business/support/cox-postmaster-administration.html"},
    {"att", "https://postmaster.att.net/"},
    {"gmx", "https://postmaster.gmx.net/en/contact"},
    {"ionos", "https://postmaster.ionos.com/en/contact"},
    {"t-online", "https://postmaster.t-online.de/"},
    {"orange", "https://postmaster.orange.fr/"},
    {"free", "https://postmaster.free.fr/"},
    {"laposte", "https://postmaster.laposte.net/"},
    {"mail.ru", "https://postmaster.mail.ru/"},
    {"yandex", "https://postmaster.yandex.ru/"},
    {"godaddy", "https://unblock.secureserver.net/"},
    {"proofpoint", "https://ipcheck.proofpoint.com/"},
    {"cisco", "https://talosintelligence.com/reputation_center"},
    {"barracuda", "https://www.barracudacentral.org/rbl/removal-request"},
    {"trend-micro", "https://www.ers.trendmicro.com/reputations"},
};

static const char *find(const struct page *pages, size_t count, struct ff_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (ff_slice_eq(name, ff_slice_str(pages[i].name)))
            return pages[i].url;
    return NULL;
}

const char *ff_verdict_delist_page(const struct ff_verdict *v)
{
    if (v->list.len)
        return find(lists, sizeof lists / sizeof *lists, v->list);
    if (v->category == FF_IP_REPUTATION && v->provider.len)
        return find(providers, sizeof providers / sizeof *providers, v->provider);
    return NULL;
}
