/* Streams: each does its work in order on a thread of its own, which starts with the first work and ends with the stream. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct item { struct item *next; struct standin_work *work; struct marker *reach, *await; };

pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t engine_progress = PTHREAD_COND_INITIALIZER;
struct stream *streams;
struct stream *default_streams[MAX_DEVICES];
static unsigned streams_made;

struct marker *marker_new(void) {
  struct marker *m = calloc(1, sizeof *m);
  m->references = 1;
  return m;
}

struct marker *marker_hold(struct marker *m) {
  m->references++;
  return m;
}

void marker_release(struct marker *m) {
  if (m && --m->references == 0) free(m);
}

static void marker_reach(struct marker *m) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  m->milliseconds = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
  m->reached = true;
}

void marker_await(struct marker *m) {
  while (!m->reached) pthread_cond_wait(&engine_progress, &engine_lock);
}

void standin_release(struct standin_work *work) {
  if (__atomic_sub_fetch(&work->references, 1, __ATOMIC_ACQ_REL) == 0) work->release(work);
}

/* Up to the set number of microseconds, so that an order that nothing enforces does not hold by luck. */
void streams_jitter(unsigned *seed) {
  long most = standin_setting("JITTER_US", 0);
  if (most > 0) usleep((unsigned)(rand_r(seed) % (most + 1)));
}

static void carry_out(struct stream *s, struct item *item) {
  pthread_mutex_unlock(&engine_lock);
  streams_jitter(&s->seed);
  if (!standin_fault_of_device()) item->work->run(item->work, s->device);
  standin_release(item->work);
  pthread_mutex_lock(&engine_lock);
}

static void *work_off(void *argument) {
  struct stream *s = argument;
  pthread_mutex_lock(&engine_lock);
  for (;;) {
    while (!s->head && !s->closing) pthread_cond_wait(&s->wake, &engine_lock);
    if (!s->head) break;
    struct item *item = s->head;
    s->head = item->next;
    if (!s->head) s->tail = &s->head;
    if (item->await) marker_await(item->await);
    if (item->work) carry_out(s, item);
    s->pending--;
    if (item->reach) {
      marker_reach(item->reach);
      pthread_cond_broadcast(&engine_progress);
    }
    marker_release(item->reach);
    marker_release(item->await);
    free(item);
  }
  pthread_mutex_unlock(&engine_lock);
  pthread_cond_destroy(&s->wake);
  free(s);
  return NULL;
}

/* Takes over the work's reference and those of the markers. */
void stream_push(struct stream *s, struct standin_work *work, struct marker *reach, struct marker *await) {
  struct item *item = malloc(sizeof *item);
  *item = (struct item){ NULL, work, reach, await };
  *s->tail = item;
  s->tail = &item->next;
  s->pending++;
  if (!s->started) {
    s->started = true;
    int error = standin_thread(work_off, s, NULL);
    if (error) {   /* nothing on the stream would ever be done */
      fprintf(stderr, "stand-in: no thread for a stream: error %d\n", error);
      s->started = false;
    }
  }
  pthread_cond_signal(&s->wake);
}

static struct stream *stream_new(unsigned flags, int device) {
  struct stream *s = calloc(1, sizeof *s);
  pthread_cond_init(&s->wake, NULL);
  s->tail = &s->head;
  s->flags = flags;
  s->device = device;
  s->seed = (unsigned)standin_setting("SEED", 1) * 7919u + ++streams_made;
  s->next = streams;
  streams = s;
  return s;
}

/* 0 and 1 are the default stream; 2, the default stream of a thread, is the same here. */
struct stream *stream_of(void *handle) {
  if ((uintptr_t)handle > 2) return standin_handle_is(handle, STREAM) ? handle : NULL;
  int device = standin_current_device();
  if (!default_streams[device]) default_streams[device] = stream_new(0, device);
  return default_streams[device];
}

/* The mark after all that is on the stream now, or NULL when nothing is. */
struct marker *stream_mark(struct stream *s) {
  if (!s->pending) return NULL;
  struct marker *m = marker_new();
  stream_push(s, NULL, marker_hold(m), NULL);
  return m;
}

static void stream_follow(struct stream *s, struct stream *earlier) {
  struct marker *m = stream_mark(earlier);
  if (m) stream_push(s, NULL, NULL, m);
}

/* The default stream and the blocking ones of its device wait for each other. */
void stream_order_implicitly(struct stream *s) {
  struct stream *blocking = default_streams[s->device];
  if (s != blocking) {
    if (blocking && !(s->flags & NON_BLOCKING)) stream_follow(s, blocking);
    return;
  }
  for (struct stream *other = streams; other; other = other->next)
    if (other != s && other->device == s->device && !(other->flags & NON_BLOCKING)) stream_follow(s, other);
}

