/* readers: holds websocket readers open against a live server on loopback and times what they receive.
 *
 *   readers PORT
 *
 * One command a line on standard input, each answered by one line of JSON:
 *   open COUNT AT_ONCE PATH  opens readers, at most AT_ONCE handshakes under way; answers when all are up
 *   mute COUNT PATH          opens readers that ask for the upgrade and then never read anything
 *   cut                      breaks all connections of readers, as a failing network does
 *   clear                    forgets what was received
 *   until FRAMES SECONDS     waits for so many frames since `clear` and answers with the figures
 * It ends with its standard input.
 *
 * A frame counts if it holds a mark, "mk<number>t<microseconds of CLOCK_MONOTONIC>zz": when it was
 * posted. Its place in the order is its "seq", or the mark's number where there is none.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 32768
#define PATIENCE 60.0
#define ADDRESS_HOLDS 20000 /* connections from one address, for it has 28,000 ports */

enum state { FREE, DIALLING, ASKING, UP, MUTE };
struct reader {
    int fd;
    enum state state;
    unsigned long last; /* the newest frame's place in the order */
    uint8_t *rest;      /* the beginning of a frame whose end is not yet there */
    size_t rested;
};

static struct reader readers[MOST];
static int port, poll_fd, up, under_way, lowest; /* below `lowest` no place is free */
static char request[2048];
static double *delays, last_at;
static size_t frames, room;
static long disorder, closed, refused, bytes;
static uint8_t scratch[1 << 21];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static void drop(struct reader *r)
{
    close(r->fd); /* SO_LINGER is 0: a reset, and no port is kept waiting */
    up -= r->state == UP;
    under_way -= r->state == DIALLING || r->state == ASKING;
    free(r->rest);
    memset(r, 0, sizeof *r);
    if (r - readers < lowest) lowest = r - readers;
}

static void ask(struct reader *r)
{
    size_t size = strlen(request);
    if (send(r->fd, request, size, MSG_NOSIGNAL) != (ssize_t)size) {
        refused++;
        drop(r);
        return;
    }
    r->state = ASKING;
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, r->fd, &(struct epoll_event){EPOLLIN, {.ptr = r}});
}

static struct reader *dial(int mute)
{
    int at = lowest, one = 1, little = 4096;
    while (at < MOST && readers[at].state != FREE) at++;
    if (at == MOST) return NULL;
    lowest = at + 1;
    struct reader *r = readers + at;
    r->fd = socket(AF_INET, SOCK_STREAM | (mute ? 0 : SOCK_NONBLOCK), 0);
    if (r->fd < 0) fail("socket");
    struct linger none = {1, 0};
    setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(r->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (mute) setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    struct sockaddr_in a = {.sin_family = AF_INET};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + at / ADDRESS_HOLDS);
    if (bind(r->fd, (void *)&a, sizeof a)) fail("bind");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    if (connect(r->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) fail("connect");
    r->state = mute ? MUTE : DIALLING;
    return r;
}

static void answer(struct reader *r, uint8_t first, const uint8_t *data, size_t size)
{
    uint8_t out[6 + 125] = {first, 0x80 | size}; /* a mask of zeros leaves the data as it is */
    if (size > 125) return;
    memcpy(out + 6, data, size);
    send(r->fd, out, 6 + size, MSG_NOSIGNAL);
}

static void take_frame(struct reader *r, int opcode, const uint8_t *data, size_t size, double at)
{
    if (opcode == 9) answer(r, 0x8a, data, size);
    if (opcode == 8) answer(r, 0x88, data, size);
    if (opcode != 1 && opcode != 2) return;
    const uint8_t *end = data + size, *p = data;
    while ((p = memmem(p, end - p, "mk", 2))) {
        char *after;
        unsigned long place = strtoul((const char *)p + 2, &after, 10);
        if (after > (const char *)p + 2 && *after == 't') {
            double posted = strtoul(after + 1, &after, 10) / 1e6;
            if (after[0] == 'z' && after[1] == 'z') {
                const char *seq = memmem(data, size < 80 ? size : 80, "\"seq\":", 6);
                if (seq) place = strtoul(seq + 6, NULL, 10);
                if (r->last && place != r->last + 1) disorder++;
                r->last = place;
                if (frames == room) delays = realloc(delays, (room = room * 2 + 65536) * sizeof *delays);
                if (!delays) fail("realloc");
                delays[frames++] = at - posted;
                bytes += size;
                last_at = at;
                return;
            }
        }
        p += 2;
    }
}

static size_t frame_size(const uint8_t *p, size_t have, size_t *head)
{
    if (have < 2) return 0;
    size_t size = p[1] & 127;
    int more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (have < (size_t)2 + more) return 0;
    if (more) size = 0;
    for (int i = 0; i < more; i++) size = size << 8 | p[2 + i];
    *head = 2 + more;
    return have < *head + size ? 0 : *head + size;
}

static void receive(struct reader *r)
{
    size_t have = r->rested, done = 0, head, whole;
    if (have) memcpy(scratch, r->rest, have);
    ssize_t got = recv(r->fd, scratch + have, sizeof scratch - 1 - have, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        if (r->state == UP) closed++;
        else refused++;
        drop(r);
        return;
    }
    have += got;
    scratch[have] = 0;
    if (r->state == ASKING) {
        uint8_t *body = memmem(scratch, have, "\r\n\r\n", 4);
        if (body && memcmp(scratch, "HTTP/1.1 101", 12)) {
            refused++;
            drop(r);
            return;
        }
        if (body) {
            r->state = UP;
            up++, under_way--;
            done = body + 4 - scratch;
        }
    }
    double at = now();
    while (r->state == UP && (whole = frame_size(scratch + done, have - done, &head))) {
        take_frame(r, scratch[done] & 15, scratch + done + head, whole - head, at);
        done += whole;
    }
    free(r->rest);
    r->rested = have - done;
    r->rest = r->rested ? malloc(r->rested) : NULL;
    if (r->rested) memcpy(r->rest, scratch + done, r->rested);
}

/* Serves the readers for a while, or until there are so many frames; true where a command is there. */
static int serve(double until, size_t enough)
{
    struct epoll_event events[512];
    for (double t; (t = now()) < until && frames < enough;) {
        double left = until - t;
        int n = epoll_wait(poll_fd, events, 512, left > 3600 ? 3600000 : (int)(left * 1000) + 1);
        for (int i = 0; i < n; i++) {
            struct reader *r = events[i].data.ptr;
            if (!r) return 1;
            if (r->state == DIALLING) ask(r);
            else if (r->state != FREE) receive(r);
        }
    }
    return 0;
}

static void aim(const char *path)
{
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             path, port);
}

