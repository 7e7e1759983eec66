/* Kernels of the networks: rows of weights of any type, and what stands between the products.
 *
 * Nothing here allocates, starts a thread, reads or writes a file. Rows may lie at any address:
 * they are borrowed from files whose tensors need not be aligned. Every kernel exists once in
 * plain C (the meaning) and once for AVX2, some once more for AVX-512 with its products of bytes;
 * `smv_tensor_kernels_chosen` picks by processor, and SMOLVLM_KERNELS=generic, =avx2 or =avx512 in
 * the environment overrides it.
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

/* y[i * stride + r] = what `dot` gives for row r and input i, to the bit, for `rows` rows of `count`
 * elements that lie `row_bytes` apart, and inputs of `count` floats each, one behind the other. */
typedef void smv_dot_floats_fn(const void *restrict matrix, size_t row_bytes, size_t rows,
                               const float *restrict x, size_t input_count, size_t count,
                               float *restrict y, size_t stride);

/* ---- Numbers as bytes -------------------------------------------------------------------------
 *
 * A row of numbers goes by blocks of 32 that share a scale: x[i] = scale * q[i], -127 <= q <= 127;
 * the last block is filled up with zeros. Products of bytes are summed exactly, so that every
 * variant has the same sums.
 */
enum { SMV_BLOCK = 32 };

/* Rows of inputs as bytes. */
typedef struct smv_byte_rows {
    const int8_t *bytes;  /* [rows][blocks][32] */
    const float *scales;  /* [rows][blocks] */
    const int32_t *sums;  /* [rows][blocks]: of the bytes of each block */
} smv_byte_rows;

/* 16 rows of weights as bytes, mingled as the product wants them: for each block 8 times 4 bytes of
 * row 0, of row 1, ..., of row 15; then the 16 scales as floats. A variant may store bytes shifted
 * by 128. */
enum { SMV_GROUP_ROWS = 16, SMV_GROUP_BYTES = SMV_GROUP_ROWS * (SMV_BLOCK + 4) };

/* `count` elements, whole blocks of them, from `row` as bytes[blocks][32] and scales[blocks], without
 * loss. */
typedef void smv_row_bytes_fn(const void *restrict row, int8_t *restrict bytes,
                              float *restrict scales, size_t count);
/* y[i * stride + r] = the product of row r with input i of bytes, for `rows` rows of `count`
 * elements, whole blocks of them, `row_bytes` apart, and 1 to SMV_DOT_INPUTS inputs. A product is
 * the same to the bit whatever their number. */
enum { SMV_DOT_INPUTS = 8 };
typedef void smv_dot_bytes_fn(const void *restrict matrix, size_t row_bytes, size_t rows,
                              const smv_byte_rows *inputs, size_t input_count, size_t count,
                              float *restrict y, size_t stride);

/* The numbers that `peak_floats` works on, and the bytes of each side of `peak_bytes`. */
enum { SMV_PEAK_CHAINS = 192, SMV_PEAK_BYTES = 32 };

