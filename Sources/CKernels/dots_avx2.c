/* Quantised rows times bytes with AVX2. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* |w| (x with the sign of w): what is unsigned times what is signed, exact within 16 bits. */
INLINE __m256i products_of(__m256i w, __m256i x) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

INLINE __m256i small_products_of(__m256i w, __m256i x) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(w, x), _mm256_set1_epi16(1));
}

#include "dots_avx2.h"

void smv_dots_avx2(smv_tensor_kernels *table) { enter_dots(table); }

#pragma clang attribute pop

#endif
