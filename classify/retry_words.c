/* retry_words.c: see retry_words.h. Read only where no number in figures says how long. */
#include "classify/retry_words.h"

#include <string.h>

/* Words between blanks, in lower case. */
static const struct value {
    uint32_t value;
    const char *words;
} numbers[] = {
    {1, " a an one eine einer einem ein eins une un una uno uma een één jedną jedna jeden одну один en ett "},
    {2, " two zwei deux dos due dois duas twee dwie dwa две два två "},
    {3, " three drei trois tres tre três drie trzy три "},
    {4, " four vier quatre cuatro quattro quatro cztery четыре fyra "},
    {5, " five fünf fuenf cinq cinco cinque vijf pięć piec пять fem "},
    {6, " six sechs seis sei zes sześć шесть sex "},
    {7, " seven sieben sept siete sette sete zeven siedem семь sju "},
    {8, " eight acht huit ocho otto oito osiem восемь åtta "},
    {9, " nine neun neuf nueve nove negen dziewięć девять nio "},
    {10, " ten zehn dix diez dieci dez tien dziesięć dziesiec десять tio "},
    {12, " twelve zwölf zwoelf douze doce dodici doze twaalf dwanaście двенадцать tolv "},
    {15, " fifteen fünfzehn fuenfzehn quinze quince quindici vijftien piętnaście pietnascie пятнадцать femton "},
    {20, " twenty zwanzig vingt veinte venti vinte twintig dwadzieścia двадцать tjugo "},
    {24, " vierundzwanzig veinticuatro ventiquattro vierentwintig tjugofyra "},
    {30, " thirty dreißig dreissig trente treinta trenta trinta dertig trzydzieści тридцать trettio "},
    {40, " forty vierzig quarante cuarenta quaranta quarenta veertig czterdzieści сорок fyrtio "},
    {45, " fünfundvierzig fuenfundvierzig quarantacinque vijfenveertig fyrtiofem "},
    {48, " achtundvierzig quarantotto achtenveertig fyrtioåtta "},
    {50, " fifty fünfzig fuenfzig cinquante cincuenta cinquanta cinquenta vijftig pięćdziesiąt пятьдесят femtio "},
    {60, " sixty sechzig soixante sesenta sessanta sessenta zestig sześćdziesiąt шестьдесят sextio "},
    {90, " ninety neunzig noventa novanta negentig dziewięćdziesiąt девяносто nittio "},
};
static const struct value units[] = {
    {1,
     " second seconds sec secs sekunde sekunden seconde secondes segundo segundos secondo secondi seconden sekund "
     "sekundę sekundy секунд секунду секунды sekunder "},
    {60,
     " minute minutes min mins minuten minuto minutos minuti minuut minut minutę minuty минут минуту минуты minuter "},
    {3600,
     " hour hours hr hrs stunde stunden heure heures hora horas ora ore uur uren godzinę godziny godzin godz час часа "
     "часов timme timmar "},
    {86400,
     " day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen dzień dni dobę день дня дней сутки "
            "dygn dagar "},
};
static const struct value parts_of_hours[] = {
    {1800,
     "|half an hour|half hour|half a hour|halben stunde|halbe stunde|demi heure|media hora|mezz ora|mezza ora|meia "
     "hora|half uur|pół godziny|pol godziny|полчаса|halvtimme|halv timme|"},
    {900,
     "|quarter of an hour|quarter hour|viertelstunde|quart d heure|cuarto de hora|quarto d ora|quarto de "
     "hora|kwartier|kwadrans|четверть часа|kvart|"},
};
static const struct value chinese[] = {
    {1800, " 半小时 半个小时 半小時 半個小時 三十分钟 三十分鐘 "},
    {3600, " 一小时 一个小时 一小時 一個小時 "},
    {7200, " 两小时 两个小时 兩小時 "},
    {1200, " 二十分钟 二十分鐘 "},
    {900, " 十五分钟 十五分鐘 "},
    {600, " 十分钟 十分鐘 "},
    {300, " 五分钟 五分鐘 "},
    {60, " 一分钟 一分鐘 "},
};

