/* Groups: each thread collects operations and initialisations until its outermost ncclGroupEnd. */
#define _GNU_SOURCE
#include "nccl.h"
#include <stdlib.h>
#include <unistd.h>

struct pending { struct comm *comm; void *stream; struct task task; };
struct init { struct comm *comm; pthread_t thread; };
static _Thread_local struct {
  int depth, status, count, inits;
  struct pending *pending;
  struct init *init;
} group;

struct launch { struct plan *plan; int count; void **streams; };

bool group_open(void) { return group.depth > 0; }

int group_fail(int status) {
  if (status && group.depth && !group.status) group.status = status;
  return status;
}

void group_add_init(struct comm *c, pthread_t thread) {
  group.init = realloc(group.init, (size_t)(group.inits + 1) * sizeof *group.init);
  group.init[group.inits++] = (struct init){ c, thread };
}

int group_add(struct comm *c, void *stream, struct task task) {
  group.pending = realloc(group.pending, (size_t)(group.count + 1) * sizeof *group.pending);
  __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
  group.pending[group.count++] = (struct pending){ c, stream, task };
  if (group.depth) return NCCL_OK;
  group.depth = 1;
  return ncclGroupEnd();
}

static void captured(struct standin_work *work) {
  struct plan *p = (struct plan *)work;
  p->captured = true;
  comm_change(p->comm, &p->comm->graphs, 1);
  comm_change(p->comm, &p->comm->queued, -1);
}

static void released(struct standin_work *work) {
  struct plan *p = (struct plan *)work;
  struct comm *c = p->comm;
  comm_change(c, p->captured ? &c->graphs : &c->queued, -1);
  comm_release(c);
  free(p);
}

static void launch_free(struct launch *l) {
  free(l->streams);
  free(l);
}

/* The plan is the work of the first stream; the others wait for it, as it waits for them and for the communicator's
 * earlier operations wherever these were. */
static int launch_now(struct launch *l) {
  struct comm *c = l->plan->comm;
  void *stream = l->streams[0];
  int before = standin_current_device(), device = -1;
  standin_set_device(c->device);
  bool capturing = standin_capture_of(stream) != 0;
  int error = standin_stream_device(stream, &device);
  if (!error && device != c->device) error = INVALID_HANDLE;
  if (!error && c->launched && !capturing && c->last_stream != stream) standin_follow(stream, c->last_stream);
  for (int i = 1; i < l->count && !error; i++) error = standin_follow(stream, l->streams[i]);
  if (error) standin_release(&l->plan->work);
  else error = standin_submit(stream, &l->plan->work);
  for (int i = 1; i < l->count && !error; i++) error = standin_follow(l->streams[i], stream);
  if (!error && !capturing) {
    c->last_stream = stream;
    c->launched = true;
  }
  standin_set_device(before);
  return error ? nccl_warn(c, NCCL_CUDA_ERROR, "Cuda failure %d on the launch of an operation", error) : NCCL_OK;
}

static void *launch_later(void *argument) {
  struct launch *l = argument;
  struct comm *c = l->plan->comm;
  __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
  usleep((unsigned)standin_setting("LAUNCH_DELAY_US", 100));
  int status = launch_now(l);
  launch_free(l);
  comm_turn(c, NCCL_IN_PROGRESS, status);
  comm_change(c, &c->busy, -1);
  comm_release(c);
  return NULL;
}

/* A non-blocking communicator launches on a thread, and says until then that it is in progress. How many percent of its
 * launches do can be set, for callers that must bear both. */
static int launch(struct launch *l) {
  static _Thread_local unsigned seed;
  struct comm *c = l->plan->comm;
  if (!seed) seed = (unsigned)standin_setting("SEED", 1);
  if (!c->blocking && rand_r(&seed) % 100 < standin_setting("IN_PROGRESS_PERCENT", 100)
      && comm_turn(c, NCCL_OK, NCCL_IN_PROGRESS)) {
    if (comm_finish_later(launch_later, l, c) == 0) return NCCL_IN_PROGRESS;
    comm_turn(c, NCCL_IN_PROGRESS, NCCL_OK);
  }
  int status = launch_now(l);
  launch_free(l);
  return status;
}

static void add_stream(struct launch *l, void *stream) {
  for (int i = 0; i < l->count; i++)
    if (l->streams[i] == stream) return;
  l->streams[l->count++] = stream;
}

/* All that the group asks of the communicator of its i-th operation, collectives first: those match apart from the sends
 * and receives. Taken operations leave no communicator behind. */
static struct launch *take(int i) {
  struct comm *c = group.pending[i].comm;
  struct plan *p = malloc(sizeof *p + (size_t)group.count * sizeof *p->tasks);
  struct launch *l = malloc(sizeof *l);
  *l = (struct launch){ p, 0, calloc((size_t)group.count, sizeof *l->streams) };
  *p = (struct plan){ .work = { 1, plan_run, captured, released }, .comm = c };
  __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
  comm_change(c, &c->queued, 1);
  for (int pairs = 0; pairs <= 1; pairs++)
    for (int j = i; j < group.count; j++) {
      struct pending *q = &group.pending[j];
      if (q->comm != c || (q->task.kind >= SEND) != pairs) continue;
      p->tasks[p->count++] = q->task;
      add_stream(l, q->stream);
    }
  for (int j = i; j < group.count; j++)
    if (group.pending[j].comm == c) {
      group.pending[j].comm = NULL;
      comm_release(c);
    }
  return l;
}

static int check_captures(void) {
  for (int i = 1; i < group.count; i++) {
    struct pending *first = group.pending, *p = &group.pending[i];
    while (first->comm != p->comm) first++;
    if (standin_capture_of(first->stream) != standin_capture_of(p->stream))
      return nccl_warn(p->comm, NCCL_INVALID_USAGE,
                       "Streams given to a communicator within a NCCL group must either be all uncaptured or all captured "
                       "by the same graph.");
  }
  return NCCL_OK;
}

static int await_inits(void) {
  int status = NCCL_OK;
  for (int i = 0; i < group.inits; i++) {
    struct comm *c = group.init[i].comm;
    pthread_join(group.init[i].thread, NULL);
    if (!status) status = c->state;
    comm_release(c);
  }
  group.inits = 0;
  return status;
}

int ncclGroupStart(void) {
  group.depth++;
  return NCCL_OK;
}

int ncclGroupEnd(void) {
  if (!group.depth) return nccl_warn(NULL, NCCL_INVALID_USAGE, "ncclGroupEnd: not in a group call.");
  if (--group.depth) return NCCL_OK;
  int inits = await_inits(), status = group.status ? group.status : inits;
  bool later = false;
  group.status = NCCL_OK;
  if (!status) status = check_captures();
  for (int i = 0; i < group.count; i++) {
    struct comm *c = group.pending[i].comm;
    if (!c) continue;
    if (status) {   /* a group that failed launches nothing more */
      comm_release(c);
      continue;
    }
    status = launch(take(i));
    if (status == NCCL_IN_PROGRESS) {
      later = true;
      status = NCCL_OK;
    }
  }
  group.count = 0;
  free(group.pending);
  group.pending = NULL;
  free(group.init);
  group.init = NULL;
  return status ? status : later ? NCCL_IN_PROGRESS : NCCL_OK;
}
