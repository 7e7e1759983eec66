/* The loops that find a processor's peaks, with AVX2. */
#include "peaks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/* Sums that do not wait for each other: more than a multiplication takes cycles, on two units. */
enum { SUMS = 12, LANES = 8 };

static float peak_floats(const float *start, float factor, float addend, size_t rounds) {
    float ends[SMV_PEAK_CHAINS];
    const __m256 factors = _mm256_set1_ps(factor), addends = _mm256_set1_ps(addend);
    for (size_t first = 0; first < SMV_PEAK_CHAINS; first += SUMS * LANES) {
        __m256 x[SUMS];
        for (int i = 0; i < SUMS; i++) x[i] = _mm256_loadu_ps(start + first + LANES * i);
        for (size_t round = 0; round < rounds; round++)
#pragma clang loop unroll(full)
            for (int i = 0; i < SUMS; i++) x[i] = _mm256_fmadd_ps(x[i], factors, addends);
        for (int i = 0; i < SUMS; i++) _mm256_storeu_ps(ends + first + LANES * i, x[i]);
    }
    return smv_sum_of_chains(ends);
}

static uint32_t peak_bytes(const uint8_t *weights, const int8_t *inputs, size_t rounds) {
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i x = _mm256_loadu_si256((const __m256i *)inputs);
    __m256i w = _mm256_loadu_si256((const __m256i *)weights), sums[SUMS];
    for (int i = 0; i < SUMS; i++) sums[i] = _mm256_setzero_si256();
    for (size_t turn = 0; turn < rounds * (SMV_PEAK_CHAINS / LANES / SUMS); turn++)
#pragma clang loop unroll(full)
        for (int i = 0; i < SUMS; i++) {
            SMV_FORGET(w);
            __m256i pairs = _mm256_maddubs_epi16(w, x);
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, ones));
        }
    uint32_t parts[LANES], sum = 0;
    for (int i = 1; i < SUMS; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
    _mm256_storeu_si256((__m256i *)parts, sums[0]);
    for (int i = 0; i < LANES; i++) sum += parts[i];
    return sum;
}

static uint64_t peak_read(const void *bytes, size_t count) {
    const uint8_t *place = bytes;
    __m256i sums[4];
    for (int i = 0; i < 4; i++) sums[i] = _mm256_setzero_si256();
    for (; count >= 128; count -= 128, place += 128)
        for (int i = 0; i < 4; i++) {
            __m256i words = _mm256_loadu_si256((const __m256i *)(place + 32 * i));
            sums[i] = _mm256_add_epi64(sums[i], words);
        }
    for (int i = 1; i < 4; i++) sums[0] = _mm256_add_epi64(sums[0], sums[i]);
    uint64_t parts[4], sum = 0, word;
    _mm256_storeu_si256((__m256i *)parts, sums[0]);
    for (int i = 0; i < 4; i++) sum += parts[i];
    for (; count >= 8; count -= 8, place += 8) {
        memcpy(&word, place, 8);
        sum += word;
    }
    for (; count > 0; count--) sum += *place++;
    return sum;
}

#pragma clang attribute pop

void smv_peaks_avx2(smv_tensor_kernels *table) {
    table->peak_floats = peak_floats;
    table->peak_bytes = peak_bytes;
    table->peak_read = peak_read;
}

#endif
