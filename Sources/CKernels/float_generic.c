/* What stands between the products, in plain C: the meaning of each of these kernels. */
#include <math.h>

#include "blocks.h"

static void layer_norm(const float *x, const float *weight, const float *bias, float eps,
                       size_t count, float *out) {
    if (!count) return;
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += x[i];
    float mean = sum / (float)count;
    float squares = 0;
    for (size_t i = 0; i < count; i++) squares += (x[i] - mean) * (x[i] - mean);
    float scale = 1 / sqrtf(squares / (float)count + eps);
    for (size_t i = 0; i < count; i++) out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

static void rms_norm(const float *x, const float *weight, float eps, size_t count, float *out) {
    if (!count) return;
    float squares = 0;
    for (size_t i = 0; i < count; i++) squares += x[i] * x[i];
    float scale = 1 / sqrtf(squares / (float)count + eps);
    for (size_t i = 0; i < count; i++) out[i] = x[i] * scale * weight[i];
}

/* 0.5 x (1 + tanh(u)) is x / (1 + exp(-2u)): one exponential, and no loss where tanh is near -1. */
static void gelu_tanh(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float v = x[i];
        float u = 0.7978845608028654f * (v + 0.044715f * v * v * v);
        x[i] = v / (1 + expf(-2 * u));
    }
}

static void silu_multiply(float *restrict gate, const float *restrict up, size_t count) {
    for (size_t i = 0; i < count; i++) gate[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

static void softmax(float *x, float scale, size_t count) {
    if (!count) return;
    float largest = x[0];
    for (size_t i = 1; i < count; i++) largest = x[i] > largest ? x[i] : largest;
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        x[i] = expf((x[i] - largest) * scale);
        sum += x[i];
    }
    float share = 1 / sum;
    for (size_t i = 0; i < count; i++) x[i] *= share;
}

static void rotate(float *restrict x, const float *restrict cosine, const float *restrict sine,
                   size_t heads, size_t size) {
    size_t half = size / 2;
    for (size_t head = 0; head < heads; head++, x += size)
        for (size_t i = 0; i < half; i++) {
            float a = x[i], b = x[i + half];
            x[i] = a * cosine[i] - b * sine[i];
            x[i + half] = b * cosine[i] + a * sine[i];
        }
}

static void add(float *restrict y, const float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] += x[i];
}

static void add_scaled(float *restrict y, const float *restrict x, float scale, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] += scale * x[i];
}

void smv_floats_generic(smv_tensor_kernels *table) {
    table->layer_norm = layer_norm;
    table->rms_norm = rms_norm;
    table->gelu_tanh = gelu_tanh;
    table->silu_multiply = silu_multiply;
    table->softmax = softmax;
    table->rotate = rotate;
    table->add = add;
    table->add_scaled = add_scaled;
}
