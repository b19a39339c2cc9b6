/* readers: holds websocket readers open against a live server on loopback and times what they receive.
 *
 *   readers PORT [FIRST]      from the loopback address 127.0.0.FIRST on, 1 unless it is given
 *
 * One command a line on standard input, each answered by one line of JSON:
 *   open COUNT AT_ONCE PATH  opens readers, at most AT_ONCE handshakes under way; answers when all are up
 *   mute COUNT PATH          opens readers that ask for the upgrade and then never read anything
 *   cut                      breaks all connections of readers, as a failing network does
 *   clear                    forgets what was received; of readers that hold on only the delays
 *   until FRAMES SECONDS     waits for so many frames since `clear` and answers with the figures
 *
 * Readers that hold on: they come back by themselves whenever they are cut or refused, with `after=` the newest
 * sequence that they hold, and each event is checked: once, in order, and the same text for all.
 *   hold COUNT AT_ONCE SECONDS PATH  opens them; answers when all are up, or after so many seconds
 *   break COUNT SECONDS      cuts so many of them, which all come back after so many seconds
 *   level SEQ SECONDS        waits until all are up and hold all events up to SEQ; answers with what was found
 *   events                   of each event so far: sequence, readers that got it, when the last one did
 *
 * Readers that do not read, as if they were on another machine: what they are sent stays in the kernel's buffers.
 *   still                    from now on nothing is read by itself
 *   gather FRAMES SECONDS    reads all that is there, and answers when the kernel took the first and the last frame
 *
 * It ends with its standard input.
 *
 * Compiled with -DPACKED -lz, readers offer permessage-deflate.
 *
 * A frame counts if it holds a mark, "mk<number>t<microseconds of CLOCK_MONOTONIC>zz": when it was
 * posted. Its place in the order is its "seq", or the mark's number where there is none.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef PACKED
#include <zlib.h>
#define OFFERS "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
#else
#define OFFERS ""
#endif

#define MOST 32768
#define MOST_EVENTS 65536
#define PATIENCE 60.0
#define ADDRESS_HOLDS 8000 /* connections from one address: of its 28,000 ports the kernel tries one half first */
#define COMES_BACK 1.0     /* seconds, at most, after which a reader that was cut comes back */
#define TRIES_AGAIN 1.0    /* the same for one that was refused, on average */
#define LOOK 0.02          /* seconds between two looks at who is away, or level */

enum state { FREE, DIALLING, ASKING, UP, MUTE, AWAY };
struct reader {
    int fd;
    enum state state;
    unsigned long last; /* the newest frame's place in the order */
    uint8_t *rest;      /* the beginning of a frame whose end is not yet there */
    size_t rested;
    int greeted; /* whether `last` is known, of a reader that holds on */
    double back; /* when a reader that is away comes back */
};
struct event {
    uint8_t *text; /* as the first reader got it */
    size_t size;
    long count;
    double last_at;
};

static struct reader readers[MOST];
static struct event events[MOST_EVENTS];
static int port, first = 1, poll_fd, up, under_way, lowest; /* below `lowest` no place is free */
static int holds, away, most_under_way, still;
static char request[2048], target[1024];
static double *delays, last_at, moved_at;
static size_t frames, room;
static long disorder, closed, refused, bytes, wire, differs, resets, back;
static size_t whole; /* of the frame that is looked at, as it was sent */
static uint8_t scratch[1 << 21];
static double stamp, first_in, last_in; /* CLOCK_REALTIME: when the kernel took what was read */
static long stamped, others;            /* of the frames that were just read: those that are no events */

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

static double by_chance(void) /* from 0 to 1 */
{
    return random() / (double)RAND_MAX;
}

/* A reader that holds on comes back after so many seconds. */
static void drop(struct reader *r, double seconds)
{
    close(r->fd); /* SO_LINGER is 0: a reset, and no port is kept waiting */
    up -= r->state == UP;
    under_way -= r->state == DIALLING || r->state == ASKING;
    free(r->rest);
    struct reader kept = {.fd = -1, .state = AWAY, .last = r->last, .greeted = r->greeted};
    kept.back = now() + seconds;
    if (holds && r->state != MUTE) {
        *r = kept;
        away++;
        return;
    }
    memset(r, 0, sizeof *r);
    if (r - readers < lowest) lowest = r - readers;
}

static void refuse(struct reader *r)
{
    refused++;
    drop(r, TRIES_AGAIN * (0.5 + by_chance()));
}

static void aim(const char *path, const char *query, unsigned long after)
{
    char asked[32] = "";
    if (query) snprintf(asked, sizeof asked, query, after);
    snprintf(request, sizeof request,
             "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" OFFERS "\r\n",
             path, asked, port);
}

