/* The operations and questions of the NCCL API, its version and its words. */
#define _GNU_SOURCE
#include "nccl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t last_error_lock = PTHREAD_MUTEX_INITIALIZER;
static char last_error[1024];

static void keep(const struct comm *c, const char *format, va_list arguments, bool print) {
  char text[900], rank[32] = "";
  vsnprintf(text, sizeof text, format, arguments);
  if (c) snprintf(rank, sizeof rank, "[rank %d] ", c->rank);
  pthread_mutex_lock(&last_error_lock);
  snprintf(last_error, sizeof last_error, "%s%s", rank, text);
  if (print) fprintf(stderr, "stand-in: NCCL WARN %s\n", last_error);
  pthread_mutex_unlock(&last_error_lock);
}

/* As NCCL does, in silence unless NCCL_DEBUG is set: the text is there for whoever asks for the last error. */
int nccl_warn(const struct comm *c, int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  keep(c, format, arguments, getenv("NCCL_DEBUG") != NULL);
  va_end(arguments);
  return status;
}

/* What nobody would learn otherwise, because all that follows is silence. */
void nccl_tell(const struct comm *c, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  keep(c, format, arguments, true);
  va_end(arguments);
}

const char *ncclGetLastError(void *comm) {
  (void)comm;
  return last_error;
}

const char *ncclGetErrorString(int status) {
  static const char *const words[] = {
    "no error",
    "unhandled cuda error (run with NCCL_DEBUG=INFO for details)",
    "unhandled system error (run with NCCL_DEBUG=INFO for details)",
    "internal error - please report this issue to the NCCL developers",
    "invalid argument (run with NCCL_DEBUG=WARN for details)",
    "invalid usage (run with NCCL_DEBUG=WARN for details)",
    "remote process exited or there was a network error",
    "NCCL operation in progress",
  };
  return status >= 0 && status <= NCCL_IN_PROGRESS ? words[status] : "unknown result code";
}

int ncclGetVersion(int *version) {
  if (!version) return NCCL_INVALID_ARGUMENT;
  *version = (int)standin_setting("NCCL_VERSION", STANDIN_NCCL_VERSION);
  return NCCL_OK;
}

const char *collective_name(enum collective kind) {
  static const char *const names[] = { "AllGather", "Broadcast", "AllReduce", "ReduceScatter", "Reduce", "Send", "Recv" };
  return kind <= RECEIVE ? names[kind] : "?";
}

size_t datatype_size(int datatype) {
  static const size_t sizes[DATATYPES] = { 1, 1, 4, 4, 8, 8, 2, 4, 8, 2 };
  return sizes[datatype];
}

static int check(struct comm *c, const struct task *t) {
  const char *name = collective_name(t->kind);
  int status = comm_ready(c, name);
  if (status) return status;
  if (c->finalized || c->ending || c->stopped)
    return nccl_warn(c, NCCL_INVALID_USAGE, "%s : the communicator was finalized, revoked or aborted", name);
  if (t->root < 0 || t->root >= c->ranks)
    return nccl_warn(c, NCCL_INVALID_ARGUMENT, "%s : invalid root %d (root should be in the 0..%d range)", name, t->root, c->ranks);
  if (t->datatype < 0 || t->datatype >= DATATYPES)
    return nccl_warn(c, NCCL_INVALID_ARGUMENT, "%s : invalid type %d", name, t->datatype);
  if (t->operation < 0 || t->operation >= OPERATIONS)
    return nccl_warn(c, NCCL_INVALID_ARGUMENT, "%s : invalid reduction operation %d", name, t->operation);
  return NCCL_OK;
}

static int enqueue(void *handle, void *stream, struct task t) {
  struct comm *c = comm_enter(handle, collective_name(t.kind));
  if (!c) return group_fail(NCCL_INVALID_ARGUMENT);
  int status = group_fail(check(c, &t));
  if (!status && t.count) status = group_add(c, stream, t);
  comm_release(c);
  return status;
}

int ncclAllGather(const void *send, void *receive, size_t count, int datatype, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ ALL_GATHER, send, receive, count, datatype, SUM, 0 });
}
int ncclBroadcast(const void *send, void *receive, size_t count, int datatype, int root, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ BROADCAST, send, receive, count, datatype, SUM, root });
}
int ncclBcast(void *buffer, size_t count, int datatype, int root, void *comm, void *stream) {
  return ncclBroadcast(buffer, buffer, count, datatype, root, comm, stream);
}
int ncclAllReduce(const void *send, void *receive, size_t count, int datatype, int operation, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ ALL_REDUCE, send, receive, count, datatype, operation, 0 });
}
int ncclReduceScatter(const void *send, void *receive, size_t count, int datatype, int operation, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ REDUCE_SCATTER, send, receive, count, datatype, operation, 0 });
}
int ncclReduce(const void *send, void *receive, size_t count, int datatype, int operation, int root, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ REDUCE, send, receive, count, datatype, operation, root });
}
int ncclSend(const void *send, size_t count, int datatype, int peer, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ SEND, send, NULL, count, datatype, SUM, peer });
}
int ncclRecv(void *receive, size_t count, int datatype, int peer, void *comm, void *stream) {
  return enqueue(comm, stream, (struct task){ RECEIVE, NULL, receive, count, datatype, SUM, peer });
}

int ncclCommGetAsyncError(void *handle, int *status) {
  if (!status) return NCCL_INVALID_ARGUMENT;
  struct comm *c = comm_enter(handle, "CommGetAsyncError");
  if (!c) return NCCL_INVALID_ARGUMENT;
  *status = c->state;
  comm_release(c);
  return NCCL_OK;
}

static int ask(void *handle, const char *function, size_t offset, int *value) {
  struct comm *c = comm_enter(handle, function);
  if (!c || !value) {
    if (c) comm_release(c);
    return NCCL_INVALID_ARGUMENT;
  }
  int status = comm_ready(c, function);
  if (!status) *value = *(int *)((char *)c + offset);
  comm_release(c);
  return status;
}
int ncclCommCount(void *comm, int *count) { return ask(comm, "CommCount", offsetof(struct comm, ranks), count); }
int ncclCommUserRank(void *comm, int *rank) { return ask(comm, "CommUserRank", offsetof(struct comm, rank), rank); }
int ncclCommCuDevice(void *comm, int *device) { return ask(comm, "CommCuDevice", offsetof(struct comm, device), device); }

int ncclMemAlloc(void **address, size_t bytes) { return standin_malloc(address, bytes) ? NCCL_CUDA_ERROR : NCCL_OK; }
int ncclMemFree(void *address) { return standin_free(address) ? NCCL_CUDA_ERROR : NCCL_OK; }
