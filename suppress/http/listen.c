/* listen.c: the address that is listened on, and its socket. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "suppress/http/api_int.h"

#define BACKLOG 512

static enum ff_err parse_listen(const char *listen, char host[64], const char **ret_port)
{
    const char *colon = strrchr(listen, ':');
    size_t len = colon ? (size_t)(colon - listen) : 0;
    if (!colon || !colon[1] || len >= 64)
        return FF_ERR_CONFIG;
    if (len >= 2 && listen[0] == '[' && listen[len - 1] == ']') {
        listen++;
        len -= 2;
    } else if (memchr(listen, ':', len)) {
        return FF_ERR_CONFIG; /* IPv6 without brackets: where does the port begin? */
    }
    memcpy(host, listen, len);
    host[len] = 0;
    *ret_port = colon + 1;
    uint64_t port; /* getaddrinfo() would take 99999 modulo 65536 */
    return ff_slice_u64(ff_slice_str(*ret_port), 65535, &port) ? FF_OK : FF_ERR_CONFIG;
}

/* The address that is meant; to be freed. NULL: none. */
static struct addrinfo *resolve(const char *listen)
{
    char host[64];
    const char *port;
    struct addrinfo *ai = NULL,
                    hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    if (parse_listen(listen, host, &port) || getaddrinfo(host[0] ? host : NULL, port, &hints, &ai) != 0)
        return NULL;
    return ai;
}

bool ff_api_listen_valid(const char *listen)
{
    struct addrinfo *ai = resolve(listen);
    if (ai)
        freeaddrinfo(ai);
    return ai != NULL;
}

enum ff_err ff_api_open_socket(struct ff_api *api, const char *listen_on, char *msg, size_t size)
{
    struct addrinfo *ai = resolve(listen_on);
    struct sockaddr_storage sa;
    socklen_t sa_len = sizeof(sa);
    int one = 1;
    if (!ai) {
        snprintf(msg, size, "%s: is no address:port (say 127.0.0.1:8080 or [::1]:8080)", listen_on);
        return FF_ERR_CONFIG;
    }
    api->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = api->fd >= 0 && setsockopt(api->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
              bind(api->fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(api->fd, BACKLOG) == 0 &&
              getsockname(api->fd, (struct sockaddr *)&sa, &sa_len) == 0;
    freeaddrinfo(ai);
    if (!ok) {
        snprintf(msg, size, "%s: cannot listen there: %s", listen_on, strerror(errno));
        return FF_ERR_UNAVAILABLE;
    }
    api->port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
                                               : ((struct sockaddr_in *)&sa)->sin_port);
    return FF_OK;
}
