/* Kernels of the networks: rows of weights of any type, and what stands between the products.
 *
 * Nothing here allocates, starts a thread, reads or writes a file. Rows may lie at any address:
 * they are borrowed from files whose tensors need not be aligned. Every kernel exists once in
 * plain C (the meaning) and once for AVX2; `smv_tensor_kernels_chosen` picks by processor, and
 * SMOLVLM_KERNELS=generic or =avx2 in the environment overrides it.
 */
#ifndef SMV_TENSOR_KERNELS_H
#define SMV_TENSOR_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Element types, by their number in GGUF files. */
enum {
    SMV_F32 = 0,
    SMV_F16 = 1,
    SMV_Q4_0 = 2,
    SMV_Q4_1 = 3,
    SMV_Q5_0 = 6,
    SMV_Q5_1 = 7,
    SMV_Q8_0 = 8,
    SMV_Q2_K = 10,
    SMV_Q3_K = 11,
    SMV_Q4_K = 12,
    SMV_Q5_K = 13,
    SMV_Q6_K = 14,
    SMV_IQ4_NL = 20,
    SMV_IQ4_XS = 23,
    SMV_BF16 = 30,
    SMV_MXFP4 = 39,
    SMV_TYPE_COUNT = 40
};

/* `count` elements, whole blocks of them, from `row` as floats into `out[count]`. */
typedef void smv_expand_fn(const void *restrict row, float *restrict out, size_t count);
/* The sum of row[i] * x[i] over `count` elements, whole blocks of them. */
typedef float smv_dot_fn(const void *restrict row, const float *restrict x, size_t count);

typedef struct smv_tensor_kernels {
    const char *name;
    /* By element type; NULL where there is no such type. */
    smv_expand_fn *expand[SMV_TYPE_COUNT];
    smv_dot_fn *dot[SMV_TYPE_COUNT];

    /* out = (x - mean) / sqrt(variance + eps) * weight + bias, all [count]; x may be out. */
    void (*layer_norm)(const float *x, const float *weight, const float *bias, float eps,
                       size_t count, float *out);
    /* out = x / sqrt(mean(x * x) + eps) * weight, all [count]; x may be out. */
    void (*rms_norm)(const float *x, const float *weight, float eps, size_t count, float *out);
    /* x = 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), in place. */
    void (*gelu_tanh)(float *x, size_t count);
    /* gate = gate / (1 + exp(-gate)) * up, in place. */
    void (*silu_multiply)(float *restrict gate, const float *restrict up, size_t count);
    /* x = exp(scale x - max) / sum, in place; nothing for count 0. */
    void (*softmax)(float *x, float scale, size_t count);
    /* Rotates `heads` heads of `size` floats in place by cosine[size / 2] and sine[size / 2]:
     * element i against element i + size / 2. */
    void (*rotate)(float *restrict x, const float *restrict cosine, const float *restrict sine,
                   size_t heads, size_t size);
    /* y += x. */
    void (*add)(float *restrict y, const float *restrict x, size_t count);
    /* y += scale * x. */
    void (*add_scaled)(float *restrict y, const float *restrict x, float scale, size_t count);
} smv_tensor_kernels;

/* The kernels for this processor. */
const smv_tensor_kernels *smv_tensor_kernels_chosen(void);
/* The kernels of a name ("generic", "avx2"); NULL when this processor cannot run them. */
const smv_tensor_kernels *smv_tensor_kernels_named(const char *name);

/* Whether rows of this type can be read, and their blocks' sizes (elements, bytes). */
bool smv_block_size(int type, size_t *elements, size_t *bytes);

/* Calls through the table, for callers that cannot index its arrays. */
void smv_expand(const smv_tensor_kernels *kernels, int type, const void *row, float *out,
                size_t count);
float smv_dot(const smv_tensor_kernels *kernels, int type, const void *row, const float *x,
              size_t count);

/* y[i] = the product of row i with x, for `rows` rows of `columns` elements that lie `row_bytes`
 * apart. */
void smv_matrix_vector(const smv_tensor_kernels *kernels, int type, const void *matrix,
                       size_t row_bytes, size_t rows, size_t columns, const float *x, float *y);

/* One query head over `count` positions of its key/value head, `stride` floats apart:
 * out[size] = softmax(scale q K^T) V. `scores[count]` is work memory. */
void smv_attend_one(const smv_tensor_kernels *kernels, const float *query, const float *keys,
                    const float *values, size_t stride, size_t count, size_t size, float scale,
                    float *scores, float *out);

/* Tells the processor that this is a loop that waits. */
static inline void smv_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
