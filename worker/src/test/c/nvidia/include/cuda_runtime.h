/* All that nccl.h needs of CUDA in C; CUDA's own header belongs to the toolkit. */
#include <stddef.h>

typedef struct CUstream_st *cudaStream_t;
