/* Attention for vectors of LANES floats; each variant includes this once, having said LANES,
 * QUERIES (how many queries share each key that is read) and LOAD_HALVES, where it has one.
 *
 * In: queries, and the keys and values of one head. Out: softmax(scale q K^T) V.
 *
 * Many queries: a few at a time see all keys, so that their scores lie in the nearest cache from
 * the first product to the last. Keys are packed by LANES of them, size after size; values row after
 * row, filled up with zeros to whole vectors.
 *
 * One position: the queries that share a head see a part of the keys where they lie, each row read
 * once for all of them; what they saw of each part is joined at the end. */
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

/* Rows of keys or values: floats, or halves. */
typedef struct rows {
    const void *numbers;
    size_t stride;
    bool are_halves;
} rows;

INLINE lanes load_halves(const uint16_t *x) {
#ifdef LOAD_HALVES
    return LOAD_HALVES(x);
#else
    lanes value;
    for (int k = 0; k < LANES; k++) value[k] = smv_half(x[k]);
    return value;
#endif
}

INLINE lanes vector_at(rows from, bool are_halves, size_t place) {
    return are_halves ? load_halves((const uint16_t *)from.numbers + place)
                      : load((const float *)from.numbers + place);
}

INLINE float number_at(rows from, bool are_halves, size_t place) {
    return are_halves ? smv_half(((const uint16_t *)from.numbers)[place])
                      : ((const float *)from.numbers)[place];
}

/* `count` numbers from a place on as floats. */
INLINE void expand_part(rows from, bool are_halves, size_t place, size_t count, float *out) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(out + i, vector_at(from, are_halves, place + i));
    for (; i < count; i++) out[i] = number_at(from, are_halves, place + i);
}

INLINE void pack_keys_of(rows keys, bool are_halves, size_t count, size_t size,
                         float *restrict packed) {
    for (size_t first = 0; first < padded_count(count); first += LANES, packed += size * LANES) {
        size_t here = first >= count ? 0 : count - first < LANES ? count - first : LANES;
        if (here < LANES) memset(packed, 0, size * LANES * sizeof(float));
        for (size_t i = 0; i < here; i++) {
            size_t key = (first + i) * keys.stride;
            if (!are_halves) {
                const float *row = (const float *)keys.numbers + key;
                for (size_t d = 0; d < size; d++) packed[d * LANES + i] = row[d];
                continue;
            }
            float part[LANES];
            for (size_t d = 0; d < size; d += LANES) {
                size_t some = size - d < LANES ? size - d : LANES;
                expand_part(keys, true, key + d, some, part);
                for (size_t j = 0; j < some; j++) packed[(d + j) * LANES + i] = part[j];
            }
        }
    }
}

static void pack_keys(const void *restrict keys, bool are_halves, size_t stride, size_t count,
                      size_t size, float *restrict packed) {
    rows from = {keys, stride, are_halves};
    if (are_halves) pack_keys_of(from, true, count, size, packed);
    else pack_keys_of(from, false, count, size, packed);
}

static void pack_values(const void *restrict values, bool are_halves, size_t stride, size_t count,
                        size_t size, float *restrict packed) {
    rows from = {values, stride, are_halves};
    size_t padded = padded_size(size);
    for (size_t i = 0; i < count; i++, packed += padded) {
        if (are_halves) expand_part(from, true, i * stride, size, packed);
        else expand_part(from, false, i * stride, size, packed);
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

/* scores = exp(scale (scores - most)) for the first `seen`, zeros after them; returns their sum,
 * and the largest of them as they were. */
INLINE float soften(float *restrict scores, size_t seen, size_t padded, float scale,
                    float *restrict most_of) {
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
    *most_of = largest;
    return total;
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
        for (size_t m = 0; m < QUERIES; m++) {
            float largest;
            share[m] = 1 / soften(work + m * padded, limit[m], padded, scale, &largest);
        }
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

/* Asks for `count` numbers that are read soon: values while scores are made, the keys behind these
 * while values are mixed, so that memory is never idle. */
INLINE void ask_for(rows from, bool are_halves, size_t place, size_t count) {
    const char *start = (const char *)from.numbers + place * (are_halves ? 2 : 4);
    size_t bytes = count * (are_halves ? 2 : 4);
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(start + i, 0, 3);
}

/* out[i] = the sum of x[i]: sums of neighbours, of these, and of the two halves that are left. */
INLINE void store_totals(const lanes x[4], float *restrict out) {
#if LANES == 4
#define PAIRS(a, b)                                                                               \
    (__builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7))
    lanes sums = PAIRS(PAIRS(x[0], x[1]), PAIRS(x[2], x[3]));
#else
#if LANES == 16
#define EIGHT(x) ((x).lo + (x).hi)
#else
#define EIGHT(x) (x)
#endif
#define PAIRS(a, b)                                                                               \
    (__builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) +                                   \
     __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15))
    __typeof__(EIGHT(x[0])) a = EIGHT(x[0]), b = EIGHT(x[1]), c = EIGHT(x[2]), d = EIGHT(x[3]);
    __typeof__(a) low = PAIRS(a, b), high = PAIRS(c, d), all = PAIRS(low, high);
    __typeof__(all.lo) sums = all.lo + all.hi;
#undef EIGHT
#endif
#undef PAIRS
    memcpy(out, &sums, 4 * sizeof(float));
}

