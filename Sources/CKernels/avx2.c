/* Kernels for x86-64 processors with AVX2, FMA and F16C. */
#include "kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

/* Two halves of weights, four bytes, in every lane. */
static inline __m256i every_lane(const int16_t *weights) {
    int32_t pair;
    __builtin_memcpy(&pair, weights, sizeof pair);
    return _mm256_set1_epi32(pair);
}

/* Where sums over the low halves of weights begin: at the half that rounds. */
static inline __m256i rounding_half(void) {
    return _mm256_set1_epi32(1 << (SMV_WEIGHT_BITS - 1));
}

/* The values of a weighted sum from the sums over both halves of the weights. */
static inline __m256i whole_values(__m256i high, __m256i low) {
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, SMV_LOW_BITS), low);
    return _mm256_srai_epi32(sum, SMV_WEIGHT_BITS);
}

/* ---- Across -----------------------------------------------------------------------------------
 *
 * Eight rows at a time. Pixels are first spread out as pairs of neighbours, 24 lanes of two 16-bit
 * numbers: one lane for every row and channel, so that one multiply-add makes two products of every
 * lane. A pixel is spread once and used in all the windows it is part of, six with Lanczos.
 */

/* The lanes of one pair of pixels. Rows go by twos, one in each half of a register:
 *     lane 0 to 2 of register 0, 1, 2: red, green, blue of rows 0 and 1, 2 and 3, 4 and 5
 *     lane 3 of register 0, 1, 2:      red, green, blue of rows 6 and 7 */
typedef struct pair_lanes {
    __m256i of[3];
} pair_lanes;

enum {
    BLOCK_ROWS = 8,
    /* Pixels spread out at a time: 12 KiB, which stay in the first cache. */
    SPREAD_PIXELS = 256
};

static inline pair_lanes packed_lanes(__m256i a, __m256i b, __m256i c, __m256i d) {
    return (pair_lanes){{
        _mm256_blend_epi32(a, _mm256_shuffle_epi32(d, 0x00), 0x88),
        _mm256_blend_epi32(b, _mm256_shuffle_epi32(d, 0x55), 0x88),
        _mm256_blend_epi32(c, _mm256_shuffle_epi32(d, 0xAA), 0x88),
    }};
}

/* Four pixels of eight rows, rows by twos, from `offset` bytes on. */
typedef struct four_pixels {
    __m256i of[4];
} four_pixels;

static inline four_pixels loaded(const uint8_t *const rows[BLOCK_ROWS], size_t offset) {
    four_pixels four;
    for (int i = 0; i < 4; i++) {
        __m128i even = _mm_loadu_si128((const __m128i *)(rows[i * 2] + offset));
        __m128i odd = _mm_loadu_si128((const __m128i *)(rows[i * 2 + 1] + offset));
        four.of[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(even), odd, 1);
    }
    return four;
}

/* The same at the end of the rows: what lies beyond `row_bytes` reads as 0. */
static four_pixels loaded_at_end(const uint8_t *const rows[BLOCK_ROWS], size_t offset,
                                 size_t row_bytes) {
    uint8_t copies[BLOCK_ROWS][16] = {{0}};
    const uint8_t *ends[BLOCK_ROWS];
    for (int i = 0; i < BLOCK_ROWS; i++) {
        if (offset < row_bytes) __builtin_memcpy(copies[i], rows[i] + offset, row_bytes - offset);
        ends[i] = copies[i];
    }
    return loaded(ends, 0);
}

/* Spreads `count` pixels of eight rows from pixel `first` on; writes count / 2 pairs, rounded up to
 * an even number. */
