/* Rows of Q8_0 and Q4_0 times bytes with AVX-512. Sums within a block are exact, and blocks follow
 * each other, one fused product a block: a row's result is the same to the bit in any company.
 *
 * Several inputs share what was read: 16 rows go side by side, a row a lane. Read so, the rows are
 * 16 streams of which the processor foresees none; what lies ahead is asked for as one stream.
 * One input waits for memory more than for anything else: its rows are read one after the other,
 * and some of them are put side by side when the sums of their blocks are there. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                                    \
    __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma,f16c"))),      \
    apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* Rows that go side by side: of Q8_0 with one input, and else. */
enum { ROWS_OF_ONE = 8, ROWS = 16 };

/* How far ahead of what is read memory is asked for, and by how much at a time. */
enum { AHEAD = 32 << 10, LINE = 64 };

/* The instruction takes numbers from 0 on: they are larger than those meant by so much. */
#define LESS(is_small) ((is_small) ? 8 : 128)
#define BLOCK_BYTES(is_small) ((is_small) ? Q4_0_BYTES : Q8_0_BYTES)

/* 16 bytes of each of 4 rows. */
INLINE __m512i four_rows(const uint8_t *row, size_t row_bytes) {
    __m512i four = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)row));
    four = _mm512_inserti32x4(four, _mm_loadu_si128((const __m128i *)(row + row_bytes)), 1);
    four = _mm512_inserti32x4(four, _mm_loadu_si128((const __m128i *)(row + 2 * row_bytes)), 2);
    return _mm512_inserti32x4(four, _mm_loadu_si128((const __m128i *)(row + 3 * row_bytes)), 3);
}

/* 16 bytes of 16 rows: column c holds bytes 4c to 4c + 3 of each row. */
INLINE void columns_of(const uint8_t *rows, size_t row_bytes, __m512i column[4]) {
    __m512i r[4];
    for (size_t i = 0; i < 4; i++) r[i] = four_rows(rows + i * row_bytes, 4 * row_bytes);
    __m512i a = _mm512_unpacklo_epi32(r[0], r[1]), b = _mm512_unpackhi_epi32(r[0], r[1]);
    __m512i c = _mm512_unpacklo_epi32(r[2], r[3]), d = _mm512_unpackhi_epi32(r[2], r[3]);
    column[0] = _mm512_unpacklo_epi64(a, c);
    column[1] = _mm512_unpackhi_epi64(a, c);
    column[2] = _mm512_unpacklo_epi64(b, d);
    column[3] = _mm512_unpackhi_epi64(b, d);
}

/* The steps of 16 rows, with which their blocks begin. */
INLINE __m512 steps_of(const uint8_t *rows, size_t row_bytes) {
    __m512i column[4];
    columns_of(rows, row_bytes, column);
    return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(column[0]));
}

/* Adds the products of four bytes of 16 rows with the same four of M inputs. */
INLINE void add_four(__m512i products[], int M, __m512i rows, const int8_t *x, size_t apart) {
    for (int m = 0; m < M; m++) {
        int32_t four;
        memcpy(&four, x + (size_t)m * apart, 4);
        products[m] = _mm512_dpbusd_epi32(products[m], rows, _mm512_set1_epi32(four));
    }
}

/* Adds the products of one block of 16 rows with that of M inputs. */
INLINE void add_block(__m512i products[], int M, int is_small, const uint8_t *rows,
                      size_t row_bytes, const int8_t *x, size_t apart) {
    const __m512i low = _mm512_set1_epi8(15), flip = _mm512_set1_epi8(-128);
    for (int half = 0; half < (is_small ? 1 : 2); half++) {
        __m512i column[4];
        columns_of(rows + 2 + 16 * half, row_bytes, column);
        for (int c = 0; c < 4; c++) {
            const int8_t *four = x + 16 * half + 4 * c;
            if (is_small) {
                __m512i high = _mm512_srli_epi32(column[c], 4);
                add_four(products, M, _mm512_and_si512(column[c], low), four, apart);
                add_four(products, M, _mm512_and_si512(high, low), four + 16, apart);
            } else {
                add_four(products, M, _mm512_xor_si512(column[c], flip), four, apart);
            }
        }
    }
}