/* scores[m][at + j] = q[m] key[at + j] for n queries and a few keys. */
INLINE void score_some(int n, int places, const float *restrict q, rows keys, bool are_halves,
                       size_t at, size_t size, size_t padded, float *restrict scores) {
    lanes sums[4][4];
#pragma clang loop unroll(full)
    for (int m = 0; m < n; m++)
        for (int j = 0; j < places; j++) sums[m][j] = (lanes)0.0f;
    size_t whole = size / LANES * LANES, first = at * keys.stride;
    for (size_t d = 0; d < whole; d += LANES) {
        lanes x[4];
#pragma clang loop unroll(full)
        for (int m = 0; m < n; m++) x[m] = load(q + (size_t)m * size + d);
#pragma clang loop unroll(full)
        for (int j = 0; j < places; j++) {
            lanes key = vector_at(keys, are_halves, first + (size_t)j * keys.stride + d);
#pragma clang loop unroll(full)
            for (int m = 0; m < n; m++) sums[m][j] += x[m] * key;
        }
    }
    if (places == 4 && whole == size) {
        for (int m = 0; m < n; m++) store_totals(sums[m], scores + (size_t)m * padded + at);
        return;
    }
    for (int m = 0; m < n; m++)
        for (int j = 0; j < places; j++) {
            float sum = total_of(sums[m][j]);
            for (size_t d = whole; d < size; d++)
                sum += q[(size_t)m * size + d] *
                       number_at(keys, are_halves, first + (size_t)j * keys.stride + d);
            scores[(size_t)m * padded + at + (size_t)j] = sum;
        }
}

/* parts[m] = scores[m] V for the `width` vectors of values from number `at`. */
INLINE void mix_some(int n, int width, const float *restrict scores, size_t padded, rows keys,
                     rows values, bool are_halves, size_t count, size_t at, float *restrict parts,
                     size_t part_stride) {
    lanes sums[4][4];
#pragma clang loop unroll(full)
    for (int m = 0; m < n; m++)
        for (int j = 0; j < width; j++) sums[m][j] = (lanes)0.0f;
    for (size_t i = 0; i < count; i++) {
        lanes share[4];
        ask_for(keys, are_halves, (count + i) * keys.stride + at, (size_t)width * LANES);
#pragma clang loop unroll(full)
        for (int m = 0; m < n; m++) share[m] = (lanes)scores[(size_t)m * padded + i];
#pragma clang loop unroll(full)
        for (int j = 0; j < width; j++) {
            lanes value =
                vector_at(values, are_halves, i * values.stride + at + (size_t)j * LANES);
#pragma clang loop unroll(full)
            for (int m = 0; m < n; m++) sums[m][j] += share[m] * value;
        }
    }
    for (int m = 0; m < n; m++)
        for (int j = 0; j < width; j++)
            store(parts + (size_t)m * part_stride + at + (size_t)j * LANES, sums[m][j]);
}

/* As many sums as there are registers for. */
#if LANES == 16
#define WIDE_PLACES(n) 4
#else
#define WIDE_PLACES(n) ((n) > 2 ? 2 : 4)
#endif
#define WIDE_MIX(n) (LANES == 16 || (n) < 4 ? 4 : 2)

