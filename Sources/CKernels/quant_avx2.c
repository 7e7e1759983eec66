/* Quantised rows with AVX2. Every type comes down to pieces of 32 elements: 32 signed bytes q, a
 * step and a base for each 16 of them, value = step * q - base (or + base for the types of 32). */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/* One piece of 32 elements; step and base of its two halves. */
typedef struct {
    __m256i q;
    float step[2], base[2];
} piece;

#define INLINE static inline __attribute__((always_inline))

INLINE float half_at(const uint8_t *bytes) { return _cvtsh_ss(smv_load16(bytes)); }

/* 16 bytes as 32 nibbles: the low ones first. */
INLINE __m256i nibbles_of(const uint8_t *bytes) {
    __m128i packed = _mm_loadu_si128((const __m128i *)bytes);
    __m256i both = _mm256_set_m128i(_mm_srli_epi16(packed, 4), packed);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

/* 32 bits as 32 bytes of 16 or 0. */
INLINE __m256i fifth_bits(uint32_t bits) {
    __m256i spread = _mm256_shuffle_epi8(
        _mm256_set1_epi32((int)bits),
        _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0));
    __m256i mask = _mm256_set1_epi64x((long long)0x8040201008040201);
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(spread, mask), mask);
    return _mm256_and_si256(set, _mm256_set1_epi8(16));
}

INLINE __m256i looked_up(__m256i nibbles, const int8_t values[16]) {
    __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)values));
    return _mm256_shuffle_epi8(table, nibbles);
}

INLINE __m256i bytes_at(const uint8_t *bytes) {
    return _mm256_loadu_si256((const __m256i *)bytes);
}

/* Each byte's bits `shift`.. under a mask. A shift by 16-bit lanes is cut by the mask. */
INLINE __m256i bits_of(__m256i bytes, int shift, char mask) {
    return _mm256_and_si256(_mm256_srl_epi16(bytes, _mm_cvtsi32_si128(shift)),
                            _mm256_set1_epi8(mask));
}

INLINE piece same(__m256i q, float step, float base) {
    return (piece){q, {step, step}, {base, base}};
}

INLINE piece piece_q4_0(const uint8_t *block, int j) {
    (void)j;
    __m256i q = _mm256_sub_epi8(nibbles_of(block + 2), _mm256_set1_epi8(8));
    return same(q, half_at(block), 0);
}

/* Bases are subtracted: the minimum of these two is an addend. */
INLINE piece piece_q4_1(const uint8_t *block, int j) {
    (void)j;
    return same(nibbles_of(block + 4), half_at(block), -half_at(block + 2));
}

INLINE piece piece_q5_0(const uint8_t *block, int j) {
    (void)j;
    __m256i q = _mm256_or_si256(nibbles_of(block + 6), fifth_bits(smv_load32(block + 2)));
    return same(_mm256_sub_epi8(q, _mm256_set1_epi8(16)), half_at(block), 0);
}

INLINE piece piece_q5_1(const uint8_t *block, int j) {
    (void)j;
    __m256i q = _mm256_or_si256(nibbles_of(block + 8), fifth_bits(smv_load32(block + 4)));
    return same(q, half_at(block), -half_at(block + 2));
}

INLINE piece piece_q8_0(const uint8_t *block, int j) {
    (void)j;
    return same(bytes_at(block + 2), half_at(block), 0);
}

INLINE piece piece_q2_k(const uint8_t *block, int j) {
    piece p;
    float scale = half_at(block + 80), minimum = half_at(block + 82);
    p.q = bits_of(bytes_at(block + 16 + 32 * (j / 4)), 2 * (j % 4), 3);
    for (int h = 0; h < 2; h++) {
        uint8_t packed = block[2 * j + h];
        p.step[h] = scale * (float)(packed & 15);
        p.base[h] = minimum * (float)(packed >> 4);
    }
    return p;
}

INLINE piece piece_q3_k(const uint8_t *block, int j) {
    piece p;
    float scale = half_at(block + 108);
    __m256i low = bits_of(bytes_at(block + 32 + 32 * (j / 4)), 2 * (j % 4), 3);
    __m256i bit = bits_of(bytes_at(block), j, 1);
    /* 4 where the third bit is clear. */
    __m256i less = _mm256_slli_epi16(_mm256_xor_si256(bit, _mm256_set1_epi8(1)), 2);
    p.q = _mm256_sub_epi8(low, less);
    for (int h = 0; h < 2; h++) {
        p.step[h] = scale * (float)smv_q3_scale(block + 96, 2 * j + h);
        p.base[h] = 0;
    }
    return p;
}

