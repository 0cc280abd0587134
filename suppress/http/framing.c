/* framing.c: is it beyond doubt where a request ends?
 *
 * Behind a proxy the connection is shared by many clients. When the proxy and we disagree on where a request ends,
 * what one client wrote is taken for the next one's request ("request smuggling"). The library takes the first of two
 * lengths, takes Transfer-Encoding and Content-Length together, and reads "Content-Length :" as another field; its
 * strict mode asks for a Host and answers twice. So this is looked at here, before a byte of the body is read.
 */
#include <string.h>
#include <strings.h>

#include "suppress/http/api_int.h"

struct fields {
    unsigned hosts, lengths, codings;
    bool name_broken, value_broken, host_broken, coding_unknown;
};

static bool all_of(const char *s, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++) {
        char c = s[i], lower = (char)(c | 0x20);
        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && (!c || !strchr(others, c)))
            return false;
    }
    return true;
}

/* RFC 9110 5.5; a CR alone ends a line for some (RFC 9112 2.2) */
static bool has_control(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7f)
            return true;
    return false;
}

static bool is(const char *name, size_t len, const char *wanted)
{
    return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

static enum MHD_Result on_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                const char *value, size_t len)
{
    struct fields *f = (struct fields *)cls;
    (void)kind;
    f->name_broken |= name_len == 0 || !all_of(name, name_len, "!#$%&'*+-.^_`|~"); /* a token, RFC 9110 5.6.2 */
    f->value_broken |= has_control(value, len);
    if (is(name, name_len, MHD_HTTP_HEADER_HOST)) {
        f->hosts++;
        while (len && (value[len - 1] == ' ' || value[len - 1] == '\t'))
            len--;
        f->host_broken |=
            !all_of(value ? value : "", len, "-._~!$&'()*+,;=%:[]"); /* uri-host [":" port], RFC 3986 3.2.2 */
    } else if (is(name, name_len, MHD_HTTP_HEADER_CONTENT_LENGTH)) {
        f->lengths++;
    } else if (is(name, name_len, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        f->codings++;
        f->coding_unknown |= !is(value ? value : "", len, "chunked");
    }
    return MHD_YES;
}

const char *ff_api_framing_wrong(struct MHD_Connection *c, const char *version)
{
    struct fields f = {0};
    bool http10 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
    (void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, on_field, &f);
    if (f.name_broken)
        return "the name of a header field is none (no blank before the colon)";
    if (f.value_broken)
        return "there is a control byte in a header field";
    if (f.hosts > 1 || f.host_broken || (!f.hosts && !http10))
        return "there must be one Host field with a host and, if need be, a port";
    if (f.lengths + f.codings > 1)
        return "there must be one Content-Length, or Transfer-Encoding: chunked, not both";
    if (f.coding_unknown || (f.codings && http10))
        return "the only transfer coding is chunked, of HTTP/1.1";
    return NULL;
}
