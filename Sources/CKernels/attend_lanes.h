/* Attention of many queries, for vectors of LANES floats; each variant includes this once, having
 * said LANES and QUERIES (how many queries share each key that is read).
 *
 * In: queries, and the keys and values of one head. Out: softmax(scale q K^T) V. A few queries at a
 * time see all keys, so that their scores lie in the nearest cache from the first product to the
 * last. Keys are packed by LANES of them, size after size; values row after row, filled up with
 * zeros to whole vectors. */
#include <math.h>

#include "blocks.h"

#define INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef int32_t whole_lanes __attribute__((ext_vector_type(LANES)));

INLINE lanes load(const float *x) {
    lanes value;
    memcpy(&value, x, sizeof value);
    return value;
}

INLINE void store(float *x, lanes value) { memcpy(x, &value, sizeof value); }

/* As many keys as two vectors hold are done at once. */
INLINE size_t padded_count(size_t count) {
    return (count + 2 * LANES - 1) / (2 * LANES) * (2 * LANES);
}

INLINE size_t padded_size(size_t size) { return (size + LANES - 1) / LANES * LANES; }

static void pack_keys(const float *restrict keys, size_t stride, size_t count, size_t size,
                      float *restrict packed) {
    for (size_t first = 0; first < padded_count(count); first += LANES, packed += size * LANES) {
        size_t here = first >= count ? 0 : count - first < LANES ? count - first : LANES;
        if (here < LANES) memset(packed, 0, size * LANES * sizeof(float));
        for (size_t i = 0; i < here; i++) {
            const float *key = keys + (first + i) * stride;
            for (size_t d = 0; d < size; d++) packed[d * LANES + i] = key[d];
        }
    }
}

static void pack_values(const float *restrict values, size_t stride, size_t count, size_t size,
                        float *restrict packed) {
    size_t padded = padded_size(size);
    for (size_t i = 0; i < count; i++, packed += padded) {
        memcpy(packed, values + i * stride, size * sizeof(float));
        memset(packed + size, 0, (padded - size) * sizeof(float));
    }
}

/* exp as in float_avx2.c, one term shorter: for arguments of 0 and below. */
INLINE lanes exp_below(lanes x) {
    whole_lanes is_nothing = x < (lanes)-87.3f;
    x = __builtin_elementwise_max(x, (lanes)-87.3f);
    lanes n = __builtin_elementwise_roundeven(x * (lanes)0x1.715476p+0f);
    lanes r = x - n * (lanes)0x1.62e4p-1f;
    r = r - n * (lanes)0x1.7f7d1cp-20f;
    lanes sum = (lanes)(1.0f / 5040);
    sum = sum * r + (lanes)(1.0f / 720);
    sum = sum * r + (lanes)(1.0f / 120);
    sum = sum * r + (lanes)(1.0f / 24);
    sum = sum * r + (lanes)(1.0f / 6);
    sum = sum * r + (lanes)0.5f;
    sum = sum * r + (lanes)1.0f;
    sum = sum * r + (lanes)1.0f;
    whole_lanes power = (__builtin_convertvector(n, whole_lanes) + 127) << 23;
    lanes scale;
    memcpy(&scale, &power, sizeof scale);
    return is_nothing ? (lanes)0.0f : sum * scale;
}

/* scores[QUERIES][padded] = q K^T. */
INLINE void score(const float *const q[QUERIES], const float *restrict keys, size_t padded,
                  size_t size, float *restrict scores) {
    for (size_t first = 0; first < padded; first += 2 * LANES, keys += 2 * LANES * size) {
        lanes sums[QUERIES][2];
        for (int m = 0; m < QUERIES; m++) sums[m][0] = sums[m][1] = (lanes)0.0f;
        for (size_t d = 0; d < size; d++) {
            lanes a = load(keys + d * LANES), b = load(keys + (size + d) * LANES);
#pragma clang loop unroll(full)
            for (int m = 0; m < QUERIES; m++) {
                lanes x = (lanes)q[m][d];
                sums[m][0] += a * x;
                sums[m][1] += b * x;
            }
        }
        for (int m = 0; m < QUERIES; m++) {
            store(scores + (size_t)m * padded + first, sums[m][0]);
            store(scores + (size_t)m * padded + first + LANES, sums[m][1]);
        }
    }
}

/* scores = exp(scale (scores - largest)) for the first `seen`, zeros after them; returns one over
 * their sum. */
INLINE float soften(float *restrict scores, size_t seen, size_t padded, float scale) {
    lanes lane;
    for (int k = 0; k < LANES; k++) lane[k] = (float)k;
    size_t whole = seen / LANES * LANES;
    float largest = scores[0];
    if (whole) {
        lanes most = load(scores);
        for (size_t i = LANES; i < whole; i += LANES)
            most = __builtin_elementwise_max(most, load(scores + i));
        for (int k = 0; k < LANES; k++) largest = most[k] > largest ? most[k] : largest;
    }
    for (size_t i = whole; i < seen; i++) largest = scores[i] > largest ? scores[i] : largest;
    lanes sum = (lanes)0.0f;
    for (size_t i = 0; i < whole; i += LANES) {
        lanes value = exp_below((load(scores + i) - (lanes)largest) * (lanes)scale);
        sum += value;
        store(scores + i, value);
    }
    if (whole < padded) {
        lanes value = exp_below((load(scores + whole) - (lanes)largest) * (lanes)scale);
        value = lane < (lanes)(float)(seen - whole) ? value : (lanes)0.0f;
        sum += value;
        store(scores + whole, value);
        for (size_t i = whole + LANES; i < padded; i += LANES) store(scores + i, (lanes)0.0f);
    }
    float total = 0;
    for (int k = 0; k < LANES; k++) total += sum[k];
    return 1 / total;
}

