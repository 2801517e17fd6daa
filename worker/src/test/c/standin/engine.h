/* Inside libcuda.so.1: streams, captures and graphs share one lock. Work runs without it. */
#ifndef ENGINE_H
#define ENGINE_H
#include <pthread.h>
#include "standin.h"

enum { MAX_DEVICES = 64, MAX_BRANCHES = 16, NON_BLOCKING = 1, DISABLE_TIMING = 2 };

extern pthread_mutex_t engine_lock;
extern pthread_cond_t engine_progress;   /* some marker was reached */

/* A place in a stream's order. Events, waits and synchronisations hold markers and never streams, so that a destroyed
 * stream can go as soon as its work is done. */
struct marker { int references; bool reached; double milliseconds; };
struct marker *marker_new(void);
struct marker *marker_hold(struct marker *);
void marker_release(struct marker *);
void marker_await(struct marker *);

struct stream {
  struct stream *next;
  pthread_cond_t wake;
  struct item *head, **tail;
  unsigned flags, seed;
  int device;
  bool started, closing;
  size_t pending;               /* items that are queued or running */
  struct capture *capture;
  int branch;                   /* this stream's number within the capture */
};
struct stream *stream_of(void *handle);   /* NULL for a stale one */
struct marker *stream_mark(struct stream *);
void stream_push(struct stream *, struct standin_work *, struct marker *reach, struct marker *await);
void stream_order_implicitly(struct stream *);
void streams_await(int device);           /* all of a device's streams, or with -1 of every device */
void streams_jitter(unsigned *seed);
extern struct stream *streams;
extern struct stream *default_streams[MAX_DEVICES];

/* A capture in progress. Each stream in it is a branch, and knows how much of every branch comes before its next work:
 * that tells at the end whether all branches were joined. */
struct capture {
  struct capture *next;
  unsigned long long id;
  struct graph *graph;
  struct stream *origin;
  int mode, branches;
  bool invalid;
  pthread_t owner;
  size_t count[MAX_BRANCHES], seen[MAX_BRANCHES][MAX_BRANCHES];
};
struct capture *capture_by_id(unsigned long long id);
int capture_append(struct stream *, struct standin_work *);
int capture_join(struct stream *, struct capture *, const size_t *seen);
int capture_refusal(void);                /* of a call that waits for or changes the whole device */
bool capture_depends_on_blocking_stream(int device);
#endif
