#include "CCodecs.h"

#include <string.h>

/* The sums below are Pillow's (AlphaComposite.c, Convert.c, Imaging.h), since the pictures the
 * models were trained on went through them:
 * https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/AlphaComposite.c */

/* One channel over opaque white: 7 extra bits, then a division by 255 by shifts. */
static inline uint8_t over_white(uint32_t colour, uint32_t alpha) {
    uint32_t sum = ((colour * alpha + 255 * (255 - alpha)) << 7) + (0x80 << 7);
    return (uint8_t)((((sum >> 8) + sum) >> 8) >> 7);
}

void smv_rgba_over_white(const uint8_t *rgba, uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++, rgba += 4, rgb += 3) {
        uint32_t alpha = rgba[3];
        uint8_t red = over_white(rgba[0], alpha);
        uint8_t green = over_white(rgba[1], alpha);
        uint8_t blue = over_white(rgba[2], alpha);
        rgb[0] = red;
        rgb[1] = green;
        rgb[2] = blue;
    }
}

static inline uint8_t less_ink(uint32_t light, uint32_t ink) {
    uint32_t product = light * ink + 128;
    return (uint8_t)(light - (((product >> 8) + product) >> 8));
}

void smv_cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++, cmyk += 4, rgb += 3) {
        uint32_t light = 255u - cmyk[3];
        uint8_t red = less_ink(light, cmyk[0]);
        uint8_t green = less_ink(light, cmyk[1]);
        uint8_t blue = less_ink(light, cmyk[2]);
        rgb[0] = red;
        rgb[1] = green;
        rgb[2] = blue;
    }
}

/* Copies a row pixel by pixel from right to left. */
static void copy_mirrored(const uint8_t *restrict row, uint8_t *restrict out, size_t width) {
    const uint8_t *from = row + 3 * width;
    for (size_t x = 0; x < width; x++, out += 3) {
        from -= 3;
        out[0] = from[0];
        out[1] = from[1];
        out[2] = from[2];
    }
}

/* A column of `count` pixels, `step` bytes apart, to a line. Four bytes are moved where three are
 * meant, since the fourth is overwritten by the next; not for the last. */
static inline void place_column(const uint8_t *restrict from, ptrdiff_t step, size_t count,
                                uint8_t *restrict out) {
    for (size_t y = 1; y < count; y++, from += step, out += 3) memcpy(out, from, 4);
    memcpy(out, from, 3);
}

/* The same where the byte after a pixel may lie outside the rows. */
static void place_last_column(const uint8_t *restrict from, ptrdiff_t step, size_t count,
                              uint8_t *restrict out) {
    for (size_t y = 0; y < count; y++, from += step, out += 3) memcpy(out, from, 3);
}

/* Turns rows into columns; the rows are few enough that their cache lines stay at hand. */
static void place_columns(const uint8_t *restrict rows, size_t first, size_t count, size_t width,
                          size_t height, int orientation, uint8_t *restrict upright) {
    int upwards = orientation == 7 || orientation == 8;
    int leftwards = orientation == 6 || orientation == 7;
    ptrdiff_t row_bytes = (ptrdiff_t)(width * 3);
    /* Lines are written from left to right, so leftwards means from the lowest row up. */
    const uint8_t *start = leftwards ? rows + (ptrdiff_t)(count - 1) * row_bytes : rows;
    size_t left = leftwards ? height - first - count : first;
    for (size_t x = 0; x < width; x++) {
        uint8_t *out = upright + ((upwards ? width - 1 - x : x) * height + left) * 3;
        ptrdiff_t step = leftwards ? -row_bytes : row_bytes;
        if (x + 1 < width) place_column(start + x * 3, step, count, out);
        else place_last_column(start + x * 3, step, count, out);
    }
}

void smv_place_rows(const uint8_t *restrict rows, size_t first, size_t count, size_t width,
                    size_t height, int orientation, uint8_t *restrict upright) {
    if (count == 0) return;
    if (orientation >= 5) {
        place_columns(rows, first, count, width, height, orientation, upright);
        return;
    }
    for (size_t y = 0; y < count; y++) {
        size_t row = orientation >= 3 ? height - 1 - (first + y) : first + y;
        const uint8_t *from = rows + y * width * 3;
        uint8_t *out = upright + row * width * 3;
        if (orientation == 2 || orientation == 3) copy_mirrored(from, out, width);
        else memcpy(out, from, width * 3);
    }
}
