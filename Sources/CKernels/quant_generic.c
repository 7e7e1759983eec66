/* Quantised rows in plain C: what each block means. The rounding is that of one product and one
 * subtraction in float, in the order written here; the vector files keep to it. */
#include "blocks.h"

#pragma STDC FP_CONTRACT OFF

static void expand_q4_0(const uint8_t *block, float *out) {
    float scale = smv_half_at(block);
    const uint8_t *nibbles = block + 2;
    for (int i = 0; i < 16; i++) {
        out[i] = (float)((nibbles[i] & 15) - 8) * scale;
        out[i + 16] = (float)((nibbles[i] >> 4) - 8) * scale;
    }
}

static void expand_q4_1(const uint8_t *block, float *out) {
    float scale = smv_half_at(block), minimum = smv_half_at(block + 2);
    const uint8_t *nibbles = block + 4;
    for (int i = 0; i < 16; i++) {
        out[i] = (float)(nibbles[i] & 15) * scale + minimum;
        out[i + 16] = (float)(nibbles[i] >> 4) * scale + minimum;
    }
}

static void expand_q5_0(const uint8_t *block, float *out) {
    float scale = smv_half_at(block);
    uint32_t fifth = smv_load32(block + 2);
    const uint8_t *nibbles = block + 6;
    for (int i = 0; i < 16; i++) {
        int low = (nibbles[i] & 15) | (int)((fifth >> i) & 1) << 4;
        int high = (nibbles[i] >> 4) | (int)((fifth >> (i + 16)) & 1) << 4;
        out[i] = (float)(low - 16) * scale;
        out[i + 16] = (float)(high - 16) * scale;
    }
}

static void expand_q5_1(const uint8_t *block, float *out) {
    float scale = smv_half_at(block), minimum = smv_half_at(block + 2);
    uint32_t fifth = smv_load32(block + 4);
    const uint8_t *nibbles = block + 8;
    for (int i = 0; i < 16; i++) {
        int low = (nibbles[i] & 15) | (int)((fifth >> i) & 1) << 4;
        int high = (nibbles[i] >> 4) | (int)((fifth >> (i + 16)) & 1) << 4;
        out[i] = (float)low * scale + minimum;
        out[i + 16] = (float)high * scale + minimum;
    }
}

static void expand_q8_0(const uint8_t *block, float *out) {
    float scale = smv_half_at(block);
    for (int i = 0; i < 32; i++) out[i] = (float)(int8_t)block[2 + i] * scale;
}

static void expand_q2_k(const uint8_t *block, float *out) {
    const uint8_t *scales = block, *pairs = block + 16;
    float scale = smv_half_at(block + 80), minimum = smv_half_at(block + 82);
    for (int e = 0; e < 256; e++) {
        int half = e / 128, shift = 2 * (e / 32 % 4), lane = e % 32;
        int q = (pairs[32 * half + lane] >> shift) & 3;
        float step = scale * (float)(scales[e / 16] & 15);
        float base = minimum * (float)(scales[e / 16] >> 4);
        out[e] = step * (float)q - base;
    }
}

static void expand_q3_k(const uint8_t *block, float *out) {
    const uint8_t *third = block, *pairs = block + 32, *scales = block + 96;
    float scale = smv_half_at(block + 108);
    for (int e = 0; e < 256; e++) {
        int half = e / 128, quarter = e / 32 % 4, lane = e % 32;
        int q = (pairs[32 * half + lane] >> (2 * quarter)) & 3;
        if (!((third[lane] >> (4 * half + quarter)) & 1)) q -= 4;
        out[e] = scale * (float)smv_q3_scale(scales, e / 16) * (float)q;
    }
}

static void expand_q4_k(const uint8_t *block, float *out) {
    float scale = smv_half_at(block), minimum = smv_half_at(block + 2);
    const uint8_t *nibbles = block + 16;
    for (int j = 0; j < 8; j++) {
        uint8_t s, m;
        smv_scale_pair(block + 4, j, &s, &m);
        float step = scale * (float)s, base = minimum * (float)m;
        for (int i = 0; i < 32; i++) {
            int q = (nibbles[32 * (j / 2) + i] >> (4 * (j % 2))) & 15;
            out[32 * j + i] = step * (float)q - base;
        }
    }
}

static void expand_q5_k(const uint8_t *block, float *out) {
    float scale = smv_half_at(block), minimum = smv_half_at(block + 2);
    const uint8_t *fifth = block + 16, *nibbles = block + 48;
    for (int j = 0; j < 8; j++) {
        uint8_t s, m;
        smv_scale_pair(block + 4, j, &s, &m);
        float step = scale * (float)s, base = minimum * (float)m;
        for (int i = 0; i < 32; i++) {
            int q = (nibbles[32 * (j / 2) + i] >> (4 * (j % 2))) & 15;
            q |= ((fifth[i] >> j) & 1) << 4;
            out[32 * j + i] = step * (float)q - base;
        }
    }
}

static void expand_q6_k(const uint8_t *block, float *out) {
    const uint8_t *nibbles = block, *pairs = block + 128, *scales = block + 192;
    float scale = smv_half_at(block + 208);
    for (int e = 0; e < 256; e++) {
        int half = e / 128, quarter = e / 32 % 4, lane = e % 32;
        int low = nibbles[64 * half + 32 * (quarter % 2) + lane] >> (4 * (quarter / 2)) & 15;
        int q = low | ((pairs[32 * half + lane] >> (2 * quarter)) & 3) << 4;
        out[e] = scale * (float)(int8_t)scales[e / 16] * (float)(q - 32);
    }
}