enum lead { LEAD_NONE, LEAD_PREPOSITION, LEAD_COUNTS_ONE, LEAD_WAIT };
struct lead_word {
    uint8_t lead, len; /* len 0 ends a list */
    const char *text;
};
#define P(letters) {LEAD_PREPOSITION, sizeof(letters) - 1, letters}
#define ONE(letters) {LEAD_COUNTS_ONE, sizeof(letters) - 1, letters}
#define WAIT(letters) {LEAD_WAIT, sizeof(letters) - 1, letters}
#define WORDS(...) (const struct lead_word[]) {__VA_ARGS__, {0, 0, NULL}}
/** What leads to a wait, found by its first byte (& 31). */
static const struct lead_word *const leads[32] = {
    ['a' & 31] = WORDS(P("after"), P("another"), P("après"), P("apres"), P("após"), P("apos"), WAIT("attendez"),
                       WAIT("attendre"), WAIT("attendere"), WAIT("attenda"), WAIT("attendi"), WAIT("aguarde"),
                       WAIT("aguardar"), WAIT("abwarten"), WAIT("avvakta")),
    ['d' & 31] = WORDS(P("dans"), P("dentro"), P("después"), P("despues"), P("dopo"), P("daqui"), P("de")),
    ['e' & 31] = WORDS(P("en"), P("entro"), P("em"), P("efter"), WAIT("espere"), WAIT("esperar"), WAIT("espera")),
    ['f' & 31] = WORDS(P("for"), P("fra")),
    ['g' & 31] = WORDS(WAIT("greylisted")),
    ['i' & 31] = WORDS(P("in"), P("ici")),
    ['n' & 31] = WORDS(P("nach"), P("na")),
    ['o' & 31] = WORDS(P("over"), P("om"), WAIT("odczekaj")),
    /* and 0xd0 & 31 */
    ['p' & 31] =
        WORDS(P("po"), WAIT("patientez"), WAIT("patienter"), WAIT("poczekaj"), WAIT("подождите"), WAIT("ждите")),
    /* 0xd1 & 31 */
    ['q' & 31] = WORDS(ONE("через")),
    ['t' & 31] = WORDS(P("tras"), P("tra")),
    ['v' & 31] = WORDS(WAIT("vänta")),
    ['w' & 31] = WORDS(WAIT("wait"), WAIT("waiting"), WAIT("warten"), WAIT("warte"), WAIT("wacht"), WAIT("wachten")),
    ['z' & 31] = WORDS(ONE("za"), WAIT("zaczekaj")),
};
/** What may stand between the leading word and the number. */
static const char between[] =
    " about at least some circa ca etwa rund mindestens sie noch encore environ au moins a other autre altri altra "
    "outros outra otros otra nog jeszcze около ещё еще minst de unos unas ongeveer the ";

static bool is_in_word(uint8_t c)
{
    return c >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_apostrophe(struct ff_slice s, size_t at)
{
    return s.ptr[at] == '\'' || (at + 3 <= s.len && !memcmp(s.ptr + at, "\xe2\x80\x99", 3));
}

static size_t word_end(struct ff_slice s, size_t at)
{
    while (at < s.len && is_in_word(s.ptr[at]) && !is_apostrophe(s, at))
        at++;
    return at;
}

/** Where the next word begins, when only blanks, hyphens and apostrophes stand before it; else s.len. */
static size_t next_word(struct ff_slice s, size_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '-' || is_apostrophe(s, at)))
        at += s.ptr[at] < 0x80 ? 1 : 3;
    return at < s.len && is_in_word(s.ptr[at]) ? at : s.len;
}

/** Whether the word is in a list " one two " of words between blanks. */
static bool is_one_of(struct ff_slice word, const char *list)
{
    for (const char *p = list + 1; *p;) {
        size_t n = strcspn(p, " ");
        if (n == word.len && ff_slice_caseeq(word, ff_slice_of(p, n)))
            return true;
        p += n + 1;
    }
    return false;
}

/** The value of a word in a table; 0: it is in none. */
static uint32_t value_of(struct ff_slice word, const struct value *table, size_t rows)
{
    for (size_t i = 0; word.len && i < rows; i++)
        if (is_one_of(word, table[i].words))
            return table[i].value;
    return 0;
}
#define VALUE_OF(word, table) value_of(word, table, sizeof(table) / sizeof *(table))

/** "half an hour" at `at`: seconds, and in `*end` where it ends; 0: none. */
static uint32_t part_of_hour_at(struct ff_slice s, size_t at, size_t *end)
{
    for (size_t i = 0; i < sizeof parts_of_hours / sizeof *parts_of_hours; i++) {
        for (const char *p = parts_of_hours[i].words + 1; *p;) {
            size_t here = at, done = at;
            bool same = true;
            while (same && *p != '|') {
                size_t n = strcspn(p, " |");
                done = word_end(s, here);
                same = ff_slice_caseeq(ff_slice_sub(s, here, done), ff_slice_of(p, n));
                p += n;
                if (*p == ' ') {
                    p++;
                    here = next_word(s, done);
                }
            }
            p += strcspn(p, "|") + 1;
            if (same) {
                *end = done;
                return parts_of_hours[i].value;
            }
        }
    }
    return 0;
}

