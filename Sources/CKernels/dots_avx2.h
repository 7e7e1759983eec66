/* Rows of a quantised type times inputs of bytes. Each variant includes this once, having
 * defined `products_of(w, x)`: eight sums of four products of signed bytes. */
#include "pieces_avx2.h"

INLINE float total_of(__m256 lanes) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

/* sum + the products of a piece with the bytes x, whose scale is `scale`. */
INLINE __m256 add_products(__m256 sum, piece p, int halves_differ, __m256i x, float scale) {
    __m256 step = halves_differ
        ? _mm256_set_m128(_mm_set1_ps(p.step[1] * scale), _mm_set1_ps(p.step[0] * scale))
        : _mm256_set1_ps(p.step[0] * scale);
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(products_of(p.q, x)), step, sum);
}

/* Rows of one type: `pieces` of 32 a block; whether values have a base; whether the two halves of
 * a piece have different steps. A row is read from its beginning to its end, once for all inputs:
 * memory is what these products wait for, and four rows side by side came at a third of the speed. */
#define DOTS(type, pieces, block_bytes, has_base, halves_differ)                                  \
    INLINE void dots_##type(const uint8_t *restrict block, smv_byte_rows inputs, int M,           \
                            size_t blocks, float *restrict y, size_t stride) {                    \
        __m256 total[SMV_DOT_INPUTS][2];                                                          \
        float below[SMV_DOT_INPUTS] = {0};                                                        \
        for (int m = 0; m < M; m++) total[m][0] = total[m][1] = _mm256_setzero_ps();              \
        for (size_t b = 0; b < blocks; block += pieces == 1 ? 2 * block_bytes : block_bytes) {    \
            int here = pieces == 1 ? (blocks - b > 1 ? 2 : 1) : pieces;                           \
            for (int j = 0; j < here; j++, b++) {                                                 \
                piece p = pieces == 1 ? piece_##type(block + j * block_bytes, 0)                  \
                                      : piece_##type(block, j);                                   \
                for (int m = 0; m < M; m++) {                                                     \
                    size_t place = (size_t)m * blocks + b;                                        \
                    const int8_t *bytes = inputs.bytes + place * SMV_BLOCK;                       \
                    __m256i x = _mm256_loadu_si256((const __m256i *)bytes);                       \
                    total[m][j % 2] =                                                             \
                        add_products(total[m][j % 2], p, halves_differ, x, inputs.scales[place]); \
                    if (has_base)                                                                 \
                        below[m] += p.base[0] * (inputs.scales[place] * (float)inputs.sums[place]); \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
        for (int m = 0; m < M; m++)                                                               \
            y[(size_t)m * stride] = total_of(_mm256_add_ps(total[m][0], total[m][1])) - below[m]; \
    }                                                                                             \
    static void dot_bytes_##type(const void *restrict row, smv_byte_rows inputs,                  \
                                 size_t input_count, size_t count, float *restrict y,             \
                                 size_t stride) {                                                 \
        size_t blocks = count / SMV_BLOCK;                                                        \
        switch (input_count) {                                                                    \
        case 1: dots_##type(row, inputs, 1, blocks, y, stride); break;                            \
        case 2: dots_##type(row, inputs, 2, blocks, y, stride); break;                            \
        case 3: dots_##type(row, inputs, 3, blocks, y, stride); break;                            \
        default: dots_##type(row, inputs, 4, blocks, y, stride); break;                           \
        }                                                                                         \
    }

DOTS(q4_0, 1, Q4_0_BYTES, 0, 0)
DOTS(q4_1, 1, Q4_1_BYTES, 1, 0)
DOTS(q5_0, 1, Q5_0_BYTES, 0, 0)
DOTS(q5_1, 1, Q5_1_BYTES, 1, 0)
DOTS(q8_0, 1, Q8_0_BYTES, 0, 0)
DOTS(q3_k, 8, Q3_K_BYTES, 0, 1)
DOTS(q4_k, 8, Q4_K_BYTES, 1, 0)
DOTS(q5_k, 8, Q5_K_BYTES, 1, 0)
DOTS(q6_k, 8, Q6_K_BYTES, 0, 1)
DOTS(iq4_nl, 1, IQ4_NL_BYTES, 0, 0)
DOTS(iq4_xs, 8, IQ4_XS_BYTES, 0, 0)
DOTS(mxfp4, 1, MXFP4_BYTES, 0, 0)

INLINE void enter_dots(smv_tensor_kernels *table) {
    table->dot_bytes[SMV_Q4_0] = dot_bytes_q4_0;
    table->dot_bytes[SMV_Q4_1] = dot_bytes_q4_1;
    table->dot_bytes[SMV_Q5_0] = dot_bytes_q5_0;
    table->dot_bytes[SMV_Q5_1] = dot_bytes_q5_1;
    table->dot_bytes[SMV_Q8_0] = dot_bytes_q8_0;
    table->dot_bytes[SMV_Q3_K] = dot_bytes_q3_k;
    table->dot_bytes[SMV_Q4_K] = dot_bytes_q4_k;
    table->dot_bytes[SMV_Q5_K] = dot_bytes_q5_k;
    table->dot_bytes[SMV_Q6_K] = dot_bytes_q6_k;
    table->dot_bytes[SMV_IQ4_NL] = dot_bytes_iq4_nl;
    table->dot_bytes[SMV_IQ4_XS] = dot_bytes_iq4_xs;
    table->dot_bytes[SMV_MXFP4] = dot_bytes_mxfp4;
}
