/* The devices: how many, which is current, and whether one has failed. */
#define _GNU_SOURCE
#include "engine.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int device_count, physical[MAX_DEVICES];
static _Thread_local int current;
static _Atomic int fault;

/* As the driver reads it: up to the first entry that names no device. */
static void read_visible_devices(const char *list, int all) {
  device_count = 0;
  while (*list && device_count < all) {
    char *end;
    long number = strtol(list, &end, 10);
    if (end == list || number < 0 || number >= all) return;
    physical[device_count++] = (int)number;
    list = *end ? end + 1 : end;
  }
}

__attribute__((constructor)) static void find_devices(void) {
  long all = standin_setting("DEVICES", 16);
  device_count = all < 0 ? 0 : all > MAX_DEVICES ? MAX_DEVICES : (int)all;
  for (int i = 0; i < device_count; i++) physical[i] = i;
  const char *visible = getenv("CUDA_VISIBLE_DEVICES");
  if (visible) read_visible_devices(visible, device_count);
}

int standin_device_count(int *count) {
  if (!count) return INVALID_VALUE;
  *count = device_count;
  return device_count ? OK : NO_DEVICE;
}

int standin_set_device(int device) {
  if (!device_count) return NO_DEVICE;
  if (device < 0 || device >= device_count) return INVALID_DEVICE;
  current = device;
  return fault;
}

int standin_get_device(int *device) {
  if (!device_count) return NO_DEVICE;
  if (!device) return INVALID_VALUE;
  *device = current;
  return fault;
}

int standin_current_device(void) { return current; }

int standin_physical_device(int device) { return physical[device]; }

void standin_device_name(char *name, size_t size, int device) {
  snprintf(name, size, "Coxswain stand-in GPU %d (host memory)", physical[device]);
}

/* A device that failed stays so for as long as the process lives, whatever is called. */
void standin_fault(int error, const char *format, ...) {
  char why[300];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, sizeof why, format, arguments);
  va_end(arguments);
  fprintf(stderr, "stand-in: device fault %d: %s\n", error, why);
  int none = 0;
  __atomic_compare_exchange_n((int *)&fault, &none, error, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int standin_fault_of_device(void) { return fault; }