typedef struct smv_tensor_kernels {
    const char *name;
    /* By element type; NULL where there is no such type. */
    smv_expand_fn *expand[SMV_TYPE_COUNT];
    smv_dot_fn *dot[SMV_TYPE_COUNT];
    /* NULL where nothing is quicker than `dot` for each row and input. */
    smv_dot_floats_fn *dot_floats[SMV_TYPE_COUNT];
    /* NULL for types that are not bytes with one scale for 32. */
    smv_row_bytes_fn *row_bytes[SMV_TYPE_COUNT];
    /* NULL for types that have none. */
    smv_dot_bytes_fn *dot_bytes[SMV_TYPE_COUNT];

    /* x[count] as bytes: bytes[blocks][32], scales[blocks] = largest |x| / 127, and sums[blocks]. */
    void (*to_bytes)(const float *restrict x, size_t count, int8_t *restrict bytes,
                     float *restrict scales, int32_t *restrict sums);
    /* Puts row number `row` (0 to 15) into a group of `blocks` blocks. */
    void (*mingle)(const int8_t *restrict bytes, const float *restrict scales, size_t blocks,
                   size_t row, uint8_t *restrict group);
    /* y[i][16 g + r] = the product of input i with row r of group g, plus bias[16 g + r] where bias
     * is not NULL; the rows of y are `stride` floats apart. Groups are aligned to 64 bytes. */
    void (*multiply_groups)(const uint8_t *restrict groups, size_t group_count, size_t blocks,
                            smv_byte_rows inputs, size_t input_count, const float *restrict bias,
                            float *restrict y, size_t stride);

    /* out = x as halves, `count` of them, to the nearest, ties to even; beyond the largest half, the
     * largest. */
    void (*to_halves)(const float *restrict x, size_t count, void *restrict out);

    /* Keys and values of one head, laid out for `attend`: `count` rows of `size` floats, or halves,
     * `stride` numbers apart, into smv_packed_floats(kernels, count, size) floats each. */
    void (*pack_keys)(const void *restrict keys, bool are_halves, size_t stride, size_t count,
                      size_t size, float *restrict packed);
    void (*pack_values)(const void *restrict values, bool are_halves, size_t stride, size_t count,
                        size_t size, float *restrict packed);
    /* out[i] = softmax(scale q[i] K^T) V for `queries` rows, over the first `seen + i` keys if
     * `is_causal`, else over the first `seen`, never more than `count`. Rows of q are `q_stride`
     * floats apart, those of out `out_stride`; `work` holds smv_attend_floats(kernels, count). */
    void (*attend)(const float *restrict q, size_t q_stride, size_t queries, size_t seen,
                   bool is_causal, const float *restrict keys, const float *restrict values,
                   size_t count, size_t size, float scale, float *restrict work,
                   float *restrict out, size_t out_stride);
    /* What `queries` rows q[queries][size] see of a part of the keys, `count` of them and at least
     * one, where they and their values lie: rows of floats, or halves, `stride` numbers apart. For
     * each query parts[size + 2]: the sum of exp(scale (q k - most)) v, the sum of
     * exp(scale (q k - most)), and `most`, the largest q k. `scores` holds
     * smv_part_floats(kernels, count). */
    void (*attend_part)(const float *restrict q, size_t queries, const void *restrict keys,
                        const void *restrict values, bool are_halves, size_t stride, size_t count,
                        size_t size, float scale, float *restrict scores, float *restrict parts);
    /* out[size] = softmax(scale q K^T) V of what one query saw of `count` parts, at least one, each
     * as above and `stride` floats apart. */
    void (*join_parts)(const float *restrict parts, size_t count, size_t stride, size_t size,
                       float scale, float *restrict out);
    /* The numbers that one vector of `attend` holds, and how many queries it takes at once. */
    size_t lanes, queries_at_once;

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

    /* What this processor can do at most: loops that do nothing else, and say what came out.
     *
     * x = x * factor + addend, `rounds` times, for SMV_PEAK_CHAINS numbers that begin as `start`
     * says; the sum of them all at the end. */
    float (*peak_floats)(const float *start, float factor, float addend, size_t rounds);
    /* Sums of products of bytes of weights, none above 127, with those of inputs, SMV_PEAK_BYTES of
     * each over and over: 4 SMV_PEAK_CHAINS products a round. The sum of them all modulo 2^32. */
    uint32_t (*peak_bytes)(const uint8_t *weights, const int8_t *inputs, size_t rounds);
    /* The sum of all words of 8 bytes, and of the bytes behind the last of them, modulo 2^64. */
    uint64_t (*peak_read)(const void *bytes, size_t count);
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

/* y[i * stride + r] = the product of row r with input i, for `rows` rows of `columns` elements that
 * lie `row_bytes` apart, and inputs of `columns` floats each. */
void smv_matrix_floats(const smv_tensor_kernels *kernels, int type, const void *matrix,
                       size_t row_bytes, size_t rows, size_t columns, const float *x,
                       size_t input_count, float *y, size_t stride);

/* The floats that packed keys, or values, take; and the work memory of `attend`. */
size_t smv_packed_floats(const smv_tensor_kernels *kernels, size_t count, size_t size);
size_t smv_attend_floats(const smv_tensor_kernels *kernels, size_t count);
/* The work memory of `attend_part`. */
size_t smv_part_floats(const smv_tensor_kernels *kernels, size_t count);

/* Puts a row of any type into a group, as row number `place`. `work` holds smv_pack_floats(count)
 * floats. */
size_t smv_pack_floats(size_t count);
void smv_pack_row(const smv_tensor_kernels *kernels, int type, const void *row, size_t count,
                  size_t place, float *work, uint8_t *group);

/* y[i * stride + r] = the product of row r with input i, for `rows` rows of `count` elements,
 * `row_bytes` apart. For types that have `dot_bytes`. */
void smv_matrix_bytes(const smv_tensor_kernels *kernels, int type, const void *matrix,
                      size_t row_bytes, size_t rows, size_t count, smv_byte_rows inputs,
                      size_t input_count, float *y, size_t stride);

/* Calls through the table, for callers that cannot index its arrays. */
bool smv_has_dot_bytes(const smv_tensor_kernels *kernels, int type);

/* Tells the processor that this is a loop that waits. */
static inline void smv_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