static void spread(const uint8_t *const rows[BLOCK_ROWS], size_t row_bytes, size_t first,
                   size_t count, pair_lanes *pairs) {
    const __m256i first_two = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
    const __m256i last_two = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
    for (size_t offset = first * 3; offset < (first + count) * 3; offset += 12, pairs += 2) {
        four_pixels four = offset + 16 <= row_bytes ? loaded(rows, offset)
                                                    : loaded_at_end(rows, offset, row_bytes);
        pairs[0] = packed_lanes(
            _mm256_shuffle_epi8(four.of[0], first_two), _mm256_shuffle_epi8(four.of[1], first_two),
            _mm256_shuffle_epi8(four.of[2], first_two), _mm256_shuffle_epi8(four.of[3], first_two));
        pairs[1] = packed_lanes(
            _mm256_shuffle_epi8(four.of[0], last_two), _mm256_shuffle_epi8(four.of[1], last_two),
            _mm256_shuffle_epi8(four.of[2], last_two), _mm256_shuffle_epi8(four.of[3], last_two));
    }
}

/* Sums over both halves of the weights. */
typedef struct pair_sums {
    pair_lanes high, low;
} pair_sums;

static inline pair_sums no_sums(void) {
    const __m256i zero = _mm256_setzero_si256(), half = rounding_half();
    return (pair_sums){{{zero, zero, zero}}, {{half, half, half}}};
}

static inline pair_sums added(pair_sums sums, const pair_lanes *pairs, size_t count,
                              const int16_t *weights) {
    for (size_t i = 0; i < count; i++, weights += 4) {
        __m256i high = every_lane(weights), low = every_lane(weights + 2);
        for (int j = 0; j < 3; j++) {
            sums.high.of[j] =
                _mm256_add_epi32(sums.high.of[j], _mm256_madd_epi16(pairs[i].of[j], high));
            sums.low.of[j] =
                _mm256_add_epi32(sums.low.of[j], _mm256_madd_epi16(pairs[i].of[j], low));
        }
    }
    return sums;
}

/* One output pixel of eight rows, four bytes each: rows 0, 2, 4, 6 and rows 1, 3, 5, 7. */
static inline __m256i eight_pixels(pair_sums sums) {
    __m256i a = whole_values(sums.high.of[0], sums.low.of[0]);
    __m256i b = whole_values(sums.high.of[1], sums.low.of[1]);
    __m256i c = whole_values(sums.high.of[2], sums.low.of[2]);
    __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, c));
    return _mm256_shuffle_epi8(
        bytes, _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, -1, 4, 5, 6, -1, 8, 9, 10, -1, 3,
                                                         7, 11, -1)));
}

/* Writes twelve bytes; with `overrun`, which is faster, four more of no meaning. */
static inline void store_twelve_bytes(uint8_t *out, __m128i bytes, int overrun) {
    if (overrun) {
        _mm_storeu_si128((__m128i *)out, bytes);
    } else {
        int32_t last = _mm_extract_epi32(bytes, 2);
        _mm_storel_epi64((__m128i *)out, bytes);
        __builtin_memcpy(out + 8, &last, 4);
    }
}

static inline void store_four_pixels(uint8_t *const rows[BLOCK_ROWS], size_t output,
                                     const __m256i pixels[4], int overrun) {
    const __m256i drop_fourth = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    __m256i low_a = _mm256_unpacklo_epi32(pixels[0], pixels[1]);
    __m256i low_b = _mm256_unpacklo_epi32(pixels[2], pixels[3]);
    __m256i high_a = _mm256_unpackhi_epi32(pixels[0], pixels[1]);
    __m256i high_b = _mm256_unpackhi_epi32(pixels[2], pixels[3]);
    __m256i by_rows[4] = {
        _mm256_unpacklo_epi64(low_a, low_b), _mm256_unpackhi_epi64(low_a, low_b),
        _mm256_unpacklo_epi64(high_a, high_b), _mm256_unpackhi_epi64(high_a, high_b)};
    for (int i = 0; i < 4; i++) {
        __m256i bytes = _mm256_shuffle_epi8(by_rows[i], drop_fourth);
        __m128i odd = _mm256_extracti128_si256(bytes, 1);
        store_twelve_bytes(rows[i * 2] + output * 3, _mm256_castsi256_si128(bytes), overrun);
        store_twelve_bytes(rows[i * 2 + 1] + output * 3, odd, overrun);
    }
}

