/* Products of bytes in plain C: the meaning of each of these kernels, and the packing that all
 * variants share. */
#include <math.h>

#include "blocks.h"

static size_t blocks_of(size_t count) { return (count + SMV_BLOCK - 1) / SMV_BLOCK; }

static void to_bytes(const float *restrict x, size_t count, int8_t *restrict bytes,
                     float *restrict scales, int32_t *restrict sums) {
    for (size_t b = 0; b < blocks_of(count); b++, bytes += SMV_BLOCK) {
        size_t here = count - b * SMV_BLOCK < SMV_BLOCK ? count - b * SMV_BLOCK : SMV_BLOCK;
        const float *block = x + b * SMV_BLOCK;
        float largest = 0;
        for (size_t i = 0; i < here; i++) largest = fmaxf(largest, fabsf(block[i]));
        float inverse = largest > 0 ? 127 / largest : 0;
        int32_t sum = 0;
        for (size_t i = 0; i < SMV_BLOCK; i++) {
            bytes[i] = i < here ? (int8_t)lrintf(block[i] * inverse) : 0;
            sum += bytes[i];
        }
        scales[b] = largest / 127;
        sums[b] = sum;
    }
}

static void mingle(const int8_t *restrict bytes, const float *restrict scales, size_t blocks,
                   size_t row, uint8_t *restrict group) {
    for (size_t b = 0; b < blocks; b++, bytes += SMV_BLOCK, group += SMV_GROUP_BYTES) {
        for (size_t s = 0; s < SMV_BLOCK; s += 4)
            memcpy(group + s * SMV_GROUP_ROWS + 4 * row, bytes + s, 4);
        memcpy(group + SMV_GROUP_ROWS * SMV_BLOCK + 4 * row, scales + b, 4);
    }
}

static void multiply_groups(const uint8_t *restrict groups, size_t group_count, size_t blocks,
                            smv_byte_rows inputs, size_t input_count, const float *restrict bias,
                            float *restrict y, size_t stride) {
    for (size_t g = 0; g < group_count; g++)
        for (size_t i = 0; i < input_count; i++)
            for (size_t r = 0; r < SMV_GROUP_ROWS; r++) {
                float sum = bias ? bias[g * SMV_GROUP_ROWS + r] : 0;
                for (size_t b = 0; b < blocks; b++) {
                    const uint8_t *block = groups + (g * blocks + b) * SMV_GROUP_BYTES;
                    const int8_t *input = inputs.bytes + (i * blocks + b) * SMV_BLOCK;
                    int32_t product = 0;
                    for (size_t e = 0; e < SMV_BLOCK; e++) {
                        size_t place = (e / 4 * SMV_GROUP_ROWS + r) * 4 + e % 4;
                        product += (int8_t)block[place] * input[e];
                    }
                    float scale;
                    memcpy(&scale, block + SMV_GROUP_ROWS * SMV_BLOCK + 4 * r, 4);
                    sum += (float)product * (scale * inputs.scales[i * blocks + b]);
                }
                y[i * stride + g * SMV_GROUP_ROWS + r] = sum;
            }
}

/* Rows of the types that are bytes with one scale for 32 already. */

static void row_bytes_q8_0(const void *restrict row, int8_t *restrict bytes,
                           float *restrict scales, size_t count) {
    const uint8_t *block = row;
    for (size_t b = 0; b < count / SMV_BLOCK; b++, block += Q8_0_BYTES) {
        scales[b] = smv_half_at(block);
        memcpy(bytes + b * SMV_BLOCK, block + 2, SMV_BLOCK);
    }
}

static void row_bytes_q4_0(const void *restrict row, int8_t *restrict bytes,
                           float *restrict scales, size_t count) {
    const uint8_t *block = row;
    for (size_t b = 0; b < count / SMV_BLOCK; b++, block += Q4_0_BYTES, bytes += SMV_BLOCK) {
        scales[b] = smv_half_at(block);
        for (int i = 0; i < 16; i++) {
            bytes[i] = (int8_t)((block[2 + i] & 15) - 8);
            bytes[16 + i] = (int8_t)((block[2 + i] >> 4) - 8);
        }
    }
}

void smv_bytes_generic(smv_tensor_kernels *table) {
    table->to_bytes = to_bytes;
    table->mingle = mingle;
    table->multiply_groups = multiply_groups;
    table->row_bytes[SMV_Q8_0] = row_bytes_q8_0;
    table->row_bytes[SMV_Q4_0] = row_bytes_q4_0;
}

void smv_pack_row(const smv_tensor_kernels *kernels, int type, const void *row, size_t count,
                  size_t place, float *work, uint8_t *group) {
    size_t blocks = blocks_of(count), padded = blocks * SMV_BLOCK;
    float *floats = work, *scales = floats + padded;
    int32_t *sums = (int32_t *)(scales + blocks);
    int8_t *bytes = (int8_t *)(sums + blocks);
    if (kernels->row_bytes[type]) {
        kernels->row_bytes[type](row, bytes, scales, count);
    } else {
        kernels->expand[type](row, floats, count);
        kernels->to_bytes(floats, count, bytes, scales, sums);
    }
    kernels->mingle(bytes, scales, blocks, place, group);
}

size_t smv_pack_floats(size_t count) {
    size_t blocks = blocks_of(count);
    return blocks * (SMV_BLOCK + 2) + blocks * SMV_BLOCK / sizeof(float);
}
