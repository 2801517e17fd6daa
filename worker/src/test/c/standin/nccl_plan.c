/* What a group's operations come to on a stream: one round of messages, and for the sums a second one. */
#define _GNU_SOURCE
#include "nccl.h"
#include <stdlib.h>
#include <string.h>

/* Where one task's data is for the host, and where the parts of all ranks are gathered before they are reduced. */
struct step { const struct task *task; const char *send; char *receive, *parts; size_t size; };
struct round { struct comm *comm; struct exchange *exchange; int number; };

/* An all-reduce gives each rank a share of the elements to reduce, and gathers the shares. */
struct share { size_t from, count; };

static struct share share_of(const struct comm *c, size_t count, int rank) {
  size_t most = (count + (size_t)c->ranks - 1) / (size_t)c->ranks, from = most * (size_t)rank;
  if (from > count) from = count;
  return (struct share){ from, count - from < most ? count - from : most };
}

static bool sends(const struct comm *c, const struct task *t) {
  return t->kind != RECEIVE && (t->kind != BROADCAST || c->rank == t->root);
}

static bool receives(const struct comm *c, const struct task *t) {
  return t->kind != SEND && (t->kind != REDUCE || c->rank == t->root);
}

static bool locate(const struct comm *c, struct step *s) {
  const struct task *t = s->task;
  size_t bytes = t->count * s->size, all = bytes * (size_t)c->ranks;
  size_t out = t->kind == REDUCE_SCATTER ? all : bytes, in = t->kind == ALL_GATHER ? all : bytes;
  s->send = sends(c, t) ? standin_reach(t->send, out, c->device) : NULL;
  s->receive = receives(c, t) ? standin_reach(t->receive, in, c->device) : NULL;
  if ((s->send || !sends(c, t)) && (s->receive || !receives(c, t))) return true;
  standin_fault(ILLEGAL_ADDRESS, "%s of %zu elements from %p to %p is not within device memory", collective_name(t->kind),
                t->count, t->send, t->receive);
  return false;
}

static struct header header(const struct round *r, const struct task *t, int root) {
  bool pair = t->kind == SEND || t->kind == RECEIVE;
  return (struct header){ .kind = (uint8_t)(pair ? SEND : t->kind), .datatype = (uint8_t)t->datatype,
                          .operation = (uint8_t)t->operation, .round = (uint8_t)r->number, .root = root,
                          .sequence = pair ? 0 : r->comm->sequence, .count = t->count };
}

/* To and from one peer, which may be this rank itself. NULL where nothing goes that way. */
static void pass(struct round *r, const struct task *t, int peer, const char *from, size_t out, char *to, size_t in) {
  if (peer == r->comm->rank) {
    if (from && to && out) memmove(to, from, out);
    return;
  }
  bool pair = t->kind == SEND || t->kind == RECEIVE;
  if (from) exchange_send(r->exchange, peer, header(r, t, pair ? peer : t->root), from, out);
  if (to) exchange_receive(r->exchange, peer, header(r, t, pair ? r->comm->rank : t->root), to, in);
}

static void first_round(struct round *r, struct step *s) {
  const struct task *t = s->task;
  struct comm *c = r->comm;
  size_t bytes = t->count * s->size;
  struct share own = share_of(c, t->count, c->rank);
  if (t->kind == ALL_REDUCE) s->parts = malloc(own.count * s->size * (size_t)c->ranks + 1);
  if (t->kind == REDUCE_SCATTER || (t->kind == REDUCE && c->rank == t->root)) s->parts = malloc(bytes * (size_t)c->ranks + 1);
  for (int peer = 0; peer < c->ranks; peer++) {
    size_t at = (size_t)peer * bytes;
    struct share theirs = share_of(c, t->count, peer);
    switch (t->kind) {
      case ALL_GATHER: pass(r, t, peer, s->send, bytes, s->receive + at, bytes); break;
      case BROADCAST: pass(r, t, peer, s->send, bytes, peer == t->root ? s->receive : NULL, bytes); break;
      case REDUCE: pass(r, t, peer, peer == t->root ? s->send : NULL, bytes, s->parts ? s->parts + at : NULL, bytes); break;
      case REDUCE_SCATTER: pass(r, t, peer, s->send + at, bytes, s->parts + at, bytes); break;
      case ALL_REDUCE:
        pass(r, t, peer, s->send + theirs.from * s->size, theirs.count * s->size,
             s->parts + (size_t)peer * own.count * s->size, own.count * s->size);
        break;
      case SEND: if (peer == t->root) pass(r, t, peer, s->send, bytes, NULL, 0); break;
      case RECEIVE: if (peer == t->root) pass(r, t, peer, NULL, 0, s->receive, bytes); break;
    }
  }
}

