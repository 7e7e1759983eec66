/* How quantised blocks lie in memory: sizes, places of their parts, and their small numbers.
 *
 * Parts are read byte by byte or through memcpy: blocks lie at any address. Little-endian only,
 * as are the files.
 */
#ifndef SMV_BLOCKS_H
#define SMV_BLOCKS_H

#include <stdint.h>
#include <string.h>

#include "TensorKernels.h"

/* Bytes of one block; Q4_0 to Q8_0, IQ4_NL and MXFP4 hold 32 elements, the K types and IQ4_XS 256. */
enum {
    Q4_0_BYTES = 18, /* scale f16, 16 bytes of nibbles: low ones are elements 0..15 */
    Q4_1_BYTES = 20, /* scale, minimum, nibbles */
    Q5_0_BYTES = 22, /* scale, fifth bits u32, nibbles */
    Q5_1_BYTES = 24, /* scale, minimum, fifth bits, nibbles */
    Q8_0_BYTES = 34, /* scale, 32 signed bytes */
    Q2_K_BYTES = 84, /* 16 bytes scale | minimum << 4, 64 bytes of pairs of bits, scale, minimum */
    Q3_K_BYTES = 110, /* 32 bytes of third bits, 64 of pairs, 12 of 6-bit scales, scale */
    Q4_K_BYTES = 144, /* scale, minimum, 12 bytes of 6-bit pairs, 128 of nibbles */
    Q5_K_BYTES = 176, /* scale, minimum, 12 bytes of 6-bit pairs, 32 of fifth bits, nibbles */
    Q6_K_BYTES = 210, /* 128 bytes of nibbles, 64 of pairs, 16 signed scales, scale */
    IQ4_NL_BYTES = 18, /* as Q4_0, nibbles index the table below */
    IQ4_XS_BYTES = 136, /* scale, u16 high bits and 4 bytes low nibbles of scales, nibbles */
    MXFP4_BYTES = 17 /* exponent byte, nibbles that index the table below */
};

/* What a nibble stands for in IQ4_NL and IQ4_XS. */
static const int8_t smv_iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};
/* What a nibble stands for in MXFP4, doubled. */
static const int8_t smv_fp4_values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

static inline uint16_t smv_load16(const uint8_t *bytes) {
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t smv_load32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline float smv_float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE half to float, exactly: subnormal halves become normal floats. */
static inline float smv_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t magnitude = half & 0x7FFF;
    if (magnitude < 0x0400) {
        float tiny = (float)magnitude * 0x1p-24f;
        return sign ? -tiny : tiny;
    }
    uint32_t bits = (magnitude << 13) + ((127 - 15) << 23);
    if (magnitude >= 0x7C00) bits += (255 - 31 - (127 - 15)) << 23;
    return smv_float_of_bits(sign | bits);
}

static inline float smv_half_at(const uint8_t *bytes) { return smv_half(smv_load16(bytes)); }

static inline float smv_bfloat(uint16_t half) { return smv_float_of_bits((uint32_t)half << 16); }

/* Half of two to the power of an exponent byte, as MXFP4 scales its doubled values. */
static inline float smv_half_power(uint8_t exponent) {
    return smv_float_of_bits(exponent < 2 ? 0x00200000u << exponent
                                          : (uint32_t)(exponent - 1) << 23);
}

/* The 6-bit scale and minimum of sub-block `j` (0..7) of Q4_K and Q5_K. */
static inline void smv_scale_pair(const uint8_t *packed, int j, uint8_t *scale, uint8_t *minimum) {
    if (j < 4) {
        *scale = packed[j] & 63;
        *minimum = packed[j + 4] & 63;
    } else {
        *scale = (uint8_t)((packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4));
        *minimum = (uint8_t)((packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));
    }
}

/* The 6-bit scale of 16 elements, number `i` (0..15), of Q3_K: -32..31. */
static inline int smv_q3_scale(const uint8_t *packed, int i) {
    int low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
    int high = (packed[8 + i % 4] >> (2 * (i / 4))) & 3;
    return (low | high << 4) - 32;
}

/* The 6-bit scale of sub-block `j` (0..7) of IQ4_XS: -32..31. */
static inline int smv_iq4_scale(const uint8_t *block, int j) {
    int low = (block[4 + j / 2] >> (4 * (j % 2))) & 15;
    int high = (smv_load16(block + 2) >> (2 * j)) & 3;
    return (low | high << 4) - 32;
}

/* Put the quantised types of one variant into a table. */
void smv_quant_generic(smv_tensor_kernels *table);
void smv_quant_avx2(smv_tensor_kernels *table);
/* Put the types of whole numbers (F32, F16, BF16) into a table. */
void smv_halves_generic(smv_tensor_kernels *table);
void smv_halves_avx2(smv_tensor_kernels *table);
/* Put everything that works on floats into a table. */
void smv_floats_generic(smv_tensor_kernels *table);
void smv_floats_avx2(smv_tensor_kernels *table);
/* Put products of bytes into a table: many inputs at a time, and one. */
void smv_bytes_generic(smv_tensor_kernels *table);
void smv_bytes_avx2(smv_tensor_kernels *table);
void smv_bytes_avx512(smv_tensor_kernels *table);
void smv_dots_avx2(smv_tensor_kernels *table);
void smv_nibbles_avx2(smv_tensor_kernels *table);
void smv_dots_avx512(smv_tensor_kernels *table);
void smv_crowd_avx512(smv_tensor_kernels *table);
/* Put attention of many queries into a table. */
void smv_attend_generic(smv_tensor_kernels *table);
void smv_attend_avx2(smv_tensor_kernels *table);
void smv_attend_avx512(smv_tensor_kernels *table);
/* Put the loops that find a processor's peaks into a table. */
void smv_peaks_generic(smv_tensor_kernels *table);
void smv_peaks_avx2(smv_tensor_kernels *table);
void smv_peaks_avx512(smv_tensor_kernels *table);

#endif
