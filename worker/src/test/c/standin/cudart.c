/* libcudart.so.13: the runtime API over the engine in libcuda.so.1, with an error that each thread remembers. */
#define _GNU_SOURCE
#include "cudart.h"

static _Thread_local int last_error;

int noted(int error) {
  if (error) last_error = error;
  return error;
}

/* A failed device answers for itself; any other error is forgotten once read. */
int cudaGetLastError(void) {
  int error = standin_fault_of_device() ? standin_fault_of_device() : last_error;
  last_error = OK;
  return error;
}

int cudaPeekAtLastError(void) { return standin_fault_of_device() ? standin_fault_of_device() : last_error; }

int cudaMalloc(void **address, size_t bytes) { return noted(standin_malloc(address, bytes)); }
int cudaFree(void *address) { return noted(standin_free(address)); }
int cudaMallocAsync(void **address, size_t bytes, void *stream) {
  return noted(standin_malloc_async(address, bytes, stream));
}
int cudaFreeAsync(void *address, void *stream) { return noted(standin_free_async(address, stream)); }
int cudaMallocHost(void **address, size_t bytes) { return noted(standin_host_alloc(address, bytes)); }
int cudaHostAlloc(void **address, size_t bytes, unsigned flags) {
  return noted(flags > 15 ? INVALID_VALUE : standin_host_alloc(address, bytes));
}
int cudaFreeHost(void *address) { return noted(standin_host_free(address)); }
int cudaHostRegister(void *address, size_t bytes, unsigned flags) {
  (void)flags;
  return noted(standin_host_register(address, bytes));
}
int cudaHostUnregister(void *address) { return noted(standin_host_unregister(address)); }
int cudaMemGetInfo(size_t *free_bytes, size_t *total) { return noted(standin_memory_info(free_bytes, total)); }

int cudaHostGetDevicePointer(void **device_address, void *host_address, unsigned flags) {
  int device;
  if (!device_address || flags || standin_memory_kind(host_address, &device) != 1) return noted(INVALID_VALUE);
  *device_address = host_address;
  return OK;
}

struct pointer_attributes { int type, device; void *device_address, *host_address; long reserved[8]; };

int cudaPointerGetAttributes(struct pointer_attributes *attributes, const void *address) {
  if (!attributes) return noted(INVALID_VALUE);
  int device, kind = standin_memory_kind(address, &device);
  *attributes = (struct pointer_attributes){ .type = kind, .device = kind ? device : -2 };
  if (kind) attributes->device_address = (void *)address;
  if (kind != 2) attributes->host_address = (void *)address;
  return noted(standin_fault_of_device());
}

static int copy_line(void *to, const void *from, size_t bytes, int kind, void *stream, bool wait) {
  return noted(standin_copy((struct standin_rectangle){ to, bytes, from, bytes, bytes, 1 }, kind, stream, wait));
}
int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) { return copy_line(to, from, bytes, kind, 0, true); }
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) {
  return copy_line(to, from, bytes, kind, stream, false);
}
int cudaMemcpyPeerAsync(void *to, int to_device, const void *from, int from_device, size_t bytes, void *stream) {
  (void)to_device, (void)from_device;   /* the addresses say it */
  return copy_line(to, from, bytes, 3, stream, false);
}
int cudaMemcpy2D(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height, int kind) {
  return noted(standin_copy((struct standin_rectangle){ to, to_pitch, from, from_pitch, width, height }, kind, 0, true));
}
int cudaMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height,
                      int kind, void *stream) {
  struct standin_rectangle area = { to, to_pitch, from, from_pitch, width, height };
  return noted(standin_copy(area, kind, stream, false));
}
int cudaMemset(void *address, int value, size_t bytes) {
  return noted(standin_fill(address, bytes, value, bytes, 1, NULL));
}
int cudaMemsetAsync(void *address, int value, size_t bytes, void *stream) {
  return noted(standin_fill(address, bytes, value, bytes, 1, stream));
}
int cudaMemset2D(void *address, size_t pitch, int value, size_t width, size_t height) {
  return noted(standin_fill(address, pitch, value, width, height, NULL));
}
int cudaMemset2DAsync(void *address, size_t pitch, int value, size_t width, size_t height, void *stream) {
  return noted(standin_fill(address, pitch, value, width, height, stream));
}