static void ask(struct reader *r)
{
    if (holds) aim(target, r->greeted ? "?after=%lu" : NULL, r->last);
    size_t size = strlen(request);
    if (send(r->fd, request, size, MSG_NOSIGNAL) != (ssize_t)size) {
        refuse(r);
        return;
    }
    r->state = ASKING;
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, r->fd, &(struct epoll_event){EPOLLIN, {.ptr = r}});
}

/* Begins a connection from the place of a reader, unless the system refuses it at once. */
static void connect_from(struct reader *r, int mute)
{
    int one = 1, little = 4096;
    r->fd = socket(AF_INET, SOCK_STREAM | (mute ? 0 : SOCK_NONBLOCK), 0);
    if (r->fd < 0) fail("socket");
    struct linger none = {1, 0};
    setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(r->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (mute) setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    struct sockaddr_in a = {.sin_family = AF_INET};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + first + (r - readers) / ADDRESS_HOLDS);
    if (bind(r->fd, (void *)&a, sizeof a)) fail("bind");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    r->state = mute ? MUTE : DIALLING;
    under_way += !mute;
    if (connect(r->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) {
        if (!holds) fail("connect");
        refuse(r);
    } else if (!mute) {
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, r->fd, &(struct epoll_event){EPOLLOUT, {.ptr = r}});
    }
}

/* A new reader, in a free place. */
static struct reader *dial(int mute)
{
    int at = lowest;
    while (at < MOST && readers[at].state != FREE) at++;
    if (at == MOST) fail("too many readers");
    lowest = at + 1;
    connect_from(readers + at, mute);
    return readers + at;
}

/* Lets those come back whose time it is. */
static void bring_back(void)
{
    static double looked;
    double at = now();
    if (!away || at - looked < LOOK) return;
    looked = at;
    for (int i = 0; i < MOST && away && under_way < most_under_way; i++)
        if (readers[i].state == AWAY && readers[i].back <= at) {
            away--;
            back++;
            connect_from(readers + i, 0);
        }
}

static void answer(struct reader *r, uint8_t first, const uint8_t *data, size_t size)
{
    uint8_t out[6 + 125] = {first, 0x80 | size}; /* a mask of zeros leaves the data as it is */
    if (size > 125) return;
    memcpy(out + 6, data, size);
    send(r->fd, out, 6 + size, MSG_NOSIGNAL);
}

/* A number that stands behind some words in the first bytes of a frame; -1 where it does not. */
static long numbered(const uint8_t *data, size_t size, const char *words)
{
    const char *found = memmem(data, size < 120 ? size : 120, words, strlen(words));
    return found ? strtol(found + strlen(words), NULL, 10) : -1;
}

static int begins(const uint8_t *data, size_t size, const char *words)
{
    return size >= strlen(words) && !memcmp(data, words, strlen(words));
}

/* What a reader that holds on gets: its next event, with the text that all get, or a greeting. */
static void check(struct reader *r, const uint8_t *data, size_t size, double at)
{
    if (begins(data, size, "{\"type\":\"hello\"")) {
        if (!r->greeted) r->last = numbered(data, size, "\"head\":");
        r->greeted = 1;
        moved_at = at;
    }
    if (begins(data, size, "{\"type\":\"reset\"")) resets++;
    if (!begins(data, size, "{\"type\":\"event\"")) return;
    long seq = numbered(data, size, "\"seq\":");
    if (seq < 0 || seq >= MOST_EVENTS) fail("seq");
    struct event *e = events + seq;
    if (!r->greeted || (unsigned long)seq != r->last + 1) disorder++;
    r->last = seq;
    if (!e->text) {
        if (!(e->text = malloc(size))) fail("malloc");
        memcpy(e->text, data, e->size = size);
    }
    if (e->size != size || memcmp(e->text, data, size)) differs++;
    e->count++;
    e->last_at = moved_at = at;
}

