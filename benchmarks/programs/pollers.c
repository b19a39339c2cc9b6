/* pollers: readers who ask for news again and again, as those do whose network lets no live socket through.
 *
 *   pollers PORT COUNT EVERY PATH AFTER
 *
 * Each asks every EVERY seconds, beginning at a time of its own, for PATH?after= the newest sequence that it knows, at
 * first AFTER. It keeps its connection, as browsers do, and opens another when the server has closed it.
 *
 * Each line on standard input is answered by one line of JSON with what was done since the last one: polls that were
 * due, polls that were answered, answers that were no answer (another status, or a sequence that goes back), and
 * connections that were opened. It ends with its standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 18000
#define ADDRESSES 32 /* from 127.0.1.1 on: what the server has closed keeps its port for a minute */
#define LOOK 0.005   /* seconds between two looks at who is due */

enum state { CLOSED, DIALLING, ASKING, IDLE };
struct poller {
    int fd;
    enum state state;
    unsigned long after;
    double due;
    size_t got, wanted; /* bytes of the answer; wanted is 0 until its headers are there */
    char text[4096];    /* its beginning */
};

static struct poller pollers[MOST];
static int port, count, poll_fd;
static double every;
static const char *path;
static long due, answered, wrong, opened;

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

static void hang_up(struct poller *p)
{
    wrong += p->state == DIALLING || p->state == ASKING;
    close(p->fd);
    p->state = CLOSED;
}

static void ask(struct poller *p)
{
    char request[512];
    int size = snprintf(request, sizeof request, "GET %s?after=%lu HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                        path, p->after, port);
    p->state = ASKING;
    p->got = p->wanted = 0;
    if (send(p->fd, request, size, MSG_NOSIGNAL) != size) hang_up(p);
}

static void dial(struct poller *p)
{
    int one = 1;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (p->fd < 0) fail("socket");
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + (p - pollers) % ADDRESSES);
    if (bind(p->fd, (void *)&a, sizeof a)) fail("bind");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    p->state = DIALLING;
    opened++;
    if (connect(p->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) {
        hang_up(p);
        return;
    }
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, p->fd, &(struct epoll_event){EPOLLOUT, {.ptr = p}});
}

/* The answer tells the newest sequence before anything that is long. */
static void read_answer(struct poller *p)
{
    const char *head = memmem(p->text, p->got < sizeof p->text ? p->got : sizeof p->text, "\"head\":", 7);
    unsigned long told = head ? strtoul(head + 7, NULL, 10) : p->after;
    if (memcmp(p->text, "HTTP/1.1 200", 12) || told < p->after) wrong++;
    p->after = told;
    answered++;
    p->state = IDLE;
}

static void receive(struct poller *p)
{
    char rest[16384];
    size_t room = p->got < sizeof p->text - 1 ? sizeof p->text - 1 - p->got : 0;
    ssize_t size = recv(p->fd, room ? p->text + p->got : rest, room ? room : sizeof rest, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
        hang_up(p);
        return;
    }
    p->got += size;
    if (!p->wanted) {
        p->text[p->got] = 0;
        char *body = strstr(p->text, "\r\n\r\n"), *length = strcasestr(p->text, "\r\nContent-Length:");
        if (!body) return;
        p->wanted = body + 4 - p->text + (length && length < body ? strtoul(length + 17, NULL, 10) : 0);
    }
    if (p->got >= p->wanted) read_answer(p);
}

static void begin_those_due(double at)
{
    for (int i = 0; i < count; i++) {
        struct poller *p = pollers + i;
        if (p->due > at) continue;
        p->due += every;
        due++;
        if (p->state == IDLE) ask(p);
        else if (p->state == CLOSED) dial(p);
        else wrong++; /* the last answer is not there yet */
    }
}

static void tell(void)
{
    char line[64];
    if (!fgets(line, sizeof line, stdin)) exit(0);
    printf("{\"due\":%ld,\"polls\":%ld,\"wrong\":%ld,\"opened\":%ld}\n", due, answered, wrong, opened);
    fflush(stdout);
    due = answered = wrong = opened = 0;
}

int main(int words, char **word)
{
    if (words != 6) return 2;
    port = atoi(word[1]), count = atoi(word[2]), every = atof(word[3]), path = word[4];
    if (count < 1 || count > MOST || every <= 0) return 2;
    for (int i = 0; i < count; i++) {
        pollers[i].after = strtoul(word[5], NULL, 10);
        pollers[i].due = now() + every * i / count;
    }
    poll_fd = epoll_create1(0);
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &(struct epoll_event){EPOLLIN, {.ptr = NULL}})) fail("epoll");
    setvbuf(stdin, NULL, _IONBF, 0);
    for (;;) {
        struct epoll_event ready[256];
        int n = epoll_wait(poll_fd, ready, 256, (int)(LOOK * 1000));
        for (int i = 0; i < n; i++) {
            struct poller *p = ready[i].data.ptr;
            if (!p) {
                tell();
            } else if (p->state == DIALLING) {
                epoll_ctl(poll_fd, EPOLL_CTL_MOD, p->fd, &(struct epoll_event){EPOLLIN, {.ptr = p}});
                ask(p);
            } else {
                receive(p);
            }
        }
        begin_those_due(now());
    }
}
