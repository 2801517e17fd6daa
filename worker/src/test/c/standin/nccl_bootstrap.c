/* How ranks find each other: a root, a thread in the process that made the unique id, waits for all of them and tells
 * each about the others; then every rank connects to those below it. */
#define _GNU_SOURCE
#include "nccl.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

struct hello { uint64_t magic; int rank, ranks, gpu; long host; struct sockaddr_in address; };
struct root { struct root *next; uint64_t magic; int listener, bell; };
enum { ROOT_PATIENCE_MS = 5000, RETRY_MS = 20 };

static pthread_mutex_t roots_lock = PTHREAD_MUTEX_INITIALIZER;
static struct root *roots;

/* What does not fit makes the root fall silent, as NCCL's does: nobody is told, and the initialisation never ends. */
static bool fits(const struct hello *known, int count, const struct hello *next) {
  if (count && known[0].ranks != next->ranks) {
    nccl_tell(NULL, "Bootstrap Root : mismatch in info from procs, nranks %d vs %d", known[0].ranks, next->ranks);
    return false;
  }
  for (int i = 0; i < count; i++) {
    if (known[i].rank != next->rank) continue;
    nccl_tell(NULL, "Bootstrap Root : rank %d of %d ranks has already checked in", next->rank, next->ranks);
    return false;
  }
  return true;
}

struct attendance { int count; struct hello *hellos; int *sockets; };

static bool gather(struct root *root, struct attendance *a) {
  do {
    struct hello hello;
    int s = wire_accept(root->listener, root->bell);
    if (s < 0) return false;
    if (wire_receive(s, &hello, sizeof hello, root->bell) || hello.magic != root->magic) {
      close(s);
      continue;
    }
    a->hellos = realloc(a->hellos, (size_t)(a->count + 1) * sizeof *a->hellos);
    a->sockets = realloc(a->sockets, (size_t)(a->count + 1) * sizeof *a->sockets);
    a->sockets[a->count] = s;
    bool fitting = fits(a->hellos, a->count, &hello);
    a->hellos[a->count++] = hello;
    if (!fitting) {
      wire_wait(-1, 0, root->bell);
      return false;
    }
  } while (!a->count || a->count < a->hellos[0].ranks);
  return true;
}

static void *be_root(void *argument) {
  struct root *root = argument;
  struct attendance a = { 0, NULL, NULL };
  if (gather(root, &a)) {
    struct hello *by_rank = malloc((size_t)a.count * sizeof *by_rank);
    for (int i = 0; i < a.count; i++) by_rank[a.hellos[i].rank] = a.hellos[i];
    for (int i = 0; i < a.count; i++) wire_send(a.sockets[i], by_rank, (size_t)a.count * sizeof *by_rank, root->bell);
    free(by_rank);
  }
  for (int i = 0; i < a.count; i++) close(a.sockets[i]);
  free(a.hellos);
  free(a.sockets);
  pthread_mutex_lock(&roots_lock);
  struct root **place = &roots;
  while (*place != root) place = &(*place)->next;
  *place = root->next;
  close(root->listener);
  close(root->bell);
  pthread_mutex_unlock(&roots_lock);
  free(root);
  return NULL;
}

int ncclGetUniqueId(struct unique_id *id) {
  if (!id) return nccl_warn(NULL, NCCL_INVALID_ARGUMENT, "GetUniqueId : out argument is NULL");
  memset(id, 0, 128);
  struct unique_id made = { 0 };
  if (getrandom(&made.magic, sizeof made.magic, 0) != sizeof made.magic) return NCCL_SYSTEM_ERROR;
  struct root *root = malloc(sizeof *root);
  *root = (struct root){ NULL, made.magic, wire_listen(&made.root), eventfd(0, EFD_CLOEXEC) };
  if (root->listener < 0 || root->bell < 0) {
    free(root);
    return nccl_warn(NULL, NCCL_SYSTEM_ERROR, "GetUniqueId : no socket: %s", strerror(errno));
  }
  pthread_mutex_lock(&roots_lock);
  root->next = roots;
  roots = root;
  pthread_mutex_unlock(&roots_lock);
  if (standin_thread(be_root, root, NULL)) return nccl_warn(NULL, NCCL_SYSTEM_ERROR, "GetUniqueId : no thread");
  memcpy(id, &made, sizeof made);
  return NCCL_OK;
}