static void second_round(struct round *r, struct step *s) {
  const struct task *t = s->task;
  struct comm *c = r->comm;
  if (s->parts && t->kind != ALL_REDUCE) reduce(s->receive, s->parts, c->ranks, t->count, t->datatype, t->operation);
  if (t->kind != ALL_REDUCE) return;
  struct share own = share_of(c, t->count, c->rank);
  char *mine = s->receive + own.from * s->size;
  if (own.count) reduce(mine, s->parts, c->ranks, own.count, t->datatype, t->operation);
  for (int peer = 0; peer < c->ranks; peer++) {
    struct share theirs = share_of(c, t->count, peer);
    if (peer != c->rank)
      pass(r, t, peer, mine, own.count * s->size, s->receive + theirs.from * s->size, theirs.count * s->size);
  }
}

static bool run_round(struct comm *c, struct step *steps, int count, int number, void (*round)(struct round *, struct step *)) {
  struct round r = { c, exchange_new(c), number };
  uint64_t first = c->sequence;
  for (int i = 0; i < count; i++) {
    round(&r, &steps[i]);
    c->sequence++;
  }
  if (number == 1) c->sequence = first;   /* the second round belongs to the same operations */
  bool done = exchange_run(r.exchange);
  exchange_free(r.exchange);
  return done;
}

/* Sends and receives of one group that a rank has with itself, in their order. */
static bool match_own(const struct comm *c, const struct step *steps, int count) {
  int receive = 0;
  for (int i = 0; i < count; i++) {
    if (steps[i].task->kind != SEND || steps[i].task->root != c->rank) continue;
    while (receive < count && (steps[receive].task->kind != RECEIVE || steps[receive].task->root != c->rank)) receive++;
    if (receive == count || steps[receive].task->count != steps[i].task->count) {
      nccl_tell(c, "a send of %zu elements to itself has no receive", steps[i].task->count);
      return false;
    }
    memmove(steps[receive++].receive, steps[i].send, steps[i].task->count * steps[i].size);
  }
  return true;
}

static void run_steps(struct comm *c, const struct plan *p, struct step *steps) {
  for (int i = 0; i < p->count; i++) {
    steps[i] = (struct step){ .task = &p->tasks[i], .size = datatype_size(p->tasks[i].datatype) };
    if (!locate(c, &steps[i])) return;
  }
  if (!match_own(c, steps, p->count)) {
    comm_hang(c);
    return;
  }
  if (run_round(c, steps, p->count, 1, first_round)) run_round(c, steps, p->count, 2, second_round);
}

void plan_run(struct standin_work *work, int device) {
  (void)device;
  struct plan *p = (struct plan *)work;
  struct comm *c = p->comm;
  comm_change(c, &c->running, 1);
  pthread_mutex_lock(&c->turn);
  if (!c->stopped) {
    struct step *steps = calloc((size_t)p->count, sizeof *steps);
    run_steps(c, p, steps);
    for (int i = 0; i < p->count; i++) free(steps[i].parts);
    free(steps);
  }
  pthread_mutex_unlock(&c->turn);
  comm_change(c, &c->running, -1);
}
