/* Products of bytes with AVX-512 and its instruction for them, which multiplies unsigned bytes by
 * signed ones: weights are stored shifted by 128, and what that adds, 128 times the sum of the
 * block's input, is where the sums begin. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                                    \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma,f16c"))),           \
    apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* Inputs that share each row that is read, and groups that share each input. */
enum { INPUTS = 6, GROUPS = 2 };

static void mingle(const int8_t *restrict bytes, const float *restrict scales, size_t blocks,
                   size_t row, uint8_t *restrict group) {
    const __m256i shift = _mm256_set1_epi8(-128);
    for (size_t b = 0; b < blocks; b++, bytes += SMV_BLOCK, group += SMV_GROUP_BYTES) {
        uint32_t fours[8];
        __m256i shifted =
            _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)bytes), shift);
        _mm256_storeu_si256((__m256i *)fours, shifted);
        for (size_t s = 0; s < 8; s++)
            memcpy(group + 64 * s + 4 * row, &fours[s], 4);
        memcpy(group + SMV_GROUP_ROWS * SMV_BLOCK + 4 * row, scales + b, 4);
    }
}

/* M inputs times J groups that lie `group_bytes` apart. */
INLINE void multiply_tile(const uint8_t *groups, size_t group_bytes, int J, size_t blocks, int M,
                          smv_byte_rows inputs, const float *bias, float *y, size_t stride) {
    __m512 sums[INPUTS][GROUPS];
    for (int m = 0; m < M; m++)
        for (int j = 0; j < J; j++)
            sums[m][j] = bias ? _mm512_loadu_ps(bias + SMV_GROUP_ROWS * j) : _mm512_setzero_ps();
    for (size_t b = 0; b < blocks; b++, groups += SMV_GROUP_BYTES) {
        __m512i products[INPUTS][GROUPS];
        for (int m = 0; m < M; m++) {
            __m512i start = _mm512_set1_epi32(-128 * inputs.sums[(size_t)m * blocks + b]);
            for (int j = 0; j < J; j++) products[m][j] = start;
        }
#pragma clang loop unroll(full)
        for (int s = 0; s < 8; s++) {
            __m512i w[GROUPS];
            for (int j = 0; j < J; j++)
                w[j] = _mm512_load_si512(groups + (size_t)j * group_bytes + 64 * s);
            for (int m = 0; m < M; m++) {
                int32_t four;
                memcpy(&four, inputs.bytes + ((size_t)m * blocks + b) * SMV_BLOCK + 4 * s, 4);
                __m512i x = _mm512_set1_epi32(four);
                for (int j = 0; j < J; j++)
                    products[m][j] = _mm512_dpbusd_epi32(products[m][j], w[j], x);
            }
        }
        __m512 scale[GROUPS];
        for (int j = 0; j < J; j++)
            scale[j] = _mm512_load_ps(groups + (size_t)j * group_bytes + 512);
        for (int m = 0; m < M; m++) {
            __m512 own = _mm512_set1_ps(inputs.scales[(size_t)m * blocks + b]);
            for (int j = 0; j < J; j++)
                sums[m][j] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products[m][j]),
                                             _mm512_mul_ps(scale[j], own), sums[m][j]);
        }
    }
    for (int m = 0; m < M; m++)
        for (int j = 0; j < J; j++)
            _mm512_storeu_ps(y + (size_t)m * stride + SMV_GROUP_ROWS * j, sums[m][j]);
}

INLINE void multiply_some(const uint8_t *groups, size_t group_bytes, int J, size_t blocks,
                          smv_byte_rows inputs, size_t input_count, const float *bias, float *y,
                          size_t stride) {
    for (size_t i = 0; i < input_count;) {
        smv_byte_rows from = {inputs.bytes + i * blocks * SMV_BLOCK, inputs.scales + i * blocks,
                              inputs.sums + i * blocks};
        float *to = y + i * stride;
        size_t left = input_count - i;
        if (left >= INPUTS) {
            multiply_tile(groups, group_bytes, J, blocks, INPUTS, from, bias, to, stride);
            i += INPUTS;
        } else if (left >= 4) {
            multiply_tile(groups, group_bytes, J, blocks, 4, from, bias, to, stride);
            i += 4;
        } else if (left >= 2) {
            multiply_tile(groups, group_bytes, J, blocks, 2, from, bias, to, stride);
            i += 2;
        } else {
            multiply_tile(groups, group_bytes, J, blocks, 1, from, bias, to, stride);
            i += 1;
        }
    }
}

static void multiply_groups(const uint8_t *restrict groups, size_t group_count, size_t blocks,
                            smv_byte_rows inputs, size_t input_count, const float *restrict bias,
                            float *restrict y, size_t stride) {
    size_t group_bytes = blocks * SMV_GROUP_BYTES, g = 0;
    for (; g + GROUPS <= group_count; g += GROUPS)
        multiply_some(groups + g * group_bytes, group_bytes, GROUPS, blocks, inputs, input_count,
                      bias ? bias + g * SMV_GROUP_ROWS : NULL, y + g * SMV_GROUP_ROWS, stride);
    if (g < group_count)
        multiply_some(groups + g * group_bytes, group_bytes, 1, blocks, inputs, input_count,
                      bias ? bias + g * SMV_GROUP_ROWS : NULL, y + g * SMV_GROUP_ROWS, stride);
}

#pragma clang attribute pop

void smv_bytes_avx512(smv_tensor_kernels *table) {
    table->mingle = mingle;
    table->multiply_groups = multiply_groups;
}

#endif
