/* The runtime API's part about devices, versions and the words for errors. */
#define _GNU_SOURCE
#include "cudart.h"
#include <stdio.h>
#include <string.h>

static int check(int device) {
  int count;
  if (standin_device_count(&count)) return NO_DEVICE;
  return device < 0 || device >= count ? INVALID_DEVICE : OK;
}

int cudaGetDeviceCount(int *count) { return noted(standin_device_count(count)); }
int cudaSetDevice(int device) { return noted(standin_set_device(device)); }
int cudaInitDevice(int device, unsigned device_flags, unsigned flags) {
  (void)device_flags, (void)flags;
  return noted(check(device));
}
int cudaGetDevice(int *device) { return noted(standin_get_device(device)); }
int cudaDeviceSynchronize(void) { return noted(standin_device_synchronize()); }
int cudaDeviceReset(void) { return noted(standin_device_synchronize()); }
int cudaSetDeviceFlags(unsigned flags) {
  (void)flags;
  return OK;
}
int cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
  *least = *greatest = 0;
  return OK;
}

int cudaRuntimeGetVersion(int *version) {
  if (!version) return INVALID_VALUE;
  *version = STANDIN_CUDA_VERSION;
  return OK;
}
int cudaDriverGetVersion(int *version) {
  if (!version) return INVALID_VALUE;
  *version = (int)standin_setting("DRIVER_VERSION", STANDIN_CUDA_VERSION);
  return OK;
}

/* The head of cudaDeviceProp of CUDA 13. The rest of its 1008 bytes stays zero. */
struct properties {
  char name[256], uuid[16], luid[8];
  unsigned luid_nodes;
  size_t total_memory, shared_memory_per_block;
  int registers_per_block, warp_size;
  size_t memory_pitch;
  int threads_per_block, block_sizes[3], grid_sizes[3];
  size_t constant_memory;
  int major, minor;
  size_t texture_alignment, texture_pitch_alignment;
  int multiprocessors;
};
enum { SIZE_OF_PROPERTIES = 1008, WARP = 32, THREADS = 1024, MULTIPROCESSORS = 1, MAJOR = 9, MINOR = 0 };

int cudaGetDeviceProperties(void *properties, int device) {
  int error = check(device);
  if (error) return noted(error);
  memset(properties, 0, SIZE_OF_PROPERTIES);
  struct properties *p = properties;
  standin_device_name(p->name, sizeof p->name, device);
  snprintf(p->uuid, sizeof p->uuid, "standin-%d", standin_physical_device(device));
  standin_memory_info(&(size_t){ 0 }, &p->total_memory);
  p->warp_size = WARP;
  p->threads_per_block = THREADS;
  p->major = MAJOR;
  p->minor = MINOR;
  p->multiprocessors = MULTIPROCESSORS;
  return OK;
}

int cudaDeviceGetAttribute(int *value, int attribute, int device) {
  int error = check(device);
  if (error) return noted(error);
  switch (attribute) {
    case 1: *value = THREADS; break;
    case 10: *value = WARP; break;
    case 16: *value = MULTIPROCESSORS; break;
    case 41: case 115: *value = 1; break;   /* unified addressing, memory pools */
    case 75: *value = MAJOR; break;
    case 76: *value = MINOR; break;
    default: *value = 0;
  }
  return OK;
}

int cudaDeviceGetPCIBusId(char *id, int size, int device) {
  int error = check(device);
  if (!error) snprintf(id, (size_t)size, "0000:%02x:00.0", standin_physical_device(device) + 1);
  return noted(error);
}

int cudaDeviceCanAccessPeer(int *can, int device, int peer) {
  *can = 0;
  return noted(check(device) ? check(device) : check(peer));
}
int cudaDeviceEnablePeerAccess(int peer, unsigned flags) {
  (void)flags;
  return noted(check(peer) ? check(peer) : PEER_UNSUPPORTED);
}

static const struct { int code; const char *name, *text; } errors[] = {
  { OK, "cudaSuccess", "no error" },
  { INVALID_VALUE, "cudaErrorInvalidValue", "invalid argument" },
  { OUT_OF_MEMORY, "cudaErrorMemoryAllocation", "out of memory" },
  { 35, "cudaErrorInsufficientDriver", "CUDA driver version is insufficient for CUDA runtime version" },
  { NO_DEVICE, "cudaErrorNoDevice", "no CUDA-capable device is detected" },
  { INVALID_DEVICE, "cudaErrorInvalidDevice", "invalid device ordinal" },
  { PEER_UNSUPPORTED, "cudaErrorPeerAccessUnsupported", "peer access is not supported between these two devices" },
  { INVALID_HANDLE, "cudaErrorInvalidResourceHandle", "invalid resource handle" },
  { NOT_READY, "cudaErrorNotReady", "device not ready" },
  { ILLEGAL_ADDRESS, "cudaErrorIllegalAddress", "an illegal memory access was encountered" },
  { NOT_SUPPORTED, "cudaErrorNotSupported", "operation not supported" },
  { CAPTURE_UNSUPPORTED, "cudaErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing" },
  { CAPTURE_INVALIDATED, "cudaErrorStreamCaptureInvalidated", "operation failed due to a previous error during capture" },
  { CAPTURE_MERGE, "cudaErrorStreamCaptureMerge", "operation would result in a merge of separate capture sequences" },
  { CAPTURE_UNMATCHED, "cudaErrorStreamCaptureUnmatched", "capture was not ended in the same stream as it began" },
  { CAPTURE_UNJOINED, "cudaErrorStreamCaptureUnjoined", "capturing stream has unjoined work" },
  { CAPTURE_ISOLATION, "cudaErrorStreamCaptureIsolation", "dependency created on uncaptured work in another stream" },
  { CAPTURE_IMPLICIT, "cudaErrorStreamCaptureImplicit",
    "operation would make the legacy stream depend on a capturing blocking stream" },
  { CAPTURED_EVENT, "cudaErrorCapturedEvent", "operation not permitted on an event last recorded in a capturing stream" },
  { CAPTURE_WRONG_THREAD, "cudaErrorStreamCaptureWrongThread",
    "attempt to terminate a thread-local capture sequence from another thread" },
};

const char *cudaGetErrorString(int error) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == error) return errors[i].text;
  return "unrecognized error code";
}

const char *cudaGetErrorName(int error) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == error) return errors[i].name;
  return "unrecognized error code";
}