/* Blocks that are prepared for, or wait to be put side by side with those of other rows. */
enum { WAITING = 64 };

/* 16 rows times M inputs. */
INLINE void multiply_rows(const uint8_t *rows, size_t row_bytes, int is_small,
                          const smv_byte_rows *inputs, int M, size_t blocks, float *y,
                          size_t stride) {
    /* What the sums of a block begin with. */
    int32_t starts[SMV_DOT_INPUTS][WAITING];
    __m512 total[SMV_DOT_INPUTS];
    for (int m = 0; m < M; m++) total[m] = _mm512_setzero_ps();
    const uint8_t *ahead = rows + AHEAD;
    for (size_t b = 0; b < blocks; b++, rows += BLOCK_BYTES(is_small)) {
        if (b % WAITING == 0) {
            size_t here = blocks - b < WAITING ? blocks - b : WAITING;
            for (int m = 0; m < M; m++)
                for (size_t i = 0; i < here; i++)
                    starts[m][i] = -LESS(is_small) * inputs->sums[(size_t)m * blocks + b + i];
        }
        for (int line = 0; line < ROWS * BLOCK_BYTES(is_small); line += LINE)
            _mm_prefetch((const char *)ahead + line, _MM_HINT_T1);
        ahead += ROWS * BLOCK_BYTES(is_small);
        __m512i products[SMV_DOT_INPUTS];
        for (int m = 0; m < M; m++) products[m] = _mm512_set1_epi32(starts[m][b % WAITING]);
        add_block(products, M, is_small, rows, row_bytes, inputs->bytes + b * SMV_BLOCK,
                  blocks * SMV_BLOCK);
        __m512 steps = steps_of(rows, row_bytes);
        for (int m = 0; m < M; m++) {
            __m512 own = _mm512_set1_ps(inputs->scales[(size_t)m * blocks + b]);
            total[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products[m]),
                                       _mm512_mul_ps(steps, own), total[m]);
        }
    }
    for (int m = 0; m < M; m++) _mm512_storeu_ps(y + (size_t)m * stride, total[m]);
}

/* The numbers of a block, from 0 on. */
INLINE __m256i numbers_of(const uint8_t *block, int is_small) {
    const uint8_t *numbers = block + 2;
    if (!is_small)
        return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)numbers),
                                _mm256_set1_epi8(-128));
    __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)numbers));
    both = _mm256_srlv_epi32(both, _mm256_set_epi32(4, 4, 4, 4, 0, 0, 0, 0));
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

INLINE __m256i products_of(const uint8_t *block, int is_small, const int8_t *x) {
    return _mm256_dpbusd_epi32(_mm256_setzero_si256(), numbers_of(block, is_small),
                               _mm256_loadu_si256((const __m256i *)x));
}

/* The sums of eight vectors. */
INLINE __m256i eight_sums(const __m256i of[8]) {
    __m256i pairs[4], fours[2];
    for (int i = 0; i < 4; i++)
        pairs[i] = _mm256_add_epi32(_mm256_unpacklo_epi32(of[2 * i], of[2 * i + 1]),
                                    _mm256_unpackhi_epi32(of[2 * i], of[2 * i + 1]));
    for (int i = 0; i < 2; i++)
        fours[i] = _mm256_add_epi32(_mm256_unpacklo_epi64(pairs[2 * i], pairs[2 * i + 1]),
                                    _mm256_unpackhi_epi64(pairs[2 * i], pairs[2 * i + 1]));
    return _mm256_add_epi32(_mm256_permute2x128_si256(fours[0], fours[1], 0x20),
                            _mm256_permute2x128_si256(fours[0], fours[1], 0x31));
}

INLINE int32_t sum_of(__m256i eight) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    four = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 1)));
}

