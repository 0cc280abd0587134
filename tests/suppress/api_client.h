/* api_client.h: a client of the HTTP interface that says exactly what it is told, over a raw socket. */
#ifndef FF_TESTS_API_CLIENT_H
#define FF_TESTS_API_CLIENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/patience.h"

/* From one of the addresses of loopback; `receive_bytes`: size of the receive buffer, 0: the system's. */
static inline int dial_from(unsigned port, uint32_t from, int receive_bytes)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = {patience_s(), 0};
    if (receive_bytes)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) != 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static inline int dial(unsigned port)
{
    return dial_from(port, INADDR_LOOPBACK, 0);
}

static inline void send_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server hung up; what it said is judged */
        data += n;
        len -= (size_t)n;
    }
}

/* Everything the server says until it closes; free() it. */
static inline char *receive_all(int fd)
{
    size_t len = 0, size = 1 << 16;
    char *text = (char *)malloc(size);
    for (ssize_t n; text && (n = recv(fd, text + len, size - len - 1, 0)) > 0;) {
        len += (size_t)n;
        if (size - len < 4096)
            text = (char *)realloc(text, size *= 2);
    }
    if (!text)
        exit(1);
    text[len] = 0;
    close(fd);
    return text;
}

/* Sends it as it is; free() the answers. */
static inline char *say(unsigned port, const char *request)
{
    int fd = dial(port);
    send_all(fd, request, strlen(request));
    return receive_all(fd);
}

static inline char *ask(unsigned port, const char *method, const char *target, const char *body, size_t body_len)
{
    static char head[1 << 16];
    int fd = dial(port);
    int n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", method,
                     target, body_len);
    send_all(fd, head, (size_t)n);
    send_all(fd, body, body_len);
    return receive_all(fd);
}

#endif
