/* What libcublasLt offers to libcublas: a matrix product as the work of a stream. */
#ifndef MATMUL_H
#define MATMUL_H
#include "gemm.h"
#include "standin.h"

enum { CUBLAS_OK = 0, CUBLAS_NOT_INITIALIZED = 1, CUBLAS_INVALID_VALUE = 7, CUBLAS_EXECUTION_FAILED = 13,
       CUBLAS_NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_16BF = 14 };
enum { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_32F_FAST_16F = 74, COMPUTE_32F_FAST_16BF = 75,
       COMPUTE_32F_FAST_TF32 = 77 };

/* The addresses are the device's; the strides are in elements, and lines is how many lines of how many elements a matrix
 * has in memory. */
struct extent { size_t lines, length; };
struct standin_matmul { struct gemm gemm; struct extent a, b, c, d; };
int standin_matmul(const struct standin_matmul *, void *stream);
bool standin_computes_single(int compute);
const char *standin_cublas_status_name(int status);
const char *standin_cublas_status_text(int status);
#endif