/* The steps with which eight blocks begin that lie `bytes` apart. */
INLINE __m256 eight_steps(const uint8_t *block, size_t bytes) {
    __m128i halves = _mm_cvtsi32_si128(smv_load16(block));
    halves = _mm_insert_epi16(halves, smv_load16(block + bytes), 1);
    halves = _mm_insert_epi16(halves, smv_load16(block + 2 * bytes), 2);
    halves = _mm_insert_epi16(halves, smv_load16(block + 3 * bytes), 3);
    halves = _mm_insert_epi16(halves, smv_load16(block + 4 * bytes), 4);
    halves = _mm_insert_epi16(halves, smv_load16(block + 5 * bytes), 5);
    halves = _mm_insert_epi16(halves, smv_load16(block + 6 * bytes), 6);
    halves = _mm_insert_epi16(halves, smv_load16(block + 7 * bytes), 7);
    return _mm256_cvtph_ps(halves);
}

/* Blocks of a row of Q8_0, eights of them, times those of an input, and the steps of these
 * products. */
INLINE void blocks_of(const uint8_t *block, const int8_t *x, const float *scales,
                      const int32_t *sums, size_t blocks, float *products, float *steps) {
    const size_t bytes = Q8_0_BYTES;
    for (size_t b = 0; b < blocks; b += 8, block += 8 * bytes, x += 8 * SMV_BLOCK) {
        __m256i parts[8];
        for (size_t i = 0; i < 8; i++)
            parts[i] = products_of(block + i * bytes, 0, x + i * SMV_BLOCK);
        __m256i more = _mm256_mullo_epi32(_mm256_loadu_si256((const __m256i *)(sums + b)),
                                          _mm256_set1_epi32(LESS(0)));
        __m256i meant = _mm256_sub_epi32(eight_sums(parts), more);
        _mm256_storeu_ps(products + b, _mm256_cvtepi32_ps(meant));
        _mm256_storeu_ps(steps + b, _mm256_mul_ps(eight_steps(block, bytes),
                                                  _mm256_loadu_ps(scales + b)));
    }
}

