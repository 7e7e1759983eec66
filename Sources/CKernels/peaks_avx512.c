/* The loops that find a processor's peaks of multiplication, with AVX-512 and its products of
 * bytes; memory is read as with AVX2. */
#include "peaks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                                    \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma,f16c"))),           \
    apply_to = function)

/* Sums that do not wait for each other. */
enum { SUMS = 12, LANES = 16 };

static float peak_floats(const float *start, float factor, float addend, size_t rounds) {
    float ends[SMV_PEAK_CHAINS];
    const __m512 factors = _mm512_set1_ps(factor), addends = _mm512_set1_ps(addend);
    __m512 x[SUMS];
    for (int i = 0; i < SUMS; i++) x[i] = _mm512_loadu_ps(start + LANES * i);
    for (size_t round = 0; round < rounds; round++)
#pragma clang loop unroll(full)
        for (int i = 0; i < SUMS; i++) x[i] = _mm512_fmadd_ps(x[i], factors, addends);
    for (int i = 0; i < SUMS; i++) _mm512_storeu_ps(ends + LANES * i, x[i]);
    return smv_sum_of_chains(ends);
}

static uint32_t peak_bytes(const uint8_t *weights, const int8_t *inputs, size_t rounds) {
    const __m512i x = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)inputs));
    __m512i w = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)weights)), sums[SUMS];
    for (int i = 0; i < SUMS; i++) sums[i] = _mm512_setzero_si512();
    for (size_t round = 0; round < rounds; round++)
#pragma clang loop unroll(full)
        for (int i = 0; i < SUMS; i++) {
            SMV_FORGET(w);
            sums[i] = _mm512_dpbusd_epi32(sums[i], w, x);
        }
    for (int i = 1; i < SUMS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
    uint32_t parts[LANES], sum = 0;
    _mm512_storeu_si512(parts, sums[0]);
    for (int i = 0; i < LANES; i++) sum += parts[i];
    return sum;
}

#pragma clang attribute pop

void smv_peaks_avx512(smv_tensor_kernels *table) {
    table->peak_floats = peak_floats;
    table->peak_bytes = peak_bytes;
}

#endif
