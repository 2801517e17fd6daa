/* What libcuda.so.1 of the stand-in offers to its libcudart, libnccl and libcublas: the device made of host memory.
 * All functions return codes of cudaError_t unless they say otherwise. */
#ifndef STANDIN_H
#define STANDIN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, PEER_UNSUPPORTED = 217,
  INVALID_HANDLE = 400, NOT_READY = 600, ILLEGAL_ADDRESS = 700, NOT_SUPPORTED = 801,
  CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901, CAPTURE_MERGE = 902, CAPTURE_UNMATCHED = 903,
  CAPTURE_UNJOINED = 904, CAPTURE_ISOLATION = 905, CAPTURE_IMPLICIT = 906, CAPTURED_EVENT = 907,
  CAPTURE_WRONG_THREAD = 908
};

/* One piece of work for a stream: a kernel, a copy, a host function. A captured one runs at every replay of its graph, so
 * run() must leave it as it was. Whoever submits it gives its reference away. */
struct standin_work {
  int references;
  void (*run)(struct standin_work *, int device);
  void (*captured)(struct standin_work *);   /* or NULL: it became a node of a graph */
  void (*release)(struct standin_work *);    /* the last reference is gone */
};
int standin_submit(void *stream, struct standin_work *work);
void standin_release(struct standin_work *work);
int standin_follow(void *stream, void *earlier);   /* what comes on stream waits for what is on the earlier one now */
unsigned long long standin_capture_of(void *stream);   /* the id of the capture that it takes part in, or 0 */

/* The host's view of device or pinned memory that a kernel of the device may touch, or NULL. */
void *standin_reach(const void *address, size_t bytes, int device);
bool standin_is_device_memory(const void *address);
void standin_fault(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
int standin_fault_of_device(void);

int standin_current_device(void);
int standin_physical_device(int device);

long standin_setting(const char *name, long otherwise);   /* COXSWAIN_STANDIN_<name> as a number */
bool standin_setting_is(const char *name, const char *word);
/* A thread that none of the JVM's signals can reach; its own faults it keeps. Returns 0 or an errno. */
int standin_thread(void *(*body)(void *), void *argument, void *joinable /* pthread_t * or NULL */);
int standin_not_modelled(const char *function, int status);

/* Handles that are alive, so that a stale one is refused as the real libraries refuse it, and not followed. */
enum standin_kind { STREAM = 1, EVENT, GRAPH, EXECUTABLE, COMMUNICATOR, CUBLAS, CUBLASLT, MATMUL, LAYOUT, PREFERENCE };
void standin_handle_add(const void *handle, enum standin_kind kind);
bool standin_handle_is(const void *handle, enum standin_kind kind);
bool standin_handle_remove(const void *handle, enum standin_kind kind);   /* false: it was not there */

/* The runtime API without its prefix. */
int standin_device_count(int *count);
int standin_set_device(int device);
int standin_get_device(int *device);
int standin_device_synchronize(void);
void standin_device_name(char *name, size_t size, int device);
int standin_memory_info(size_t *free_bytes, size_t *total);
int standin_malloc(void **address, size_t bytes);
int standin_free(void *address);
int standin_malloc_async(void **address, size_t bytes, void *stream);
int standin_free_async(void *address, void *stream);
int standin_host_alloc(void **address, size_t bytes);
int standin_host_free(void *address);
int standin_host_register(void *address, size_t bytes);
int standin_host_unregister(void *address);
int standin_memory_kind(const void *address, int *device);   /* cudaMemoryType: 0 unregistered, 1 pinned, 2 device */
struct standin_rectangle { void *to; size_t to_pitch; const void *from; size_t from_pitch, width, height; };
int standin_copy(struct standin_rectangle r, int kind, void *stream, bool wait);
int standin_fill(void *address, size_t pitch, int value, size_t width, size_t height, void *stream);
int standin_stream_create(void **stream, unsigned flags);
int standin_stream_destroy(void *stream);
int standin_stream_synchronize(void *stream);
int standin_stream_query(void *stream);
int standin_stream_wait(void *stream, void *event);
int standin_stream_flags(void *stream, unsigned *flags);
int standin_stream_device(void *stream, int *device);
int standin_host_function(void *stream, void (*function)(void *), void *argument);
int standin_event_create(void **event, unsigned flags);
int standin_event_destroy(void *event);
int standin_event_record(void *event, void *stream);
int standin_event_query(void *event);
int standin_event_synchronize(void *event);
int standin_event_elapsed(float *milliseconds, void *from, void *to);
int standin_capture_begin(void *stream, int mode);
int standin_capture_end(void *stream, void **graph);
int standin_capture_status(void *stream, int *status, unsigned long long *id);
int standin_capture_exchange_mode(int *mode);
int standin_graph_nodes(void *graph, void **nodes, size_t *count);
int standin_graph_instantiate(void **executable, void *graph);
int standin_graph_launch(void *executable, void *stream);
int standin_graph_destroy(void *graph);
int standin_executable_destroy(void *executable);
#endif