/* Eight numbers of eight rows, `stride` apart: number i of each row. */
INLINE void side_by_side(const float *rows, size_t stride, __m256 numbers[8]) {
    __m256 r[8], pairs[8], fours[8];
    for (size_t i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(rows + i * stride);
    for (int i = 0; i < 4; i++) {
        pairs[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        fours[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
        fours[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xEE);
        fours[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
        fours[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
        numbers[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
        numbers[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
    }
}

/* 8 rows of Q8_0 times one input. */
INLINE void multiply_one(const uint8_t *rows, size_t row_bytes, const smv_byte_rows *input,
                         size_t blocks, float *y) {
    float products[ROWS_OF_ONE][WAITING], steps[ROWS_OF_ONE][WAITING];
    __m256 total = _mm256_setzero_ps();
    size_t b = 0, whole = blocks / 8 * 8;
    for (; b < whole; b += WAITING) {
        size_t here = whole - b < WAITING ? whole - b : WAITING;
        for (size_t r = 0; r < ROWS_OF_ONE; r++)
            blocks_of(rows + r * row_bytes + b * Q8_0_BYTES, input->bytes + b * SMV_BLOCK,
                      input->scales + b, input->sums + b, here, products[r], steps[r]);
        for (size_t i = 0; i < here; i += 8) {
            __m256 product[8], step[8];
            side_by_side(products[0] + i, WAITING, product);
            side_by_side(steps[0] + i, WAITING, step);
            for (size_t j = 0; j < 8; j++) total = _mm256_fmadd_ps(product[j], step[j], total);
        }
    }
    for (b = whole; b < blocks; b++) {
        const uint8_t *block = rows + b * Q8_0_BYTES;
        __m256i parts[8];
        for (size_t r = 0; r < ROWS_OF_ONE; r++)
            parts[r] = products_of(block + r * row_bytes, 0, input->bytes + b * SMV_BLOCK);
        __m256i more = _mm256_set1_epi32(LESS(0) * input->sums[b]);
        __m256 product = _mm256_cvtepi32_ps(_mm256_sub_epi32(eight_sums(parts), more));
        __m256 step = _mm256_mul_ps(eight_steps(block, row_bytes),
                                    _mm256_set1_ps(input->scales[b]));
        total = _mm256_fmadd_ps(product, step, total);
    }
    _mm256_storeu_ps(y, total);
}

#include "nibbles_avx512.h"

/* One row times one input: what a lane above does. */
INLINE float multiply_row(const uint8_t *block, int is_small, const smv_byte_rows *input,
                          size_t blocks) {
    __m128 total = _mm_setzero_ps();
    for (size_t b = 0; b < blocks; b++, block += BLOCK_BYTES(is_small)) {
        int32_t sum = sum_of(products_of(block, is_small, input->bytes + b * SMV_BLOCK));
        __m128 product = _mm_set_ss((float)(sum - LESS(is_small) * input->sums[b]));
        __m128 step = _mm_set_ss(smv_half_at(block) * input->scales[b]);
        total = _mm_fmadd_ss(product, step, total);
    }
    return _mm_cvtss_f32(total);
}

/* Rows of one type, few enough inputs for one reading. */
INLINE void multiply(const uint8_t *row, size_t row_bytes, size_t rows, int is_small,
                     const smv_byte_rows *inputs, int M, size_t blocks, float *y, size_t stride) {
    for (; rows >= ROWS; rows -= ROWS, row += ROWS * row_bytes, y += ROWS)
        multiply_rows(row, row_bytes, is_small, inputs, M, blocks, y, stride);
}

INLINE void multiply_each(const uint8_t *row, size_t row_bytes, size_t rows, int is_small,
                          const smv_byte_rows *inputs, size_t input_count, size_t blocks,
                          float *y, size_t stride) {
    for (size_t i = 0; i < input_count; i++) {
        smv_byte_rows input = {inputs->bytes + i * blocks * SMV_BLOCK, inputs->scales + i * blocks,
                               inputs->sums + i * blocks};
        float *out = y + i * stride;
        size_t r = 0;
        if (is_small)
            for (; r + ROWS <= rows; r += ROWS)
                multiply_nibbles(row + r * row_bytes, row_bytes, &input, blocks, out + r);
        else
            for (; r + ROWS_OF_ONE <= rows; r += ROWS_OF_ONE)
                multiply_one(row + r * row_bytes, row_bytes, &input, blocks, out + r);
        for (; r < rows; r++)
            out[r] = multiply_row(row + r * row_bytes, is_small, &input, blocks);
    }
}

#define CROWD(type, is_small)                                                                     \
    static void each_##type(const uint8_t *row, size_t row_bytes, size_t rows,                    \
                            const smv_byte_rows *inputs, size_t input_count, size_t blocks,       \
                            float *y, size_t stride) {                                            \
        multiply_each(row, row_bytes, rows, is_small, inputs, input_count, blocks, y, stride);    \
    }                                                                                             \
    static void dot_bytes_##type(const void *restrict matrix, size_t row_bytes, size_t rows,      \
                                 const smv_byte_rows *inputs, size_t input_count, size_t count,   \
                                 float *restrict y, size_t stride) {                              \
        size_t blocks = count / SMV_BLOCK, whole = input_count > 1 ? rows / ROWS * ROWS : 0;      \
        switch (input_count) {                                                                    \
        case 1: break;                                                                            \
        case 2: multiply(matrix, row_bytes, rows, is_small, inputs, 2, blocks, y, stride); break; \
        case 3: multiply(matrix, row_bytes, rows, is_small, inputs, 3, blocks, y, stride); break; \
        case 4: multiply(matrix, row_bytes, rows, is_small, inputs, 4, blocks, y, stride); break; \
        case 5: multiply(matrix, row_bytes, rows, is_small, inputs, 5, blocks, y, stride); break; \
        case 6: multiply(matrix, row_bytes, rows, is_small, inputs, 6, blocks, y, stride); break; \
        case 7: multiply(matrix, row_bytes, rows, is_small, inputs, 7, blocks, y, stride); break; \
        default: multiply(matrix, row_bytes, rows, is_small, inputs, 8, blocks, y, stride); break;\
        }                                                                                         \
        each_##type((const uint8_t *)matrix + whole * row_bytes, row_bytes, rows - whole, inputs, \
                    input_count, blocks, y + whole, stride);                                      \
    }

CROWD(q4_0, 1)
CROWD(q8_0, 0)

#pragma clang attribute pop

void smv_crowd_avx512(smv_tensor_kernels *table) {
    table->dot_bytes[SMV_Q4_0] = dot_bytes_q4_0;
    table->dot_bytes[SMV_Q8_0] = dot_bytes_q8_0;
}

#endif
