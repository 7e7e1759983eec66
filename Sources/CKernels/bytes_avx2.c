/* Products of bytes with AVX2. The processor multiplies unsigned bytes by signed ones, and adds two
 * products within 16 bits: |w| (x with the sign of w) keeps that exact, as 2 * 128 * 127 fits. */
#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* Inputs that share each row that is read. */
enum { INPUTS = 3 };

INLINE __m256 absolute(__m256 x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }

static void to_bytes(const float *restrict x, size_t count, int8_t *restrict bytes,
                     float *restrict scales, int32_t *restrict sums) {
    float ends[SMV_BLOCK];
    for (size_t b = 0; b * SMV_BLOCK < count; b++, bytes += SMV_BLOCK) {
        const float *block = x + b * SMV_BLOCK;
        size_t here = count - b * SMV_BLOCK;
        if (here < SMV_BLOCK) {
            memset(ends, 0, sizeof ends);
            memcpy(ends, block, here * sizeof(float));
            block = ends;
        }
        __m256 v[4];
        for (int i = 0; i < 4; i++) v[i] = _mm256_loadu_ps(block + 8 * i);
        __m256 most = _mm256_max_ps(_mm256_max_ps(absolute(v[0]), absolute(v[1])),
                                    _mm256_max_ps(absolute(v[2]), absolute(v[3])));
        __m128 four = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps(most, 1));
        four = _mm_max_ps(four, _mm_movehl_ps(four, four));
        float largest = _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
        __m256 inverse = _mm256_set1_ps(largest > 0 ? 127 / largest : 0);
        __m256i n[4], sum = _mm256_setzero_si256();
        for (int i = 0; i < 4; i++) {
            n[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], inverse));
            sum = _mm256_add_epi32(sum, n[i]);
        }
        __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(n[0], n[1]),
                                            _mm256_packs_epi32(n[2], n[3]));
        packed = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        _mm256_storeu_si256((__m256i *)bytes, packed);
        __m128i low = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        low = _mm_add_epi32(low, _mm_unpackhi_epi64(low, low));
        low = _mm_add_epi32(low, _mm_shuffle_epi32(low, 1));
        scales[b] = largest / 127;
        sums[b] = _mm_cvtsi128_si32(low);
    }
}

/* M inputs times one group. */
INLINE void multiply_group(const uint8_t *group, size_t blocks, int M, const int8_t *bytes,
                           const float *scales, const float *bias, float *y, size_t stride) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256 sums[INPUTS][2];
    for (int m = 0; m < M; m++)
        for (int j = 0; j < 2; j++)
            sums[m][j] = bias ? _mm256_loadu_ps(bias + 8 * j) : _mm256_setzero_ps();
    for (size_t b = 0; b < blocks; b++, group += SMV_GROUP_BYTES) {
        __m256i products[INPUTS][2];
        for (int m = 0; m < M; m++)
            products[m][0] = products[m][1] = _mm256_setzero_si256();
        for (int s = 0; s < 8; s++) {
            __m256i w[2], size[2];
            for (int j = 0; j < 2; j++) {
                w[j] = _mm256_load_si256((const __m256i *)(group + 64 * s + 32 * j));
                size[j] = _mm256_abs_epi8(w[j]);
            }
#pragma clang loop unroll(full)
            for (int m = 0; m < M; m++) {
                int32_t four;
                memcpy(&four, bytes + ((size_t)m * blocks + b) * SMV_BLOCK + 4 * s, 4);
                __m256i x = _mm256_set1_epi32(four);
                for (int j = 0; j < 2; j++) {
                    __m256i pairs = _mm256_maddubs_epi16(size[j], _mm256_sign_epi8(x, w[j]));
                    products[m][j] =
                        _mm256_add_epi32(products[m][j], _mm256_madd_epi16(pairs, ones));
                }
            }
        }
        for (int j = 0; j < 2; j++) {
            __m256 scale = _mm256_load_ps((const float *)(group + 512) + 8 * j);
            for (int m = 0; m < M; m++) {
                __m256 both = _mm256_mul_ps(scale, _mm256_set1_ps(scales[(size_t)m * blocks + b]));
                sums[m][j] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products[m][j]), both, sums[m][j]);
            }
        }
    }
    for (int m = 0; m < M; m++)
        for (int j = 0; j < 2; j++)
            _mm256_storeu_ps(y + (size_t)m * stride + 8 * j, sums[m][j]);
}

static void multiply_groups(const uint8_t *restrict groups, size_t group_count, size_t blocks,
                            smv_byte_rows inputs, size_t input_count, const float *restrict bias,
                            float *restrict y, size_t stride) {
    for (size_t g = 0; g < group_count; g++) {
        const uint8_t *group = groups + g * blocks * SMV_GROUP_BYTES;
        const float *added = bias ? bias + g * SMV_GROUP_ROWS : NULL;
        float *out = y + g * SMV_GROUP_ROWS;
        size_t i = 0;
        for (; i + INPUTS <= input_count; i += INPUTS)
            multiply_group(group, blocks, INPUTS, inputs.bytes + i * blocks * SMV_BLOCK,
                           inputs.scales + i * blocks, added, out + i * stride, stride);
        for (; i < input_count; i++)
            multiply_group(group, blocks, 1, inputs.bytes + i * blocks * SMV_BLOCK,
                           inputs.scales + i * blocks, added, out + i * stride, stride);
    }
}

#pragma clang attribute pop

void smv_bytes_avx2(smv_tensor_kernels *table) {
    table->to_bytes = to_bytes;
    table->multiply_groups = multiply_groups;
}

#endif
