/* Floats as rows of plain numbers and of blocks of 32. In: finite floats; out: the bytes. There is
 * no choice in the blocks of 32: scale and rounding are those of the reference,
 * https://github.com/ggml-org/llama.cpp/blob/b4524/ggml/src/ggml-quants.c
 */
#include "encode.h"

#pragma STDC FP_CONTRACT OFF

/* One over a scale; 0 where that is no number to count with, so that the block becomes zeros. */
static float inverse(float scale) {
    float result = scale != 0 ? 1 / scale : 0;
    return result - result == 0 ? result : 0;
}

/* The number of the largest magnitude, the first of several, with its sign. */
static float peak(const float *x) {
    float magnitude = 0, value = 0;
    for (int i = 0; i < 32; i++) {
        float here = x[i] < 0 ? -x[i] : x[i];
        if (here > magnitude) {
            magnitude = here;
            value = x[i];
        }
    }
    return value;
}

static void span_of(const float *x, float *least, float *most) {
    *least = *most = x[0];
    for (int i = 1; i < 32; i++) {
        if (x[i] < *least) *least = x[i];
        if (x[i] > *most) *most = x[i];
    }
}

static uint8_t capped(float value, int most) {
    int whole = (int)value;
    return (uint8_t)(whole < 0 ? 0 : whole > most ? most : whole);
}

/* 32 numbers of up to 5 bits: the low four by halves, the fifth bits in a word of their own. */
static void pack(const uint8_t *q, uint8_t *nibbles, uint8_t *fifth_bits) {
    uint32_t fifth = 0;
    for (int i = 0; i < 16; i++) nibbles[i] = (uint8_t)((q[i] & 15) | (q[i + 16] & 15) << 4);
    if (!fifth_bits) return;
    for (int i = 0; i < 32; i++) fifth |= (uint32_t)(q[i] >> 4) << i;
    smv_store32(fifth_bits, fifth);
}

/* Numbers on both sides of zero: the largest in magnitude is the end of the scale. */
static void encode_even(const float *x, int half, uint8_t *block, uint8_t *nibbles,
                        uint8_t *fifth) {
    uint8_t q[32];
    float scale = peak(x) / (float)-half, factor = inverse(scale);
    for (int i = 0; i < 32; i++)
        q[i] = capped(x[i] * factor + ((float)half + 0.5f), 2 * half - 1);
    smv_store16(block, smv_half_of(scale));
    pack(q, nibbles, fifth);
}

/* Numbers from the least to the most. */
static void encode_from_least(const float *x, int top, uint8_t *block, uint8_t *nibbles,
                              uint8_t *fifth) {
    uint8_t q[32];
    float least, most;
    span_of(x, &least, &most);
    float scale = (most - least) / (float)top, factor = inverse(scale);
    for (int i = 0; i < 32; i++) q[i] = capped((x[i] - least) * factor + 0.5f, top);
    smv_store16(block, smv_half_of(scale));
    smv_store16(block + 2, smv_half_of(least));
    pack(q, nibbles, fifth);
}

static void encode_q4_0(const float *restrict x, uint8_t *restrict block) {
    encode_even(x, 8, block, block + 2, NULL);
}

static void encode_q4_1(const float *restrict x, uint8_t *restrict block) {
    encode_from_least(x, 15, block, block + 4, NULL);
}

static void encode_q5_0(const float *restrict x, uint8_t *restrict block) {
    encode_even(x, 16, block, block + 6, block + 2);
}

static void encode_q5_1(const float *restrict x, uint8_t *restrict block) {
    encode_from_least(x, 31, block, block + 8, block + 4);
}

static void encode_q8_0(const float *restrict x, uint8_t *restrict block) {
    float largest = peak(x);
    float scale = (largest < 0 ? -largest : largest) / 127, factor = inverse(scale);
    smv_store16(block, smv_half_of(scale));
    for (int i = 0; i < 32; i++) {
        /* Halves go away from zero. */
        float value = x[i] * factor;
        int whole = (int)value;
        float rest = value - (float)whole;
        block[2 + i] = (uint8_t)(int8_t)(whole + (rest >= 0.5f) - (rest <= -0.5f));
    }
}

static void encode_f16(const float *restrict x, uint8_t *restrict bytes) {
    smv_store16(bytes, smv_half_of(*x));
}

static void encode_bf16(const float *restrict x, uint8_t *restrict bytes) {
    uint32_t bits = smv_bits_of_float(*x);
    smv_store16(bytes, (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16));
}

static void encode_f32(const float *restrict x, uint8_t *restrict bytes) {
    memcpy(bytes, x, sizeof *x);
}

static smv_encode_fn *encoder(int type) {
    switch (type) {
    case SMV_F32: return encode_f32;
    case SMV_F16: return encode_f16;
    case SMV_BF16: return encode_bf16;
    case SMV_Q4_0: return encode_q4_0;
    case SMV_Q4_1: return encode_q4_1;
    case SMV_Q5_0: return encode_q5_0;
    case SMV_Q5_1: return encode_q5_1;
    case SMV_Q8_0: return encode_q8_0;
    case SMV_Q4_K: return smv_encode_q4_k;
    case SMV_Q5_K: return smv_encode_q5_k;
    case SMV_Q6_K: return smv_encode_q6_k;
    default: return NULL;
    }
}

bool smv_can_encode(int type) { return encoder(type) != NULL; }

void smv_encode(int type, const float *restrict x, size_t count, void *restrict row) {
    smv_encode_fn *encode = encoder(type);
    size_t elements, bytes;
    if (!encode || !smv_block_size(type, &elements, &bytes)) return;
    uint8_t *block = row;
    for (size_t i = 0; i + elements <= count; i += elements, block += bytes) encode(x + i, block);
}
