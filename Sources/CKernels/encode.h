/* What the encoders share. Private to CKernels. */
#ifndef SMV_ENCODE_H
#define SMV_ENCODE_H

#include "EncodeKernels.h"
#include "blocks.h"

/* One block of numbers as the bytes of a type. */
typedef void smv_encode_fn(const float *restrict x, uint8_t *restrict block);

void smv_encode_q4_k(const float *restrict x, uint8_t *restrict block);
void smv_encode_q5_k(const float *restrict x, uint8_t *restrict block);
void smv_encode_q6_k(const float *restrict x, uint8_t *restrict block);

static inline uint32_t smv_bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The nearest IEEE half, the even one of two; what is beyond the largest becomes infinite. */
static inline uint16_t smv_half_of(float value) {
    uint32_t bits = smv_bits_of_float(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) return sign | 0x7E00;
    if (magnitude >= 0x477FF000) return sign | 0x7C00;
    if (magnitude < 0x38800000) {
        /* Adding half makes the lowest bit worth 2^-24: what lies below is rounded off. */
        float shifted = smv_float_of_bits(magnitude) + 0.5f;
        return sign | (uint16_t)(smv_bits_of_float(shifted) - 0x3F000000);
    }
    uint32_t odd = magnitude >> 13 & 1;
    return sign | (uint16_t)((magnitude + 0xFFF + odd - (112u << 23)) >> 13);
}

static inline void smv_store16(uint8_t *bytes, uint16_t value) {
    memcpy(bytes, &value, sizeof value);
}

static inline void smv_store32(uint8_t *bytes, uint32_t value) {
    memcpy(bytes, &value, sizeof value);
}

#endif
