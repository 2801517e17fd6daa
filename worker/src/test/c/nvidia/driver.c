/*
 * What every stub driver is beside its refusals: a driver's version, in the macro DRIVER_VERSION, and the look-up by which NVIDIA's
 * libraries find a driver's functions. The rest, generated from what the bindings import, answers with CUDA_ERROR_NO_DEVICE.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

enum { SUCCESS = 0, NO_DEVICE = 100, FOUND = 0 };

static int refuse(void) {
    return NO_DEVICE;
}

int cuDriverGetVersion(int *version) {
    *version = DRIVER_VERSION;
    return SUCCESS;
}

/* Newer variants of a function end in _v2 and so on, and refuse like the oldest. */
int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *status) {
    void *self = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    *function = self == NULL ? NULL : dlsym(self, name);
    if (*function == NULL) {
        *function = (void *) refuse;
    }
    if (status != NULL) {
        *status = FOUND;
    }
    return SUCCESS;
}
