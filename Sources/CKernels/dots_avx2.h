/* Rows of a quantised type times inputs of bytes. Each variant includes this once, having
 * defined `products_of(w, x)`: eight sums of four products of signed bytes, and
 * `small_products_of(w, x)`, where w is 0 to 31. */
#include "pieces_avx2.h"

INLINE float total_of(__m256 lanes) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

/* sum + the products of a piece with the bytes x, whose scale is `scale`. */
INLINE __m256 add_products(__m256 sum, piece p, int halves_differ, int is_small, __m256i x,
                           float scale) {
    __m256i products = is_small ? small_products_of(p.q, x) : products_of(p.q, x);
    __m256 step = halves_differ
        ? _mm256_set_m128(_mm_set1_ps(p.step[1] * scale), _mm_set1_ps(p.step[0] * scale))
        : _mm256_set1_ps(p.step[0] * scale);
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), step, sum);
}

/* Inputs that share each row that is read. */
enum { AT_ONCE = 4 };

/* Rows of one type, by what multiplies one row with M inputs. */
#define MANY_DOTS(type)                                                                           \
    INLINE void rows_##type(const uint8_t *restrict row, size_t row_bytes, size_t rows,           \
                            const smv_byte_rows *inputs, int M, size_t blocks,                    \
                            float *restrict y, size_t stride) {                                   \
        for (size_t r = 0; r < rows; r++, row += row_bytes)                                       \
            dots_##type(row, inputs->bytes, inputs->scales, inputs->sums, M, blocks, y + r,       \
                        stride);                                                                  \
    }                                                                                             \
    static void dot_bytes_##type(const void *restrict matrix, size_t row_bytes, size_t rows,      \
                                 const smv_byte_rows *inputs, size_t input_count, size_t count,   \
                                 float *restrict y, size_t stride) {                              \
        size_t blocks = count / SMV_BLOCK;                                                        \
        for (size_t i = 0; i < input_count; i += AT_ONCE, y += AT_ONCE * stride) {                \
            const smv_byte_rows some = {inputs->bytes + i * blocks * SMV_BLOCK,                   \
                                        inputs->scales + i * blocks, inputs->sums + i * blocks};  \
            switch (input_count - i) {                                                            \
            case 1: rows_##type(matrix, row_bytes, rows, &some, 1, blocks, y, stride); break;     \
            case 2: rows_##type(matrix, row_bytes, rows, &some, 2, blocks, y, stride); break;     \
            case 3: rows_##type(matrix, row_bytes, rows, &some, 3, blocks, y, stride); break;     \
            default: rows_##type(matrix, row_bytes, rows, &some, 4, blocks, y, stride); break;    \
            }                                                                                     \
        }                                                                                         \
    }

/* Rows of one type: `pieces` of 32 a block; whether values have a base; whether the two halves of
 * a piece have different steps; whether numbers are 0 to 31. A row is read from its beginning to its
 * end, once for all inputs: memory is what these products wait for, and four rows side by side came
 * at a third of the speed. Rows follow each other within one call: a call for each row cost as much
 * as a third of its products. */
#define DOTS(type, piece_of, pieces, block_bytes, has_base, halves_differ, is_small)              \
    INLINE void dots_##type(const uint8_t *restrict block, const int8_t *restrict numbers,        \
                            const float *restrict scales, const int32_t *restrict sums, int M,    \
                            size_t blocks, float *restrict y, size_t stride) {                    \
        __m256 total[AT_ONCE][2];                                                                 \
        float below[AT_ONCE] = {0};                                                               \
        for (int m = 0; m < M; m++) total[m][0] = total[m][1] = _mm256_setzero_ps();              \
        for (size_t b = 0; b < blocks; block += pieces == 1 ? 2 * block_bytes : block_bytes) {    \
            int here = pieces == 1 ? (blocks - b > 1 ? 2 : 1) : pieces;                           \
            for (int j = 0; j < here; j++, b++) {                                                 \
                piece p = pieces == 1 ? piece_of(block + j * block_bytes, 0)                      \
                                      : piece_of(block, j);                                       \
                for (int m = 0; m < M; m++) {                                                     \
                    size_t place = (size_t)m * blocks + b;                                        \
                    const int8_t *bytes = numbers + place * SMV_BLOCK;                            \
                    __m256i x = _mm256_loadu_si256((const __m256i *)bytes);                       \
                    total[m][j % 2] = add_products(total[m][j % 2], p, halves_differ, is_small,   \
                                                   x, scales[place]);                             \
                    if (has_base) below[m] += p.base[0] * (scales[place] * (float)sums[place]);   \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
        for (int m = 0; m < M; m++)                                                               \
            y[(size_t)m * stride] = total_of(_mm256_add_ps(total[m][0], total[m][1])) - below[m]; \
    }                                                                                             \
    MANY_DOTS(type)

/* Of the types whose numbers are small ones less a half of their range that half goes with the base,
 * once for a block instead of once for a number. */
INLINE piece small_q5_0(const uint8_t *block, int j) {
    (void)j;
    float step = half_at(block);
    __m256i q = _mm256_or_si256(nibbles_of(block + 6), fifth_bits(smv_load32(block + 2)));
    return same(q, step, 16 * step);
}

DOTS(q4_1, piece_q4_1, 1, Q4_1_BYTES, 1, 0, 1)
DOTS(q5_0, small_q5_0, 1, Q5_0_BYTES, 1, 0, 1)
DOTS(q5_1, piece_q5_1, 1, Q5_1_BYTES, 1, 0, 1)
DOTS(q3_k, piece_q3_k, 8, Q3_K_BYTES, 0, 1, 0)
DOTS(q4_k, piece_q4_k, 8, Q4_K_BYTES, 1, 0, 1)
DOTS(q5_k, piece_q5_k, 8, Q5_K_BYTES, 1, 0, 1)
DOTS(q6_k, piece_q6_k, 8, Q6_K_BYTES, 0, 1, 0)
DOTS(iq4_nl, piece_iq4_nl, 1, IQ4_NL_BYTES, 0, 0, 0)
DOTS(iq4_xs, piece_iq4_xs, 8, IQ4_XS_BYTES, 0, 0, 0)
DOTS(mxfp4, piece_mxfp4, 1, MXFP4_BYTES, 0, 0, 0)

/* A variant that puts rows of this type side by side has a file of its own for that; Q4_0 has one in
 * any. */
#ifndef HAS_CROWD
DOTS(q8_0, piece_q8_0, 1, Q8_0_BYTES, 0, 0, 0)
#endif

INLINE void enter_dots(smv_tensor_kernels *table) {
#ifndef HAS_CROWD
    table->dot_bytes[SMV_Q8_0] = dot_bytes_q8_0;
#endif
    table->dot_bytes[SMV_Q4_1] = dot_bytes_q4_1;
    table->dot_bytes[SMV_Q5_0] = dot_bytes_q5_0;
    table->dot_bytes[SMV_Q5_1] = dot_bytes_q5_1;
    table->dot_bytes[SMV_Q3_K] = dot_bytes_q3_k;
    table->dot_bytes[SMV_Q4_K] = dot_bytes_q4_k;
    table->dot_bytes[SMV_Q5_K] = dot_bytes_q5_k;
    table->dot_bytes[SMV_Q6_K] = dot_bytes_q6_k;
    table->dot_bytes[SMV_IQ4_NL] = dot_bytes_iq4_nl;
    table->dot_bytes[SMV_IQ4_XS] = dot_bytes_iq4_xs;
    table->dot_bytes[SMV_MXFP4] = dot_bytes_mxfp4;
}
