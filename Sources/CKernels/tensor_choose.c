/* The tables of tensor kernels, the choice between them, and calls through the chosen one. */
#include <pthread.h>
#include <stdlib.h>

#include "blocks.h"

static smv_tensor_kernels generic_kernels = {.name = "generic"};
#if defined(__x86_64__)
static smv_tensor_kernels avx2_kernels = {.name = "avx2"};
static smv_tensor_kernels avx512_kernels = {.name = "avx512"};
#endif
static const smv_tensor_kernels *chosen;
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static bool runs_avx2(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
#else
    return false;
#endif
}

static bool runs_avx512(void) {
#if defined(__x86_64__)
    return runs_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#else
    return false;
#endif
}

static const smv_tensor_kernels *named(const char *name) {
    if (strcmp(name, "generic") == 0) return &generic_kernels;
#if defined(__x86_64__)
    if (strcmp(name, "avx2") == 0 && runs_avx2()) return &avx2_kernels;
    if (strcmp(name, "avx512") == 0 && runs_avx512()) return &avx512_kernels;
#endif
    return NULL;
}

static void fill(void) {
    smv_quant_generic(&generic_kernels);
    smv_halves_generic(&generic_kernels);
    smv_floats_generic(&generic_kernels);
    smv_bytes_generic(&generic_kernels);
    smv_attend_generic(&generic_kernels);
    smv_peaks_generic(&generic_kernels);
#if defined(__x86_64__)
    avx2_kernels = generic_kernels;
    avx2_kernels.name = "avx2";
    smv_quant_avx2(&avx2_kernels);
    smv_halves_avx2(&avx2_kernels);
    smv_floats_avx2(&avx2_kernels);
    smv_bytes_avx2(&avx2_kernels);
    smv_dots_avx2(&avx2_kernels);
    smv_nibbles_avx2(&avx2_kernels);
    smv_attend_avx2(&avx2_kernels);
    smv_peaks_avx2(&avx2_kernels);
    avx512_kernels = avx2_kernels;
    avx512_kernels.name = "avx512";
    smv_bytes_avx512(&avx512_kernels);
    smv_dots_avx512(&avx512_kernels);
    smv_crowd_avx512(&avx512_kernels);
    smv_attend_avx512(&avx512_kernels);
    smv_peaks_avx512(&avx512_kernels);
#endif
    const char *wanted = getenv("SMOLVLM_KERNELS");
    if (wanted) chosen = named(wanted);
    if (!chosen) chosen = named("avx512");
    if (!chosen) chosen = named("avx2");
    if (!chosen) chosen = &generic_kernels;
}

const smv_tensor_kernels *smv_tensor_kernels_chosen(void) {
    pthread_once(&filled, fill);
    return chosen;
}

const smv_tensor_kernels *smv_tensor_kernels_named(const char *name) {
    pthread_once(&filled, fill);
    return named(name);
}

bool smv_block_size(int type, size_t *elements, size_t *bytes) {
    size_t count = 32, size;
    switch (type) {
    case SMV_F32: count = 1, size = 4; break;
    case SMV_F16:
    case SMV_BF16: count = 1, size = 2; break;
    case SMV_Q4_0: size = Q4_0_BYTES; break;
    case SMV_Q4_1: size = Q4_1_BYTES; break;
    case SMV_Q5_0: size = Q5_0_BYTES; break;
    case SMV_Q5_1: size = Q5_1_BYTES; break;
    case SMV_Q8_0: size = Q8_0_BYTES; break;
    case SMV_IQ4_NL: size = IQ4_NL_BYTES; break;
    case SMV_MXFP4: size = MXFP4_BYTES; break;
    case SMV_Q2_K: count = 256, size = Q2_K_BYTES; break;
    case SMV_Q3_K: count = 256, size = Q3_K_BYTES; break;
    case SMV_Q4_K: count = 256, size = Q4_K_BYTES; break;
    case SMV_Q5_K: count = 256, size = Q5_K_BYTES; break;
    case SMV_Q6_K: count = 256, size = Q6_K_BYTES; break;
    case SMV_IQ4_XS: count = 256, size = IQ4_XS_BYTES; break;
    default: return false;
    }
    *elements = count;
    *bytes = size;
    return true;
}

void smv_expand(const smv_tensor_kernels *kernels, int type, const void *row, float *out,
                size_t count) {
    kernels->expand[type](row, out, count);
}

float smv_dot(const smv_tensor_kernels *kernels, int type, const void *row, const float *x,
              size_t count) {
    return kernels->dot[type](row, x, count);
}

void smv_matrix_floats(const smv_tensor_kernels *kernels, int type, const void *matrix,
                       size_t row_bytes, size_t rows, size_t columns, const float *x,
                       size_t input_count, float *y, size_t stride) {
    if (input_count > 1 && kernels->dot_floats[type]) {
        kernels->dot_floats[type](matrix, row_bytes, rows, x, input_count, columns, y, stride);
        return;
    }
    smv_dot_fn *dot = kernels->dot[type];
    for (size_t i = 0; i < input_count; i++, x += columns, y += stride) {
        const uint8_t *row = matrix;
        for (size_t r = 0; r < rows; r++, row += row_bytes) y[r] = dot(row, x, columns);
    }
}

/* As `padded_count` and `padded_size` of attend_lanes.h have it. */
static size_t rounded_up(size_t count, size_t step) { return (count + step - 1) / step * step; }

size_t smv_packed_floats(const smv_tensor_kernels *kernels, size_t count, size_t size) {
    return rounded_up(count, 2 * kernels->lanes) * rounded_up(size, kernels->lanes);
}

size_t smv_attend_floats(const smv_tensor_kernels *kernels, size_t count) {
    return kernels->queries_at_once * rounded_up(count, 2 * kernels->lanes);
}

size_t smv_part_floats(const smv_tensor_kernels *kernels, size_t count) {
    return 4 * rounded_up(count, 2 * kernels->lanes);
}

bool smv_has_dot_bytes(const smv_tensor_kernels *kernels, int type) {
    return kernels->dot_bytes[type] != NULL;
}

void smv_matrix_bytes(const smv_tensor_kernels *kernels, int type, const void *matrix,
                      size_t row_bytes, size_t rows, size_t count, smv_byte_rows inputs,
                      size_t input_count, float *y, size_t stride) {
    smv_dot_bytes_fn *dot = kernels->dot_bytes[type];
    size_t blocks = (count + SMV_BLOCK - 1) / SMV_BLOCK;
    for (size_t i = 0; i < input_count; i += SMV_DOT_INPUTS) {
        smv_byte_rows from = {inputs.bytes + i * blocks * SMV_BLOCK, inputs.scales + i * blocks,
                              inputs.sums + i * blocks};
        size_t left = input_count - i;
        dot(matrix, row_bytes, rows, &from, left < SMV_DOT_INPUTS ? left : SMV_DOT_INPUTS, count,
            y + i * stride, stride);
    }
}
