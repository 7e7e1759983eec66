/* The meaning of every kernel, in portable C. */
#include "kernels.h"

static void resample_across(const uint8_t *in, size_t in_stride, size_t in_width, size_t rows,
                            const smv_taps *taps, uint8_t *out, size_t out_stride) {
    (void)in_width;
    for (size_t row = 0; row < rows; row++) {
        for (size_t output = 0; output < taps->outputs; output++) {
            smv_pixel_across(in + row * in_stride, taps, output,
                             out + row * out_stride + output * 3);
        }
    }
}

static void resample_down(const uint8_t *in, size_t stride, size_t count, const smv_taps *taps,
                          size_t output, uint8_t *out) {
    const int16_t *weights = taps->weights + output * taps->pairs * 4;
    size_t rows = (size_t)taps->counts[output];
    for (size_t column = 0; column < count; column++) {
        uint32_t sum = 1u << (SMV_WEIGHT_BITS - 1);
        for (size_t row = 0; row < rows; row++) {
            sum += smv_weight(weights, row) * in[row * stride + column];
        }
        out[column] = smv_clipped(sum);
    }
}

void smv_generic_rgb_to_planes(const uint8_t *in, size_t in_stride, size_t rows, size_t columns,
                               const float *tables, float *out) {
    size_t plane = rows * columns;
    for (size_t row = 0; row < rows; row++) {
        const uint8_t *pixel = in + row * in_stride;
        for (size_t column = 0; column < columns; column++, pixel += 3, out++) {
            out[0] = tables[pixel[0]];
            out[plane] = tables[256 + pixel[1]];
            out[plane * 2] = tables[512 + pixel[2]];
        }
    }
}

const smv_kernels smv_generic_kernels = {
    .resample_across = resample_across,
    .resample_down = resample_down,
    .rgb_to_planes = smv_generic_rgb_to_planes,
};
