/* libcublas.so.13: handles, and GemmEx and Sgemm over libcublasLt's product. */
#define _GNU_SOURCE
#include "matmul.h"
#include <stdlib.h>

struct cublas { void *stream; int math_mode; };

static struct cublas *cublas_of(void *handle) { return standin_handle_is(handle, CUBLAS) ? handle : NULL; }

int cublasCreate_v2(void **handle) {
  if (!handle) return CUBLAS_INVALID_VALUE;
  if (standin_device_count(&(int){ 0 }) || standin_fault_of_device()) return CUBLAS_NOT_INITIALIZED;
  struct cublas *made = calloc(1, sizeof *made);
  standin_handle_add(made, CUBLAS);
  *handle = made;
  return CUBLAS_OK;
}

int cublasDestroy_v2(void *handle) {
  if (!standin_handle_remove(handle, CUBLAS)) return CUBLAS_NOT_INITIALIZED;
  free(handle);
  return CUBLAS_OK;
}

int cublasSetStream_v2(void *handle, void *stream) {
  struct cublas *h = cublas_of(handle);
  if (!h) return CUBLAS_NOT_INITIALIZED;
  h->stream = stream;
  return CUBLAS_OK;
}

int cublasGetStream_v2(void *handle, void **stream) {
  struct cublas *h = cublas_of(handle);
  if (!h) return CUBLAS_NOT_INITIALIZED;
  *stream = h->stream;
  return CUBLAS_OK;
}

int cublasSetWorkspace_v2(void *handle, void *workspace, size_t bytes) {
  (void)workspace, (void)bytes;   /* nothing here needs one */
  return cublas_of(handle) ? CUBLAS_OK : CUBLAS_NOT_INITIALIZED;
}

int cublasSetMathMode(void *handle, int mode) {
  struct cublas *h = cublas_of(handle);
  if (!h) return CUBLAS_NOT_INITIALIZED;
  h->math_mode = mode;
  return CUBLAS_OK;
}

int cublasGetMathMode(void *handle, int *mode) {
  struct cublas *h = cublas_of(handle);
  if (!h) return CUBLAS_NOT_INITIALIZED;
  *mode = h->math_mode;
  return CUBLAS_OK;
}

int cublasGetVersion_v2(void *handle, int *version) {
  (void)handle;
  if (!version) return CUBLAS_INVALID_VALUE;
  *version = STANDIN_CUBLAS_VERSION;
  return CUBLAS_OK;
}

const char *cublasGetStatusName(int status) { return standin_cublas_status_name(status); }
const char *cublasGetStatusString(int status) { return standin_cublas_status_text(status); }

enum { OP_N, OP_T, OP_C };

/* A matrix in column order, as all of this library's are. */
static struct operand operand(const void *data, int type, int pitch, int operation) {
  return (struct operand){ data, type == R_16BF, operation == OP_N ? 1 : pitch, operation == OP_N ? pitch : 1 };
}

static bool fits(int operation, int rows, int columns, int pitch) {
  int lines = operation == OP_N ? rows : columns;
  return operation >= OP_N && operation <= OP_C && pitch >= (lines > 1 ? lines : 1);
}

static struct extent extent(int operation, int rows, int columns) {
  return operation == OP_N ? (struct extent){ (size_t)columns, (size_t)rows } : (struct extent){ (size_t)rows, (size_t)columns };
}

int cublasGemmEx(void *handle, int trans_a, int trans_b, int m, int n, int k, const float *alpha, const void *a, int a_type,
                 int a_pitch, const void *b, int b_type, int b_pitch, const float *beta, void *c, int c_type, int c_pitch,
                 int compute, int algorithm) {
  (void)algorithm;
  struct cublas *h = cublas_of(handle);
  if (!h) return CUBLAS_NOT_INITIALIZED;
  if (m < 0 || n < 0 || k < 0 || !alpha || !beta || !fits(trans_a, m, k, a_pitch) || !fits(trans_b, k, n, b_pitch)
      || !fits(OP_N, m, n, c_pitch)) return CUBLAS_INVALID_VALUE;
  bool types = a_type == b_type && (a_type == R_32F ? c_type == R_32F : a_type == R_16BF && (c_type == R_32F || c_type == R_16BF));
  if (!types || !standin_computes_single(compute) || k == 0) return CUBLAS_NOT_SUPPORTED;
  struct standin_matmul product = {
    .gemm = { .m = (size_t)m, .n = (size_t)n, .k = (size_t)k, .a = operand(a, a_type, a_pitch, trans_a),
              .b = operand(b, b_type, b_pitch, trans_b), .c = operand(c, c_type, c_pitch, OP_N),
              .d = operand(c, c_type, c_pitch, OP_N), .alpha = *alpha, .beta = *beta },
    .a = extent(trans_a, m, k), .b = extent(trans_b, k, n), .c = extent(OP_N, m, n), .d = extent(OP_N, m, n) };
  return standin_matmul(&product, h->stream);
}

int cublasSgemm_v2(void *handle, int trans_a, int trans_b, int m, int n, int k, const float *alpha, const float *a,
                   int a_pitch, const float *b, int b_pitch, const float *beta, float *c, int c_pitch) {
  return cublasGemmEx(handle, trans_a, trans_b, m, n, k, alpha, a, R_32F, a_pitch, b, R_32F, b_pitch, beta, c, R_32F,
                      c_pitch, COMPUTE_32F, 0);
}
