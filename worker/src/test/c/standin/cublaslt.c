/* libcublasLt.so.13: descriptors, and the product of two matrices of single or bfloat16 precision. */
#define _GNU_SOURCE
#include "matmul.h"
#include <stdlib.h>
#include <string.h>

enum { OP_N, OP_T, OP_C };
enum { ORDER_COLUMN, ORDER_ROW };
enum { EPILOGUE_DEFAULT = 1, EPILOGUE_RELU = 2 };
enum { POINTER_MODE_HOST };

struct description { int compute, scale, pointer_mode, trans_a, trans_b, trans_c, epilogue; };
struct layout { uint32_t type; int order; uint64_t rows, columns; int64_t pitch; int batches; int64_t batch_stride; };
enum { MALLOC_ALIGNMENT = 256 };
struct alignment { uint32_t a, b, c, d; };
struct preference { uint64_t workspace; struct alignment alignment; };
static const struct preference default_preference = {
  .alignment = { MALLOC_ALIGNMENT, MALLOC_ALIGNMENT, MALLOC_ALIGNMENT, MALLOC_ALIGNMENT } };
/* What is chosen for a product relies on what was said of its addresses. */
struct algorithm { uint64_t number; struct alignment alignment; uint64_t unused[5]; };

struct attribute { int number; size_t offset, size; };
static const struct attribute description_attributes[] = {
  { 0, offsetof(struct description, compute), 4 },      { 1, offsetof(struct description, scale), 4 },
  { 2, offsetof(struct description, pointer_mode), 4 }, { 3, offsetof(struct description, trans_a), 4 },
  { 4, offsetof(struct description, trans_b), 4 },      { 5, offsetof(struct description, trans_c), 4 },
  { 7, offsetof(struct description, epilogue), 4 },     { -1, 0, 0 } };
static const struct attribute layout_attributes[] = {
  { 0, offsetof(struct layout, type), 4 },    { 1, offsetof(struct layout, order), 4 },
  { 2, offsetof(struct layout, rows), 8 },    { 3, offsetof(struct layout, columns), 8 },
  { 4, offsetof(struct layout, pitch), 8 },   { 5, offsetof(struct layout, batches), 4 },
  { 6, offsetof(struct layout, batch_stride), 8 }, { -1, 0, 0 } };
static const struct attribute preference_attributes[] = {
  { 1, offsetof(struct preference, workspace), 8 },   { 5, offsetof(struct preference, alignment.a), 4 },
  { 6, offsetof(struct preference, alignment.b), 4 }, { 7, offsetof(struct preference, alignment.c), 4 },
  { 8, offsetof(struct preference, alignment.d), 4 }, { -1, 0, 0 } };

static const struct attribute *find(const struct attribute *known, int number) {
  for (; known->number >= 0; known++)
    if (known->number == number) return known;
  return NULL;
}

static int set(void *object, enum standin_kind kind, const struct attribute *known, int number, const void *value, size_t size) {
  if (!standin_handle_is(object, kind) || !value) return CUBLAS_INVALID_VALUE;
  const struct attribute *a = find(known, number);
  if (!a) return CUBLAS_NOT_SUPPORTED;
  if (size != a->size) return CUBLAS_INVALID_VALUE;
  memcpy((char *)object + a->offset, value, size);
  return CUBLAS_OK;
}

static int get(void *object, enum standin_kind kind, const struct attribute *known, int number, void *value, size_t size,
               size_t *written) {
  if (!standin_handle_is(object, kind)) return CUBLAS_INVALID_VALUE;
  const struct attribute *a = find(known, number);
  if (!a) return CUBLAS_NOT_SUPPORTED;
  if (written) *written = a->size;
  if (!value || size < a->size) return size == 0 && written ? CUBLAS_OK : CUBLAS_INVALID_VALUE;
  memcpy(value, (char *)object + a->offset, a->size);
  return CUBLAS_OK;
}

static int create(void **out, enum standin_kind kind, const void *initial, size_t size) {
  if (!out) return CUBLAS_INVALID_VALUE;
  void *object = malloc(size);
  memcpy(object, initial, size);
  standin_handle_add(object, kind);
  *out = object;
  return CUBLAS_OK;
}

static int destroy(void *object, enum standin_kind kind, int otherwise) {
  if (!standin_handle_remove(object, kind)) return otherwise;
  free(object);
  return CUBLAS_OK;
}

