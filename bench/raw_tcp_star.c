/*
 * A star agreement in plain C: what the kernel and loopback TCP cost, with nothing on top.
 *
 * One server process waits with epoll; N rank processes each send a report of 32 bytes per step and block until the answer
 * of 16 + 4N bytes comes, which the server sends to all when the last report of the step is in. The answer carries every
 * rank's token count, so that no rank can go on with an answer that is not its step's.
 *
 * Usage: raw_tcp_star RANKS STEPS COLD_STEPS WARM_AFTER DEADLINE_SECONDS
 * Prints one JSON line with rank 0's latencies: cold is the first COLD_STEPS steps, warm is all after WARM_AFTER.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RANKS = 1024, EVENTS_AT_ONCE = 64, STEP_TIMEOUT_SECONDS = 10 };

struct settings {
    int ranks;
    long steps;
    long cold_steps;
    long warm_after;
    long deadline_seconds;
};

struct report {
    uint64_t step;
    uint32_t rank;
    uint32_t num_tokens;
    uint64_t unused[2];
};
_Static_assert(sizeof(struct report) == 32, "a report has 32 bytes");

struct answer {
    uint64_t step;
    uint64_t unused;
    uint32_t num_tokens[MAX_RANKS];
};

static size_t answer_size(int ranks) {
    return 16 + 4 * (size_t) ranks;
}

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("raw_tcp_star: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(1);
}

static void require(int succeeded, const char *what) {
    if (!succeeded) {
        fail("%s: %s", what, strerror(errno));
    }
}

static int64_t now_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Every blocking call on the socket ends, and no report waits for a fuller segment. */
static void prepare_connection(int fd) {
    int on = 1;
    struct timeval timeout = {.tv_sec = STEP_TIMEOUT_SECONDS};
    require(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
    require(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0, "SO_RCVTIMEO");
    require(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0, "SO_SNDTIMEO");
}

static void send_all(int fd, const void *bytes, size_t size, const char *what) {
    ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    require(sent >= 0, what);
    if ((size_t) sent != size) {
        fail("%s: %zd of %zu bytes were sent", what, sent, size);
    }
}

/* Returns 0 where the peer has closed instead. */
static int receive_all(int fd, void *bytes, size_t size, const char *what) {
    ssize_t received = recv(fd, bytes, size, MSG_WAITALL);
    require(received >= 0, what);
    if (received != 0 && (size_t) received != size) {
        fail("%s: %zd of %zu bytes came", what, received, size);
    }
    return received != 0;
}

static int listen_on_loopback(struct sockaddr_in *address) {
    socklen_t size = sizeof *address;
    struct timeval timeout = {.tv_sec = STEP_TIMEOUT_SECONDS};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fd >= 0, "socket");
    *address = (struct sockaddr_in) {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    require(bind(fd, (struct sockaddr *) address, sizeof *address) == 0, "bind");
    require(getsockname(fd, (struct sockaddr *) address, &size) == 0, "getsockname");
    require(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0, "SO_RCVTIMEO");
    require(listen(fd, MAX_RANKS) == 0, "listen");
    return fd;
}

static void accept_ranks(int listener, int epoll, int *connections, int ranks) {
    for (int i = 0; i < ranks; i++) {
        int fd = accept(listener, NULL, NULL);
        require(fd >= 0, "accept");
        prepare_connection(fd);
        struct epoll_event interest = {.events = EPOLLIN, .data.fd = fd};
        require(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) == 0, "epoll_ctl");
        connections[i] = fd;
    }
}

static void serve(int listener, int ranks) {
    static int connections[MAX_RANKS];
    static struct answer answer;
    struct epoll_event events[EVENTS_AT_ONCE];
    struct report report;
    int reported = 0;
    int open = ranks;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    require(epoll >= 0, "epoll_create1");
    accept_ranks(listener, epoll, connections, ranks);
    while (open > 0) {
        int ready = epoll_wait(epoll, events, EVENTS_AT_ONCE, STEP_TIMEOUT_SECONDS * 1000);
        require(ready >= 0, "epoll_wait");
        if (ready == 0) {
            fail("no report for %d s at step %llu", STEP_TIMEOUT_SECONDS, (unsigned long long) answer.step);
        }
        for (int i = 0; i < ready; i++) {
            if (!receive_all(events[i].data.fd, &report, sizeof report, "report")) {
                require(epoll_ctl(epoll, EPOLL_CTL_DEL, events[i].data.fd, NULL) == 0, "epoll_ctl");
                open--;
                continue;
            }
            if (report.rank >= (uint32_t) ranks || report.step != answer.step) {
                fail("rank %u reported step %llu in step %llu", report.rank, (unsigned long long) report.step,
                        (unsigned long long) answer.step);
            }
            answer.num_tokens[report.rank] = report.num_tokens;
            if (++reported < ranks) {
                continue;
            }
            reported = 0;
            for (int rank = 0; rank < ranks; rank++) {
                send_all(connections[rank], &answer, answer_size(ranks), "answer");
            }
            answer.step++;
        }
    }
}

