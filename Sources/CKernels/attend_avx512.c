/* Attention with AVX-512. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "blocks.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c"))), \
                             apply_to = function)
#define LANES 16
#define QUERIES 8
#define LOAD_HALVES(x) ((lanes)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(x))))
#include "attend_lanes.h"

void smv_attend_avx512(smv_tensor_kernels *table) { enter_attend(table); }

#pragma clang attribute pop
#endif
