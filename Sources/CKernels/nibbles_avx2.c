/* Rows of Q4_0 times bytes with AVX2. Eight blocks of a row go together: a register takes the nibbles
 * of one block and of the fourth after it, and low ones and high ones meet inputs that were put in
 * the same order once for all rows. 16 products are added up in 16 bits, until each block has one sum,
 * in a lane of its own, and only then scaled. Of what is left over, one block of eight rows goes
 * together. A row's result is the same to the bit in any company. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* Rows and blocks for which inputs are prepared once, and the blocks, or rows, that go together. */
enum { ROWS = 16, PREPARED = 64, TOGETHER = 8 };

/* How far ahead of what is read memory is asked for, and by how much at a time. */
enum { AHEAD = 8 << 10, LINE = 64 };

/* Nibbles stand for what is 8 less. */
enum { LESS = 8 };

/* Some blocks of inputs: bytes in the order in which they meet those of rows, and what nibbles add to
 * sums for being larger than meant. */
typedef struct {
    int8_t bytes[SMV_DOT_INPUTS][PREPARED * SMV_BLOCK];
    int32_t more[SMV_DOT_INPUTS][PREPARED];
} prepared;

/* Eights of blocks: first halves of one and the fourth after it, then their second halves. */
INLINE void prepare(const int8_t *bytes, const int32_t *sums, size_t blocks, int8_t *turned,
                    int32_t *more) {
    for (size_t b = 0; b < blocks; b += TOGETHER) {
        for (size_t i = 0; i < 4; i++, turned += 2 * SMV_BLOCK) {
            const int8_t *x = bytes + (b + i) * SMV_BLOCK;
            __m256i one = _mm256_loadu_si256((const __m256i *)x);
            __m256i other = _mm256_loadu_si256((const __m256i *)(x + 4 * SMV_BLOCK));
            _mm256_storeu_si256((__m256i *)turned, _mm256_permute2x128_si256(one, other, 0x20));
            _mm256_storeu_si256((__m256i *)(turned + SMV_BLOCK),
                                _mm256_permute2x128_si256(one, other, 0x31));
        }
        __m256i eight = _mm256_loadu_si256((const __m256i *)(sums + b));
        _mm256_storeu_si256((__m256i *)(more + b),
                            _mm256_mullo_epi32(eight, _mm256_set1_epi32(LESS)));
    }
}

INLINE __m128i sixteen_at(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

/* The steps of eight blocks that lie `apart`, with which they begin. */
INLINE __m256 eight_steps(const uint8_t *block, size_t apart) {
    __m128i pairs[4];
    for (int i = 0; i < 4; i++, block += 2 * apart)
        pairs[i] = _mm_unpacklo_epi16(sixteen_at(block), sixteen_at(block + apart));
    __m128i halves = _mm_unpacklo_epi64(_mm_unpacklo_epi32(pairs[0], pairs[1]),
                                        _mm_unpacklo_epi32(pairs[2], pairs[3]));
    return _mm256_cvtph_ps(halves);
}

/* 16 bytes of a block, and of the fourth after it. */
INLINE __m256i halves_at(const uint8_t *bytes, size_t apart) {
    return _mm256_set_m128i(sixteen_at(bytes + 4 * apart), sixteen_at(bytes));
}

/* Sums of four products of nibbles with an input; 16 of them, of 15 times 127, fit into 16 bits. */
INLINE __m256i fours_of(__m256i both, const int8_t *input) {
    const __m256i low = _mm256_set1_epi8(15);
    __m256i first = _mm256_loadu_si256((const __m256i *)input);
    __m256i second = _mm256_loadu_si256((const __m256i *)(input + SMV_BLOCK));
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
    return _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_and_si256(both, low), first),
                            _mm256_maddubs_epi16(high, second));
}

/* The sums of eight blocks that lie `apart`, times M inputs. An input's bytes begin at `x`, with
 * `next` bytes from those of one block to those of the next; inputs are `inputs_apart`. */
