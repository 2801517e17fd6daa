/* The matrix product. Both matrices are first copied into panels that the innermost loop reads one after the other; that
 * loop keeps a tile of the result in registers over all of k. So each element is summed in the order of k, whatever the
 * size of the matrices: a row's result does not depend on the other rows. */
#define _GNU_SOURCE
#include "gemm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
enum { LANES = 16, TILE_ROWS = 12 };
#else
enum { LANES = 8, TILE_ROWS = 6 };
#endif
enum { TILE_COLUMNS = 2 * LANES, PANEL_COLUMNS = 16 * TILE_COLUMNS, PANEL_ROWS = 8 * TILE_ROWS };
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

float bfloat16_to_float(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

uint16_t float_to_bfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (isnan(value)) return 0x7fff;
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);   /* to the nearest, ties to even */
}

static inline float element(const struct operand *o, size_t row, size_t column) {
  ptrdiff_t at = (ptrdiff_t)row * o->row + (ptrdiff_t)column * o->column;
  return o->bfloat16 ? bfloat16_to_float(((const uint16_t *)o->data)[at]) : ((const float *)o->data)[at];
}

/* Lines of the operand, count of them from the first, interleaved by width: for each of its length places the elements
 * of all lines, and zeros for the lines that are missing. */
static void pack(float *restrict to, const struct operand *lines, size_t first, size_t count, size_t length, size_t width) {
  for (size_t from = 0; from < count; from += width, to += width * length) {
    size_t present = count - from < width ? count - from : width;
    if (present < width) memset(to, 0, width * length * sizeof *to);
    const float *data = (const float *)lines->data + (ptrdiff_t)(first + from) * lines->row;
    if (!lines->bfloat16 && lines->row == 1) {
      for (size_t i = 0; i < length; i++, data += lines->column) memcpy(to + i * width, data, present * sizeof *to);
    } else if (!lines->bfloat16) {
      for (size_t line = 0; line < present; line++, data += lines->row)
        for (size_t i = 0; i < length; i++) to[i * width + line] = data[(ptrdiff_t)i * lines->column];
    } else if (lines->row == 1) {
      for (size_t i = 0; i < length; i++)
        for (size_t line = 0; line < present; line++) to[i * width + line] = element(lines, first + from + line, i);
    } else {
      for (size_t line = 0; line < present; line++)
        for (size_t i = 0; i < length; i++) to[i * width + line] = element(lines, first + from + line, i);
    }
  }
}

static void multiply_tile(const float *restrict a, const float *restrict b, size_t k, float *restrict tile) {
  vector sum[TILE_ROWS][2] = { 0 };
  for (size_t i = 0; i < k; i++, a += TILE_ROWS, b += TILE_COLUMNS) {
    vector left, right;
    memcpy(&left, b, sizeof left);
    memcpy(&right, b + LANES, sizeof right);
#pragma GCC unroll 16
    for (int row = 0; row < TILE_ROWS; row++) {
      sum[row][0] += a[row] * left;
      sum[row][1] += a[row] * right;
    }
  }
  memcpy(tile, sum, sizeof sum);
}

static void store_tile(const struct gemm *g, const float *tile, size_t row, size_t column) {
  size_t rows = g->m - row < TILE_ROWS ? g->m - row : TILE_ROWS;
  size_t columns = g->n - column < TILE_COLUMNS ? g->n - column : TILE_COLUMNS;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      float value = g->alpha * tile[i * TILE_COLUMNS + j];
      /* c is not read with a beta of 0, where it may be anything */
      if (g->beta != 0) value += g->beta * element(&g->c, row + i, column + j);
      if (g->relu && value < 0) value = 0;
      ptrdiff_t at = (ptrdiff_t)(row + i) * g->d.row + (ptrdiff_t)(column + j) * g->d.column;
      if (g->d.bfloat16) ((uint16_t *)g->d.data)[at] = float_to_bfloat16(value);
      else ((float *)g->d.data)[at] = value;
    }
}

static void multiply_panels(const struct gemm *g, const float *a, size_t row, size_t rows, const float *b, size_t column,
                            size_t columns) {
  float tile[TILE_ROWS * TILE_COLUMNS];
  for (size_t j = 0; j < columns; j += TILE_COLUMNS)
    for (size_t i = 0; i < rows; i += TILE_ROWS) {
      multiply_tile(a + i * g->k, b + j * g->k, g->k, tile);
      store_tile(g, tile, row + i, column + j);
    }
}

static struct operand transposed(struct operand o) { return (struct operand){ o.data, o.bfloat16, o.column, o.row }; }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* With the result's rows contiguous; a result in column order is the transposed product's. */
static void run(const struct gemm *g) {
  struct operand columns_of_b = transposed(g->b);
  size_t k = g->k ? g->k : 1;
  float *a = aligned_alloc(64, PANEL_ROWS * k * sizeof *a), *b = aligned_alloc(64, PANEL_COLUMNS * k * sizeof *b);
  for (size_t column = 0; column < g->n; column += PANEL_COLUMNS) {
    size_t columns = least(PANEL_COLUMNS, g->n - column);
    pack(b, &columns_of_b, column, columns, g->k, TILE_COLUMNS);
    for (size_t row = 0; row < g->m; row += PANEL_ROWS) {
      size_t rows = least(PANEL_ROWS, g->m - row);
      pack(a, &g->a, row, rows, g->k, TILE_ROWS);
      multiply_panels(g, a, row, rows, b, column, columns);
    }
  }
  free(a);
  free(b);
}

void gemm_run(const struct gemm *g) {
  if (g->d.column == 1) {
    run(g);
    return;
  }
  struct gemm t = *g;
  t.m = g->n;
  t.n = g->m;
  t.a = transposed(g->b);
  t.b = transposed(g->a);
  t.c = transposed(g->c);
  t.d = transposed(g->d);
  run(&t);
}
