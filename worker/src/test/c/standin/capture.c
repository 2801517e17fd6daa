/* Stream capture: work that is submitted to a capturing stream becomes a node of a graph and does not run. */
#define _GNU_SOURCE
#include "engine.h"
#include "graph.h"
#include <stdlib.h>
#include <string.h>

enum { GLOBAL, THREAD_LOCAL, RELAXED };

static struct capture *captures;
static unsigned long long captures_begun;
static _Thread_local int own_mode = GLOBAL;   /* how much this thread wants to be kept from, see the exchange below */

struct capture *capture_by_id(unsigned long long id) {
  for (struct capture *c = captures; c; c = c->next)
    if (c->id == id) return c;
  return NULL;
}

/* A call that a capture forbids also spoils the capture, as on the real device. */
int capture_refusal(void) {
  int error = OK;
  if (own_mode == RELAXED) return OK;
  for (struct capture *c = captures; c; c = c->next) {
    bool own = pthread_equal(c->owner, pthread_self());
    if (own ? c->mode == RELAXED : c->mode != GLOBAL || own_mode != GLOBAL) continue;
    c->invalid = true;
    error = CAPTURE_UNSUPPORTED;
  }
  return error;
}

bool capture_depends_on_blocking_stream(int device) {
  bool depends = false;
  for (struct capture *c = captures; c; c = c->next) {
    if (c->origin->device != device || (c->origin->flags & NON_BLOCKING)) continue;
    c->invalid = true;
    depends = true;
  }
  return depends;
}

static int add_branch(struct stream *s, struct capture *c) {
  if (c->branches == MAX_BRANCHES) return NOT_SUPPORTED;
  s->capture = c;
  s->branch = c->branches++;
  return OK;
}

int capture_append(struct stream *s, struct standin_work *work) {
  struct capture *c = s->capture;
  if (c->invalid) return CAPTURE_INVALIDATED;
  graph_append(c->graph, work, s->device);
  c->seen[s->branch][s->branch] = ++c->count[s->branch];
  if (work->captured) work->captured(work);
  return OK;
}

/* A wait for an event of the capture: the stream becomes part of it, and has the event's past before it. */
int capture_join(struct stream *s, struct capture *c, const size_t *seen) {
  if (c->invalid) return CAPTURE_INVALIDATED;
  if (s->capture && s->capture != c) {
    s->capture->invalid = c->invalid = true;
    return CAPTURE_MERGE;
  }
  int error = s->capture ? OK : add_branch(s, c);
  if (error) return error;
  size_t *known = c->seen[s->branch];
  for (int i = 0; i < MAX_BRANCHES; i++)
    if (seen[i] > known[i]) known[i] = seen[i];
  return OK;
}

int standin_capture_begin(void *stream, int mode) {
  if (mode < GLOBAL || mode > RELAXED) return INVALID_VALUE;
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  int error = !s ? INVALID_HANDLE : s->capture ? INVALID_VALUE : s == default_streams[s->device] ? CAPTURE_UNSUPPORTED : OK;
  if (!error) {
    struct capture *c = calloc(1, sizeof *c);
    c->id = ++captures_begun;
    c->graph = graph_new();
    c->origin = s;
    c->mode = mode;
    c->owner = pthread_self();
    c->next = captures;
    captures = c;
    add_branch(s, c);
  }
  pthread_mutex_unlock(&engine_lock);
  return error;
}

static int verdict(struct capture *c) {
  if (c->invalid) return CAPTURE_INVALIDATED;
  for (int i = 0; i < c->branches; i++)
    if (c->seen[c->origin->branch][i] < c->count[i]) return CAPTURE_UNJOINED;
  return OK;
}

static int finish(struct stream *s, struct capture *c) {
  int error = verdict(c);
  struct capture **place = &captures;
  while (*place != c) place = &(*place)->next;
  *place = c->next;
  for (struct stream *other = streams; other; other = other->next)
    if (other->capture == c) other->capture = NULL;
  s->capture = NULL;
  return error;
}

int standin_capture_end(void *stream, void **graph) {
  if (!graph) return INVALID_VALUE;
  *graph = NULL;
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  struct capture *c = s ? s->capture : NULL;
  int error = !s ? INVALID_HANDLE : !c ? INVALID_VALUE : OK;
  if (c && c->origin != s) {
    c->invalid = true;
    error = CAPTURE_UNMATCHED;
  } else if (c && c->mode != RELAXED && !pthread_equal(c->owner, pthread_self())) {
    c->invalid = true;
    error = CAPTURE_WRONG_THREAD;
  }
  bool ended = !error;
  if (ended) error = finish(s, c);
  pthread_mutex_unlock(&engine_lock);
  if (!ended) return error;
  if (error) {
    graph_release(c->graph);
  } else {
    *graph = c->graph;
    standin_handle_add(c->graph, GRAPH);
  }
  free(c);
  return error;
}

int standin_capture_status(void *stream, int *status, unsigned long long *id) {
  if (!status) return INVALID_VALUE;
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  struct capture *c = s ? s->capture : NULL;
  *status = !c ? 0 : c->invalid ? 2 : 1;   /* none, invalidated, active */
  if (id) *id = c ? c->id : 0;
  pthread_mutex_unlock(&engine_lock);
  return s ? standin_fault_of_device() : INVALID_HANDLE;
}

unsigned long long standin_capture_of(void *stream) {
  int status;
  unsigned long long id = 0;
  standin_capture_status(stream, &status, &id);
  return id;
}

int standin_capture_exchange_mode(int *mode) {
  if (!mode || *mode < GLOBAL || *mode > RELAXED) return INVALID_VALUE;
  int before = own_mode;
  own_mode = *mode;
  *mode = before;
  return OK;
}