INLINE piece piece_q4_k(const uint8_t *block, int j) {
    uint8_t s, m;
    smv_scale_pair(block + 4, j, &s, &m);
    __m256i q = bits_of(bytes_at(block + 16 + 32 * (j / 2)), 4 * (j % 2), 15);
    return same(q, half_at(block) * (float)s, half_at(block + 2) * (float)m);
}

INLINE piece piece_q5_k(const uint8_t *block, int j) {
    uint8_t s, m;
    smv_scale_pair(block + 4, j, &s, &m);
    __m256i q = bits_of(bytes_at(block + 48 + 32 * (j / 2)), 4 * (j % 2), 15);
    __m256i fifth = _mm256_slli_epi16(bits_of(bytes_at(block + 16), j, 1), 4);
    return same(_mm256_or_si256(q, fifth), half_at(block) * (float)s,
                half_at(block + 2) * (float)m);
}

INLINE piece piece_q6_k(const uint8_t *block, int j) {
    piece p;
    float scale = half_at(block + 208);
    int half = j / 4, quarter = j % 4;
    __m256i low = bits_of(bytes_at(block + 64 * half + 32 * (quarter % 2)), 4 * (quarter / 2), 15);
    __m256i high = bits_of(bytes_at(block + 128 + 32 * half), 2 * quarter, 3);
    p.q = _mm256_sub_epi8(_mm256_or_si256(low, _mm256_slli_epi16(high, 4)), _mm256_set1_epi8(32));
    for (int h = 0; h < 2; h++) {
        p.step[h] = scale * (float)(int8_t)block[192 + 2 * j + h];
        p.base[h] = 0;
    }
    return p;
}

INLINE piece piece_iq4_nl(const uint8_t *block, int j) {
    (void)j;
    return same(looked_up(nibbles_of(block + 2), smv_iq4_values), half_at(block), 0);
}

INLINE piece piece_iq4_xs(const uint8_t *block, int j) {
    return same(looked_up(nibbles_of(block + 8 + 16 * j), smv_iq4_values),
                half_at(block) * (float)smv_iq4_scale(block, j), 0);
}

INLINE piece piece_mxfp4(const uint8_t *block, int j) {
    (void)j;
    return same(looked_up(nibbles_of(block + 1), smv_fp4_values), smv_half_power(block[0]), 0);
}

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

/* Adds the product of a piece with 32 floats to two sums of eight lanes. */
INLINE void dot_piece(piece p, int has_base, int halves_differ, const float *x, __m256 sums[2]) {
    __m256 x0 = _mm256_loadu_ps(x), x1 = _mm256_loadu_ps(x + 8);
    __m256 x2 = _mm256_loadu_ps(x + 16), x3 = _mm256_loadu_ps(x + 24);
    __m256 low = _mm256_fmadd_ps(eight(p.q, 1), x1, _mm256_mul_ps(eight(p.q, 0), x0));
    __m256 high = _mm256_fmadd_ps(eight(p.q, 3), x3, _mm256_mul_ps(eight(p.q, 2), x2));
    if (halves_differ) {
        sums[0] = _mm256_fmadd_ps(_mm256_set1_ps(p.step[0]), low, sums[0]);
        sums[1] = _mm256_fmadd_ps(_mm256_set1_ps(p.step[1]), high, sums[1]);
    } else {
        sums[0] = _mm256_fmadd_ps(_mm256_set1_ps(p.step[0]), _mm256_add_ps(low, high), sums[0]);
    }
    if (!has_base) return;
    __m256 left = _mm256_add_ps(x0, x1), right = _mm256_add_ps(x2, x3);
    if (halves_differ) {
        sums[0] = _mm256_fnmadd_ps(_mm256_set1_ps(p.base[0]), left, sums[0]);
        sums[1] = _mm256_fnmadd_ps(_mm256_set1_ps(p.base[1]), right, sums[1]);
    } else {
        sums[1] = _mm256_fnmadd_ps(_mm256_set1_ps(p.base[0]), _mm256_add_ps(left, right), sums[1]);
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
    static float dot_row_##type(const void *restrict row, const float *restrict x, size_t count) {\
        const uint8_t *block = row;                                                               \
        __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};                              \
        for (size_t e = 0; e + 32 * pieces <= count; e += 32 * pieces, block += bytes)            \
            for (int j = 0; j < pieces; j++)                                                      \
                dot_piece(piece_##type(block, j), has_base, halves_differ, x + e + 32 * j, sums); \
        return sum_of(_mm256_add_ps(sums[0], sums[1]));                                           \
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

#define ENTER(number, type)                   \
    table->expand[number] = expand_row_##type; \
    table->dot[number] = dot_row_##type

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
