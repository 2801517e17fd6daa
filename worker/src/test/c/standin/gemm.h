#ifndef GEMM_H
#define GEMM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A matrix by its strides, which is both orders and both transpositions at once. */
struct operand { const void *data; bool bfloat16; ptrdiff_t row, column; };
/* d = alpha a b + beta c, where a is m by k, b is k by n, and c and d are m by n; negative results become 0 with relu. */
struct gemm { size_t m, n, k; struct operand a, b, c, d; float alpha, beta; bool relu; };
void gemm_run(const struct gemm *);

float bfloat16_to_float(uint16_t bits);
uint16_t float_to_bfloat16(float value);
#endif
