/* Messages between a rank and its peers, all at once in both directions. Each begins with a header that says what it
 * belongs to; where the two sides mean different operations neither gets on, as with NCCL, but here a warning says why. */
#define _GNU_SOURCE
#include "nccl.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct message { struct message *next; struct header header, got; char *data; size_t done; };
struct queue { struct message *head, **tail; };
struct exchange { struct comm *comm; struct queue *out, *in; };
enum progress { MOVED, BLOCKED, DEAD };

struct exchange *exchange_new(struct comm *c) {
  struct exchange *x = malloc(sizeof *x);
  *x = (struct exchange){ c, calloc((size_t)c->ranks, sizeof(struct queue)), calloc((size_t)c->ranks, sizeof(struct queue)) };
  for (int i = 0; i < c->ranks; i++) {
    x->out[i].tail = &x->out[i].head;
    x->in[i].tail = &x->in[i].head;
  }
  return x;
}

static void enqueue(struct queue *q, struct header header, const void *data, size_t bytes) {
  struct message *m = malloc(sizeof *m);
  *m = (struct message){ .header = header, .data = (char *)data };
  m->header.magic = 0x5741444e;
  m->header.bytes = bytes;
  *q->tail = m;
  q->tail = &m->next;
}

void exchange_send(struct exchange *x, int peer, struct header header, const void *data, size_t bytes) {
  enqueue(&x->out[peer], header, data, bytes);
}

void exchange_receive(struct exchange *x, int peer, struct header header, void *data, size_t bytes) {
  enqueue(&x->in[peer], header, data, bytes);
}

static void dequeue(struct queue *q) {
  struct message *m = q->head;
  q->head = m->next;
  if (!q->head) q->tail = &q->head;
  free(m);
}

void exchange_free(struct exchange *x) {
  for (int i = 0; i < x->comm->ranks; i++) {
    while (x->out[i].head) dequeue(&x->out[i]);
    while (x->in[i].head) dequeue(&x->in[i]);
  }
  free(x->out);
  free(x->in);
  free(x);
}

static enum progress lost(struct comm *c, int peer) {
  if (!c->dead[peer]) {
    c->dead[peer] = true;
    nccl_warn(c, NCCL_REMOTE_ERROR, "socketProgress: Connection closed by remote peer %d", peer);
    if (standin_setting_is("PEER_DEATH", "error")) c->state = NCCL_REMOTE_ERROR;
  }
  return DEAD;
}

static enum progress differ(struct comm *c, int peer, const struct header *own, const struct header *other) {
  c->dead[peer] = true;
  nccl_tell(c,
            "mismatch: rank %d calls %s #%llu of %llu elements, type %d, op %d, root %d, %llu bytes; "
            "rank %d calls %s #%llu of %llu elements, type %d, op %d, root %d, %llu bytes",
            c->rank, collective_name(own->kind), (unsigned long long)own->sequence, (unsigned long long)own->count,
            own->datatype, own->operation, own->root, (unsigned long long)own->bytes, peer, collective_name(other->kind),
            (unsigned long long)other->sequence, (unsigned long long)other->count, other->datatype, other->operation,
            other->root, (unsigned long long)other->bytes);
  if (standin_setting_is("MISMATCH", "error")) c->state = NCCL_INVALID_USAGE;
  return DEAD;
}

static bool complete(const struct message *m) { return m->done == sizeof m->header + m->header.bytes; }

/* The parts of header and data that are still to come. */
static int remaining(struct message *m, struct header *header, struct iovec *parts) {
  int count = 0;
  size_t head = m->done < sizeof *header ? sizeof *header - m->done : 0;
  size_t body = m->done > sizeof *header ? m->done - sizeof *header : 0;
  if (head) parts[count++] = (struct iovec){ (char *)header + m->done, head };
  if (m->header.bytes > body) parts[count++] = (struct iovec){ m->data + body, m->header.bytes - body };
  return count;
}

static enum progress after(struct comm *c, int peer, ssize_t n, struct message *m) {
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return BLOCKED;
  if (n <= 0) return lost(c, peer);
  m->done += (size_t)n;
  return MOVED;
}

static enum progress push(struct exchange *x, int peer) {
  struct message *m = x->out[peer].head;
  struct iovec parts[2];
  struct msghdr h = { .msg_iov = parts, .msg_iovlen = (size_t)remaining(m, &m->header, parts) };
  enum progress p = after(x->comm, peer, sendmsg(x->comm->peers[peer], &h, MSG_NOSIGNAL), m);
  if (p == MOVED && complete(m)) dequeue(&x->out[peer]);
  return p;
}

/* The header is read alone: only then is it known that the data goes where this rank expects it. */
static enum progress pull(struct exchange *x, int peer) {
  struct message *m = x->in[peer].head;
  struct iovec parts[2];
  remaining(m, &m->got, parts);
  struct msghdr h = { .msg_iov = parts, .msg_iovlen = 1 };
  enum progress p = after(x->comm, peer, recvmsg(x->comm->peers[peer], &h, 0), m);
  if (p != MOVED) return p;
  if (m->done == sizeof m->got && memcmp(&m->got, &m->header, sizeof m->got)) return differ(x->comm, peer, &m->header, &m->got);
  if (complete(m)) dequeue(&x->in[peer]);
  return p;
}

/* Moves what can be moved, and notes whom to wait for. Returns whether anything moved. */
static bool sweep(struct exchange *x, struct pollfd *fds, int *watched, bool *left) {
  struct comm *c = x->comm;
  bool moved = false;
  *left = false;
  *watched = 1;
  for (int peer = 0; peer < c->ranks; peer++) {
    while (x->out[peer].head && !c->dead[peer] && push(x, peer) == MOVED) moved = true;
    while (x->in[peer].head && !c->dead[peer] && pull(x, peer) == MOVED) moved = true;
    bool out = x->out[peer].head, in = x->in[peer].head;
    if (!out && !in) continue;
    *left = true;
    if (!c->dead[peer]) fds[(*watched)++] = (struct pollfd){ c->peers[peer], (short)((out ? POLLOUT : 0) | (in ? POLLIN : 0)), 0 };
  }
  return moved;
}

/* Of a dead peer nothing comes any more, and nothing but an abort ends the wait for it. */
bool exchange_run(struct exchange *x) {
  struct comm *c = x->comm;
  struct pollfd *fds = malloc(((size_t)c->ranks + 1) * sizeof *fds);
  bool left = true;
  while (!c->stopped) {
    int watched;
    fds[0] = (struct pollfd){ c->bell, POLLIN, 0 };
    bool moved = sweep(x, fds, &watched, &left);
    if (!left) break;
    if (!moved) poll(fds, (nfds_t)watched, -1);
  }
  free(fds);
  return !c->stopped;
}
