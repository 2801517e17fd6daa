/* Inside libnccl.so.2: communicators between processes or threads over TCP on the loopback interface. */
#ifndef NCCL_H
#define NCCL_H
#include <netinet/in.h>
#include <pthread.h>
#include "standin.h"

enum { NCCL_OK, NCCL_CUDA_ERROR, NCCL_SYSTEM_ERROR, NCCL_INTERNAL_ERROR, NCCL_INVALID_ARGUMENT, NCCL_INVALID_USAGE,
       NCCL_REMOTE_ERROR, NCCL_IN_PROGRESS };
enum { INT8, UINT8, INT32, UINT32, INT64, UINT64, HALF, FLOAT, DOUBLE, BFLOAT16, DATATYPES };
enum { SUM, PROD, MAX, MIN, AVG, OPERATIONS };
enum collective { ALL_GATHER, BROADCAST, ALL_REDUCE, REDUCE_SCATTER, REDUCE, SEND, RECEIVE };

struct unique_id { uint64_t magic; struct sockaddr_in root; };   /* the head of ncclUniqueId's 128 bytes */

struct comm {
  struct comm *next;
  int references;
  int rank, ranks, device;
  bool blocking, finalized, ending;
  struct unique_id id;
  _Atomic int state;           /* what ncclCommGetAsyncError says */
  _Atomic bool stopped;        /* by an abort: whatever waits returns */
  int bell;                    /* an eventfd that becomes readable with it */
  int listener, *peers;        /* sockets, one per rank; -1 for the own */
  bool *dead;                  /* peers that will answer no more */
  pthread_mutex_t turn;        /* the operations of a communicator run one at a time */
  uint64_t sequence;
  int busy, queued, running, graphs;   /* threads at work on it; plans on streams, of these running; plans in graphs */
  bool launched;
  void *last_stream;
};

struct task {
  enum collective kind;
  const void *send;
  void *receive;
  size_t count;
  int datatype, operation, root;   /* root: the peer of a send or receive */
};
/* What one group asks of one communicator: the work of one stream. */
struct plan { struct standin_work work; struct comm *comm; bool captured; int count; struct task tasks[]; };

struct comm *comm_enter(void *handle, const char *function);   /* held; NULL with a warning for a stale handle */
void comm_release(struct comm *);
int comm_ready(struct comm *, const char *function);
bool comm_turn(struct comm *, int from, int to);               /* false: the state was another */
void comm_change(struct comm *, int *counter, int by);
void comm_hang(struct comm *);                                  /* until it is stopped */
int comm_finish_later(void *(*body)(void *), void *argument, struct comm *);

int config_check(const void *config, int *blocking);            /* ncclConfig_t or NULL */

int nccl_warn(const struct comm *, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
void nccl_tell(const struct comm *, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *collective_name(enum collective);
size_t datatype_size(int datatype);

int wire_listen(struct sockaddr_in *address);
int wire_dial(const struct sockaddr_in *address, int bell);     /* -1 with errno; EINTR when the bell rang */
int wire_accept(int listener, int bell);
int wire_wait(int socket, int events, int bell);                /* -1 when the bell rang */
int wire_send(int socket, const void *data, size_t bytes, int bell);
int wire_receive(int socket, void *data, size_t bytes, int bell);

int bootstrap_meet(struct comm *);
void bootstrap_cancel(uint64_t magic);

void plan_run(struct standin_work *, int device);
/* Adds up in the order of the ranks, so that every run gives the same bits. */
void reduce(void *to, const char *parts, int ranks, size_t count, int datatype, int operation);

/* All that one rank exchanges with its peers at once. */
struct header {
  uint32_t magic;
  uint8_t kind, datatype, operation, round;
  int32_t root;
  uint64_t sequence, count, bytes;
};
struct exchange;
struct exchange *exchange_new(struct comm *);
void exchange_send(struct exchange *, int peer, struct header, const void *data, size_t bytes);
void exchange_receive(struct exchange *, int peer, struct header, void *data, size_t bytes);
bool exchange_run(struct exchange *);   /* false: the communicator was stopped */
void exchange_free(struct exchange *);

bool group_open(void);
void group_add_init(struct comm *, pthread_t);
int group_fail(int status);
int ncclGroupEnd(void);
int group_add(struct comm *, void *stream, struct task);
#endif
