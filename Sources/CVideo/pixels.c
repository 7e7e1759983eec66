/* One decoded frame as upright 8-bit RGB.
 *
 * Ordinary frames go through swscale as PyAV's `to_ndarray(format='rgb24')` does: its bilinear
 * setting, the matrix and range that the frame names. Frames of high dynamic range (PQ or HLG) go
 * to 16 bits first, are made linear, brought from BT.2020 to BT.709 primaries with white at 203
 * nits, pressed smoothly below 1 where they are brighter, and coded as sRGB. */
#include "video.h"

#include <libavutil/imgutils.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIGHT_STEPS 4096
#define CODE_STEPS 4096
#define WHITE_NITS 203.0
#define KNEE 0.75f

bool smv_video_is_high_dynamic_range(int transfer) {
    return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

void smv_video_forget_pixels(struct smv_video *video) {
    sws_freeContext(video->scaler);
    video->scaler = NULL;
    av_freep(&video->stage);
    av_freep(&video->light);
    av_freep(&video->code);
}

/* Makes the stage hold `bytes`; false when that is more than allowed. */
static bool reserve_stage(struct smv_video *video, size_t bytes) {
    if (bytes <= video->stage_bytes && video->stage) return true;
    av_freep(&video->stage);
    video->stage = av_malloc(bytes); /* within the limit given to av_max_alloc */
    video->stage_bytes = video->stage ? bytes : 0;
    return video->stage != NULL;
}

/* Light of a PQ sample, in units of diffuse white. */
static double light_of_pq(double sample) {
    double root = pow(sample, 1 / 78.84375);
    double above = root - 0.8359375;
    if (above <= 0) return 0;
    return 10000 / WHITE_NITS * pow(above / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125);
}

/* Light of an HLG sample on a screen of 1000 nits, its gamma of 1.2 applied channel by channel. */
static double light_of_hlg(double sample) {
    double scene = sample <= 0.5 ? sample * sample / 3
                                 : (exp((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12;
    return 1000 / WHITE_NITS * pow(scene, 1.2);
}

static bool make_tables(struct smv_video *video, int transfer) {
    if (!video->light) video->light = av_malloc_array(LIGHT_STEPS, sizeof *video->light);
    if (!video->code) {
        video->code = av_malloc(CODE_STEPS);
        for (int step = 0; video->code && step < CODE_STEPS; step++) {
            double light = (double)step / (CODE_STEPS - 1);
            double value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
            video->code[step] = (uint8_t)lrint(value * 255);
        }
        video->light_transfer = 0;
    }
    if (!video->light || !video->code) return false;
    if (video->light_transfer != transfer) {
        for (int step = 0; step < LIGHT_STEPS; step++) {
            double sample = (double)step / (LIGHT_STEPS - 1);
            video->light[step] = (float)(transfer == AVCOL_TRC_SMPTE2084 ? light_of_pq(sample)
                                                                         : light_of_hlg(sample));
        }
        video->light_transfer = transfer;
    }
    return true;
}

static uint8_t code_of(const uint8_t *code, float light) {
    if (!(light > 0)) return 0;
    return code[light >= 1 ? CODE_STEPS - 1 : (int)(light * (CODE_STEPS - 1) + 0.5f)];
}

/* Turns a row of 16-bit BT.2020 samples into 8-bit sRGB, which may overlap it from its start. */
static void tone_map_row(const struct smv_video *video, const uint16_t *from, uint8_t *to,
                         int width) {
    const float *light = video->light;
    for (int x = 0; x < width; x++, from += 3, to += 3) {
        float r = light[from[0] >> 4], g = light[from[1] >> 4], b = light[from[2] >> 4];
        float red = 1.6605f * r - 0.5876f * g - 0.0728f * b;
        float green = -0.1246f * r + 1.1329f * g - 0.0083f * b;
        float blue = -0.0182f * r - 0.1006f * g + 1.1187f * b;
        float most = red > green ? red : green;
        most = most > blue ? most : blue;
        if (most > KNEE) {
            float over = (most - KNEE) / (1 - KNEE);
            float scale = (KNEE + (1 - KNEE) * over / (1 + over)) / most;
            red *= scale;
            green *= scale;
            blue *= scale;
        }
        to[0] = code_of(video->code, red);
        to[1] = code_of(video->code, green);
        to[2] = code_of(video->code, blue);
    }
}

/* Brings the current frame to RGB as stored, in the stage, with `*stride` bytes a row. */
static enum smv_video_status convert(struct smv_video *video, const AVFrame *frame,
                                     size_t *stride) {
    bool bright = smv_video_is_high_dynamic_range(frame->color_trc);
    size_t pixel_bytes = bright ? 6 : 3;
    /* Rows end in slack: the vector code of swscale writes whole registers. */
    *stride = ((size_t)frame->width * pixel_bytes + 63) / 64 * 64 + 64;
    if (!reserve_stage(video, *stride * ((size_t)frame->height + 1))) return SMV_VIDEO_MEMORY;
    if (bright && !make_tables(video, frame->color_trc)) return SMV_VIDEO_MEMORY;
    int flags = bright ? SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT : SWS_BILINEAR;
    video->scaler = sws_getCachedContext(
        video->scaler, frame->width, frame->height, (enum AVPixelFormat)frame->format, frame->width,
        frame->height, bright ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24, flags, NULL, NULL, NULL);
    if (!video->scaler) return SMV_VIDEO_MEMORY;
    const int *matrix = sws_getCoefficients(frame->colorspace);
    sws_setColorspaceDetails(video->scaler, matrix, frame->color_range == AVCOL_RANGE_JPEG, matrix,
                             1, 0, 1 << 16, 1 << 16);
    uint8_t *planes[4] = {video->stage};
    int strides[4] = {(int)*stride};
    if (sws_scale(video->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
                  frame->height, planes, strides) < 0)
        return SMV_VIDEO_CORRUPT;
    for (int y = 0; bright && y < frame->height; y++) {
        uint8_t *row = video->stage + (size_t)y * *stride;
        tone_map_row(video, (const uint16_t *)(const void *)row, row, frame->width);
    }
    return SMV_VIDEO_FINE;
}

enum smv_video_status smv_video_pixels(struct smv_video *video, uint8_t *rgb, size_t capacity) {
    const AVFrame *frame = video->current.frame;
    if (video->current.rank < 0) return SMV_VIDEO_ENDED;
    size_t width = (size_t)frame->width, height = (size_t)frame->height, stride;
    if (capacity < width * height * 3) return SMV_VIDEO_TOO_LARGE;
    enum smv_video_status status = convert(video, frame, &stride);
    if (status != SMV_VIDEO_FINE) return status;

    size_t upright_width = video->transposed ? height : width;
    size_t upright_height = video->transposed ? width : height;
    for (size_t y = 0; y < upright_height; y++) {
        size_t from_y = video->flip_y ? upright_height - 1 - y : y;
        uint8_t *to = rgb + y * upright_width * 3;
        if (!video->transposed && !video->flip_x) {
            memcpy(to, video->stage + from_y * stride, width * 3);
            continue;
        }
        for (size_t x = 0; x < upright_width; x++, to += 3) {
            size_t from_x = video->flip_x ? upright_width - 1 - x : x;
            const uint8_t *from = video->transposed ? video->stage + from_x * stride + from_y * 3
                                                    : video->stage + from_y * stride + from_x * 3;
            to[0] = from[0];
            to[1] = from[1];
            to[2] = from[2];
        }
    }
    return SMV_VIDEO_FINE;
}