static int compare_latencies(const void *left, const void *right) {
    int64_t a = *(const int64_t *) left;
    int64_t b = *(const int64_t *) right;
    return (a > b) - (a < b);
}

/* Nearest-rank percentile of sorted values. */
static double percentile_us(const int64_t *sorted, long count, long percent) {
    return (double) sorted[(count * percent + 99) / 100 - 1] / 1000;
}

static void print_phase(const char *name, int64_t *nanos, long count) {
    if (count <= 0) {
        printf(", \"%s\": null", name);
        return;
    }
    qsort(nanos, (size_t) count, sizeof *nanos, compare_latencies);
    printf(", \"%s\": {\"p50_us\": %.1f, \"p99_us\": %.1f}", name, percentile_us(nanos, count, 50),
            percentile_us(nanos, count, 99));
}

static void print_latencies(const struct settings *settings, int64_t *nanos) {
    long cold_steps = settings->cold_steps < settings->steps ? settings->cold_steps : settings->steps;
    printf("{\"system\": \"raw-c\", \"ranks\": %d", settings->ranks);
    print_phase("cold", nanos, cold_steps);
    print_phase("warm", nanos + settings->warm_after, settings->steps - settings->warm_after);
    puts("}");
    require(fflush(stdout) == 0, "standard output");
}

static void run_rank(const struct settings *settings, const struct sockaddr_in *address, int rank) {
    static struct answer answer;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fd >= 0, "socket");
    prepare_connection(fd);
    require(connect(fd, (const struct sockaddr *) address, sizeof *address) == 0, "connect");
    int64_t *nanos = malloc((size_t) settings->steps * sizeof *nanos);
    require(nanos != NULL, "malloc");
    for (long step = 0; step < settings->steps; step++) {
        struct report report = {.step = (uint64_t) step, .rank = (uint32_t) rank};
        report.num_tokens = (uint32_t) (1 + (step * 7 + rank * 13L) % 200);
        int64_t start = now_nanos();
        send_all(fd, &report, sizeof report, "report");
        if (!receive_all(fd, &answer, answer_size(settings->ranks), "answer")) {
            fail("rank %d: the server closed in step %ld", rank, step);
        }
        nanos[step] = now_nanos() - start;
        if (answer.step != report.step || answer.num_tokens[rank] != report.num_tokens) {
            fail("rank %d: the answer to step %ld is another step's", rank, step);
        }
    }
    if (rank == 0) {
        print_latencies(settings, nanos);
    }
    free(nanos);
    close(fd);
}

/* In the child: it ends with its parent, and at the deadline whatever it waits for. */
static pid_t fork_bounded(const struct settings *settings, pid_t parent) {
    pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
        require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "prctl");
        if (getppid() != parent) {
            exit(1);
        }
        alarm((unsigned) settings->deadline_seconds);
    }
    return child;
}

/* The first failure ends the program; the children die with it. */
static void await_children(int children) {
    for (int i = 0; i < children; i++) {
        int status;
        require(wait(&status) > 0, "wait");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fail("a process of the star ended with %s %d", WIFSIGNALED(status) ? "signal" : "exit code",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        }
    }
}

static long parse(const char *name, const char *text, long least, long most) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < least || value > most) {
        fprintf(stderr, "raw_tcp_star: %s is %s; allowed is %ld to %ld\n", name, text, least, most);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fputs("usage: raw_tcp_star RANKS STEPS COLD_STEPS WARM_AFTER DEADLINE_SECONDS\n", stderr);
        return 2;
    }
    struct settings settings = {
            .ranks = (int) parse("RANKS", argv[1], 1, MAX_RANKS),
            .steps = parse("STEPS", argv[2], 1, 100000000),
            .cold_steps = parse("COLD_STEPS", argv[3], 1, 100000000),
            .warm_after = parse("WARM_AFTER", argv[4], 0, 100000000),
            .deadline_seconds = parse("DEADLINE_SECONDS", argv[5], 1, 86400)};
    struct sockaddr_in address;
    pid_t parent = getpid();
    alarm((unsigned) settings.deadline_seconds);
    int listener = listen_on_loopback(&address);
    if (fork_bounded(&settings, parent) == 0) {
        serve(listener, settings.ranks);
        return 0;
    }
    close(listener);
    for (int rank = 0; rank < settings.ranks; rank++) {
        if (fork_bounded(&settings, parent) == 0) {
            run_rank(&settings, &address, rank);
            return 0;
        }
    }
    await_children(settings.ranks + 1);
    return 0;
}
