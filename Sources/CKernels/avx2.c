/* Kernels for x86-64 processors with AVX2, FMA and F16C. */
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/* Two rows of four pixels (12 bytes used of 16), one row in each half. */
static inline __m256i two_rows(const uint8_t *first, const uint8_t *second) {
    __m128i low = _mm_loadu_si128((const __m128i *)first);
    __m128i high = _mm_loadu_si128((const __m128i *)second);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Two halves of weights, four bytes, in every lane. */
static inline __m256i every_lane(const int16_t *weights) {
    int32_t pair;
    __builtin_memcpy(&pair, weights, sizeof pair);
    return _mm256_set1_epi32(pair);
}

/* The values of a weighted sum from the sums over both halves of the weights. */
static inline __m256i whole_values(__m256i high, __m256i low) {
    const __m256i half = _mm256_set1_epi32(1 << (SMV_WEIGHT_BITS - 1));
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, SMV_LOW_BITS), low);
    return _mm256_srai_epi32(_mm256_add_epi32(sum, half), SMV_WEIGHT_BITS);
}

/* One output pixel of each of four rows, as four 32-bit lanes of R, G, B and nothing.
 * A register holds two rows; each of its lanes takes two pixels of one channel as 16-bit numbers,
 * so that one multiply-add makes two products of 3 channels and 2 rows. */
static inline __m128i four_pixels_across(const uint8_t *const rows[4], size_t offset,
                                         const int16_t *weights, size_t groups) {
    const __m256i first_two = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
    const __m256i last_two = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
    __m256i high_a = _mm256_setzero_si256(), low_a = high_a, high_b = high_a, low_b = high_a;
    for (size_t group = 0; group < groups; group++, weights += 8, offset += 12) {
        __m256i a = two_rows(rows[0] + offset, rows[1] + offset);
        __m256i b = two_rows(rows[2] + offset, rows[3] + offset);
        __m256i high = every_lane(weights), low = every_lane(weights + 2);
        __m256i pixels = _mm256_shuffle_epi8(a, first_two);
        high_a = _mm256_add_epi32(high_a, _mm256_madd_epi16(pixels, high));
        low_a = _mm256_add_epi32(low_a, _mm256_madd_epi16(pixels, low));
        pixels = _mm256_shuffle_epi8(b, first_two);
        high_b = _mm256_add_epi32(high_b, _mm256_madd_epi16(pixels, high));
        low_b = _mm256_add_epi32(low_b, _mm256_madd_epi16(pixels, low));
        high = every_lane(weights + 4), low = every_lane(weights + 6);
        pixels = _mm256_shuffle_epi8(a, last_two);
        high_a = _mm256_add_epi32(high_a, _mm256_madd_epi16(pixels, high));
        low_a = _mm256_add_epi32(low_a, _mm256_madd_epi16(pixels, low));
        pixels = _mm256_shuffle_epi8(b, last_two);
        high_b = _mm256_add_epi32(high_b, _mm256_madd_epi16(pixels, high));
        low_b = _mm256_add_epi32(low_b, _mm256_madd_epi16(pixels, low));
    }
    __m256i words =
        _mm256_packs_epi32(whole_values(high_a, low_a), whole_values(high_b, low_b));
    __m256i bytes = _mm256_packus_epi16(words, words);
    return _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
}

static inline void store_four_bytes(uint8_t *out, int pixel) {
    __builtin_memcpy(out, &pixel, 4);
}

static inline void store_three_bytes(uint8_t *out, int pixel) {
    __builtin_memcpy(out, &pixel, 3);
}

