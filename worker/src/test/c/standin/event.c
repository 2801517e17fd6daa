/* Events: the marker of the last record, or a place in a capture. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdlib.h>
#include <string.h>

struct event {
  unsigned flags;
  struct marker *marker;
  unsigned long long capture;   /* where it was last recorded, if that was a capture */
  size_t seen[MAX_BRANCHES];
};

static struct event *event_of(void *handle) { return standin_handle_is(handle, EVENT) ? handle : NULL; }

int standin_event_create(void **event, unsigned flags) {
  if (!event) return INVALID_VALUE;
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  struct event *e = calloc(1, sizeof *e);
  e->flags = flags;
  standin_handle_add(e, EVENT);
  *event = e;
  return OK;
}

int standin_event_destroy(void *event) {
  if (!standin_handle_remove(event, EVENT)) return INVALID_HANDLE;
  struct event *e = event;
  pthread_mutex_lock(&engine_lock);
  marker_release(e->marker);
  pthread_mutex_unlock(&engine_lock);
  free(e);
  return standin_fault_of_device();
}

static int record(struct event *e, struct stream *s) {
  if (!e || !s) return INVALID_HANDLE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  marker_release(e->marker);
  e->marker = NULL;
  e->capture = 0;
  if (s->capture) {
    e->capture = s->capture->id;
    memcpy(e->seen, s->capture->seen[s->branch], sizeof e->seen);
    return OK;
  }
  stream_order_implicitly(s);
  e->marker = marker_new();
  stream_push(s, NULL, marker_hold(e->marker), NULL);
  return OK;
}

int standin_event_record(void *event, void *stream) {
  pthread_mutex_lock(&engine_lock);
  int error = record(event_of(event), stream_of(stream));
  pthread_mutex_unlock(&engine_lock);
  return error;
}

/* A query asks the device, which a capture that watches over all threads forbids. */
static int refuse(struct event *e) {
  if (!e) return INVALID_HANDLE;
  if (e->capture) {
    struct capture *c = capture_by_id(e->capture);
    if (c) c->invalid = true;
    return CAPTURED_EVENT;
  }
  return capture_refusal();
}

int standin_event_query(void *event) {
  pthread_mutex_lock(&engine_lock);
  struct event *e = event_of(event);
  int error = refuse(e);
  if (!error) error = standin_fault_of_device();
  if (!error && e->marker && !e->marker->reached) error = NOT_READY;
  pthread_mutex_unlock(&engine_lock);
  return error;
}

int standin_event_synchronize(void *event) {
  pthread_mutex_lock(&engine_lock);
  struct event *e = event_of(event);
  int error = refuse(e);
  if (!error && e->marker) {
    struct marker *m = marker_hold(e->marker);   /* it may be recorded again meanwhile */
    marker_await(m);
    marker_release(m);
  }
  pthread_mutex_unlock(&engine_lock);
  return error ? error : standin_fault_of_device();
}

int standin_event_elapsed(float *milliseconds, void *from, void *to) {
  pthread_mutex_lock(&engine_lock);
  struct event *a = event_of(from), *b = event_of(to);
  int error = standin_fault_of_device();
  if (!milliseconds) error = INVALID_VALUE;
  else if (!a || !b || !a->marker || !b->marker || ((a->flags | b->flags) & DISABLE_TIMING)) error = INVALID_HANDLE;
  else if (!a->marker->reached || !b->marker->reached) error = NOT_READY;
  if (!error) *milliseconds = (float)(b->marker->milliseconds - a->marker->milliseconds);
  pthread_mutex_unlock(&engine_lock);
  return error;
}

static int wait_for(struct stream *s, struct event *e) {
  if (!s || !e) return INVALID_HANDLE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  if (e->capture) {
    struct capture *c = capture_by_id(e->capture);
    return c ? capture_join(s, c, e->seen) : CAPTURED_EVENT;
  }
  if (s->capture) {   /* a replay could not know of work outside of its graph */
    if (!e->marker) return OK;
    s->capture->invalid = true;
    return CAPTURE_ISOLATION;
  }
  if (e->marker && !e->marker->reached) stream_push(s, NULL, NULL, marker_hold(e->marker));
  return OK;
}

int standin_stream_wait(void *stream, void *event) {
  pthread_mutex_lock(&engine_lock);
  int error = wait_for(stream_of(stream), event_of(event));
  pthread_mutex_unlock(&engine_lock);
  return error;
}

/* By way of an event, so that it also joins streams within a capture. */
int standin_follow(void *stream, void *earlier) {
  struct event event = { .flags = DISABLE_TIMING };
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream), *e = stream_of(earlier);
  int error = s == e ? OK : record(&event, e);
  if (!error && s != e) error = wait_for(s, &event);
  marker_release(event.marker);
  pthread_mutex_unlock(&engine_lock);
  return error;
}