INLINE void eight_sums(const uint8_t *block, size_t apart, const int8_t *x, size_t next,
                       size_t inputs_apart, int M, __m256i sums[]) {
    __m256i fours[SMV_DOT_INPUTS];
    for (int pair = 0; pair < 2; pair++) {
        __m256i one = halves_at(block + 2 + 2 * pair * apart, apart);
        __m256i other = halves_at(block + 2 + (2 * pair + 1) * apart, apart);
        for (int m = 0; m < M; m++) {
            const int8_t *at = x + m * inputs_apart + 2 * pair * next;
            __m256i a = fours_of(one, at), b = fours_of(other, at + next);
            __m256i here =
                _mm256_add_epi16(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
            if (pair == 0) {
                fours[m] = here;
                continue;
            }
            __m256i pairs = _mm256_add_epi16(_mm256_unpacklo_epi64(fours[m], here),
                                             _mm256_unpackhi_epi64(fours[m], here));
            sums[m] = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
        }
    }
}

/* Adds the products of eight blocks of a row with those of M inputs, `first` among what is prepared,
 * whose scales are `apart`. */
INLINE void add_eight(const uint8_t *block, const prepared *inputs, size_t first, int M,
                      const float *scales, size_t apart, __m256 total[]) {
    __m256i sums[SMV_DOT_INPUTS];
    eight_sums(block, Q4_0_BYTES, inputs->bytes[0] + first * SMV_BLOCK, 2 * SMV_BLOCK,
               sizeof inputs->bytes[0], M, sums);
    __m256 steps = eight_steps(block, Q4_0_BYTES);
    for (int m = 0; m < M; m++) {
        __m256i more = _mm256_loadu_si256((const __m256i *)(inputs->more[m] + first));
        __m256 meant = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums[m], more));
        __m256 own = _mm256_loadu_ps(scales + (size_t)m * apart + first);
        total[m] = _mm256_fmadd_ps(meant, _mm256_mul_ps(steps, own), total[m]);
    }
}

/* Adds the products of one block of eight rows with those of M inputs, `place` in their rows, each row
 * to its lane. */
INLINE void add_rows(const uint8_t *block, size_t row_bytes, const smv_byte_rows *inputs,
                     size_t place, int M, size_t apart, __m256 total[]) {
    int8_t turned[SMV_DOT_INPUTS][2 * SMV_BLOCK];
    for (int m = 0; m < M; m++) {
        const int8_t *x = inputs->bytes + ((size_t)m * apart + place) * SMV_BLOCK;
        for (int half = 0; half < 2; half++) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(x + 16 * half));
            _mm256_storeu_si256((__m256i *)(turned[m] + SMV_BLOCK * half),
                                _mm256_broadcastsi128_si256(bytes));
        }
    }
    __m256i sums[SMV_DOT_INPUTS];
    eight_sums(block, row_bytes, turned[0], 0, sizeof turned[0], M, sums);
    __m256 steps = eight_steps(block, row_bytes);
    for (int m = 0; m < M; m++) {
        size_t b = (size_t)m * apart + place;
        __m256i more = _mm256_set1_epi32(LESS * inputs->sums[b]);
        __m256 meant = _mm256_cvtepi32_ps(_mm256_sub_epi32(sums[m], more));
        __m256 own = _mm256_set1_ps(inputs->scales[b]);
        total[m] = _mm256_fmadd_ps(meant, _mm256_mul_ps(steps, own), total[m]);
    }
}

/* The totals of eight rows, whose lanes are `apart`. */
INLINE __m256 eight_totals(const __m256 *rows, size_t apart) {
    __m256 pairs[4], fours[2];
    for (int i = 0; i < 4; i++, rows += 2 * apart)
        pairs[i] = _mm256_add_ps(_mm256_unpacklo_ps(rows[0], rows[apart]),
                                 _mm256_unpackhi_ps(rows[0], rows[apart]));
    for (int i = 0; i < 2; i++)
        fours[i] = _mm256_add_ps(_mm256_shuffle_ps(pairs[2 * i], pairs[2 * i + 1], 0x44),
                                 _mm256_shuffle_ps(pairs[2 * i], pairs[2 * i + 1], 0xEE));
    return _mm256_add_ps(_mm256_permute2f128_ps(fours[0], fours[1], 0x20),
                         _mm256_permute2f128_ps(fours[0], fours[1], 0x31));
}

