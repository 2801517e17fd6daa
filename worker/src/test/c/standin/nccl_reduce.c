/* Reductions. The parts of all ranks lie one after the other; they are taken in that order. */
#define _GNU_SOURCE
#include "nccl.h"
#include <math.h>
#include <string.h>

#define COMBINE(a, b) \
  switch (operation) { \
    case PROD: for (size_t i = 0; i < count; i++) a[i] *= b[i]; break; \
    case MAX: for (size_t i = 0; i < count; i++) a[i] = b[i] > a[i] ? b[i] : a[i]; break; \
    case MIN: for (size_t i = 0; i < count; i++) a[i] = b[i] < a[i] ? b[i] : a[i]; break; \
    default: for (size_t i = 0; i < count; i++) a[i] += b[i]; \
  }

#define REDUCTION(name, type) \
  static void name(void *to, const char *parts, int ranks, size_t count, int operation) { \
    type *restrict a = to; \
    memcpy(a, parts, count * sizeof *a); \
    for (int r = 1; r < ranks; r++) { \
      const type *restrict b = (const type *)parts + (size_t)r * count; \
      COMBINE(a, b) \
    } \
    if (operation == AVG) for (size_t i = 0; i < count; i++) a[i] /= (type)ranks; \
  }
REDUCTION(reduce_int8, int8_t)
REDUCTION(reduce_uint8, uint8_t)
REDUCTION(reduce_int32, int32_t)
REDUCTION(reduce_uint32, uint32_t)
REDUCTION(reduce_int64, int64_t)
REDUCTION(reduce_uint64, uint64_t)
REDUCTION(reduce_float, float)
REDUCTION(reduce_double, double)

static float half_to_float(uint16_t bits) {
  _Float16 value;
  memcpy(&value, &bits, sizeof value);
  return (float)value;
}
static uint16_t float_to_half(float value) {
  _Float16 half = (_Float16)value;
  uint16_t bits;
  memcpy(&bits, &half, sizeof bits);
  return bits;
}
static float bfloat_to_float(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}
static uint16_t float_to_bfloat(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (isnan(value)) return 0x7fff;
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);   /* to the nearest, ties to even */
}

enum { BLOCK = 512 };

/* In single precision, and rounded once. */
static void reduce_16_bits(uint16_t *to, const uint16_t *parts, int ranks, size_t total, int operation,
                           float (*widen)(uint16_t), uint16_t (*narrow)(float)) {
  for (size_t from = 0; from < total; from += BLOCK) {
    size_t count = total - from < BLOCK ? total - from : BLOCK;
    float a[BLOCK], b[BLOCK];
    for (size_t i = 0; i < count; i++) a[i] = widen(parts[from + i]);
    for (int r = 1; r < ranks; r++) {
      for (size_t i = 0; i < count; i++) b[i] = widen(parts[(size_t)r * total + from + i]);
      COMBINE(a, b)
    }
    for (size_t i = 0; i < count; i++) to[from + i] = narrow(operation == AVG ? a[i] / (float)ranks : a[i]);
  }
}

void reduce(void *to, const char *parts, int ranks, size_t count, int datatype, int operation) {
  const uint16_t *words = (const uint16_t *)parts;
  switch (datatype) {
    case INT8: reduce_int8(to, parts, ranks, count, operation); break;
    case UINT8: reduce_uint8(to, parts, ranks, count, operation); break;
    case INT32: reduce_int32(to, parts, ranks, count, operation); break;
    case UINT32: reduce_uint32(to, parts, ranks, count, operation); break;
    case INT64: reduce_int64(to, parts, ranks, count, operation); break;
    case UINT64: reduce_uint64(to, parts, ranks, count, operation); break;
    case HALF: reduce_16_bits(to, words, ranks, count, operation, half_to_float, float_to_half); break;
    case FLOAT: reduce_float(to, parts, ranks, count, operation); break;
    case DOUBLE: reduce_double(to, parts, ranks, count, operation); break;
    default: reduce_16_bits(to, words, ranks, count, operation, bfloat_to_float, float_to_bfloat);
  }
}
