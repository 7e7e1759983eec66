/* Floats as blocks of 256 that share a scale, with smaller scales inside (Q4_K, Q5_K, Q6_K). In:
 * 256 finite floats; out: the bytes of the block. There is a choice in them, made here by least
 * squares of the error:
 *   1. each part of the block by itself: some ways to spread its numbers over the steps, and for
 *      each the line (scale and offset) that fits best; the best of them stays;
 *   2. the scales of all parts as small whole numbers of a shared one, each with its neighbours
 *      tried;
 *   3. the shared scales fitted again to what was chosen, and 2 once more.
 */
#include "encode.h"

#pragma STDC FP_CONTRACT OFF

enum { BLOCK = 256, PART = 32, PARTS = BLOCK / PART, SMALL = 16, SMALLS = BLOCK / SMALL };

/* Scales and offsets of parts are whole numbers up to this. */
enum { TOP_SCALE = 63 };

/* To the nearest whole number, without a call: adding this leaves no room for a fraction. It holds
 * for magnitudes below 2^22. */
static inline float nearest(float x) { return (x + 12582912.0f) - 12582912.0f; }

/* What is no number becomes the least. */
static inline float bounded(float x, float least, float most) {
    return x > least ? (x < most ? x : most) : least;
}

static inline float folded(const float *s) {
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

/* The sum of products, in eight sums side by side so that it can be done eight at a time. */
static inline float dot(const float *a, const float *b, int count) {
    float sums[8] = {0};
    for (int i = 0; i < count; i += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += a[i + lane] * b[i + lane];
    return folded(sums);
}

static inline float sum(const float *a, int count) {
    float sums[8] = {0};
    for (int i = 0; i < count; i += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += a[i + lane];
    return folded(sums);
}

/* ---- Parts with an offset: x = scale q - offset, 0 <= q <= top ------------------------------- */

/* The steps that are nearest to the numbers of a part; zeros where there is no scale. */
static void steps_with_offset(const float *x, float scale, float offset, float top, float *q) {
    float factor = scale > 0 ? 1 / scale : 0;
    if (!(factor - factor == 0)) factor = 0;
    for (int i = 0; i < PART; i++)
        q[i] = nearest(bounded((x[i] + offset) * factor, 0, top));
}

static float error_with_offset(const float *x, const float *q, float scale, float offset) {
    float rest[PART];
    for (int i = 0; i < PART; i++) rest[i] = scale * q[i] - offset - x[i];
    return dot(rest, rest, PART);
}

/* The line through a part that fits best. The offset is never below 0: a part above zero begins at
 * zero. */
static void fit_part(const float *x, float top, float *scale, float *offset) {
    float least = 0, most = x[0];
    for (int i = 0; i < PART; i++) {
        if (x[i] < least) least = x[i];
        if (x[i] > most) most = x[i];
    }
    *scale = 0;
    *offset = -least;
    if (!(most > least)) return;
    float range = most - least, total = sum(x, PART), best = -1;
    float q[PART];
    /* From a few steps left over to a few too many, which cuts off the ends. */
    for (int try = 0; try <= 24; try++) {
        float factor = (top - 1.6f + 0.16f * (float)try) / range;
        if (!(factor - factor == 0)) return;
        for (int i = 0; i < PART; i++) q[i] = nearest(bounded((x[i] - least) * factor, 0, top));
        float steps = sum(q, PART), squares = dot(q, q, PART), products = dot(q, x, PART);
        float determinant = (float)PART * squares - steps * steps;
        if (!(determinant > 0)) continue;
        float slope = ((float)PART * products - steps * total) / determinant;
        float start = (squares * total - steps * products) / determinant;
        if (start > 0) {
            start = 0;
            slope = products / squares;
        }
        if (!(slope > 0)) continue;
        float error = error_with_offset(x, q, slope, -start);
        if (best < 0 || error < best) {
            best = error;
            *scale = slope;
            *offset = -start;
        }
    }
}

/* The whole numbers of each part for given shared scales, with their neighbours tried: the choice,
 * and the steps that go with it. */
static void choose_parts(const float *x, float top, const float *scales, const float *offsets,
                         float shared_scale, float shared_offset, uint8_t *whole_scales,
                         uint8_t *whole_offsets, float *q) {
    for (int part = 0; part < PARTS; part++) {
        const float *here = x + PART * part;
        float scale = 0, offset = 0;
        if (shared_scale > 0) scale = nearest(bounded(scales[part] / shared_scale, 0, TOP_SCALE));
        if (shared_offset > 0)
            offset = nearest(bounded(offsets[part] / shared_offset, 0, TOP_SCALE));
        float best = -1, tried[PART];
        for (int i = -1; i <= 1; i++) {
            for (int j = -1; j <= 1; j++) {
                float s = scale + (float)i, o = offset + (float)j;
                if (s < 0 || s > TOP_SCALE || o < 0 || o > TOP_SCALE) continue;
                steps_with_offset(here, shared_scale * s, shared_offset * o, top, tried);
                float error = error_with_offset(here, tried, shared_scale * s, shared_offset * o);
                if (best >= 0 && error >= best) continue;
                best = error;
                whole_scales[part] = (uint8_t)s;
                whole_offsets[part] = (uint8_t)o;
                memcpy(q + PART * part, tried, sizeof tried);
            }
        }
    }
}

/* The shared scale and offset that fit best to what was chosen for the parts. */
static void refit_shared(const float *x, const uint8_t *whole_scales, const uint8_t *whole_offsets,
                         const float *q, float *shared_scale, float *shared_offset) {
    double aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;
    for (int part = 0; part < PARTS; part++) {
        const float *here = q + PART * part;
        double s = whole_scales[part], o = whole_offsets[part];
        double steps = sum(here, PART), squares = dot(here, here, PART);
        aa += s * s * squares;
        ab -= s * o * steps;
        bb += o * o * PART;
        ax += s * dot(here, x + PART * part, PART);
        bx -= o * sum(x + PART * part, PART);
    }
    double determinant = aa * bb - ab * ab;
    if (bb == 0 && aa > 0) {
        *shared_scale = (float)(ax / aa);
    } else if (determinant > 1e-9 * aa * bb) {
        double scale = (ax * bb - bx * ab) / determinant;
        double offset = (bx * aa - ax * ab) / determinant;
        if (scale > 0 && offset >= 0) {
            *shared_scale = (float)scale;
            *shared_offset = (float)offset;
        }
    }
}

static float block_error(const float *x, const float *q, const uint8_t *whole_scales,
                         const uint8_t *whole_offsets, float scale, float offset) {
    float error = 0;
    for (int part = 0; part < PARTS; part++)
        error += error_with_offset(x + PART * part, q + PART * part,
                                   scale * whole_scales[part], offset * whole_offsets[part]);
    return error;
}

/* A block's scale and offset, the 12 bytes of those of its parts, and its steps. */
static void encode_with_offsets(const float *x, float top, uint8_t *head, uint8_t *q) {
    float scales[PARTS], offsets[PARTS], largest_scale = 0, largest_offset = 0;
    for (int part = 0; part < PARTS; part++) {
        fit_part(x + PART * part, top, scales + part, offsets + part);
        if (scales[part] > largest_scale) largest_scale = scales[part];
        if (offsets[part] > largest_offset) largest_offset = offsets[part];
    }
    uint16_t scale_half = smv_half_of(largest_scale / TOP_SCALE);
    uint16_t offset_half = smv_half_of(largest_offset / TOP_SCALE);
    uint8_t s[PARTS], o[PARTS], tried_s[PARTS], tried_o[PARTS];
    float steps[BLOCK], tried[BLOCK];
    choose_parts(x, top, scales, offsets, smv_half(scale_half), smv_half(offset_half), s, o, steps);
    float best = block_error(x, steps, s, o, smv_half(scale_half), smv_half(offset_half));
    for (int round = 0; round < 2; round++) {
        float scale = smv_half(scale_half), offset = smv_half(offset_half);
        refit_shared(x, s, o, steps, &scale, &offset);
        uint16_t new_scale = smv_half_of(scale), new_offset = smv_half_of(offset);
        if (new_scale == scale_half && new_offset == offset_half) break;
        choose_parts(x, top, scales, offsets, smv_half(new_scale), smv_half(new_offset), tried_s,
                     tried_o, tried);
        float error =
            block_error(x, tried, tried_s, tried_o, smv_half(new_scale), smv_half(new_offset));
        if (!(error < best)) break;
        best = error;
        scale_half = new_scale;
        offset_half = new_offset;
        memcpy(s, tried_s, sizeof s);
        memcpy(o, tried_o, sizeof o);
        memcpy(steps, tried, sizeof steps);
    }
    smv_store16(head, scale_half);
    smv_store16(head + 2, offset_half);
    uint8_t *packed = head + 4;
    for (int j = 0; j < 4; j++) {
        packed[j] = (uint8_t)(s[j] | (s[j + 4] >> 4) << 6);
        packed[j + 4] = (uint8_t)(o[j] | (o[j + 4] >> 4) << 6);
        packed[j + 8] = (uint8_t)((s[j + 4] & 15) | (o[j + 4] & 15) << 4);
    }
    for (int i = 0; i < BLOCK; i++) q[i] = (uint8_t)steps[i];
}

static void pack_nibbles(const uint8_t *q, uint8_t *nibbles) {
    for (int pair = 0; pair < PARTS / 2; pair++, q += 2 * PART, nibbles += PART)
        for (int i = 0; i < PART; i++)
            nibbles[i] = (uint8_t)((q[i] & 15) | (q[PART + i] & 15) << 4);
}

void smv_encode_q4_k(const float *restrict x, uint8_t *restrict block) {
    uint8_t q[BLOCK];
    encode_with_offsets(x, 15, block, q);
    pack_nibbles(q, block + 16);
}

void smv_encode_q5_k(const float *restrict x, uint8_t *restrict block) {
    uint8_t q[BLOCK];
    encode_with_offsets(x, 31, block, q);
    for (int i = 0; i < PART; i++) {
        uint8_t fifth = 0;
        for (int part = 0; part < PARTS; part++)
            fifth |= (uint8_t)((q[PART * part + i] >> 4) << part);
        block[16 + i] = fifth;
    }
    pack_nibbles(q, block + 48);
}

/* ---- Parts without one: x = scale q, -32 <= q <= 31 ------------------------------------------ */

static void steps_around_zero(const float *x, float scale, float *q) {
    float factor = scale != 0 ? 1 / scale : 0;
    if (!(factor - factor == 0)) factor = 0;
    for (int i = 0; i < SMALL; i++) q[i] = nearest(bounded(x[i] * factor, -32, 31));
}

static float error_around_zero(const float *x, const float *q, float scale) {
    float rest[SMALL];
    for (int i = 0; i < SMALL; i++) rest[i] = scale * q[i] - x[i];
    return dot(rest, rest, SMALL);
}

/* The scale of 16 numbers that fits best; its sign puts the largest on the side of -32. */
static float fit_small(const float *x) {
    float magnitude = 0, largest = 0;
    for (int i = 0; i < SMALL; i++) {
        float here = x[i] < 0 ? -x[i] : x[i];
        if (here > magnitude) {
            magnitude = here;
            largest = x[i];
        }
    }
    float best_gain = 0, best = 0, q[SMALL];
    if (magnitude == 0) return 0;
    for (int try = -10; try <= 10; try++) {
        float factor = -(32 + 0.12f * (float)try) / largest;
        if (!(factor - factor == 0)) return 0;
        for (int i = 0; i < SMALL; i++) q[i] = nearest(bounded(x[i] * factor, -32, 31));
        float products = dot(q, x, SMALL), squares = dot(q, q, SMALL);
        if (!(squares > 0)) continue;
        float gain = products * products / squares;
        if (gain > best_gain) {
            best_gain = gain;
            best = products / squares;
        }
    }
    return best;
}

/* The whole number of each scale for a given shared one, with its neighbours tried. Returns the
 * error. */
static float choose_smalls(const float *x, const float *scales, float shared, int8_t *whole,
                           float *q) {
    float total = 0;
    for (int small = 0; small < SMALLS; small++) {
        const float *here = x + SMALL * small;
        float middle =
            shared != 0 ? nearest(bounded(scales[small] / shared, -128, 127)) : 0;
        float best = -1, tried[SMALL];
        for (int i = -1; i <= 1; i++) {
            float scale = middle + (float)i;
            if (scale < -128 || scale > 127) continue;
            steps_around_zero(here, shared * scale, tried);
            float error = error_around_zero(here, tried, shared * scale);
            if (best >= 0 && error >= best) continue;
            best = error;
            whole[small] = (int8_t)scale;
            memcpy(q + SMALL * small, tried, sizeof tried);
        }
        total += best;
    }
    return total;
}

static float refit_smalls(const float *x, const int8_t *whole, const float *q, float shared) {
    double squares = 0, products = 0;
    for (int small = 0; small < SMALLS; small++) {
        const float *here = q + SMALL * small;
        double scale = whole[small];
        squares += scale * scale * dot(here, here, SMALL);
        products += scale * dot(here, x + SMALL * small, SMALL);
    }
    return squares > 0 ? (float)(products / squares) : shared;
}

void smv_encode_q6_k(const float *restrict x, uint8_t *restrict block) {
    float scales[SMALLS], largest = 0;
    for (int small = 0; small < SMALLS; small++) {
        scales[small] = fit_small(x + SMALL * small);
        float here = scales[small] < 0 ? -scales[small] : scales[small];
        if (here > (largest < 0 ? -largest : largest)) largest = scales[small];
    }
    uint16_t half = smv_half_of(largest / -128);
    int8_t whole[SMALLS], tried_whole[SMALLS];
    float steps[BLOCK], tried[BLOCK];
    float best = choose_smalls(x, scales, smv_half(half), whole, steps);
    for (int round = 0; round < 2; round++) {
        uint16_t refitted = smv_half_of(refit_smalls(x, whole, steps, smv_half(half)));
        if (refitted == half) break;
        float error = choose_smalls(x, scales, smv_half(refitted), tried_whole, tried);
        if (!(error < best)) break;
        best = error;
        half = refitted;
        memcpy(whole, tried_whole, sizeof whole);
        memcpy(steps, tried, sizeof steps);
    }
    uint8_t *low = block, *high = block + 128;
    for (int start = 0; start < BLOCK; start += 128, low += 64, high += 32) {
        for (int i = 0; i < 32; i++) {
            uint8_t q[4];
            for (int j = 0; j < 4; j++) q[j] = (uint8_t)(steps[start + 32 * j + i] + 32);
            low[i] = (uint8_t)((q[0] & 15) | (q[2] & 15) << 4);
            low[i + 32] = (uint8_t)((q[1] & 15) | (q[3] & 15) << 4);
            high[i] = (uint8_t)(q[0] >> 4 | (q[1] >> 4) << 2 | (q[2] >> 4) << 4 | (q[3] >> 4) << 6);
        }
    }
    memcpy(block + 192, whole, sizeof whole);
    smv_store16(block + 208, half);
}
