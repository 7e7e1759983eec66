/* The inner loops of smolvlm. Every kernel exists as portable C, which is its meaning, and perhaps
 * for particular processors; the best variant that this machine runs is chosen at the first call.
 *
 * Kernels allocate nothing, start nothing, and write only to `out`. Arrays are dense unless a
 * stride is named; `[a][b]` is row-major, the last index closest in memory. Inputs and outputs do
 * not overlap.
 */
#ifndef SMV_CKERNELS_H
#define SMV_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "EncodeKernels.h"
#include "TensorKernels.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

/* ---- Resampling of 8-bit pixels ---------------------------------------------------------------
 *
 * An output value is the weighted sum of a window of input values:
 *     clamp((2^21 + sum of weight * value) >> 22, 0, 255)
 * with an arithmetic shift and sums modulo 2^32. A weight is a fraction of 2^22 and fits 24 bits
 * with its sign. It is stored as two halves of 16 bits,
 *     weight = high * 2^12 + low, 0 <= low < 2^12,
 * and weights go by pairs: high 0, high 1, low 0, low 1.
 */
typedef struct smv_taps {
    const int32_t *starts;   /* [outputs]: where each window begins; never decreasing */
    const int32_t *counts;   /* [outputs]: how long it is, 1 to 2 * pairs */
    const int16_t *weights;  /* [outputs][pairs][4]; those after the count are 0 */
    size_t outputs;
    size_t pairs;
} smv_taps;

/* Resamples rows of RGB across.
 *   in   [rows][in_width * 3], rows `in_stride` bytes apart
 *   out  [rows][taps->outputs * 3], rows `out_stride` bytes apart
 * Windows lie in 0..<in_width and begin at even places. */
void smv_resample_across(const uint8_t *in, size_t in_stride, size_t in_width, size_t rows,
                         const smv_taps *taps, uint8_t *out, size_t out_stride);

/* Makes row number `output` of a resampling down, over bytes of any meaning.
 *   in   [taps->counts[output]][count], rows `stride` bytes apart: the rows of the window
 *   out  [count] */
void smv_resample_down(const uint8_t *in, size_t stride, size_t count, const smv_taps *taps,
                       size_t output, uint8_t *out);

/* ---- Pixels to floats ------------------------------------------------------------------------- */

/* Looks RGB bytes up in one table a channel and lays the channels out as planes.
 *   in      [rows][columns][3], rows `in_stride` bytes apart
 *   tables  [3][256]
 *   out     [3][rows][columns] */
void smv_rgb_to_planes(const uint8_t *in, size_t in_stride, size_t rows, size_t columns,
                       const float *tables, float *out);

/* ---- Variants --------------------------------------------------------------------------------- */

/* One variant of every kernel above; each member has the meaning of the function of that name. */
typedef struct smv_kernels {
    void (*resample_across)(const uint8_t *in, size_t in_stride, size_t in_width, size_t rows,
                            const smv_taps *taps, uint8_t *out, size_t out_stride);
    void (*resample_down)(const uint8_t *in, size_t stride, size_t count,
                          const smv_taps *taps, size_t output, uint8_t *out);
    void (*rgb_to_planes)(const uint8_t *in, size_t in_stride, size_t rows,
                          size_t columns, const float *tables, float *out);
} smv_kernels;

/* The variant of this name (`generic`, `avx2`); NULL when there is none or this processor cannot
 * run it. */
const smv_kernels *_Nullable smv_kernels_named(const char *name);

/* The name of the variant that the functions above use: the one that the environment variable
 * SMOLVLM_KERNELS names, if this processor runs it, else the best that it runs. */
const char *smv_kernels_name(void);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
#endif
