/* Communicators: initialisation, abort and destruction. */
#define _GNU_SOURCE
#include "nccl.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t comms_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t comms_changed = PTHREAD_COND_INITIALIZER;
static struct comm *comms;   /* those whose handle is valid */

struct comm *comm_enter(void *handle, const char *function) {
  pthread_mutex_lock(&comms_lock);
  struct comm *c = comms;
  while (c && c != handle) c = c->next;
  if (c) __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&comms_lock);
  if (!c) nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "%s : comm argument %p is NULL or has already been destroyed", function, handle);
  return c;
}

void comm_release(struct comm *c) {
  if (__atomic_sub_fetch(&c->references, 1, __ATOMIC_ACQ_REL)) return;
  for (int i = 0; i < c->ranks; i++)
    if (c->peers[i] >= 0) close(c->peers[i]);
  if (c->listener >= 0) close(c->listener);
  close(c->bell);
  pthread_mutex_destroy(&c->turn);
  free(c->peers);
  free(c->dead);
  free(c);
}

int comm_ready(struct comm *c, const char *function) {
  if (c->state == NCCL_IN_PROGRESS)
    return nccl_warn(c, NCCL_INVALID_ARGUMENT,
                     "%s : Attempt to use communicator before the previous operation returned ncclSuccess", function);
  return c->state;
}

/* An error that a stream found meanwhile stays. */
bool comm_turn(struct comm *c, int from, int to) { return atomic_compare_exchange_strong(&c->state, &from, to); }

void comm_change(struct comm *c, int *counter, int by) {
  (void)c;
  pthread_mutex_lock(&comms_lock);
  *counter += by;
  if (!*counter) pthread_cond_broadcast(&comms_changed);
  pthread_mutex_unlock(&comms_lock);
}

static void await_none(int *counter) {
  pthread_mutex_lock(&comms_lock);
  while (*counter) pthread_cond_wait(&comms_changed, &comms_lock);
  pthread_mutex_unlock(&comms_lock);
}

void comm_hang(struct comm *c) {
  while (!c->stopped) wire_wait(-1, 0, c->bell);
}

/* On a thread that ends with comm_change(c, &c->busy, -1). */
int comm_finish_later(void *(*body)(void *), void *argument, struct comm *c) {
  comm_change(c, &c->busy, 1);
  int error = standin_thread(body, argument, NULL);
  if (error) comm_change(c, &c->busy, -1);
  return error;
}

/* The flag first: it frees what hangs on any stream of any thread. */
static void stop(struct comm *c) {
  c->stopped = true;
  eventfd_write(c->bell, 1);
  await_none(&c->running);
  await_none(&c->busy);
}

/* As NCCL does, waits until every graph that holds operations of the communicator is gone. */
static void await_graphs(struct comm *c) {
  enum { SECONDS_BEFORE_A_WORD = 3 };
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += SECONDS_BEFORE_A_WORD;
  bool told = false;
  pthread_mutex_lock(&comms_lock);
  while (c->graphs) {
    if (told) pthread_cond_wait(&comms_changed, &comms_lock);
    else if (pthread_cond_timedwait(&comms_changed, &comms_lock, &until)) {
      told = true;
      nccl_tell(c, "waits for the graphs that hold %d of its launches", c->graphs);
    }
  }
  pthread_mutex_unlock(&comms_lock);
}

/* Invalidates the handle. What is left of the communicator goes with the last work that names it. */
static void bury(struct comm *c) {
  await_graphs(c);
  pthread_mutex_lock(&comms_lock);
  struct comm **place = &comms;
  while (*place != c) place = &(*place)->next;
  *place = c->next;
  pthread_mutex_unlock(&comms_lock);
  bootstrap_cancel(c->id.magic);
  for (int i = 0; i < c->ranks; i++)
    if (c->peers[i] >= 0) shutdown(c->peers[i], SHUT_RDWR);
  comm_release(c);
}

static struct comm *comm_new(struct unique_id id, int rank, int ranks, int device, bool blocking) {
  struct comm *c = calloc(1, sizeof *c);
  c->references = 1;
  c->id = id;
  c->rank = rank;
  c->ranks = ranks;
  c->device = device;
  c->blocking = blocking;
  c->state = NCCL_IN_PROGRESS;
  c->bell = eventfd(0, EFD_CLOEXEC);
  c->listener = -1;
  c->peers = malloc((size_t)ranks * sizeof *c->peers);
  for (int i = 0; i < ranks; i++) c->peers[i] = -1;
  c->dead = calloc((size_t)ranks, sizeof *c->dead);
  pthread_mutex_init(&c->turn, NULL);
  pthread_mutex_lock(&comms_lock);
  c->next = comms;
  comms = c;
  pthread_mutex_unlock(&comms_lock);
  return c;
}

static void *initialise(void *argument) {
  struct comm *c = argument;
  c->state = bootstrap_meet(c);
  comm_change(c, &c->busy, -1);
  comm_release(c);
  return NULL;
}