/* When the communicator that a root of this process serves is aborted, the root has nobody left to wait for. */
void bootstrap_cancel(uint64_t magic) {
  pthread_mutex_lock(&roots_lock);
  for (struct root *root = roots; root; root = root->next)
    if (root->magic == magic) eventfd_write(root->bell, 1);
  pthread_mutex_unlock(&roots_lock);
}

/* The root listened before its id was given away. Where nobody listens now, its process has ended. */
static int dial_root(struct comm *c) {
  for (int waited = 0;; waited += RETRY_MS) {
    int s = wire_dial(&c->id.root, c->bell);
    if (s >= 0 || c->stopped || waited >= ROOT_PATIENCE_MS) return s;
    usleep(RETRY_MS * 1000);
  }
}

static int closed_by_peer(struct comm *c, int peer) {
  if (c->stopped) return NCCL_INTERNAL_ERROR;
  if (standin_setting_is("PEER_DEATH", "error"))
    return nccl_warn(c, NCCL_REMOTE_ERROR, "bootstrap : Connection closed by remote peer %d", peer);
  comm_hang(c);
  return NCCL_INTERNAL_ERROR;
}

static int refuse_shared_gpu(struct comm *c, const struct hello *table) {
  const char *allowed = getenv("NCCL_MULTI_RANK_GPU_ENABLE");
  if (allowed && strtol(allowed, NULL, 0)) return NCCL_OK;
  for (int i = 0; i < c->ranks; i++)
    for (int j = 0; j < i; j++)
      if (table[i].host == table[j].host && table[i].gpu == table[j].gpu)
        return nccl_warn(c, NCCL_INVALID_USAGE,
                         "Duplicate GPU detected : rank %d and rank %d both on CUDA device %d. Multiple Ranks are using the "
                         "same GPU/Partition. Set NCCL_MULTI_RANK_GPU_ENABLE=1 to enable this configuration.",
                         j, i, table[i].gpu);
  return NCCL_OK;
}

static int connect_all(struct comm *c, const struct hello *table, struct hello me) {
  me.magic = ~me.magic;   /* so that a latecomer's hello to a root is no peer's */
  for (int peer = 0; peer < c->rank; peer++) {
    c->peers[peer] = wire_dial(&table[peer].address, c->bell);
    if (c->peers[peer] < 0 || wire_send(c->peers[peer], &me, sizeof me, c->bell)) return closed_by_peer(c, peer);
  }
  for (int missing = c->ranks - 1 - c->rank; missing > 0;) {
    struct hello hello;
    int s = wire_accept(c->listener, c->bell);
    if (s < 0) return NCCL_INTERNAL_ERROR;
    if (wire_receive(s, &hello, sizeof hello, c->bell) || hello.magic != me.magic || hello.rank <= c->rank
        || hello.rank >= c->ranks || c->peers[hello.rank] >= 0) {
      close(s);
      continue;
    }
    c->peers[hello.rank] = s;
    missing--;
  }
  return NCCL_OK;
}

static int meet_through_root(struct comm *c, int to_root) {
  struct hello me = { .magic = c->id.magic, .rank = c->rank, .ranks = c->ranks, .host = gethostid(),
                      .gpu = standin_physical_device(c->device) };
  if ((c->listener = wire_listen(&me.address)) < 0) return nccl_warn(c, NCCL_SYSTEM_ERROR, "no socket: %s", strerror(errno));
  struct hello *table = calloc((size_t)c->ranks, sizeof *table);
  int status;
  if (wire_send(to_root, &me, sizeof me, c->bell)
      || wire_receive(to_root, table, (size_t)c->ranks * sizeof *table, c->bell)) status = closed_by_peer(c, 0);
  else if (!(status = refuse_shared_gpu(c, table))) status = connect_all(c, table, me);
  free(table);
  return status;
}

int bootstrap_meet(struct comm *c) {
  int to_root = dial_root(c);
  if (to_root < 0) {
    if (c->stopped) return NCCL_INTERNAL_ERROR;
    return nccl_warn(c, NCCL_REMOTE_ERROR, "bootstrap : cannot reach the root: %s", strerror(errno));
  }
  int status = meet_through_root(c, to_root);
  close(to_root);
  return status;
}
