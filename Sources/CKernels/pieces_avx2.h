/* Quantised rows in pieces, for the variants with AVX2: every type comes down to pieces of 32
 * elements: 32 signed bytes q, a step and a base for each 16 of them, value = step * q - base.
 * To be included where functions are compiled for AVX2, after INLINE is defined. */
#include <immintrin.h>

#include "blocks.h"

/* One piece of 32 elements; step and base of its two halves. */
typedef struct {
    __m256i q;
    float step[2], base[2];
} piece;

/* By way of a whole register: put into a part of one, the number would wait for what was there
 * before, and compilers choose the sum of the row so far. Hence the word to the compiler. */
INLINE float half_at(const uint8_t *bytes) {
    uint32_t bits = smv_load16(bytes);
    __asm__("" : "+r"(bits));
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128((int)bits)));
}

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
