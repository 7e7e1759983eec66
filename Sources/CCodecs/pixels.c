#include "CCodecs.h"

#include <string.h>

/* The sums below are Pillow's (AlphaComposite.c, Convert.c, Imaging.h), since the pictures the
 * models were trained on went through them:
 * https://github.com/python-pillow/Pillow/blob/12.0.0/src/libImaging/AlphaComposite.c */

/* One channel over white, of an opaque background: 7 extra bits, then a division by 255 by shifts. */
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

/* Turns rows into columns, in blocks of columns few enough that their cache lines stay at hand. */
static void place_columns(const uint8_t *restrict rows, size_t first, size_t count, size_t width,
                          size_t height, int orientation, uint8_t *restrict upright) {
    enum { BLOCK = 16 };
    int upwards = orientation == 7 || orientation == 8;
    int leftwards = orientation == 6 || orientation == 7;
    for (size_t block = 0; block < width; block += BLOCK) {
        size_t end = block + BLOCK < width ? block + BLOCK : width;
        for (size_t x = block; x < end; x++) {
            uint8_t *line = upright + (upwards ? width - 1 - x : x) * height * 3;
            const uint8_t *from = rows + x * 3;
            if (leftwards) {
                uint8_t *out = line + (height - first) * 3;
                for (size_t y = 0; y < count; y++, from += width * 3) {
                    out -= 3;
                    out[0] = from[0];
                    out[1] = from[1];
                    out[2] = from[2];
                }
            } else {
                uint8_t *out = line + first * 3;
                for (size_t y = 0; y < count; y++, from += width * 3, out += 3) {
                    out[0] = from[0];
                    out[1] = from[1];
                    out[2] = from[2];
                }
            }
        }
    }
}

void smv_place_rows(const uint8_t *restrict rows, size_t first, size_t count, size_t width,
                    size_t height, int orientation, uint8_t *restrict upright) {
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