static void take_frame(struct reader *r, int opcode, const uint8_t *data, size_t size, double at)
{
    if (opcode == 9) answer(r, 0x8a, data, size);
    if (opcode == 8) answer(r, 0x88, data, size);
    others++;
    if (opcode != 1 && opcode != 2) return;
    if (holds) check(r, data, size, at);
    const uint8_t *end = data + size, *p = data;
    while ((p = memmem(p, end - p, "mk", 2))) {
        char *after;
        unsigned long place = strtoul((const char *)p + 2, &after, 10);
        if (after > (const char *)p + 2 && *after == 't') {
            double posted = strtoul(after + 1, &after, 10) / 1e6;
            if (after[0] == 'z' && after[1] == 'z') {
                long seq = numbered(data, size, "\"seq\":");
                if (seq >= 0) place = seq;
                if (!holds && r->last && place != r->last + 1) disorder++;
                r->last = place;
                others--;
                if (frames == room) delays = realloc(delays, (room = room * 2 + 65536) * sizeof *delays);
                if (!delays) fail("realloc");
                delays[frames++] = at - posted;
                bytes += size;
                wire += whole;
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

/* What a compressed frame says. All readers get the same one: the last is kept. */
static const uint8_t *unpacked(const uint8_t *data, size_t *size)
{
#ifdef PACKED
    static uint8_t packed[1 << 17], text[1 << 20];
    static size_t held, length;
    if (*size + 4 > sizeof packed) fail("a long frame");
    if (held != *size || memcmp(packed, data, held)) {
        memcpy(packed, data, held = *size);
        memcpy(packed + held, "\0\0\xff\xff", 4);
        z_stream z = {.next_in = packed, .avail_in = held + 4, .next_out = text, .avail_out = sizeof text};
        if (inflateInit2(&z, -15) != Z_OK || inflate(&z, Z_SYNC_FLUSH) != Z_OK || z.avail_in) fail("inflate");
        length = z.total_out;
        inflateEnd(&z);
    }
    *size = length;
    return text;
#else
    (void)data, (void)size;
    fail("a frame is compressed");
    return NULL;
#endif
}

/* Reads, and notes where nothing is read by itself when the kernel took the last of it. */
static ssize_t take(int fd, uint8_t *to, size_t size)
{
    if (!still) return recv(fd, to, size, MSG_DONTWAIT);
    char control[128];
    struct iovec into = {to, size};
    struct msghdr m = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(fd, &m, MSG_DONTWAIT);
    stamp = 0;
    for (struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL; c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            stamp = t.tv_sec + t.tv_nsec / 1e9;
        }
    return got;
}

static void receive(struct reader *r)
{
    size_t have = r->rested, done = 0, head;
    if (have) memcpy(scratch, r->rest, have);
    ssize_t got = take(r->fd, scratch + have, sizeof scratch - 1 - have);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 && r->state == UP) {
        closed++;
        drop(r, COMES_BACK * by_chance());
        return;
    }
    if (got <= 0) {
        refuse(r);
        return;
    }
    have += got;
    scratch[have] = 0;
    if (r->state == ASKING) {
        uint8_t *body = memmem(scratch, have, "\r\n\r\n", 4);
        if (body && memcmp(scratch, "HTTP/1.1 101", 12)) {
            refuse(r);
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
        const uint8_t *data = scratch + done + head;
        size_t size = whole - head;
        if (scratch[done] & 0x40) data = unpacked(data, &size);
        take_frame(r, scratch[done] & 15, data, size, at);
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
    struct epoll_event ready[512];
    for (double t; (t = now()) < until && frames < enough;) {
        double left = until - t;
        if (away && left > LOOK) left = LOOK;
        int n = epoll_wait(poll_fd, ready, 512, left > 3600 ? 3600000 : (int)(left * 1000) + 1);
        bring_back();
        for (int i = 0; i < n; i++) {
            struct reader *r = ready[i].data.ptr;
            if (!r) return 1;
            if (r->state == DIALLING) ask(r);
            else if (r->state == ASKING || r->state == UP) receive(r);
        }
    }
    return 0;
}

static void open_readers(int count, int at_once, double seconds)
{
    double began = now();
    int wanted = up + count;
    long refused_before = refused;
    while (up + (holds ? 0 : refused - refused_before) < wanted && now() - began < seconds) {
        for (int i = 0; i < 50 && count && under_way < at_once; i++, count--) dial(0);
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
    printf("{\"up\":%d,\"frames\":%zu,\"bytes\":%ld,\"wire\":%ld,\"disorder\":%ld,\"closed\":%ld,\"p50\":%.6f,"
           "\"p99\":%.6f,\"max\":%.6f,\"last_at\":%.6f}\n",
           up, frames, bytes, wire, disorder, closed, p50, p99, most, last_at);
}

/* Waits until every reader that holds on is up and has all up to an event. */
static void until_level(unsigned long seq, double seconds)
{
    int level = 0, all = 0;
    unsigned long least = 0;
    for (double end = now() + seconds;;) {
        level = all = 0, least = ULONG_MAX;
        for (int i = 0; i < MOST; i++) {
            struct reader *r = readers + i;
            if (r->state == FREE) continue;
            all++;
            level += r->state == UP && r->greeted && r->last >= seq;
            if (r->last < least) least = r->last;
        }
        if (level == all || now() > end) break;
        serve(now() + LOOK, SIZE_MAX);
    }
    uint64_t sum = 14695981039346656037u; /* FNV-1a of all texts in their order */
    for (int i = 0; i < MOST_EVENTS; i++)
        for (size_t k = 0; k < events[i].size; k++) sum = (sum ^ events[i].text[k]) * 1099511628211u;
    printf("{\"readers\":%d,\"up\":%d,\"level\":%d,\"least\":%lu,\"disorder\":%ld,\"differs\":%ld,\"resets\":%ld,"
           "\"closed\":%ld,\"refused\":%ld,\"back\":%ld,\"moved_at\":%.6f,\"sum\":\"%016lx\"}\n",
           all, up, level, least, disorder, differs, resets, closed, refused, back, moved_at, sum);
}

static void list_events(void)
{
    printf("{\"events\":[");
    for (int i = 0, any = 0; i < MOST_EVENTS; i++)
        if (events[i].count) {
            printf("%s[%d,%ld,%.6f]", any ? "," : "", i, events[i].count, events[i].last_at);
            any = 1;
        }
    printf("]}\n");
}

/* Takes all readers out of the watch: from now on a frame costs this process nothing until `gather`. */
static void be_still(void)
{
    int one = 1;
    for (int i = 0; i < MOST; i++)
        if (readers[i].state == UP) {
            epoll_ctl(poll_fd, EPOLL_CTL_DEL, readers[i].fd, NULL);
            setsockopt(readers[i].fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
        }
    still = 1;
    printf("{\"up\":%d}\n", up);
}

/* A read that holds anything beside one event does not say when the event came: it is counted, not timed. */
static void gather(size_t enough, double seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    double began = t.tv_sec + t.tv_nsec / 1e9;
    long late = 0;
    first_in = last_in = stamped = 0;
    for (double end = now() + seconds; now() < end;) {
        for (int i = 0; i < MOST; i++)
            if (readers[i].state == UP) {
                size_t before = frames;
                others = 0;
                receive(readers + i);
                late += frames > before && stamp > began;
                if (frames != before + 1 || others || !stamp) continue;
                stamped++;
                if (!first_in || stamp < first_in) first_in = stamp;
                if (stamp > last_in) last_in = stamp;
            }
        if (frames >= enough) break;
        usleep(1000);
    }
    printf("{\"up\":%d,\"frames\":%zu,\"disorder\":%ld,\"closed\":%ld,\"bytes\":%ld,\"stamped\":%ld,\"late\":%ld,"
           "\"first_in\":%.6f,\"last_in\":%.6f}\n",
           up, frames, disorder, closed, bytes, stamped, late, first_in, last_in);
}

static void forget(void)
{
    frames = bytes = wire = 0;
    if (!holds) disorder = closed = 0;
    printf("{}\n");
}

static void obey(const char *line)
{
    int count, at_once;
    size_t enough;
    double seconds;
    char path[1024];
    if (sscanf(line, "open %d %d %1023s", &count, &at_once, path) == 3) {
        aim(path, NULL, 0);
        open_readers(count, at_once, PATIENCE);
    } else if (sscanf(line, "hold %d %d %lf %1023s", &count, &most_under_way, &seconds, target) == 4) {
        holds = 1;
        open_readers(count, most_under_way, seconds);
    } else if (sscanf(line, "break %d %lf", &count, &seconds) == 2) {
        most_under_way = MOST; /* as a crowd does that was cut off */
        for (int i = 0; i < MOST && count; i++)
            if (readers[i].state == UP) drop(readers + i, seconds), count--;
        printf("{\"up\":%d}\n", up);
    } else if (sscanf(line, "level %zu %lf", &enough, &seconds) == 2) {
        until_level(enough, seconds);
    } else if (!strcmp(line, "events\n")) {
        list_events();
    } else if (!strcmp(line, "still\n")) {
        be_still();
    } else if (sscanf(line, "gather %zu %lf", &enough, &seconds) == 2) {
        gather(enough, seconds);
    } else if (sscanf(line, "mute %d %1023s", &count, path) == 2) {
        aim(path, NULL, 0);
        for (int i = 0; i < count; i++)
            if (send(dial(1)->fd, request, strlen(request), MSG_NOSIGNAL) < 0) fail("mute");
        printf("{\"mute\":%d}\n", count);
    } else if (!strcmp(line, "cut\n")) {
        for (int i = 0; i < MOST; i++)
            if (readers[i].state == UP) drop(readers + i, 0);
        printf("{\"up\":%d}\n", up);
    } else if (!strcmp(line, "clear\n")) {
        forget();
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
    if (count < 2 || count > 3 || !(port = atoi(words[1]))) return 2;
    if (count == 3 && !(first = atoi(words[2]))) return 2;
    poll_fd = epoll_create1(0);
    struct epoll_event commands = {EPOLLIN, {.ptr = NULL}};
    if (poll_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &commands)) fail("epoll");
    setvbuf(stdin, NULL, _IONBF, 0);
    char line[2048];
    for (;;)
        if (still || serve(now() + 3600, SIZE_MAX)) {
            if (!fgets(line, sizeof line, stdin)) return 0;
            obey(line);
        }
}
