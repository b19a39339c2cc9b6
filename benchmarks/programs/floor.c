/* floor: the least that a server can do. Answers 101 to every GET without looking, and on a POST writes
 * one frame with its body to every reader by send(2).
 *
 *   floor PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *upgraded =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char *created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
static int readers[1 << 16], count;
static char in[1 << 16], out[1 << 16];

static void fan_out(const char *body, size_t size)
{
    out[0] = (char)0x81;
    out[1] = 126;
    out[2] = size >> 8;
    out[3] = size & 255;
    memcpy(out + 4, body, size);
    for (int i = 0; i < count; i++) send(readers[i], out, size + 4, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void serve(int fd)
{
    ssize_t got = recv(fd, in, sizeof in - 8, 0);
    if (got <= 0) {
        for (int i = 0; i < count; i++)
            if (readers[i] == fd) readers[i] = readers[--count];
        close(fd);
        return;
    }
    in[got] = 0;
    char *body = strstr(in, "\r\n\r\n");
    if (!memcmp(in, "GET", 3)) {
        send(fd, upgraded, strlen(upgraded), MSG_NOSIGNAL);
        readers[count++] = fd;
    } else if (!memcmp(in, "POST", 4) && body) {
        const char *length = strcasestr(in, "\r\nContent-Length:");
        ssize_t size = length ? atoi(length + 17) : 0, missing = size - (in + got - body - 4);
        if (missing > 0 && got + missing < (ssize_t)sizeof in) recv(fd, in + got, missing, MSG_WAITALL);
        fan_out(body + 4, size);
        send(fd, created, strlen(created), MSG_NOSIGNAL);
    }
}

int main(int words, char **word)
{
    if (words != 2) return 2;
    int listening = socket(AF_INET, SOCK_STREAM, 0), poll_fd = epoll_create1(0), one = 1;
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(word[1]))};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening, (void *)&a, sizeof a) || listen(listening, 8192)) {
        perror("listen");
        return 2;
    }
    struct epoll_event e = {EPOLLIN, {.fd = listening}};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listening, &e);
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(poll_fd, events, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd != listening) {
                serve(fd);
                continue;
            }
            e.data.fd = accept(listening, NULL, NULL);
            setsockopt(e.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            epoll_ctl(poll_fd, EPOLL_CTL_ADD, e.data.fd, &e);
        }
    }
}
