/* Device memory: one file in memory with two views. Callers get addresses of the view that nobody can touch, so that a
 * host access of device memory ends as on a real one; work on streams uses the other. */
#define _GNU_SOURCE
#include "engine.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Blocks lie apart, so that an access beyond one hits nobody's memory. */
enum { ALIGNMENT = 256, PAGE = 4096 };

struct block { struct block *next; size_t offset, bytes; int device; };
struct pinned { struct pinned *next; char *address; size_t bytes; bool owned; };
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;   /* by offset */
static struct pinned *pins;
static char *outside, *inside;
static size_t room, limit, used[MAX_DEVICES];

__attribute__((constructor)) static void reserve(void) {
  limit = (size_t)standin_setting("MEMORY_MB", 4096) << 20;
  room = 2 * limit + ((size_t)16 << 30);   /* address space costs nothing; several devices and the gaps fit */
  int file = memfd_create("stand-in", MFD_CLOEXEC);
  if (file >= 0 && ftruncate(file, (off_t)room) == 0) {
    outside = mmap(NULL, room, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0);
    inside = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  }
  if (file >= 0) close(file);
  if (!outside || outside == MAP_FAILED || inside == MAP_FAILED) {
    perror("stand-in: no address space for device memory");
    outside = inside = NULL;
    room = limit = 0;
  }
}

