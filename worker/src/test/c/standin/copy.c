/* Copies and fills. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdlib.h>
#include <string.h>

struct copy { struct standin_work work; struct standin_rectangle area; void *staged; int fill; };
enum { NO_FILL = -1, BY_ADDRESS = 4 };

static size_t span(size_t pitch, size_t width, size_t height) { return (height - 1) * pitch + width; }

static char *usable(const void *address, size_t bytes) {
  return standin_is_device_memory(address) ? standin_reach(address, bytes, -1) : (char *)address;
}

static void run_copy(struct standin_work *work, int device) {
  (void)device;
  struct copy *c = (struct copy *)work;
  struct standin_rectangle *r = &c->area;
  char *to = usable(r->to, span(r->to_pitch, r->width, r->height));
  if (!to) {
    standin_fault(ILLEGAL_ADDRESS, "a copy or fill to %p, %zu bytes by %zu, which is no allocation", r->to, r->width, r->height);
    return;
  }
  if (c->fill != NO_FILL) {
    for (size_t i = 0; i < r->height; i++) memset(to + i * r->to_pitch, c->fill, r->width);
    return;
  }
  const char *from = c->staged ? c->staged : usable(r->from, span(r->from_pitch, r->width, r->height));
  if (!from) {
    standin_fault(ILLEGAL_ADDRESS, "a copy from %p, %zu bytes by %zu, which is no allocation", r->from, r->width, r->height);
    return;
  }
  for (size_t i = 0; i < r->height; i++) memmove(to + i * r->to_pitch, from + i * r->from_pitch, r->width);
}

static void release_copy(struct standin_work *work) {
  free(((struct copy *)work)->staged);
  free(work);
}

static struct copy *copy_new(struct standin_rectangle area, int fill) {
  struct copy *c = malloc(sizeof *c);
  *c = (struct copy){ { 1, run_copy, NULL, release_copy }, area, NULL, fill };
  return c;
}

static bool pageable(const void *address) {
  int device;
  return standin_memory_kind(address, &device) == 0;
}

static int check(struct standin_rectangle r, int kind) {
  if (kind < 0 || kind > BY_ADDRESS || r.width > r.to_pitch || r.width > r.from_pitch) return INVALID_VALUE;
  bool to_device = standin_is_device_memory(r.to), from_device = standin_is_device_memory(r.from);
  if (kind != BY_ADDRESS && (to_device != (kind & 1) || from_device != (kind >> 1))) return INVALID_VALUE;
  return OK;
}

static int refusal_in_capture(void) {
  pthread_mutex_lock(&engine_lock);
  int error = capture_refusal();
  pthread_mutex_unlock(&engine_lock);
  return error;
}

int standin_copy(struct standin_rectangle r, int kind, void *stream, bool wait) {
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  if (r.width == 0 || r.height == 0) return standin_fault_of_device();
  int error = check(r, kind);
  if (!error && wait) error = refusal_in_capture();
  if (error) return error;
  struct copy *c = copy_new(r, NO_FILL);
  bool captured = standin_capture_of(stream);
  /* Pageable memory: the driver has read the source when the call returns, and written the destination. */
  if (!captured && pageable(r.from)) {
    size_t bytes = span(r.from_pitch, r.width, r.height);
    c->staged = malloc(bytes);
    memcpy(c->staged, r.from, bytes);
  }
  if (!captured && pageable(r.to)) wait = true;
  error = standin_submit(stream, &c->work);
  return !error && wait ? standin_stream_synchronize(stream) : error;
}

int standin_fill(void *address, size_t pitch, int value, size_t width, size_t height, void *stream) {
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  if (width == 0 || height == 0) return standin_fault_of_device();
  if (pageable(address) && !standin_is_device_memory(address)) return INVALID_VALUE;
  if (width > pitch) return INVALID_VALUE;
  struct standin_rectangle area = { address, pitch, NULL, 0, width, height };
  return standin_submit(stream, &copy_new(area, value & 255)->work);
}
