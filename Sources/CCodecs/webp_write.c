#include "CCodecs.h"

#include <webp/encode.h>

size_t smv_webp_write(const uint8_t *rgb, size_t width, size_t height, size_t stride,
                      float quality, uint8_t *_Nullable *_Nonnull bytes) {
    *bytes = NULL;
    if (!width || !height || width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION) return 0;
    size_t count = WebPEncodeRGB(rgb, (int)width, (int)height, (int)stride, quality, bytes);
    if (!count) *bytes = NULL;
    return count;
}

void smv_webp_free(uint8_t *_Nullable bytes) { WebPFree(bytes); }
