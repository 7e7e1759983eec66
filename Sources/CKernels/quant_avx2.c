/* Quantised rows of any type with AVX2: written out as floats, and times floats. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

#include "pieces_avx2.h"

/* Eight of the 32 bytes, number `i` (0..3), as floats. */
INLINE __m256 eight(__m256i q, int i) {
    __m128i half = i < 2 ? _mm256_castsi256_si128(q) : _mm256_extracti128_si256(q, 1);
    if (i % 2) half = _mm_srli_si128(half, 8);
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(half));
}

INLINE void expand_piece(piece p, int has_base, float *out) {
    for (int i = 0; i < 4; i++) {
        __m256 value = _mm256_mul_ps(eight(p.q, i), _mm256_set1_ps(p.step[i / 2]));
        if (has_base) value = _mm256_sub_ps(value, _mm256_set1_ps(p.base[i / 2]));
        _mm256_storeu_ps(out + 8 * i, value);
    }
}

/* Inputs that share each row that is written out. */
enum { AT_ONCE = 4 };

/* Adds the products of a piece with 32 floats of each of M inputs, `apart` floats from each other,
 * to two sums of eight lanes each. */
INLINE void dot_piece(piece p, int has_base, int halves_differ, const float *x, size_t apart,
                      int M, __m256 sums[][2]) {
    __m256 q0 = eight(p.q, 0), q1 = eight(p.q, 1), q2 = eight(p.q, 2), q3 = eight(p.q, 3);
    for (int m = 0; m < M; m++, x += apart) {
        __m256 x0 = _mm256_loadu_ps(x), x1 = _mm256_loadu_ps(x + 8);
        __m256 x2 = _mm256_loadu_ps(x + 16), x3 = _mm256_loadu_ps(x + 24);
        __m256 low = _mm256_fmadd_ps(q1, x1, _mm256_mul_ps(q0, x0));
        __m256 high = _mm256_fmadd_ps(q3, x3, _mm256_mul_ps(q2, x2));
        __m256 *sum = sums[m];
        if (halves_differ) {
            sum[0] = _mm256_fmadd_ps(_mm256_set1_ps(p.step[0]), low, sum[0]);
            sum[1] = _mm256_fmadd_ps(_mm256_set1_ps(p.step[1]), high, sum[1]);
        } else {
            sum[0] = _mm256_fmadd_ps(_mm256_set1_ps(p.step[0]), _mm256_add_ps(low, high), sum[0]);
        }
        if (!has_base) continue;
        __m256 left = _mm256_add_ps(x0, x1), right = _mm256_add_ps(x2, x3);
        if (halves_differ) {
            sum[0] = _mm256_fnmadd_ps(_mm256_set1_ps(p.base[0]), left, sum[0]);
            sum[1] = _mm256_fnmadd_ps(_mm256_set1_ps(p.base[1]), right, sum[1]);
        } else {
            left = _mm256_add_ps(left, right);
            sum[1] = _mm256_fnmadd_ps(_mm256_set1_ps(p.base[0]), left, sum[1]);
        }
    }
}

INLINE float sum_of(__m256 lanes) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

/* Rows of one type: `pieces` of 32 a block; whether values have a base; whether the two halves of
 * a piece have different steps. */
#define ROWS(type, pieces, bytes, has_base, halves_differ)                                        \
    static void expand_row_##type(const void *restrict row, float *restrict out, size_t count) {  \
        const uint8_t *block = row;                                                               \
        for (size_t e = 0; e + 32 * pieces <= count; e += 32 * pieces, block += bytes)            \
            for (int j = 0; j < pieces; j++)                                                      \
                expand_piece(piece_##type(block, j), has_base, out + e + 32 * j);                 \
    }                                                                                             \
    INLINE void dots_##type(const uint8_t *restrict block, const float *restrict x, int M,        \
                            size_t count, float *restrict y, size_t stride) {                     \
        __m256 sums[AT_ONCE][2];                                                                  \
        for (int m = 0; m < M; m++) sums[m][0] = sums[m][1] = _mm256_setzero_ps();                \
        for (size_t e = 0; e + 32 * pieces <= count; e += 32 * pieces, block += bytes)            \
            for (int j = 0; j < pieces; j++)                                                      \
                dot_piece(piece_##type(block, j), has_base, halves_differ, x + e + 32 * j, count, \
                          M, sums);                                                               \
        for (int m = 0; m < M; m++)                                                               \
            y[(size_t)m * stride] = sum_of(_mm256_add_ps(sums[m][0], sums[m][1]));                \
    }                                                                                             \
    static float dot_row_##type(const void *restrict row, const float *restrict x, size_t count) {\
        float y;                                                                                  \
        dots_##type(row, x, 1, count, &y, 1);                                                     \
        return y;                                                                                 \
    }                                                                                             \
    static void dot_floats_##type(const void *restrict matrix, size_t row_bytes, size_t rows,     \
                                  const float *restrict x, size_t input_count, size_t count,      \
                                  float *restrict y, size_t stride) {                             \
        const uint8_t *row = matrix;                                                              \
        for (size_t r = 0; r < rows; r++, row += row_bytes) {                                     \
            size_t i = 0;                                                                         \
            for (; i + AT_ONCE <= input_count; i += AT_ONCE)                                      \
                dots_##type(row, x + i * count, AT_ONCE, count, y + i * stride + r, stride);      \
            for (; i < input_count; i++)                                                          \
                dots_##type(row, x + i * count, 1, count, y + i * stride + r, stride);            \
        }                                                                                         \
    }

ROWS(q4_0, 1, Q4_0_BYTES, 0, 0)
ROWS(q4_1, 1, Q4_1_BYTES, 1, 0)
ROWS(q5_0, 1, Q5_0_BYTES, 0, 0)
ROWS(q5_1, 1, Q5_1_BYTES, 1, 0)
ROWS(q8_0, 1, Q8_0_BYTES, 0, 0)
ROWS(q2_k, 8, Q2_K_BYTES, 1, 1)
ROWS(q3_k, 8, Q3_K_BYTES, 0, 1)
ROWS(q4_k, 8, Q4_K_BYTES, 1, 0)
ROWS(q5_k, 8, Q5_K_BYTES, 1, 0)
ROWS(q6_k, 8, Q6_K_BYTES, 0, 1)
ROWS(iq4_nl, 1, IQ4_NL_BYTES, 0, 0)
ROWS(iq4_xs, 8, IQ4_XS_BYTES, 0, 0)
ROWS(mxfp4, 1, MXFP4_BYTES, 0, 0)

#pragma clang attribute pop

#define ENTER(number, type)                    \
    table->expand[number] = expand_row_##type; \
    table->dot[number] = dot_row_##type;       \
    table->dot_floats[number] = dot_floats_##type

void smv_quant_avx2(smv_tensor_kernels *table) {
    ENTER(SMV_Q4_0, q4_0);
    ENTER(SMV_Q4_1, q4_1);
    ENTER(SMV_Q5_0, q5_0);
    ENTER(SMV_Q5_1, q5_1);
    ENTER(SMV_Q8_0, q8_0);
    ENTER(SMV_Q2_K, q2_k);
    ENTER(SMV_Q3_K, q3_k);
    ENTER(SMV_Q4_K, q4_k);
    ENTER(SMV_Q5_K, q5_k);
    ENTER(SMV_Q6_K, q6_k);
    ENTER(SMV_IQ4_NL, iq4_nl);
    ENTER(SMV_IQ4_XS, iq4_xs);
    ENTER(SMV_MXFP4, mxfp4);
}

#endif