/** Number and unit at `at`: seconds, and in `*end` where they end; 0: none. */
static uint32_t span_at(struct ff_slice s, size_t at, bool counts_one, size_t *end)
{
    uint32_t part = part_of_hour_at(s, at, end);
    if (part)
        return part;
    size_t behind = word_end(s, at);
    uint32_t unit = counts_one ? VALUE_OF(ff_slice_sub(s, at, behind), units) : 0;
    if (unit) { /* "za godzinę" */
        *end = behind;
        return unit;
    }
    uint32_t number = VALUE_OF(ff_slice_sub(s, at, behind), numbers);
    if (!number)
        return 0;
    size_t next = next_word(s, behind);
    if (number == 1 && (part = part_of_hour_at(s, next, end))) /* "einer halben Stunde" */
        return part;
    struct ff_slice word = ff_slice_sub(s, next, word_end(s, next));
    if (number >= 20 && number % 10 == 0) {
        size_t ones_at = is_one_of(word, " y e et ") ? next_word(s, next + word.len) : next;
        size_t ones_end = word_end(s, ones_at);
        uint32_t ones = VALUE_OF(ff_slice_sub(s, ones_at, ones_end), numbers);
        if (ones && ones < 10) { /* "twenty-four" */
            number += ones;
            next = next_word(s, ones_end);
            word = ff_slice_sub(s, next, word_end(s, next));
        }
    }
    if (is_one_of(word, " more further ")) {
        next = next_word(s, next + word.len);
        word = ff_slice_sub(s, next, word_end(s, next));
    }
    *end = next + word.len;
    return number * VALUE_OF(word, units);
}

static enum lead lead_of(struct ff_slice word)
{
    const struct lead_word *w = leads[word.ptr[0] & 31];
    for (; w && w->len; w++)
        if (w->len == word.len && ff_slice_caseeq(word, ff_slice_of(w->text, w->len)))
            return (enum lead)w->lead;
    return LEAD_NONE;
}

/** "五分钟后" at `at`: words that nothing divides. */
static bool chinese_wait(struct ff_slice s, size_t at, struct ff_word_wait *ret)
{
    for (size_t i = 0; i < sizeof chinese / sizeof *chinese; i++) {
        for (const char *p = chinese[i].words + 1; *p;) {
            size_t n = strcspn(p, " ");
            if (at + n + 3 <= s.len && !memcmp(s.ptr + at, p, n) &&
                (!memcmp(s.ptr + at + n, "后", 3) || !memcmp(s.ptr + at + n, "後", 3))) {
                *ret = (struct ff_word_wait){.begin = at, .end = at + n, .seconds = chinese[i].value, .asked = true};
                return true;
            }
            p += n + 1;
        }
    }
    return false;
}

/** The first of these in the word [at, end), which is searched once however many waits the text names: the next search
 * goes on behind what was found. */
static bool chinese_wait_in(struct ff_slice s, size_t at, size_t end, struct ff_word_wait *ret)
{
    for (; at < end; at++)
        if ((s.ptr[at] == 0xe4 || s.ptr[at] == 0xe5) && chinese_wait(s, at, ret)) /* how all of them begin */
            return true;
    return false;
}

bool ff_word_wait(struct ff_slice s, size_t from, struct ff_word_wait *ret)
{
    for (size_t at = from; at < s.len;) {
        if (!is_in_word(s.ptr[at]) || is_apostrophe(s, at)) {
            at += s.ptr[at] < 0x80 ? 1 : 3;
            continue;
        }
        size_t behind = word_end(s, at);
        enum lead lead = lead_of(ff_slice_sub(s, at, behind));
        size_t number = lead ? next_word(s, behind) : s.len;
        for (int i = 0; number < s.len && i < 3; i++) {
            size_t end;
            uint32_t seconds = span_at(s, number, lead == LEAD_COUNTS_ONE, &end);
            if (seconds) {
                *ret = (struct ff_word_wait){.begin = at, .end = end, .seconds = seconds, .asked = lead == LEAD_WAIT};
                return true;
            }
            size_t number_end = word_end(s, number);
            number = is_one_of(ff_slice_sub(s, number, number_end), between) ? next_word(s, number_end) : s.len;
        }
        if (chinese_wait_in(s, at, behind, ret))
            return true;
        at = behind;
    }
    return false;
}