static inline void store_one_pixel(uint8_t *const rows[BLOCK_ROWS], size_t output,
                                   __m256i pixel) {
    uint8_t bytes[32];
    _mm256_storeu_si256((__m256i *)bytes, pixel);
    for (int i = 0; i < BLOCK_ROWS; i++) {
        __builtin_memcpy(rows[i] + output * 3, bytes + i % 2 * 16 + i / 2 * 4, 3);
    }
}

/* The sums over a window that is longer than what is spread at a time. */
static pair_sums long_window(const uint8_t *const rows[BLOCK_ROWS],
                             size_t row_bytes, size_t start, size_t count,
                             const int16_t *weights, pair_lanes *pairs) {
    pair_sums sums = no_sums();
    for (size_t done = 0; done < count; done += SPREAD_PIXELS) {
        size_t part = count - done < SPREAD_PIXELS ? count - done : SPREAD_PIXELS;
        spread(rows, row_bytes, start + done, part, pairs);
        sums = added(sums, pairs, (part + 1) / 2, weights + done * 2);
    }
    return sums;
}

static void eight_rows_across(const uint8_t *const rows[BLOCK_ROWS],
                              size_t row_bytes, const smv_taps *taps,
                              uint8_t *const out[BLOCK_ROWS]) {
    pair_lanes pairs[SPREAD_PIXELS / 2];
    __m256i pixels[4];
    size_t first = 0, end = 0; /* What is spread. */
    size_t last = taps->outputs ? (size_t)taps->starts[taps->outputs - 1] : 0;
    for (size_t output = 0; output < taps->outputs; output++) {
        const int16_t *weights = taps->weights + output * taps->pairs * 4;
        size_t start = (size_t)taps->starts[output];
        pair_sums sums = no_sums();
        if (taps->pairs * 2 > SPREAD_PIXELS) {
            sums = long_window(rows, row_bytes, start, (size_t)taps->counts[output], weights, pairs);
        } else {
            /* All windows as long as the longest: a loop that ends now here, now there, takes
             * twice as long. */
            if (start + taps->pairs * 2 > end) {
                size_t wanted = last + taps->pairs * 2 - start;
                first = start;
                end = start + (wanted < SPREAD_PIXELS ? wanted : SPREAD_PIXELS);
                spread(rows, row_bytes, first, end - first, pairs);
            }
            sums = added(sums, pairs + (start - first) / 2, taps->pairs, weights);
        }
        pixels[output % 4] = eight_pixels(sums);
        if (output % 4 == 3) {
            /* What is written too far is written again with the two pixels that follow. */
            store_four_pixels(out, output - 3, pixels, output + 2 < taps->outputs);
        }
    }
    for (size_t output = taps->outputs / 4 * 4; output < taps->outputs; output++) {
        store_one_pixel(out, output, pixels[output % 4]);
    }
}

static void resample_across(const uint8_t *in, size_t in_stride, size_t in_width, size_t rows,
                            const smv_taps *taps, uint8_t *out, size_t out_stride) {
    for (size_t row = 0; row < rows; row += BLOCK_ROWS) {
        /* The last row stands in for those that are missing. */
        const uint8_t *from[BLOCK_ROWS];
        uint8_t *to[BLOCK_ROWS];
        for (size_t i = 0; i < BLOCK_ROWS; i++) {
            size_t at = row + i < rows ? row + i : rows - 1;
            from[i] = in + at * in_stride;
            to[i] = out + at * out_stride;
        }
        eight_rows_across(from, in_width * 3, taps, to);
    }
}

/* ---- Down ------------------------------------------------------------------------------------- */

/* 32 columns of one output row: bytes of two rows are paired up as 16-bit numbers, so that one
 * multiply-add makes the products of 8 columns and 2 rows. */
static inline void down_32(const uint8_t *in, size_t stride, size_t rows, const int16_t *weights,
                           uint8_t *out) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i half = rounding_half();
    __m256i high[4] = {zero, zero, zero, zero}, low[4] = {half, half, half, half};
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
    const int16_t *weights = taps->weights + output * taps->pairs * 4;
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
