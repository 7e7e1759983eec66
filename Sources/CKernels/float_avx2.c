/* What stands between the products, with AVX2. Ends of rows go through the same eight lanes, padded
 * with zeros, so that an element's value does not depend on where in its row it stands. */
#include <math.h>

#include "blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))

/* Lanes below `count`, all of them from 8 on. */
INLINE __m256i lanes_below(size_t count) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count < 8 ? (int)count : 8), lane);
}

/* Up to 8 floats, zeros after the last. Masked stores are slow: whole vectors go without. */
INLINE __m256 load(const float *x, size_t left) {
    return left >= 8 ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, lanes_below(left));
}

INLINE void store(float *x, size_t left, __m256 value) {
    if (left >= 8) _mm256_storeu_ps(x, value);
    else _mm256_maskstore_ps(x, lanes_below(left), value);
}

INLINE float sum_of(__m256 lanes) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

INLINE float largest_of(__m256 lanes) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

/* exp by x = n ln 2 + r, |r| <= ln 2 / 2, and the series of exp(r) up to r^7 (the rest is below
 * 6e-9 of it). Below -87.3 it gives 0, above 88.3 what it gives at 88.3. */
INLINE __m256 exp8(__m256 x) {
    __m256 below = _mm256_cmp_ps(x, _mm256_set1_ps(-87.3f), _CMP_LT_OQ);
    x = _mm256_min_ps(_mm256_set1_ps(88.3f), _mm256_max_ps(_mm256_set1_ps(-87.3f), x));
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(0x1.715476p+0f)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    /* ln 2 in two parts; the first has few enough bits for n times it to be exact. */
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0x1.62e4p-1f), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0x1.7f7d1cp-20f), r);
    __m256 sum = _mm256_set1_ps(1.0f / 5040);
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 720));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 120));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 24));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 6));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(0.5f));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1));
    sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1));
    __m256i power = _mm256_slli_epi32(
        _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_andnot_ps(below, _mm256_mul_ps(sum, _mm256_castsi256_ps(power)));
}

static void layer_norm(const float *x, const float *weight, const float *bias, float eps,
                       size_t count, float *out) {
    if (!count) return;
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i < count; i += 8)
        sum = _mm256_add_ps(sum, load(x + i, count - i));
    float mean = sum_of(sum) / (float)count;
    __m256 means = _mm256_set1_ps(mean), squares = _mm256_setzero_ps();
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 off = _mm256_sub_ps(load(x + i, left), means);
        off = _mm256_and_ps(off, _mm256_castsi256_ps(lanes_below(left)));
        squares = _mm256_fmadd_ps(off, off, squares);
    }
    __m256 scale = _mm256_set1_ps(1 / sqrtf(sum_of(squares) / (float)count + eps));
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 off = _mm256_sub_ps(load(x + i, left), means);
        __m256 value = _mm256_fmadd_ps(_mm256_mul_ps(off, scale),
                                       load(weight + i, left),
                                       load(bias + i, left));
        store(out + i, left, value);
    }
}

static void rms_norm(const float *x, const float *weight, float eps, size_t count, float *out) {
    if (!count) return;
    __m256 squares = _mm256_setzero_ps();
    for (size_t i = 0; i < count; i += 8) {
        __m256 value = load(x + i, count - i);
        squares = _mm256_fmadd_ps(value, value, squares);
    }
    __m256 scale = _mm256_set1_ps(1 / sqrtf(sum_of(squares) / (float)count + eps));
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 value = _mm256_mul_ps(load(x + i, left), scale);
        value = _mm256_mul_ps(value, load(weight + i, left));
        store(out + i, left, value);
    }
}

static void gelu_tanh(float *x, size_t count) {
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 v = load(x + i, left);
        __m256 cube = _mm256_mul_ps(_mm256_mul_ps(v, v), v);
        __m256 u = _mm256_fmadd_ps(cube, _mm256_set1_ps(0.044715f), v);
        /* -2 sqrt(2 / pi) */
        __m256 e = exp8(_mm256_mul_ps(u, _mm256_set1_ps(-1.5957691216057308f)));
        store(x + i, left, _mm256_div_ps(v, _mm256_add_ps(_mm256_set1_ps(1), e)));
    }
}

static void silu_multiply(float *restrict gate, const float *restrict up, size_t count) {
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 v = load(gate + i, left);
        __m256 e = exp8(_mm256_sub_ps(_mm256_setzero_ps(), v));
        v = _mm256_div_ps(v, _mm256_add_ps(_mm256_set1_ps(1), e));
        v = _mm256_mul_ps(v, load(up + i, left));
        store(gate + i, left, v);
    }
}

static void softmax(float *x, float scale, size_t count) {
    if (!count) return;
    __m256 most = _mm256_set1_ps(x[0]);
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 value = load(x + i, left);
        most = _mm256_max_ps(most, _mm256_blendv_ps(most, value, _mm256_castsi256_ps(lanes_below(left))));
    }
    __m256 largest = _mm256_set1_ps(largest_of(most)), sum = _mm256_setzero_ps();
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 value = _mm256_sub_ps(load(x + i, left), largest);
        value = exp8(_mm256_mul_ps(value, _mm256_set1_ps(scale)));
        value = _mm256_and_ps(value, _mm256_castsi256_ps(lanes_below(left)));
        store(x + i, left, value);
        sum = _mm256_add_ps(sum, value);
    }
    __m256 share = _mm256_set1_ps(1 / sum_of(sum));
    for (size_t i = 0; i < count; i += 8) {
        size_t left = count - i;
        __m256 value = _mm256_mul_ps(load(x + i, left), share);
        store(x + i, left, value);
    }
}

static void rotate(float *restrict x, const float *restrict cosine, const float *restrict sine,
                   size_t heads, size_t size) {
    size_t half = size / 2;
    for (size_t head = 0; head < heads; head++, x += size)
        for (size_t i = 0; i < half; i += 8) {
            size_t left = half - i;
            __m256 a = load(x + i, left);
            __m256 b = load(x + half + i, left);
            __m256 c = load(cosine + i, left);
            __m256 s = load(sine + i, left);
            store(x + i, left, _mm256_fmsub_ps(a, c, _mm256_mul_ps(b, s)));
            store(x + half + i, left, _mm256_fmadd_ps(b, c, _mm256_mul_ps(a, s)));
        }
}

static void add(float *restrict y, const float *restrict x, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(y + i, _mm256_add_ps(_mm256_loadu_ps(y + i), _mm256_loadu_ps(x + i)));
    for (; i < count; i++) y[i] += x[i];
}

static void add_scaled(float *restrict y, const float *restrict x, float scale, size_t count) {
    __m256 scales = _mm256_set1_ps(scale);
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(
            y + i, _mm256_fmadd_ps(scales, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
    for (; i < count; i++) y[i] = fmaf(scale, x[i], y[i]);
}

#pragma clang attribute pop

void smv_floats_avx2(smv_tensor_kernels *table) {
    table->layer_norm = layer_norm;
    table->rms_norm = rms_norm;
    table->gelu_tanh = gelu_tanh;
    table->silu_multiply = silu_multiply;
    table->softmax = softmax;
    table->rotate = rotate;
    table->add = add;
    table->add_scaled = add_scaled;
}

#endif
