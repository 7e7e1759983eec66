/* The meaning of the loops that find a processor's peaks. */
#include "peaks.h"

/* Chains that are worked out side by side: as many as 12 vectors of 4 floats hold. */
enum { TOGETHER = 48 };

static float peak_floats(const float *start, float factor, float addend, size_t rounds) {
    float ends[SMV_PEAK_CHAINS];
    for (size_t first = 0; first < SMV_PEAK_CHAINS; first += TOGETHER) {
        float x[TOGETHER];
        memcpy(x, start + first, sizeof x);
        for (size_t round = 0; round < rounds; round++)
#pragma clang loop unroll(full)
            for (size_t c = 0; c < TOGETHER; c++) x[c] = x[c] * factor + addend;
        memcpy(ends + first, x, sizeof x);
    }
    return smv_sum_of_chains(ends);
}

static uint32_t peak_bytes(const uint8_t *weights, const int8_t *inputs, size_t rounds) {
    uint32_t sum = 0;
    for (size_t turn = 0; turn < rounds * SMV_PEAK_CHAINS * 4 / SMV_PEAK_BYTES; turn++) {
        SMV_FORGET_ADDRESS(weights);
        int32_t product = 0;
        for (size_t i = 0; i < SMV_PEAK_BYTES; i++) product += weights[i] * inputs[i];
        sum += (uint32_t)product;
    }
    return sum;
}

static uint64_t peak_read(const void *bytes, size_t count) {
    const uint8_t *place = bytes;
    uint64_t sum = 0, word;
    for (; count >= 8; count -= 8, place += 8) {
        memcpy(&word, place, 8);
        sum += word;
    }
    for (; count > 0; count--) sum += *place++;
    return sum;
}

void smv_peaks_generic(smv_tensor_kernels *table) {
    table->peak_floats = peak_floats;
    table->peak_bytes = peak_bytes;
    table->peak_read = peak_read;
}