static int begin(struct comm **out, struct comm *c) {
  __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);   /* the initialising thread's */
  *out = c;
  if (!c->blocking) {
    if (comm_finish_later(initialise, c, c)) return NCCL_SYSTEM_ERROR;
    return NCCL_IN_PROGRESS;
  }
  comm_change(c, &c->busy, 1);
  if (group_open()) {
    pthread_t thread;
    if (standin_thread(initialise, c, &thread)) return NCCL_SYSTEM_ERROR;
    __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);   /* the group's */
    group_add_init(c, thread);
    return NCCL_OK;
  }
  __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
  initialise(c);
  int status = c->state;
  if (status && !c->stopped) {
    *out = NULL;
    bury(c);
  }
  comm_release(c);
  return status;
}

struct opaque_id { char bytes[128]; };

int ncclCommInitRankConfig(struct comm **out, int ranks, struct opaque_id opaque, int rank, const void *config) {
  struct unique_id id;
  int device, blocking;
  if (!out) return group_fail(nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "CommInitRank : newcomm argument is NULL"));
  *out = NULL;
  memcpy(&id, &opaque, sizeof id);
  int status = config_check(config, &blocking);
  if (status) return group_fail(status);
  if (ranks < 1 || rank < 0 || rank >= ranks)
    return group_fail(nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "Invalid rank requested : %d/%d", rank, ranks));
  int error = standin_get_device(&device);
  if (error) return group_fail(nccl_warn(NULL, NCCL_CUDA_ERROR, "Cuda failure %d", error));
  status = begin(out, comm_new(id, rank, ranks, device, blocking));
  return status == NCCL_IN_PROGRESS ? status : group_fail(status);
}

int ncclCommInitRank(struct comm **out, int ranks, struct opaque_id id, int rank) {
  return ncclCommInitRankConfig(out, ranks, id, rank, NULL);
}

/* Only one call ends a communicator; a second finds it already destroyed. */
static bool claim_end(struct comm *c) {
  pthread_mutex_lock(&comms_lock);
  bool first = !c->ending;
  c->ending = true;
  pthread_mutex_unlock(&comms_lock);
  if (!first) nccl_warn(c, NCCL_INVALID_ARGUMENT, "comm %p has already been destroyed", (void *)c);
  return first;
}

int ncclCommAbort(void *handle) {
  if (!handle) return NCCL_OK;
  struct comm *c = comm_enter(handle, "CommAbort");
  if (!c) return NCCL_INVALID_ARGUMENT;
  bool first = claim_end(c);
  if (first) {
    stop(c);
    bury(c);
  }
  comm_release(c);
  return first ? NCCL_OK : NCCL_INVALID_ARGUMENT;
}

int ncclCommDestroy(void *handle) {
  if (!handle) return NCCL_OK;
  struct comm *c = comm_enter(handle, "CommDestroy");
  if (!c) return NCCL_INVALID_ARGUMENT;
  int status = comm_ready(c, "CommDestroy");
  if (status == NCCL_OK || status == NCCL_REMOTE_ERROR) {
    status = claim_end(c) ? NCCL_OK : NCCL_INVALID_ARGUMENT;
    if (!status) {
      await_none(&c->queued);
      bury(c);
    }
  }
  comm_release(c);
  return status;
}

int ncclCommRevoke(void *handle, int flags) {
  struct comm *c = comm_enter(handle, "CommRevoke");
  if (!c) return NCCL_INVALID_ARGUMENT;
  bool accepted = !flags && !c->stopped;
  if (accepted) stop(c);
  comm_release(c);
  return accepted ? NCCL_OK : NCCL_INVALID_ARGUMENT;
}

static void *finalize(void *argument) {
  struct comm *c = argument;
  await_none(&c->queued);
  comm_turn(c, NCCL_IN_PROGRESS, NCCL_OK);
  comm_change(c, &c->busy, -1);
  comm_release(c);
  return NULL;
}

static int begin_finalize(struct comm *c) {
  int status = comm_ready(c, "CommFinalize");
  if (status) return status;
  if (c->finalized) return nccl_warn(c, NCCL_INVALID_ARGUMENT, "CommFinalize : already finalized");
  c->finalized = true;
  if (c->blocking) {
    await_none(&c->queued);
    return NCCL_OK;
  }
  comm_turn(c, NCCL_OK, NCCL_IN_PROGRESS);
  __atomic_add_fetch(&c->references, 1, __ATOMIC_RELAXED);
  return comm_finish_later(finalize, c, c) ? NCCL_SYSTEM_ERROR : NCCL_IN_PROGRESS;
}

int ncclCommFinalize(void *handle) {
  struct comm *c = comm_enter(handle, "CommFinalize");
  if (!c) return NCCL_INVALID_ARGUMENT;
  int status = begin_finalize(c);
  comm_release(c);
  return status;
}
