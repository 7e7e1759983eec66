/* Pictures in and out of memory: PNG, JPEG and WebP are read, PNG and WebP are written. The
 * libraries' jumps, macros and warnings end here. */
#ifndef SMV_CCODECS_H
#define SMV_CCODECS_H

#include "CPlugin.h"

#pragma clang assume_nonnull begin

/* Every depth and colour type, interlaced or not; 16 bits by their high byte, palettes looked up,
 * a transparent colour made alpha, gamma and profiles ignored. */
const smv_still_api *smv_png_still(void);

/* Baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK (both taken as inverted, as Adobe
 * writes them and as nearly every reader takes them). */
const smv_still_api *smv_jpeg_still(void);

/* Lossy, lossless, with alpha; of an animation the first frame on its canvas. */
const smv_still_api *smv_webp_still(void);

/* The orientation, 1 to 8, that an EXIF block (with or without "Exif\0\0" before it) states; 1 if
 * it states none. */
int smv_exif_orientation(const uint8_t *exif, size_t count);

/* The same of an XMP packet: the digit after tiff:Orientation. */
int smv_xmp_orientation(const uint8_t *xmp, size_t count);

/* Lays `count` pixels of red, green, blue and straight alpha over white. `rgb` may be `rgba`. */
void smv_rgba_over_white(const uint8_t *rgba, uint8_t *rgb, size_t count);

/* Turns `count` pixels of cyan, magenta, yellow, black (0 is no ink) into RGB. `rgb` may be
 * `cmyk`. */
void smv_cmyk_to_rgb(const uint8_t *cmyk, uint8_t *rgb, size_t count);

/* Puts rows of a stored RGB picture where an EXIF orientation wants them in the upright one.
 *
 * rows          [count, width, 3], the rows from `first` on of a stored [height, width, 3]
 * orientation   1 to 8; from 5 on the upright picture is `height` wide and `width` high
 * upright       all of the upright picture */
void smv_place_rows(const uint8_t *restrict rows, size_t first, size_t count, size_t width,
                    size_t height, int orientation, uint8_t *restrict upright);

/* Writes an RGB picture of 8 bits as PNG to a file descriptor, rows `stride` bytes apart. Returns
 * 0, or -1 with a phrase in `reason` (SMV_STILL_REASON bytes). */
int smv_png_write(int descriptor, const uint8_t *rgb, size_t width, size_t height, size_t stride,
                  char *reason);

/* Makes a lossy WebP of an RGB picture of 8 bits, rows `stride` bytes apart, with a quality from 0
 * to 100. Returns its number of bytes; 0 when there is no memory, or a side is over 16383. `bytes`
 * are given back with smv_webp_free. */
size_t smv_webp_write(const uint8_t *rgb, size_t width, size_t height, size_t stride, float quality,
                      uint8_t *_Nullable *_Nonnull bytes);
void smv_webp_free(uint8_t *_Nullable bytes);

#pragma clang assume_nonnull end

#endif
