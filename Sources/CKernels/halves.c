/* Rows of whole numbers: F32 at any address, F16, BF16. */
#include "blocks.h"
#include "encode.h"

static void expand_f32(const void *restrict row, float *restrict out, size_t count) {
    memcpy(out, row, count * sizeof(float));
}

static float f32_at(const uint8_t *row, size_t i) {
    return smv_float_of_bits(smv_load32(row + 4 * i));
}

static float dot_f32(const void *restrict row, const float *restrict x, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += f32_at(row, i) * x[i];
    return sum;
}

static void expand_f16(const void *restrict row, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = smv_half_at((const uint8_t *)row + 2 * i);
}

static float dot_f16(const void *restrict row, const float *restrict x, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += smv_half_at((const uint8_t *)row + 2 * i) * x[i];
    return sum;
}

static float bf16_at(const uint8_t *row, size_t i) { return smv_bfloat(smv_load16(row + 2 * i)); }

static void expand_bf16(const void *restrict row, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = bf16_at(row, i);
}

static float dot_bf16(const void *restrict row, const float *restrict x, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += bf16_at(row, i) * x[i];
    return sum;
}

static void to_halves(const float *restrict x, size_t count, void *restrict halves) {
    uint8_t *out = halves;
    for (size_t i = 0; i < count; i++) {
        float value = x[i] > 65504.0f ? 65504.0f : x[i] < -65504.0f ? -65504.0f : x[i];
        smv_store16(out + 2 * i, smv_half_of(value));
    }
}

void smv_halves_generic(smv_tensor_kernels *table) {
    table->to_halves = to_halves;
    table->expand[SMV_F32] = expand_f32;
    table->expand[SMV_F16] = expand_f16;
    table->expand[SMV_BF16] = expand_bf16;
    table->dot[SMV_F32] = dot_f32;
    table->dot[SMV_F16] = dot_f16;
    table->dot[SMV_BF16] = dot_bf16;
}

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

INLINE __m256 load_f32(const uint8_t *row) { return _mm256_loadu_ps((const float *)row); }

INLINE __m256 load_f16(const uint8_t *row) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)row));
}

INLINE __m256 load_bf16(const uint8_t *row) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)row));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

INLINE float one_f32(const uint8_t *row) { return smv_float_of_bits(smv_load32(row)); }
INLINE float one_f16(const uint8_t *row) { return _cvtsh_ss(smv_load16(row)); }
INLINE float one_bf16(const uint8_t *row) { return smv_bfloat(smv_load16(row)); }

INLINE float sum_of(__m256 lanes) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

#define ROWS(type, bytes)                                                                         \
    static void expand_##type##_avx2(const void *restrict row, float *restrict out,               \
                                     size_t count) {                                              \
        const uint8_t *at = row;                                                                  \
        size_t i = 0;                                                                             \
        for (; i + 8 <= count; i += 8) _mm256_storeu_ps(out + i, load_##type(at + bytes * i));    \
        for (; i < count; i++) out[i] = one_##type(at + bytes * i);                               \
    }                                                                                             \
    static float dot_##type##_avx2(const void *restrict row, const float *restrict x,             \
                                   size_t count) {                                                \
        const uint8_t *at = row;                                                                  \
        __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;                                      \
        size_t i = 0;                                                                             \
        for (; i + 32 <= count; i += 32) {                                                        \
            a = _mm256_fmadd_ps(load_##type(at + bytes * i), _mm256_loadu_ps(x + i), a);          \
            b = _mm256_fmadd_ps(load_##type(at + bytes * (i + 8)), _mm256_loadu_ps(x + i + 8), b);\
            c = _mm256_fmadd_ps(load_##type(at + bytes * (i + 16)), _mm256_loadu_ps(x + i + 16),  \
                                c);                                                               \
            d = _mm256_fmadd_ps(load_##type(at + bytes * (i + 24)), _mm256_loadu_ps(x + i + 24),  \
                                d);                                                               \
        }                                                                                         \
        for (; i + 8 <= count; i += 8)                                                            \
            a = _mm256_fmadd_ps(load_##type(at + bytes * i), _mm256_loadu_ps(x + i), a);          \
        float sum = sum_of(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)));              \
        for (; i < count; i++) sum += one_##type(at + bytes * i) * x[i];                          \
        return sum;                                                                               \
    }

ROWS(f32, 4)
ROWS(f16, 2)
ROWS(bf16, 2)

static void to_halves_avx2(const float *restrict x, size_t count, void *restrict halves) {
    uint8_t *out = halves;
    __m256 most = _mm256_set1_ps(65504.0f), least = _mm256_set1_ps(-65504.0f);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        /* What is no number stays so: the second operand is what `min` and `max` give then. */
        __m256 value = _mm256_min_ps(most, _mm256_max_ps(least, _mm256_loadu_ps(x + i)));
        _mm_storeu_si128((__m128i *)(out + 2 * i),
                         _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT));
    }
    if (i < count) to_halves(x + i, count - i, out + 2 * i);
}

#pragma clang attribute pop

void smv_halves_avx2(smv_tensor_kernels *table) {
    table->to_halves = to_halves_avx2;
    table->expand[SMV_F32] = expand_f32_avx2;
    table->expand[SMV_F16] = expand_f16_avx2;
    table->expand[SMV_BF16] = expand_bf16_avx2;
    table->dot[SMV_F32] = dot_f32_avx2;
    table->dot[SMV_F16] = dot_f16_avx2;
    table->dot[SMV_BF16] = dot_bf16_avx2;
}

#endif
