/* The little of the driver API that anyone asks for. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdio.h>

int cuInit(unsigned flags) { return flags ? INVALID_VALUE : standin_device_count(&(int){ 0 }); }

int cuDriverGetVersion(int *version) {
  if (!version) return INVALID_VALUE;
  *version = (int)standin_setting("DRIVER_VERSION", STANDIN_CUDA_VERSION);
  return OK;
}

int cuDeviceGetCount(int *count) {
  standin_device_count(count);
  return OK;
}

int cuDeviceGet(int *device, int ordinal) {
  int count;
  standin_device_count(&count);
  if (ordinal < 0 || ordinal >= count) return INVALID_DEVICE;
  *device = ordinal;
  return OK;
}

int cuDeviceGetName(char *name, int size, int device) {
  int count;
  standin_device_count(&count);
  if (device < 0 || device >= count || size <= 0) return INVALID_DEVICE;
  standin_device_name(name, (size_t)size, device);
  return OK;
}