static void expand_iq4_nl(const uint8_t *block, float *out) {
    float scale = smv_half_at(block);
    for (int i = 0; i < 16; i++) {
        out[i] = scale * (float)smv_iq4_values[block[2 + i] & 15];
        out[i + 16] = scale * (float)smv_iq4_values[block[2 + i] >> 4];
    }
}

static void expand_iq4_xs(const uint8_t *block, float *out) {
    float scale = smv_half_at(block);
    for (int j = 0; j < 8; j++) {
        float step = scale * (float)smv_iq4_scale(block, j);
        const uint8_t *nibbles = block + 8 + 16 * j;
        for (int i = 0; i < 16; i++) {
            out[32 * j + i] = step * (float)smv_iq4_values[nibbles[i] & 15];
            out[32 * j + i + 16] = step * (float)smv_iq4_values[nibbles[i] >> 4];
        }
    }
}

static void expand_mxfp4(const uint8_t *block, float *out) {
    float scale = smv_half_power(block[0]);
    for (int i = 0; i < 16; i++) {
        out[i] = scale * (float)smv_fp4_values[block[1 + i] & 15];
        out[i + 16] = scale * (float)smv_fp4_values[block[1 + i] >> 4];
    }
}

/* Rows of one type out of its blocks. */
#define ROWS(type, elements, block_bytes)                                                         \
    static void expand_row_##type(const void *restrict row, float *restrict out, size_t count) {  \
        const uint8_t *block = row;                                                               \
        for (size_t e = 0; e + elements <= count; e += elements, block += block_bytes)            \
            expand_##type(block, out + e);                                                        \
    }                                                                                             \
    static float dot_row_##type(const void *restrict row, const float *restrict x, size_t count) {\
        const uint8_t *block = row;                                                               \
        float sum = 0, values[elements];                                                          \
        for (size_t e = 0; e + elements <= count; e += elements, block += block_bytes) {          \
            expand_##type(block, values);                                                         \
            for (size_t i = 0; i < elements; i++) sum += values[i] * x[e + i];                    \
        }                                                                                         \
        return sum;                                                                               \
    }                                                                                             \
    static void dot_bytes_##type(const void *restrict matrix, size_t row_bytes, size_t rows,      \
                                 const smv_byte_rows *inputs, size_t input_count, size_t count,   \
                                 float *restrict y, size_t stride) {                              \
        size_t blocks = count / SMV_BLOCK;                                                        \
        for (size_t r = 0; r < rows; r++)                                                         \
            for (size_t m = 0; m < input_count; m++) {                                            \
                const uint8_t *block = (const uint8_t *)matrix + r * row_bytes;                   \
                const int8_t *bytes = inputs->bytes + m * blocks * SMV_BLOCK;                     \
                const float *scales = inputs->scales + m * blocks;                                \
                float sum = 0, values[elements];                                                  \
                for (size_t e = 0; e + elements <= count; e += elements, block += block_bytes) {  \
                    expand_##type(block, values);                                                 \
                    for (size_t i = 0; i < elements; i++)                                         \
                        sum += values[i] * (scales[(e + i) / SMV_BLOCK] * (float)bytes[e + i]);   \
                }                                                                                 \
                y[m * stride + r] = sum;                                                          \
            }                                                                                     \
    }

ROWS(q4_0, 32, Q4_0_BYTES)
ROWS(q4_1, 32, Q4_1_BYTES)
ROWS(q5_0, 32, Q5_0_BYTES)
ROWS(q5_1, 32, Q5_1_BYTES)
ROWS(q8_0, 32, Q8_0_BYTES)
ROWS(q2_k, 256, Q2_K_BYTES)
ROWS(q3_k, 256, Q3_K_BYTES)
ROWS(q4_k, 256, Q4_K_BYTES)
ROWS(q5_k, 256, Q5_K_BYTES)
ROWS(q6_k, 256, Q6_K_BYTES)
ROWS(iq4_nl, 32, IQ4_NL_BYTES)
ROWS(iq4_xs, 256, IQ4_XS_BYTES)
ROWS(mxfp4, 32, MXFP4_BYTES)

#define ENTER(number, type)                    \
    table->expand[number] = expand_row_##type; \
    table->dot[number] = dot_row_##type;       \
    table->dot_bytes[number] = dot_bytes_##type

void smv_quant_generic(smv_tensor_kernels *table) {
    ENTER(SMV_Q4_0, q4_0);
    ENTER(SMV_Q4_1, q4_1);
    ENTER(SMV_Q5_0, q5_0);
    ENTER(SMV_Q5_1, q5_1);
    ENTER(SMV_Q8_0, q8_0);
    ENTER(SMV_Q2_K, q2_k);
    ENTER(SMV_Q3_K, q3_k);
    ENTER(SMV_Q4_K, q4_k);
    ENTER(SMV_Q5_K, q5_k);
    ENTER(SMV_Q6_K, q6_k);
    ENTER(SMV_IQ4_NL, iq4_nl);
    ENTER(SMV_IQ4_XS, iq4_xs);
    ENTER(SMV_MXFP4, mxfp4);
}