int cudaStreamCreate(void **stream) { return noted(standin_stream_create(stream, 0)); }
int cudaStreamCreateWithFlags(void **stream, unsigned flags) { return noted(standin_stream_create(stream, flags)); }
int cudaStreamCreateWithPriority(void **stream, unsigned flags, int priority) {
  (void)priority;   /* every stream has a thread of its own */
  return noted(standin_stream_create(stream, flags));
}
int cudaStreamGetPriority(void *stream, int *priority) {
  *priority = 0;
  return noted(standin_stream_flags(stream, &(unsigned){ 0 }));
}
int cudaStreamGetFlags(void *stream, unsigned *flags) { return noted(standin_stream_flags(stream, flags)); }
int cudaStreamGetDevice(void *stream, int *device) { return noted(standin_stream_device(stream, device)); }
int cudaStreamDestroy(void *stream) { return noted(standin_stream_destroy(stream)); }
int cudaStreamSynchronize(void *stream) { return noted(standin_stream_synchronize(stream)); }
int cudaStreamQuery(void *stream) { return noted(standin_stream_query(stream)); }
int cudaStreamWaitEvent(void *stream, void *event, unsigned flags) {
  return noted(flags ? INVALID_VALUE : standin_stream_wait(stream, event));
}
int cudaLaunchHostFunc(void *stream, void (*function)(void *), void *argument) {
  return noted(standin_host_function(stream, function, argument));
}

int cudaEventCreate(void **event) { return noted(standin_event_create(event, 0)); }
int cudaEventCreateWithFlags(void **event, unsigned flags) { return noted(standin_event_create(event, flags)); }
int cudaEventDestroy(void *event) { return noted(standin_event_destroy(event)); }
int cudaEventRecord(void *event, void *stream) { return noted(standin_event_record(event, stream)); }
int cudaEventRecordWithFlags(void *event, void *stream, unsigned flags) {
  return noted(flags ? NOT_SUPPORTED : standin_event_record(event, stream));
}
int cudaEventQuery(void *event) { return noted(standin_event_query(event)); }
int cudaEventSynchronize(void *event) { return noted(standin_event_synchronize(event)); }
int cudaEventElapsedTime(float *milliseconds, void *from, void *to) {
  return noted(standin_event_elapsed(milliseconds, from, to));
}

int cudaStreamBeginCapture(void *stream, int mode) { return noted(standin_capture_begin(stream, mode)); }
int cudaStreamEndCapture(void *stream, void **graph) { return noted(standin_capture_end(stream, graph)); }
int cudaStreamIsCapturing(void *stream, int *status) { return noted(standin_capture_status(stream, status, NULL)); }
int cudaStreamGetCaptureInfo(void *stream, int *status, unsigned long long *id, void **graph, const void **dependencies,
                             const void **edges, size_t *count) {
  if (graph || dependencies || edges || count) return noted(standin_not_modelled("the graph of a capture", NOT_SUPPORTED));
  return noted(standin_capture_status(stream, status, id));
}
int cudaThreadExchangeStreamCaptureMode(int *mode) { return noted(standin_capture_exchange_mode(mode)); }

int cudaGraphGetNodes(void *graph, void **nodes, size_t *count) { return noted(standin_graph_nodes(graph, nodes, count)); }
int cudaGraphInstantiate(void **executable, void *graph, unsigned long long flags) {
  (void)flags;
  return noted(standin_graph_instantiate(executable, graph));
}
int cudaGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) {
  return cudaGraphInstantiate(executable, graph, flags);
}
int cudaGraphUpload(void *executable, void *stream) {
  (void)stream;
  return noted(standin_handle_is(executable, EXECUTABLE) ? standin_fault_of_device() : INVALID_VALUE);
}
int cudaGraphLaunch(void *executable, void *stream) { return noted(standin_graph_launch(executable, stream)); }
int cudaGraphDestroy(void *graph) { return noted(standin_graph_destroy(graph)); }
int cudaGraphExecDestroy(void *executable) { return noted(standin_executable_destroy(executable)); }
