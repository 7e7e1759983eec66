/* Attention with AVX2. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "blocks.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define LANES 8
#define QUERIES 4
#define LOAD_HALVES(x) ((lanes)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(x))))
#include "attend_lanes.h"

void smv_attend_avx2(smv_tensor_kernels *table) { enter_attend(table); }

#pragma clang attribute pop
#endif
