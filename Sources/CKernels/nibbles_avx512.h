/* Rows of Q4_0 times one input, with AVX-512: 16 rows, read one after the other. Included once by
 * crowd_avx512.c, whose columns and steps it uses and whose sums it makes, bit for bit.
 *
 * Four blocks fill a register with their nibbles; their low ones and their high ones meet an input
 * that was put in the same order once for all rows, and all eight bytes of products end up in four
 * sums a block. What 16 rows have waits until it is put side by side. */

/* Blocks that are prepared for, or wait to be put side by side with those of other rows; some of
 * them go together, and four of these share a register. */
enum { WAITING_NIBBLES = 64, TOGETHER = 16, FOUR_BYTES = 4 * Q4_0_BYTES };

/* How far ahead of what is read memory is asked for. */
enum { AHEAD_OF_ONE = 8 << 10 };

/* Where the nibbles of four blocks lie, in words: of those that begin with the first block, and 32
 * further on of those that end with the last. And their steps, with those of four other blocks. */
static const int16_t nibble_words[32] = {1,  2,  3,  4,  5,  6,  7,  8,  10, 11, 12,
                                         13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24,
                                         25, 26, 28, 29, 30, 31, 60, 61, 62, 63};
static const int16_t step_words[32] = {0, 9, 18, 27, 32, 41, 50, 59};

/* Adds to sums of four products those of nibbles, low ones and high ones. */
INLINE __m512i sums_of_nibbles(__m512i both, __m512i low_input, __m512i high_input) {
    const __m512i low = _mm512_set1_epi8(15);
    __m512i sums = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_and_si512(both, low),
                                       low_input);
    __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
    return _mm512_dpbusd_epi32(sums, high, high_input);
}

/* The 16 sums of fours: each register has those of four, in their order. */
INLINE __m512i sums_of_fours(const __m512i of[4]) {
    __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(of[0], of[1]),
                                 _mm512_unpackhi_epi32(of[0], of[1]));
    __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(of[2], of[3]),
                                 _mm512_unpackhi_epi32(of[2], of[3]));
    __m512i sums = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, sums);
}

/* Of four blocks of an input after the other first all first halves, then all second ones. */
INLINE void turn_input(const int8_t *x, size_t blocks, int8_t *turned) {
    for (size_t i = 0; i < blocks * SMV_BLOCK; i += 128) {
        __m512i a = _mm512_loadu_si512(x + i), b = _mm512_loadu_si512(x + i + 64);
        _mm512_store_si512(turned + i, _mm512_shuffle_i32x4(a, b, 0x88));
        _mm512_store_si512(turned + i + 64, _mm512_shuffle_i32x4(a, b, 0xDD));
    }
}

/* 16 blocks of a row times those of an input, and the steps of these products. */
INLINE void sixteen_blocks(const uint8_t *block, const int8_t *turned, const float *scales,
                           const int32_t *sums, float *products, float *steps) {
    const __m512i words = _mm512_loadu_si512(nibble_words);
    const __m512i at_steps = _mm512_loadu_si512(step_words);
    __m512i parts[4], begin[4];
    for (int i = 0; i < 4; i++, block += FOUR_BYTES, turned += 4 * SMV_BLOCK) {
        begin[i] = _mm512_loadu_si512(block);
        __m512i end = _mm512_loadu_si512(block + FOUR_BYTES - 64);
        parts[i] = sums_of_nibbles(_mm512_permutex2var_epi16(begin[i], words, end),
                                   _mm512_load_si512(turned), _mm512_load_si512(turned + 64));
    }
    __m512i more = _mm512_slli_epi32(_mm512_loadu_si512(sums), 3);
    __m512i meant = _mm512_sub_epi32(sums_of_fours(parts), more);
    _mm512_storeu_ps(products, _mm512_cvtepi32_ps(meant));
    __m128i a = _mm512_castsi512_si128(_mm512_permutex2var_epi16(begin[0], at_steps, begin[1]));
    __m128i b = _mm512_castsi512_si128(_mm512_permutex2var_epi16(begin[2], at_steps, begin[3]));
    __m512 own = _mm512_cvtph_ps(_mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1));
    _mm512_storeu_ps(steps, _mm512_mul_ps(own, _mm512_loadu_ps(scales)));
}

/* One block of each of 16 rows times that of an input. */
INLINE __m512 block_of_rows(const uint8_t *block, size_t row_bytes, const int8_t *x, int32_t sum) {
    __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)x));
    __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(x + 16)));
    __m512i parts[4];
    for (size_t i = 0; i < 4; i++)
        parts[i] = sums_of_nibbles(four_rows(block + 2 + 4 * i * row_bytes, row_bytes), low, high);
    __m512i meant = _mm512_sub_epi32(sums_of_fours(parts), _mm512_set1_epi32(LESS(1) * sum));
    return _mm512_cvtepi32_ps(meant);
}

/* 16 rows times one input. */
static void multiply_nibbles(const uint8_t *rows, size_t row_bytes, const smv_byte_rows *input,
                             size_t blocks, float *y) {
    float products[ROWS][WAITING_NIBBLES], steps[ROWS][WAITING_NIBBLES];
    _Alignas(64) int8_t turned[WAITING_NIBBLES * SMV_BLOCK];
    const uint8_t *ahead = rows + AHEAD_OF_ONE;
    __m512 total = _mm512_setzero_ps();
    size_t b = 0, whole = blocks / TOGETHER * TOGETHER;
    for (; b < whole; b += WAITING_NIBBLES) {
        size_t here = whole - b < WAITING_NIBBLES ? whole - b : WAITING_NIBBLES;
        turn_input(input->bytes + b * SMV_BLOCK, here, turned);
        for (size_t r = 0; r < ROWS; r++) {
            const uint8_t *block = rows + r * row_bytes + b * Q4_0_BYTES;
            for (size_t i = 0; i < here; i += TOGETHER, block += TOGETHER * Q4_0_BYTES) {
                const uint8_t *until = block + TOGETHER * Q4_0_BYTES + AHEAD_OF_ONE;
                for (; ahead < until; ahead += LINE)
                    _mm_prefetch((const char *)ahead, _MM_HINT_T1);
                sixteen_blocks(block, turned + i * SMV_BLOCK, input->scales + b + i,
                               input->sums + b + i, products[r] + i, steps[r] + i);
            }
        }
        for (size_t i = 0; i < here; i += 4) {
            __m512i product[4], step[4];
            columns_of((const uint8_t *)(products[0] + i), sizeof products[0], product);
            columns_of((const uint8_t *)(steps[0] + i), sizeof steps[0], step);
            for (int j = 0; j < 4; j++)
                total = _mm512_fmadd_ps(_mm512_castsi512_ps(product[j]),
                                        _mm512_castsi512_ps(step[j]), total);
        }
    }
    for (b = whole; b < blocks; b++) {
        const uint8_t *block = rows + b * Q4_0_BYTES;
        __m512 product = block_of_rows(block, row_bytes, input->bytes + b * SMV_BLOCK,
                                       input->sums[b]);
        __m512 step = _mm512_mul_ps(steps_of(block, row_bytes), _mm512_set1_ps(input->scales[b]));
        total = _mm512_fmadd_ps(product, step, total);
    }
    _mm512_storeu_ps(y, total);
}
