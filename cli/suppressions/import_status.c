/* import_status.c: see import_status.h. Who exports all subscribers instead of the suppressed ones must not lose
 * the living. */
#include "cli/suppressions/import_status.h"

#include <stdlib.h>
#include <unicase.h>

#define FOLDED_MAX 64

/* In lower case, without blanks and joints. */
static const char *const mailable[] = {
    /* English */
    "active", "activated", "enabled", "ok", "okay", "yes", "good", "valid", "validated", "verified", "confirmed",
    "subscribed", "optin", "optedin", "doubleoptin", "doi", "delivered", "deliverable", "mailable", "sendable",
    "allowed", "sent", "live",
    /* German */
    "aktiv", "aktiviert", "ja", "gültig", "gueltig", "bestätigt", "bestaetigt", "angemeldet", "abonniert",
    "zugestellt", "zustellbar", "erlaubt", "freigegeben", "eingetragen",
    /* French */
    "actif", "activé", "activée", "oui", "valide", "validé", "validée", "confirmé", "confirmée", "inscrit",
    "inscrite", "abonné", "abonnée", "délivré", "distribué", "autorisé",
    /* Spanish */
    "activo", "activa", "activado", "habilitado", "sí", "válido", "valido", "confirmado", "confirmada", "suscrito",
    "suscripto", "entregado",
    /* Portuguese */
    "ativo", "ativa", "ativado", "sim", "inscrito", "subscrito", "entregue",
    /* Italian */
    "attivo", "attiva", "attivato", "abilitato", "valida", "confermato", "confermata", "iscritto", "iscritta",
    "consegnato",
    /* Dutch */
    "actief", "geactiveerd", "ingeschakeld", "geldig", "bevestigd", "ingeschreven", "aangemeld", "geabonneerd",
    "afgeleverd", "bezorgd",
    /* Polish */
    "aktywny", "aktywna", "aktywne", "tak", "ważny", "potwierdzony", "potwierdzona", "zapisany", "zapisana",
    "dostarczono",
    /* Russian */
    "активен", "активна", "активный", "активно", "да", "действителен", "действующий", "подтвержден", "подтверждён",
    "подписан", "доставлено",
    /* Japanese */
    "有効", "アクティブ", "登録済み", "登録済", "購読中", "確認済み", "配信中",
    /* Chinese */
    "活跃", "活躍", "有效", "启用", "啟用", "已启用", "正常", "已订阅", "已訂閱", "已确认", "已確認", "已验证",
    /* Turkish */
    "etkin", "aktif", "geçerli", "onaylandı", "abone",
    /* Swedish, Danish, Norwegian */
    "bekräftad", "giltig", "prenumererar", "bekræftet", "gyldig", "tilmeldt", "bekreftet", "påmeldt",
};

static bool is_joint(uint8_t c)
{
    return c < 0x80 && !((uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10);
}

/** Empty: it is too long for any of the words, or no UTF-8. */
static struct ff_slice fold(struct ff_slice word, uint8_t ret[FOLDED_MAX])
{
    size_t len = FOLDED_MAX, n = 0;
    uint8_t *lower = u8_tolower(word.ptr, word.len < FOLDED_MAX ? word.len : 0, NULL, UNINORM_NFC, ret, &len);
    if (lower != ret) { /* it did not fit, and was allocated */
        free(lower);
        return (struct ff_slice){NULL, 0};
    }
    for (size_t i = 0; i < len; i++)
        if (!is_joint(ret[i]))
            ret[n++] = ret[i];
    return ff_slice_of(ret, n);
}

bool ff_import_is_mailable(struct ff_slice word)
{
    uint8_t folded[FOLDED_MAX];
    struct ff_slice key = fold(word, folded);
    for (size_t i = 0; i < sizeof mailable / sizeof *mailable; i++)
        if (ff_slice_eq(key, ff_slice_str(mailable[i])))
            return true;
    return false;
}