int cublasLtCreate(void **handle) {
  if (standin_device_count(&(int){ 0 }) || standin_fault_of_device()) return CUBLAS_NOT_INITIALIZED;
  return create(handle, CUBLASLT, &(int){ 0 }, sizeof(int));
}
int cublasLtDestroy(void *handle) { return destroy(handle, CUBLASLT, CUBLAS_NOT_INITIALIZED); }
size_t cublasLtGetVersion(void) { return STANDIN_CUBLAS_VERSION; }
size_t cublasLtGetCudartVersion(void) { return STANDIN_CUDA_VERSION; }
const char *cublasLtGetStatusName(int status) { return standin_cublas_status_name(status); }
const char *cublasLtGetStatusString(int status) { return standin_cublas_status_text(status); }

int cublasLtMatmulDescCreate(void **description, int compute, int scale) {
  struct description d = { .compute = compute, .scale = scale, .epilogue = EPILOGUE_DEFAULT };
  return create(description, MATMUL, &d, sizeof d);
}
int cublasLtMatmulDescDestroy(void *description) { return destroy(description, MATMUL, CUBLAS_INVALID_VALUE); }
int cublasLtMatmulDescSetAttribute(void *description, int attribute, const void *value, size_t size) {
  return set(description, MATMUL, description_attributes, attribute, value, size);
}
int cublasLtMatmulDescGetAttribute(void *description, int attribute, void *value, size_t size, size_t *written) {
  return get(description, MATMUL, description_attributes, attribute, value, size, written);
}

int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t pitch) {
  struct layout l = { (uint32_t)type, ORDER_COLUMN, rows, columns, pitch, 1, 0 };
  return create(layout, LAYOUT, &l, sizeof l);
}
int cublasLtMatrixLayoutDestroy(void *layout) { return destroy(layout, LAYOUT, CUBLAS_INVALID_VALUE); }
int cublasLtMatrixLayoutSetAttribute(void *layout, int attribute, const void *value, size_t size) {
  return set(layout, LAYOUT, layout_attributes, attribute, value, size);
}
int cublasLtMatrixLayoutGetAttribute(void *layout, int attribute, void *value, size_t size, size_t *written) {
  return get(layout, LAYOUT, layout_attributes, attribute, value, size, written);
}

int cublasLtMatmulPreferenceCreate(void **preference) {
  return create(preference, PREFERENCE, &default_preference, sizeof default_preference);
}
int cublasLtMatmulPreferenceDestroy(void *preference) { return destroy(preference, PREFERENCE, CUBLAS_INVALID_VALUE); }
int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *value, size_t size) {
  return set(preference, PREFERENCE, preference_attributes, attribute, value, size);
}
int cublasLtMatmulPreferenceGetAttribute(void *preference, int attribute, void *value, size_t size, size_t *written) {
  return get(preference, PREFERENCE, preference_attributes, attribute, value, size, written);
}

struct call { const struct description *description; const struct layout *a, *b, *c, *d; };

static bool known(const struct call *c) {
  return standin_handle_is(c->description, MATMUL) && standin_handle_is(c->a, LAYOUT) && standin_handle_is(c->b, LAYOUT)
      && standin_handle_is(c->c, LAYOUT) && standin_handle_is(c->d, LAYOUT);
}

static bool sound(const struct layout *l) {
  return l->rows && l->columns && l->pitch >= (int64_t)(l->order == ORDER_ROW ? l->columns : l->rows);
}

static bool modelled(const struct layout *l, bool bfloat16_too) {
  return (l->order == ORDER_ROW || l->order == ORDER_COLUMN) && l->batches == 1
      && (l->type == R_32F || (bfloat16_too && l->type == R_16BF));
}

static uint64_t rows_of(const struct layout *l, int operation) { return operation == OP_N ? l->rows : l->columns; }
static uint64_t columns_of(const struct layout *l, int operation) { return operation == OP_N ? l->columns : l->rows; }

