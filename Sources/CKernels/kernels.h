/* The variants of every kernel, and the pieces that they share. Private to CKernels. */
#ifndef SMV_KERNELS_H
#define SMV_KERNELS_H

#include "CKernels.h"

extern const smv_kernels smv_generic_kernels;
#if defined(__x86_64__)
extern const smv_kernels smv_avx2_kernels;
#endif

/* Portable kernels that other variants have too, having nothing faster. */
void smv_generic_rgb_to_planes(const uint8_t *in, size_t in_stride, size_t rows, size_t columns,
                               const float *tables, float *out);

/* Bits of fraction in a resampling weight, and in its lower half. */
enum { SMV_WEIGHT_BITS = 22, SMV_LOW_BITS = 12 };

/* Weight number `tap` of a window, put together from its halves. */
static inline uint32_t smv_weight(const int16_t *weights, size_t tap) {
    const int16_t *pair = weights + tap / 2 * 4;
    return ((uint32_t)(int32_t)pair[tap % 2] << SMV_LOW_BITS) + (uint32_t)pair[2 + tap % 2];
}

/* The byte that a weighted sum, rounding included, stands for. */
static inline uint8_t smv_clipped(uint32_t sum) {
    int32_t value = (int32_t)sum >> SMV_WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One output pixel of a resampling across; `in` is where the row begins. */
static inline void smv_pixel_across(const uint8_t *in, const smv_taps *taps, size_t output,
                                    uint8_t *out) {
    const int16_t *weights = taps->weights + output * taps->pairs * 4;
    const uint8_t *pixel = in + (size_t)taps->starts[output] * 3;
    uint32_t red = 1u << (SMV_WEIGHT_BITS - 1), green = red, blue = red;
    size_t count = (size_t)taps->counts[output];
    for (size_t tap = 0; tap < count; tap++, pixel += 3) {
        uint32_t weight = smv_weight(weights, tap);
        red += weight * pixel[0];
        green += weight * pixel[1];
        blue += weight * pixel[2];
    }
    out[0] = smv_clipped(red);
    out[1] = smv_clipped(green);
    out[2] = smv_clipped(blue);
}

#endif