static void open_readers(int count, int at_once)
{
    double began = now();
    int wanted = up + count;
    long refused_before = refused;
    while (up + (refused - refused_before) < wanted && now() - began < PATIENCE) {
        for (int i = 0; i < 50 && count && under_way < at_once; i++, count--) {
            struct reader *r = dial(0);
            if (!r) fail("too many readers");
            under_way++;
            epoll_ctl(poll_fd, EPOLL_CTL_ADD, r->fd, &(struct epoll_event){EPOLLOUT, {.ptr = r}});
        }
        serve(now() + 0.001, SIZE_MAX);
    }
    printf("{\"up\":%d,\"refused\":%ld,\"began\":%.6f,\"seconds\":%.6f}\n", up,
           refused - refused_before, began, now() - began);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void figures(void)
{
    qsort(delays, frames, sizeof *delays, ascending);
    double p50 = frames ? delays[(frames - 1) / 2] : 0, most = frames ? delays[frames - 1] : 0;
    double p99 = frames ? delays[(size_t)((frames - 1) * 0.99)] : 0;
    printf("{\"up\":%d,\"frames\":%zu,\"bytes\":%ld,\"disorder\":%ld,\"closed\":%ld,\"p50\":%.6f,"
           "\"p99\":%.6f,\"max\":%.6f,\"last_at\":%.6f}\n",
           up, frames, bytes, disorder, closed, p50, p99, most, last_at);
}

static void obey(const char *line)
{
    int count, at_once;
    size_t enough;
    double seconds;
    char path[1024];
    if (sscanf(line, "open %d %d %1023s", &count, &at_once, path) == 3) {
        aim(path);
        open_readers(count, at_once);
    } else if (sscanf(line, "mute %d %1023s", &count, path) == 2) {
        aim(path);
        for (int i = 0; i < count; i++) {
            struct reader *r = dial(1);
            if (!r || send(r->fd, request, strlen(request), MSG_NOSIGNAL) < 0) fail("mute");
        }
        printf("{\"mute\":%d}\n", count);
    } else if (!strcmp(line, "cut\n")) {
        for (int i = 0; i < MOST; i++)
            if (readers[i].state == UP) drop(readers + i);
        printf("{\"up\":%d}\n", up);
    } else if (!strcmp(line, "clear\n")) {
        frames = disorder = closed = bytes = 0;
        printf("{}\n");
    } else if (sscanf(line, "until %zu %lf", &enough, &seconds) == 2) {
        serve(now() + seconds, enough);
        figures();
    } else {
        printf("{\"error\":\"not a command\"}\n");
    }
    fflush(stdout);
}

int main(int count, char **words)
{
    if (count != 2 || !(port = atoi(words[1]))) return 2;
    poll_fd = epoll_create1(0);
    struct epoll_event commands = {EPOLLIN, {.ptr = NULL}};
    if (poll_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &commands)) fail("epoll");
    setvbuf(stdin, NULL, _IONBF, 0);
    char line[2048];
    for (;;)
        if (serve(now() + 3600, SIZE_MAX)) {
            if (!fgets(line, sizeof line, stdin)) return 0;
            obey(line);
        }
}