static int check(const struct call *c) {
  if (!known(c)) return CUBLAS_INVALID_VALUE;
  const struct description *d = c->description;
  if (!sound(c->a) || !sound(c->b) || !sound(c->c) || !sound(c->d)) return CUBLAS_INVALID_VALUE;
  if (d->trans_a < OP_N || d->trans_a > OP_C || d->trans_b < OP_N || d->trans_b > OP_C) return CUBLAS_INVALID_VALUE;
  if (rows_of(c->a, d->trans_a) != c->d->rows || columns_of(c->b, d->trans_b) != c->d->columns
      || columns_of(c->a, d->trans_a) != rows_of(c->b, d->trans_b)) return CUBLAS_INVALID_VALUE;
  if (c->c->rows != c->d->rows || c->c->columns != c->d->columns) return CUBLAS_INVALID_VALUE;
  if (!standin_computes_single(d->compute) || d->scale != R_32F || d->pointer_mode != POINTER_MODE_HOST) return CUBLAS_NOT_SUPPORTED;
  if (d->trans_c != OP_N || (d->epilogue != EPILOGUE_DEFAULT && d->epilogue != EPILOGUE_RELU)) return CUBLAS_NOT_SUPPORTED;
  bool bfloat16 = c->a->type == R_16BF;
  if (!modelled(c->a, true) || !modelled(c->b, true) || !modelled(c->c, bfloat16) || !modelled(c->d, bfloat16)
      || c->a->type != c->b->type || c->c->type != c->d->type || c->c->order != c->d->order) return CUBLAS_NOT_SUPPORTED;
  return CUBLAS_OK;
}

static struct operand operand(const struct layout *l, const void *data, int operation) {
  bool rows_contiguous = (l->order == ORDER_ROW) == (operation == OP_N);
  return (struct operand){ data, l->type == R_16BF, rows_contiguous ? (ptrdiff_t)l->pitch : 1, rows_contiguous ? 1 : (ptrdiff_t)l->pitch };
}

static struct extent extent(const struct layout *l) {
  return l->order == ORDER_ROW ? (struct extent){ l->rows, l->columns } : (struct extent){ l->columns, l->rows };
}

static bool aligned(const void *address, uint32_t alignment) { return alignment && (uintptr_t)address % alignment == 0; }

int cublasLtMatmul(void *handle, void *description, const float *alpha, const void *a, void *a_layout, const void *b,
                   void *b_layout, const float *beta, const void *c, void *c_layout, void *d, void *d_layout,
                   const struct algorithm *algorithm, void *workspace, size_t workspace_bytes, void *stream) {
  if (!standin_handle_is(handle, CUBLASLT)) return CUBLAS_NOT_INITIALIZED;
  struct call call = { description, a_layout, b_layout, c_layout ? c_layout : d_layout, d_layout };
  if (!alpha || !beta || !a || !b || !d || (workspace_bytes && !workspace)) return CUBLAS_INVALID_VALUE;
  int status = check(&call);
  if (status) return status;
  if (*beta != 0 && !c) return CUBLAS_INVALID_VALUE;
  if (c == d && call.c->pitch != call.d->pitch) return CUBLAS_INVALID_VALUE;   /* in place, but not the same place */
  if (algorithm && (!aligned(a, algorithm->alignment.a) || !aligned(b, algorithm->alignment.b)
                    || !aligned(c, algorithm->alignment.c) || !aligned(d, algorithm->alignment.d))) return CUBLAS_NOT_SUPPORTED;
  const struct description *q = call.description;
  struct standin_matmul m = {
    .gemm = { .m = call.d->rows, .n = call.d->columns, .k = columns_of(call.a, q->trans_a),
              .a = operand(call.a, a, q->trans_a), .b = operand(call.b, b, q->trans_b), .c = operand(call.c, c, OP_N),
              .d = operand(call.d, d, OP_N), .alpha = *alpha, .beta = *beta, .relu = q->epilogue == EPILOGUE_RELU },
    .a = extent(call.a), .b = extent(call.b), .c = extent(call.c), .d = extent(call.d) };
  return standin_matmul(&m, stream);
}

struct heuristic { struct algorithm algorithm; size_t workspace; int status; float waves; int reserved[4]; };

int cublasLtMatmulAlgoGetHeuristic(void *handle, void *description, void *a, void *b, void *c, void *d, void *preference,
                                   int wanted, struct heuristic *results, int *found) {
  if (!standin_handle_is(handle, CUBLASLT)) return CUBLAS_NOT_INITIALIZED;
  if (!found || !results || wanted < 1 || !standin_handle_is(preference, PREFERENCE)) return CUBLAS_INVALID_VALUE;
  *found = 0;
  int status = check(&(struct call){ description, a, b, c, d });
  if (status) return status;
  *found = 1;
  results[0] = (struct heuristic){ .algorithm = { 1, ((const struct preference *)preference)->alignment, { 0 } }, .waves = 1 };
  return CUBLAS_OK;
}
