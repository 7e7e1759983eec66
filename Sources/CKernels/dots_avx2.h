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
 * a piece have different steps. A row is read from its beginning to its end: memory is what these
 * products wait for, and four rows side by side came at a third of the speed. */
#define DOTS(type, pieces, block_bytes, has_base, halves_differ)                                  \
    static float dot_bytes_##type(const void *restrict row, const int8_t *restrict bytes,         \
                                  const float *restrict scales, const int32_t *restrict sums,     \
                                  size_t count) {                                                 \
        const uint8_t *block = row;                                                               \
        __m256 total[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};                             \
        float below = 0;                                                                          \
        size_t blocks = count / SMV_BLOCK;                                                        \
        for (size_t b = 0; b < blocks; block += pieces == 1 ? 2 * block_bytes : block_bytes) {    \
            int here = pieces == 1 ? (blocks - b > 1 ? 2 : 1) : pieces;                           \
            for (int j = 0; j < here; j++, b++) {                                                 \
                __m256i x = _mm256_loadu_si256((const __m256i *)(bytes + b * SMV_BLOCK));         \
                piece p = pieces == 1 ? piece_##type(block + j * block_bytes, 0)                  \
                                      : piece_##type(block, j);                                   \
                total[j % 2] = add_products(total[j % 2], p, halves_differ, x, scales[b]);        \
                if (has_base) below += p.base[0] * (scales[b] * (float)sums[b]);                  \
            }                                                                                     \
        }                                                                                         \
        return total_of(_mm256_add_ps(total[0], total[1])) - below;                               \
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
