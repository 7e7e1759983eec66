/* Quantised rows times bytes with the byte products of AVX-512. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* |w| (x with the sign of w): the instruction multiplies unsigned bytes by signed ones. */
INLINE __m256i products_of(__m256i w, __m256i x) {
    return _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_abs_epi8(w),
                               _mm256_sign_epi8(x, w));
}

INLINE __m256i small_products_of(__m256i w, __m256i x) {
    return _mm256_dpbusd_epi32(_mm256_setzero_si256(), w, x);
}

#define HAS_CROWD
#include "dots_avx2.h"

void smv_dots_avx512(smv_tensor_kernels *table) { enter_dots(table); }

#pragma clang attribute pop

#endif