void streams_await(int device) {
  size_t count = 0, marked = 0;
  for (struct stream *s = streams; s; s = s->next) count++;
  struct marker **marks = malloc((count + 1) * sizeof(struct marker *));
  for (struct stream *s = streams; s; s = s->next) {
    struct marker *m = device < 0 || s->device == device ? stream_mark(s) : NULL;
    if (m) marks[marked++] = m;
  }
  for (size_t i = 0; i < marked; i++) {
    marker_await(marks[i]);
    marker_release(marks[i]);
  }
  free(marks);
}

static int submit(struct stream *s, struct standin_work *work) {
  if (!s) return INVALID_HANDLE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  if (s->capture) return capture_append(s, work);
  if (s == default_streams[s->device] && capture_depends_on_blocking_stream(s->device)) return CAPTURE_IMPLICIT;
  stream_order_implicitly(s);
  stream_push(s, work, NULL, NULL);
  return OK;
}

int standin_submit(void *stream, struct standin_work *work) {
  if (standin_device_count(&(int){ 0 })) {
    standin_release(work);
    return NO_DEVICE;
  }
  pthread_mutex_lock(&engine_lock);
  int error = submit(stream_of(stream), work);
  pthread_mutex_unlock(&engine_lock);
  if (error) standin_release(work);
  return error;
}

int standin_stream_create(void **stream, unsigned flags) {
  if (!stream || flags > NON_BLOCKING) return INVALID_VALUE;
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  if (standin_fault_of_device()) return standin_fault_of_device();
  pthread_mutex_lock(&engine_lock);
  *stream = stream_new(flags, standin_current_device());
  pthread_mutex_unlock(&engine_lock);
  standin_handle_add(*stream, STREAM);
  return OK;
}

/* Returns at once: the stream goes when its work is done. */
int standin_stream_destroy(void *stream) {
  pthread_mutex_lock(&engine_lock);
  if (!standin_handle_remove(stream, STREAM)) {
    pthread_mutex_unlock(&engine_lock);
    return INVALID_HANDLE;
  }
  struct stream *s = stream, **place = &streams;
  while (*place != s) place = &(*place)->next;
  *place = s->next;
  if (s->capture) s->capture->invalid = true;
  s->closing = true;
  bool idle_for_ever = !s->started;
  pthread_cond_signal(&s->wake);
  pthread_mutex_unlock(&engine_lock);
  if (idle_for_ever) {
    pthread_cond_destroy(&s->wake);
    free(s);
  }
  return standin_fault_of_device();
}

static int refuse_capturing(struct stream *s) {
  if (!s) return INVALID_HANDLE;
  if (!s->capture) return OK;
  s->capture->invalid = true;
  return CAPTURE_UNSUPPORTED;
}

int standin_stream_synchronize(void *stream) {
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  int error = refuse_capturing(s);
  if (!error) {
    if (s == default_streams[s->device]) stream_order_implicitly(s);
    struct marker *m = stream_mark(s);
    if (m) marker_await(m);
    marker_release(m);
    error = standin_fault_of_device();
  }
  pthread_mutex_unlock(&engine_lock);
  return error;
}

int standin_stream_query(void *stream) {
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  int error = refuse_capturing(s);
  if (!error) error = standin_fault_of_device();
  if (!error && s->pending) error = NOT_READY;
  pthread_mutex_unlock(&engine_lock);
  return error;
}

int standin_device_synchronize(void) {
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  pthread_mutex_lock(&engine_lock);
  int error = capture_refusal();
  if (!error) streams_await(standin_current_device());
  pthread_mutex_unlock(&engine_lock);
  return error ? error : standin_fault_of_device();
}

int standin_stream_flags(void *stream, unsigned *flags) {
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  if (s) *flags = s->flags;
  pthread_mutex_unlock(&engine_lock);
  return s ? OK : INVALID_HANDLE;
}

int standin_stream_device(void *stream, int *device) {
  pthread_mutex_lock(&engine_lock);
  struct stream *s = stream_of(stream);
  if (s) *device = s->device;
  pthread_mutex_unlock(&engine_lock);
  return s ? OK : INVALID_HANDLE;
}

struct host_function { struct standin_work work; void (*function)(void *); void *argument; };

static void run_host_function(struct standin_work *work, int device) {
  (void)device;
  struct host_function *h = (struct host_function *)work;
  h->function(h->argument);
}

static void release_host_function(struct standin_work *work) { free(work); }

int standin_host_function(void *stream, void (*function)(void *), void *argument) {
  if (!function) return INVALID_VALUE;
  struct host_function *h = malloc(sizeof *h);
  *h = (struct host_function){ { 1, run_host_function, NULL, release_host_function }, function, argument };
  return standin_submit(stream, &h->work);
}