INLINE void see_part(int n, bool are_halves, const float *restrict q, rows keys, rows values,
                     size_t count, size_t size, float scale, float *restrict scores,
                     float *restrict parts) {
    size_t padded = padded_count(count), part_stride = size + 2, i = 0;
    const int places = WIDE_PLACES(n), width = WIDE_MIX(n);
    for (; i + (size_t)places <= count; i += (size_t)places) {
        for (size_t j = 0; j < (size_t)places; j++)
            ask_for(values, are_halves, (i + j) * values.stride, size);
        score_some(n, places, q, keys, are_halves, i, size, padded, scores);
    }
    for (; i < count; i++) score_some(n, 1, q, keys, are_halves, i, size, padded, scores);
    for (int m = 0; m < n; m++) {
        float *part = parts + (size_t)m * part_stride;
        part[size] = soften(scores + (size_t)m * padded, count, padded, scale, part + size + 1);
    }
    size_t d = 0;
    for (; d + (size_t)width * LANES <= size; d += (size_t)width * LANES)
        mix_some(n, width, scores, padded, keys, values, are_halves, count, d, parts, part_stride);
    for (; d + LANES <= size; d += LANES)
        mix_some(n, 1, scores, padded, keys, values, are_halves, count, d, parts, part_stride);
    for (; d < size; d++)
        for (int m = 0; m < n; m++) {
            float sum = 0;
            for (size_t j = 0; j < count; j++)
                sum += scores[(size_t)m * padded + j] *
                       number_at(values, are_halves, j * values.stride + d);
            parts[(size_t)m * part_stride + d] = sum;
        }
}

static void attend_part(const float *restrict q, size_t queries, const void *restrict keys,
                        const void *restrict values, bool are_halves, size_t stride, size_t count,
                        size_t size, float scale, float *restrict scores, float *restrict parts) {
    rows k = {keys, stride, are_halves}, v = {values, stride, are_halves};
    while (queries) {
        size_t some = queries < 4 ? queries : 4;
#define SEE(n)                                                                                    \
    case n:                                                                                       \
        if (are_halves) see_part(n, true, q, k, v, count, size, scale, scores, parts);            \
        else see_part(n, false, q, k, v, count, size, scale, scores, parts);                      \
        break
        switch (some) {
            SEE(1);
            SEE(2);
            SEE(3);
        default:
            SEE(4);
        }
#undef SEE
        queries -= some;
        q += some * size;
        parts += some * (size + 2);
    }
}

static void join_parts(const float *restrict parts, size_t count, size_t stride, size_t size,
                       float scale, float *restrict out) {
    float most = parts[size + 1], total = 0;
    for (size_t i = 1; i < count; i++) {
        float other = parts[i * stride + size + 1];
        most = other > most ? other : most;
    }
    memset(out, 0, size * sizeof(float));
    for (size_t first = 0; first < count; first += LANES, parts += LANES * stride) {
        size_t here = count - first < LANES ? count - first : LANES;
        lanes heights = (lanes)most;
        for (size_t i = 0; i < here; i++) heights[i] = parts[i * stride + size + 1];
        lanes shares = exp_below((heights - (lanes)most) * (lanes)scale);
        float share[LANES];
        store(share, shares);
        for (size_t i = 0; i < here; i++) total += share[i] * parts[i * stride + size];
        size_t d = 0;
        for (; d + LANES <= size; d += LANES) {
            lanes sum = load(out + d);
            for (size_t i = 0; i < here; i++)
                sum += (lanes)share[i] * load(parts + i * stride + d);
            store(out + d, sum);
        }
        for (; d < size; d++)
            for (size_t i = 0; i < here; i++) out[d] += share[i] * parts[i * stride + d];
    }
    float rest = 1 / total;
    for (size_t d = 0; d < size; d++) out[d] *= rest;
}

INLINE void enter_attend(smv_tensor_kernels *table) {
    table->pack_keys = pack_keys;
    table->pack_values = pack_values;
    table->attend = attend;
    table->attend_part = attend_part;
    table->join_parts = join_parts;
    table->lanes = LANES;
    table->queries_at_once = QUERIES;
}