static size_t rounded(size_t bytes) { return (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

bool standin_is_device_memory(const void *address) {
  return room && (const char *)address >= outside && (const char *)address < outside + room;
}

static struct pinned *pinned_at(const void *address) {
  for (struct pinned *p = pins; p; p = p->next)
    if ((const char *)address >= p->address && (const char *)address < p->address + p->bytes) return p;
  return NULL;
}

/* With device -1, on any device. */
static struct block *block_around(const void *address, size_t bytes, int device) {
  size_t offset = (size_t)((const char *)address - outside);
  for (struct block *b = blocks; b && b->offset <= offset; b = b->next)
    if (offset + bytes <= b->offset + b->bytes && (device < 0 || b->device == device)) return b;
  return NULL;
}

void *standin_reach(const void *address, size_t bytes, int device) {
  void *reached = NULL;
  pthread_mutex_lock(&memory_lock);
  if (standin_is_device_memory(address)) {
    if (block_around(address, bytes, device)) reached = inside + ((const char *)address - outside);
  } else {
    struct pinned *p = pinned_at(address);
    if (p && (const char *)address + bytes <= p->address + p->bytes) reached = (void *)address;
  }
  pthread_mutex_unlock(&memory_lock);
  return reached;
}

int standin_memory_kind(const void *address, int *device) {
  pthread_mutex_lock(&memory_lock);
  struct block *b = standin_is_device_memory(address) ? block_around(address, 1, -1) : NULL;
  int kind = b ? 2 : pinned_at(address) ? 1 : 0;
  *device = b ? b->device : standin_current_device();
  pthread_mutex_unlock(&memory_lock);
  return kind;
}

int standin_memory_info(size_t *free_bytes, size_t *total) {
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  if (!free_bytes || !total) return INVALID_VALUE;
  pthread_mutex_lock(&memory_lock);
  *total = limit;
  *free_bytes = limit - used[standin_current_device()];
  pthread_mutex_unlock(&memory_lock);
  return standin_fault_of_device();
}

static int take(void **address, size_t bytes, int device) {
  if (bytes > limit || used[device] + rounded(bytes) > limit) return OUT_OF_MEMORY;
  size_t offset = ALIGNMENT;
  struct block **place = &blocks;
  for (; *place && (*place)->offset < offset + rounded(bytes) + ALIGNMENT; place = &(*place)->next)
    offset = (*place)->offset + rounded((*place)->bytes) + ALIGNMENT;
  if (offset + rounded(bytes) + ALIGNMENT > room) return OUT_OF_MEMORY;
  struct block *b = malloc(sizeof *b);
  *b = (struct block){ *place, offset, bytes, device };
  *place = b;
  used[device] += rounded(bytes);
  memset(inside + offset, 0xFF, bytes);   /* NaN in every floating point type, so that a read before a write shows */
  *address = outside + offset;
  return OK;
}

static int give(void *address) {
  for (struct block **place = &blocks; *place; place = &(*place)->next) {
    struct block *b = *place;
    if (outside + b->offset != address) continue;
    *place = b->next;
    used[b->device] -= rounded(b->bytes);
    size_t from = (b->offset + PAGE - 1) & ~(size_t)(PAGE - 1), to = (b->offset + b->bytes) & ~(size_t)(PAGE - 1);
    if (to > from) madvise(inside + from, to - from, MADV_REMOVE);
    free(b);
    return OK;
  }
  return INVALID_VALUE;
}

static int allocate(void **address, size_t bytes) {
  if (!address) return INVALID_VALUE;
  *address = NULL;
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  int error = standin_fault_of_device();
  if (error || bytes == 0) return error;
  pthread_mutex_lock(&memory_lock);
  error = take(address, bytes, standin_current_device());
  pthread_mutex_unlock(&memory_lock);
  return error;
}

static int refusal_in_capture(void) {
  pthread_mutex_lock(&engine_lock);
  int error = capture_refusal();
  pthread_mutex_unlock(&engine_lock);
  return error;
}

int standin_malloc(void **address, size_t bytes) {
  int error = refusal_in_capture();
  return error ? error : allocate(address, bytes);
}

/* Like the real one it waits for the device: behind a collective that hangs, it hangs. */
int standin_free(void *address) {
  if (!address) return standin_fault_of_device();
  int error = refusal_in_capture();
  if (error) return error;
  int device;
  if (standin_memory_kind(address, &device) != 2) return INVALID_VALUE;
  pthread_mutex_lock(&engine_lock);
  streams_await(device);
  pthread_mutex_unlock(&engine_lock);
  if ((error = standin_fault_of_device())) return error;
  pthread_mutex_lock(&memory_lock);
  error = give(address);
  pthread_mutex_unlock(&memory_lock);
  return error;
}

int standin_malloc_async(void **address, size_t bytes, void *stream) {
  if (standin_capture_of(stream)) return NOT_SUPPORTED;
  return allocate(address, bytes);
}

static void free_in_order(void *address) {
  pthread_mutex_lock(&memory_lock);
  int error = give(address);
  pthread_mutex_unlock(&memory_lock);
  if (error) standin_fault(ILLEGAL_ADDRESS, "cudaFreeAsync of %p, which is no allocation", address);
}

int standin_free_async(void *address, void *stream) {
  if (standin_capture_of(stream)) return NOT_SUPPORTED;
  return standin_host_function(stream, free_in_order, address);
}

static void pin(void *address, size_t bytes, bool owned) {
  struct pinned *p = malloc(sizeof *p);
  pthread_mutex_lock(&memory_lock);
  *p = (struct pinned){ pins, address, bytes, owned };
  pins = p;
  pthread_mutex_unlock(&memory_lock);
}

static int unpin(void *address, bool owned) {
  int error = INVALID_VALUE;
  pthread_mutex_lock(&memory_lock);
  for (struct pinned **place = &pins; *place; place = &(*place)->next) {
    struct pinned *p = *place;
    if (p->address != address || p->owned != owned) continue;
    *place = p->next;
    free(p);
    error = OK;
    break;
  }
  pthread_mutex_unlock(&memory_lock);
  return error;
}

int standin_host_alloc(void **address, size_t bytes) {
  if (!address) return INVALID_VALUE;
  *address = NULL;
  if (standin_device_count(&(int){ 0 })) return NO_DEVICE;
  int error = refusal_in_capture();
  if (error) return error;
  if (posix_memalign(address, PAGE, bytes ? bytes : 1)) return OUT_OF_MEMORY;
  pin(*address, bytes ? bytes : 1, true);
  return standin_fault_of_device();
}

int standin_host_free(void *address) {
  if (!address) return standin_fault_of_device();
  int error = refusal_in_capture();
  if (error) return error;
  pthread_mutex_lock(&engine_lock);
  streams_await(-1);   /* pinned memory is every device's */
  pthread_mutex_unlock(&engine_lock);
  error = unpin(address, true);
  if (!error) free(address);
  return error ? error : standin_fault_of_device();
}

int standin_host_register(void *address, size_t bytes) {
  if (!address || !bytes) return INVALID_VALUE;
  int error = refusal_in_capture();
  if (!error) pin(address, bytes, false);
  return error ? error : standin_fault_of_device();
}

int standin_host_unregister(void *address) {
  int error = unpin(address, false);
  return error ? error : standin_fault_of_device();
}