static void resample_across(const uint8_t *in, size_t in_stride, size_t in_width, size_t rows,
                            size_t slack, const smv_taps *taps, uint8_t *out, size_t out_stride) {
    for (size_t row = 0; row < rows; row += 4) {
        /* The last rows stand in for those that are missing. */
        const uint8_t *from[4];
        uint8_t *to[4];
        size_t last = row;
        for (size_t i = 0; i < 4; i++) {
            if (row + i < rows) last = row + i;
            from[i] = in + last * in_stride;
            to[i] = out + last * out_stride;
        }
        /* Bytes that may be read from the beginning of each of the four rows on. */
        size_t readable = (rows - 1 - last) * in_stride + in_width * 3 + slack;
        for (size_t output = 0; output < taps->outputs; output++) {
            size_t offset = (size_t)taps->starts[output] * 3;
            size_t groups = ((size_t)taps->counts[output] + 3) / 4;
            if (offset + groups * 12 + 4 > readable) {
                for (size_t i = 0; i < 4; i++) {
                    smv_pixel_across(from[i], taps, output, to[i] + output * 3);
                }
                continue;
            }
            __m128i pixels = four_pixels_across(
                from, offset, taps->weights + output * taps->groups * 8, groups);
            if (output + 1 < taps->outputs) {
                /* The fourth byte is written again with the next pixel. */
                store_four_bytes(to[0] + output * 3, _mm_cvtsi128_si32(pixels));
                store_four_bytes(to[1] + output * 3, _mm_extract_epi32(pixels, 1));
                store_four_bytes(to[2] + output * 3, _mm_extract_epi32(pixels, 2));
                store_four_bytes(to[3] + output * 3, _mm_extract_epi32(pixels, 3));
            } else {
                store_three_bytes(to[0] + output * 3, _mm_cvtsi128_si32(pixels));
                store_three_bytes(to[1] + output * 3, _mm_extract_epi32(pixels, 1));
                store_three_bytes(to[2] + output * 3, _mm_extract_epi32(pixels, 2));
                store_three_bytes(to[3] + output * 3, _mm_extract_epi32(pixels, 3));
            }
        }
    }
}

/* 32 columns of one output row: bytes of two rows are paired up as 16-bit numbers, so that one
 * multiply-add makes the products of 8 columns and 2 rows. */
static inline void down_32(const uint8_t *in, size_t stride, size_t rows, const int16_t *weights,
                           uint8_t *out) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i high[4] = {zero, zero, zero, zero}, low[4] = {zero, zero, zero, zero};
    for (size_t row = 0; row < rows; row += 2, weights += 4, in += stride * 2) {
        __m256i a = _mm256_loadu_si256((const __m256i *)in);
        __m256i b = row + 1 < rows ? _mm256_loadu_si256((const __m256i *)(in + stride)) : zero;
        __m256i left = _mm256_unpacklo_epi8(a, b), right = _mm256_unpackhi_epi8(a, b);
        __m256i pairs[4] = {
            _mm256_unpacklo_epi8(left, zero), _mm256_unpackhi_epi8(left, zero),
            _mm256_unpacklo_epi8(right, zero), _mm256_unpackhi_epi8(right, zero)};
        __m256i weight_high = every_lane(weights), weight_low = every_lane(weights + 2);
        for (int i = 0; i < 4; i++) {
            high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(pairs[i], weight_high));
            low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(pairs[i], weight_low));
        }
    }
    __m256i left =
        _mm256_packs_epi32(whole_values(high[0], low[0]), whole_values(high[1], low[1]));
    __m256i right =
        _mm256_packs_epi32(whole_values(high[2], low[2]), whole_values(high[3], low[3]));
    _mm256_storeu_si256((__m256i *)out, _mm256_packus_epi16(left, right));
}

static void resample_down(const uint8_t *in, size_t stride, size_t count, const smv_taps *taps,
                          size_t output, uint8_t *out) {
    if (count < 32) {
        smv_generic_kernels.resample_down(in, stride, count, taps, output, out);
        return;
    }
    const int16_t *weights = taps->weights + output * taps->groups * 8;
    size_t rows = (size_t)taps->counts[output];
    size_t column = 0;
    for (; column + 32 <= count; column += 32) {
        down_32(in + column, stride, rows, weights, out + column);
    }
    /* The last ones overlap those before. */
    if (column < count) down_32(in + count - 32, stride, rows, weights, out + count - 32);
}

const smv_kernels smv_avx2_kernels = {
    .resample_across = resample_across,
    .resample_down = resample_down,
    /* Eight lookups by a gather took as long as eight by themselves: 3.9 ms for 12 tiles of 512. */
    .rgb_to_planes = smv_generic_rgb_to_planes,
};

#pragma clang attribute pop

#endif
