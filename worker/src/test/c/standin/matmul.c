/* A matrix product as the work of a stream, and the words for the statuses of both cuBLAS libraries. */
#define _GNU_SOURCE
#include "matmul.h"
#include <stdlib.h>

struct product { struct standin_work work; struct standin_matmul matmul; };

static const void *reach(const struct operand *o, struct extent e, int device, const char *which) {
  size_t pitch = (size_t)(o->column == 1 ? o->row : o->column), elements = (e.lines - 1) * pitch + e.length;
  const void *found = standin_reach(o->data, elements * (o->bfloat16 ? 2 : 4), device);
  if (!found) standin_fault(ILLEGAL_ADDRESS, "a matrix product with %s at %p, which is not within device memory", which, o->data);
  return found;
}

static void run_product(struct standin_work *work, int device) {
  const struct standin_matmul *p = &((struct product *)work)->matmul;
  struct gemm g = p->gemm;
  if (!(g.a.data = reach(&g.a, p->a, device, "A")) || !(g.b.data = reach(&g.b, p->b, device, "B"))
      || !(g.d.data = reach(&g.d, p->d, device, "D"))) return;
  if (g.beta != 0 && !(g.c.data = reach(&g.c, p->c, device, "C"))) return;
  gemm_run(&g);
}

static void release_product(struct standin_work *work) { free(work); }

int standin_matmul(const struct standin_matmul *matmul, void *stream) {
  if (matmul->gemm.m == 0 || matmul->gemm.n == 0) return CUBLAS_OK;
  struct product *p = malloc(sizeof *p);
  *p = (struct product){ { 1, run_product, NULL, release_product }, *matmul };
  return standin_submit(stream, &p->work) ? CUBLAS_EXECUTION_FAILED : CUBLAS_OK;
}

bool standin_computes_single(int compute) {
  return compute == COMPUTE_32F || compute == COMPUTE_32F_PEDANTIC || compute == COMPUTE_32F_FAST_16F
      || compute == COMPUTE_32F_FAST_16BF || compute == COMPUTE_32F_FAST_TF32;
}

static const struct { int status; const char *name, *text; } statuses[] = {
  { CUBLAS_OK, "CUBLAS_STATUS_SUCCESS", "success" },
  { CUBLAS_NOT_INITIALIZED, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized" },
  { 3, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed" },
  { CUBLAS_INVALID_VALUE, "CUBLAS_STATUS_INVALID_VALUE", "an invalid value was used as an argument" },
  { 8, "CUBLAS_STATUS_ARCH_MISMATCH", "an absent device architectural feature is required" },
  { 11, "CUBLAS_STATUS_MAPPING_ERROR", "an access to the GPU memory space failed" },
  { CUBLAS_EXECUTION_FAILED, "CUBLAS_STATUS_EXECUTION_FAILED", "the function failed to launch on the GPU" },
  { 14, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed" },
  { CUBLAS_NOT_SUPPORTED, "CUBLAS_STATUS_NOT_SUPPORTED", "the functionality is not supported" },
  { 16, "CUBLAS_STATUS_LICENSE_ERROR", "the license was not found or is not valid" },
};

const char *standin_cublas_status_name(int status) {
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i].status == status) return statuses[i].name;
  return "unknown status";
}

const char *standin_cublas_status_text(int status) {
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i].status == status) return statuses[i].text;
  return "unknown status";
}