/* out[m] = share[m] * scores[m] V, for the `width` vectors (1 or 2) of values from number `at`. */
INLINE void mix(const float *restrict scores, size_t padded, const float *restrict values,
                size_t value_width, size_t count, size_t at, int width,
                const float share[QUERIES], float *const out[QUERIES], size_t size) {
    lanes sums[QUERIES][2];
    for (int m = 0; m < QUERIES; m++) sums[m][0] = sums[m][1] = (lanes)0.0f;
    for (size_t i = 0; i < count; i++) {
        lanes v[2];
        for (int j = 0; j < width; j++) v[j] = load(values + i * value_width + at + j * LANES);
#pragma clang loop unroll(full)
        for (int m = 0; m < QUERIES; m++) {
            lanes x = (lanes)scores[(size_t)m * padded + i];
            for (int j = 0; j < width; j++) sums[m][j] += v[j] * x;
        }
    }
    for (int m = 0; m < QUERIES; m++)
        for (int j = 0; j < width; j++) {
            lanes value = sums[m][j] * (lanes)share[m];
            size_t place = at + (size_t)j * LANES;
            if (place + LANES <= size) store(out[m] + place, value);
            else memcpy(out[m] + place, &value, (size - place) * sizeof(float));
        }
}

static void attend(const float *restrict q, size_t q_stride, size_t queries, size_t seen,
                   bool is_causal, const float *restrict keys, const float *restrict values,
                   size_t count, size_t size, float scale, float *restrict work,
                   float *restrict out, size_t out_stride) {
    size_t width = padded_size(size);
    for (size_t first = 0; first < queries; first += QUERIES) {
        const float *from[QUERIES];
        float *to[QUERIES], share[QUERIES];
        size_t limit[QUERIES], most = 0;
        /* Places beyond the last query do the last one again. */
        for (size_t m = 0; m < QUERIES; m++) {
            size_t row = first + m < queries ? first + m : queries - 1;
            from[m] = q + row * q_stride;
            to[m] = out + row * out_stride;
            limit[m] = is_causal ? seen + row : seen;
            if (limit[m] > count) limit[m] = count;
            if (limit[m] > most) most = limit[m];
        }
        size_t padded = padded_count(most);
        score(from, keys, padded, size, work);
        for (size_t m = 0; m < QUERIES; m++)
            share[m] = soften(work + m * padded, limit[m], padded, scale);
        size_t at = 0;
        for (; at + LANES < width; at += 2 * LANES)
            mix(work, padded, values, width, most, at, 2, share, to, size);
        if (at < width) mix(work, padded, values, width, most, at, 1, share, to, size);
    }
}

/* The sum of a vector. */
INLINE float total_of(lanes value) {
#if LANES == 16
    __typeof__(value.lo) eight = value.lo + value.hi;
    __typeof__(eight.lo) four = eight.lo + eight.hi;
#elif LANES == 8
    __typeof__(value.lo) four = value.lo + value.hi;
#else
    lanes four = value;
#endif
    __typeof__(four.lo) two = four.lo + four.hi;
    return two[0] + two[1];
}

static void attend_one(const float *restrict query, const float *restrict keys,
                       const float *restrict values, size_t stride, size_t count, size_t size,
                       float scale, float *restrict scores, float *restrict out) {
    size_t whole = size / LANES * LANES, padded = padded_count(count);
    for (size_t i = 0; i < count; i++) {
        const float *key = keys + i * stride;
        lanes sums[2] = {(lanes)0.0f, (lanes)0.0f};
        for (size_t d = 0; d < whole; d += LANES)
            sums[d / LANES % 2] += load(query + d) * load(key + d);
        float sum = total_of(sums[0] + sums[1]);
        for (size_t d = whole; d < size; d++) sum += query[d] * key[d];
        scores[i] = sum;
    }
    float share = soften(scores, count, padded, scale);
    size_t d = 0;
    for (; d + 4 * LANES <= size; d += 4 * LANES) {
        lanes sums[4] = {(lanes)0.0f, (lanes)0.0f, (lanes)0.0f, (lanes)0.0f};
        for (size_t i = 0; i < count; i++)
            for (int j = 0; j < 4; j++)
                sums[j] += (lanes)scores[i] * load(values + i * stride + d + j * LANES);
        for (int j = 0; j < 4; j++) store(out + d + j * LANES, sums[j] * (lanes)share);
    }
    for (; d + LANES <= size; d += LANES) {
        lanes sum = (lanes)0.0f;
        for (size_t i = 0; i < count; i++) sum += (lanes)scores[i] * load(values + i * stride + d);
        store(out + d, sum * (lanes)share);
    }
    for (; d < size; d++) {
        float sum = 0;
        for (size_t i = 0; i < count; i++) sum += scores[i] * values[i * stride + d];
        out[d] = sum * share;
    }
}

INLINE void enter_attend(smv_tensor_kernels *table) {
    table->pack_keys = pack_keys;
    table->pack_values = pack_values;
    table->attend = attend;
    table->attend_one = attend_one;
    table->lanes = LANES;
    table->queries_at_once = QUERIES;
}