/* Up to 16 rows times M inputs. */
INLINE void multiply_rows(const uint8_t *rows, size_t row_bytes, size_t row_count,
                          const smv_byte_rows *inputs, int M, size_t blocks, float *y,
                          size_t stride) {
    size_t whole = blocks / TOGETHER * TOGETHER;
    prepared ready;
    __m256 totals[ROWS][SMV_DOT_INPUTS];
    for (size_t r = 0; r < row_count; r++)
        for (int m = 0; m < M; m++) totals[r][m] = _mm256_setzero_ps();
    const uint8_t *ahead = rows + AHEAD;
    for (size_t from = 0; from < whole; from += PREPARED) {
        size_t here = whole - from < PREPARED ? whole - from : PREPARED;
        for (int m = 0; m < M; m++) {
            size_t place = (size_t)m * blocks + from;
            prepare(inputs->bytes + place * SMV_BLOCK, inputs->sums + place, here, ready.bytes[m],
                    ready.more[m]);
        }
        for (size_t r = 0; r < row_count; r++) {
            const uint8_t *block = rows + r * row_bytes + from * Q4_0_BYTES;
            for (size_t b = 0; b < here; b += TOGETHER, block += TOGETHER * Q4_0_BYTES) {
                const uint8_t *until = block + TOGETHER * Q4_0_BYTES + AHEAD;
                for (; ahead < until; ahead += LINE)
                    _mm_prefetch((const char *)ahead, _MM_HINT_T1);
                add_eight(block, &ready, b, M, inputs->scales + from, blocks, totals[r]);
            }
        }
    }
    for (size_t r = 0; r < row_count;) {
        /* Rows that are too few go one by one, as if the same one lay there eight times. */
        size_t some = row_count - r < TOGETHER ? 1 : TOGETHER, is_several = some > 1;
        __m256 rest[SMV_DOT_INPUTS];
        for (int m = 0; m < M; m++) rest[m] = _mm256_setzero_ps();
        for (size_t b = whole; b < blocks; b++)
            add_rows(rows + r * row_bytes + b * Q4_0_BYTES, is_several * row_bytes, inputs, b, M,
                     blocks, rest);
        for (int m = 0; m < M; m++) {
            __m256 total = eight_totals(&totals[r][m], is_several * SMV_DOT_INPUTS);
            float all[TOGETHER];
            _mm256_storeu_ps(all, _mm256_add_ps(total, rest[m]));
            memcpy(y + (size_t)m * stride + r, all, some * sizeof *y);
        }
        r += some;
    }
}

INLINE void multiply(const uint8_t *row, size_t row_bytes, size_t rows,
                     const smv_byte_rows *inputs, int M, size_t blocks, float *y, size_t stride) {
    for (size_t r = 0; r < rows; r += ROWS)
        multiply_rows(row + r * row_bytes, row_bytes, rows - r < ROWS ? rows - r : ROWS, inputs, M,
                      blocks, y + r, stride);
}

static void dot_bytes_q4_0(const void *restrict matrix, size_t row_bytes, size_t rows,
                           const smv_byte_rows *inputs, size_t input_count, size_t count,
                           float *restrict y, size_t stride) {
    size_t blocks = count / SMV_BLOCK;
    switch (input_count) {
    case 1: multiply(matrix, row_bytes, rows, inputs, 1, blocks, y, stride); break;
    case 2: multiply(matrix, row_bytes, rows, inputs, 2, blocks, y, stride); break;
    case 3: multiply(matrix, row_bytes, rows, inputs, 3, blocks, y, stride); break;
    case 4: multiply(matrix, row_bytes, rows, inputs, 4, blocks, y, stride); break;
    case 5: multiply(matrix, row_bytes, rows, inputs, 5, blocks, y, stride); break;
    case 6: multiply(matrix, row_bytes, rows, inputs, 6, blocks, y, stride); break;
    case 7: multiply(matrix, row_bytes, rows, inputs, 7, blocks, y, stride); break;
    default: multiply(matrix, row_bytes, rows, inputs, 8, blocks, y, stride); break;
    }
}

#pragma clang attribute pop

void smv_nibbles_avx2(smv_tensor_kernels *table) { table->dot_bytes[SMV_Q4_0] = dot_bytes_q4_0; }

#endif
