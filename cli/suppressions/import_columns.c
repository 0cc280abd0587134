/* import_columns.c: see import_columns.h. Names as SendGrid, Mailgun, Mailchimp, Mandrill, SparkPost, Postmark,
 * Amazon SES and the spreadsheets of German and French senders have them; folded, so that created_at, CreatedAt and
 * "Created at" are one. */
#include "cli/suppressions/import_columns.h"

static const struct row {
    const char *name;
    enum ff_import_field field;
    enum ff_reason implied;
} rows[] = {
    /* of several columns with addresses the first of these: beside "email", "address" is where somebody lives */
    {"email", FF_IMPORT_ADDRESS, 0},
    {"emailaddress", FF_IMPORT_ADDRESS, 0},
    {"emailadresse", FF_IMPORT_ADDRESS, 0},
    {"adresseemail", FF_IMPORT_ADDRESS, 0},
    {"address", FF_IMPORT_ADDRESS, 0},
    {"recipient", FF_IMPORT_ADDRESS, 0},
    {"recipientaddress", FF_IMPORT_ADDRESS, 0},
    {"recipientemail", FF_IMPORT_ADDRESS, 0},
    {"rcptto", FF_IMPORT_ADDRESS, 0},
    {"mail", FF_IMPORT_ADDRESS, 0},
    {"to", FF_IMPORT_ADDRESS, 0},
    {"tenantid", FF_IMPORT_TENANT, 0},
    {"tenant", FF_IMPORT_TENANT, 0},
    {"streamscope", FF_IMPORT_STREAM, 0},
    {"stream", FF_IMPORT_STREAM, 0},
    {"state", FF_IMPORT_STATE, 0},
    {"note", FF_IMPORT_NOTE, 0},
    {"notes", FF_IMPORT_NOTE, 0},
    {"comment", FF_IMPORT_NOTE, 0},
    {"expires", FF_IMPORT_EXPIRES, 0},
    {"expiresat", FF_IMPORT_EXPIRES, 0},
    {"cleantime", FF_IMPORT_TIME, FF_REASON_HARD_BOUNCE},
    {"unsubtime", FF_IMPORT_TIME, FF_REASON_UNSUBSCRIBED},
    {"unsubscribedat", FF_IMPORT_TIME, FF_REASON_UNSUBSCRIBED},
    {"bouncedat", FF_IMPORT_TIME, FF_REASON_HARD_BOUNCE},
    {"lastevent", FF_IMPORT_TIME, 0},
    {"time", FF_IMPORT_TIME, 0},
    {"timestamp", FF_IMPORT_TIME, 0},
    {"createdat", FF_IMPORT_TIME, 0},
    {"created", FF_IMPORT_TIME, 0},
    {"date", FF_IMPORT_TIME, 0},
    {"datum", FF_IMPORT_TIME, 0},
    {"dateadded", FF_IMPORT_TIME, 0},
    {"addedat", FF_IMPORT_TIME, 0},
    {"suppressedat", FF_IMPORT_TIME, 0},
    {"lastupdatetime", FF_IMPORT_TIME, 0},
    {"updated", FF_IMPORT_TIME, 0},
    {"updatedat", FF_IMPORT_TIME, 0},
    {"reason", FF_IMPORT_REASON, 0},
    {"suppressionreason", FF_IMPORT_REASON, 0},
    {"bouncereason", FF_IMPORT_REASON, 0},
    {"grund", FF_IMPORT_REASON, 0},
    {"type", FF_IMPORT_HINT, 0},
    {"bouncetype", FF_IMPORT_HINT, 0},
    {"suppressiontype", FF_IMPORT_HINT, 0},
    {"source", FF_IMPORT_HINT, 0},
    {"status", FF_IMPORT_STATUS, 0},
    {"event", FF_IMPORT_HINT, 0},
    {"error", FF_IMPORT_TEXT, 0},
    {"errormessage", FF_IMPORT_TEXT, 0},
    {"description", FF_IMPORT_TEXT, 0},
    {"detail", FF_IMPORT_TEXT, 0},
    {"details", FF_IMPORT_TEXT, 0},
    {"diagnosticcode", FF_IMPORT_TEXT, 0},
    {"diagnostic", FF_IMPORT_TEXT, 0},
    {"response", FF_IMPORT_TEXT, 0},
    {"smtpresponse", FF_IMPORT_TEXT, 0},
    {"message", FF_IMPORT_TEXT, 0},
    {"code", FF_IMPORT_CODE, 0},
    {"errorcode", FF_IMPORT_CODE, 0},
    {"smtpcode", FF_IMPORT_CODE, 0},
    {"addresskey", FF_IMPORT_KEY, 0},
    {"category", FF_IMPORT_OURS, 0},
    {"firstevent", FF_IMPORT_OURS, 0},
    {"hits", FF_IMPORT_OURS, 0},
    {"replycode", FF_IMPORT_OURS, 0},
    {"enhancedcode", FF_IMPORT_OURS, 0},
    {"replytext", FF_IMPORT_OURS, 0},
    {"rule", FF_IMPORT_OURS, 0},
    {"provider", FF_IMPORT_OURS, 0},
    {"remotehost", FF_IMPORT_OURS, 0},
    {"remoteip", FF_IMPORT_OURS, 0},
    {"localip", FF_IMPORT_OURS, 0},
    {"actor", FF_IMPORT_OURS, 0},
    {"incidentid", FF_IMPORT_OURS, 0},
};

struct ff_slice ff_import_fold(struct ff_slice name, char *ret, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < name.len && n < size - 1; i++) {
        uint8_t c = name.ptr[i];
        if ((uint8_t)((c | 0x20) - 'a') < 26)
            ret[n++] = (char)(c | 0x20);
        else if ((uint8_t)(c - '0') < 10)
            ret[n++] = (char)c;
    }
    ret[n] = 0;
    return ff_slice_of(ret, n);
}

struct ff_import_column ff_import_column_of(struct ff_slice name)
{
    char folded[40];
    struct ff_slice key = ff_import_fold(name, folded, sizeof folded);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ff_slice_eq(key, ff_slice_str(rows[i].name)))
            return (struct ff_import_column){rows[i].field, i, rows[i].implied};
    return (struct ff_import_column){FF_IMPORT_UNREAD, 0, 0};
}
