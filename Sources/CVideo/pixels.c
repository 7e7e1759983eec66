/* One decoded frame as upright 8-bit RGB.
 *
 * Ordinary frames go through swscale as PyAV's `to_ndarray(format='rgb24')` does: its bilinear
 * setting, the matrix, range and place of chroma that the frame names, interlaced frames field by
 * field. Frames of high dynamic range (PQ or HLG) go
 * to 16 bits first, are made linear, brought from BT.2020 to BT.709 primaries with white at 203
 * nits, pressed smoothly below 1 where they are brighter, and coded as sRGB. */
#include "video.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIGHT_STEPS 4096
#define CODE_STEPS 4096
#define WHITE_NITS 203.0
#define KNEE 0.75f

enum { WHOLE, UPPER_FIELD, LOWER_FIELD };

bool smv_video_is_high_dynamic_range(int transfer) {
    return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

void smv_video_forget_pixels(struct smv_video *video) {
    for (size_t at = 0; at < 2; at++) {
        sws_freeContext(video->scalers[at].context);
        sws_freeContext(video->row_scalers[at].context);
    }
    av_frame_free(&video->rows);
    av_freep(&video->stage);
    av_freep(&video->light);
    av_freep(&video->code);
}

/* Makes the stage hold `bytes`; false when that is more than allowed. */
static bool reserve_stage(struct smv_video *video, size_t bytes) {
    if (bytes <= video->stage_bytes && video->stage) return true;
    av_freep(&video->stage);
    if (bytes > video->settings.max_allocation_bytes) return false;
    video->stage = av_malloc(bytes);
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

/* What one scaler turns into what. Positions are of chroma, in 256ths of a luma sample; -513 leaves
 * them to swscale. */
struct scaler_key {
    int width, height, flags, matrix, full_range;
    int from, from_across, from_down;
    int to, to_across;
};

_Static_assert(sizeof(struct scaler_key) == sizeof((struct kept_scaler){0}.key),
               "a kept scaler has room for its key");

/* A scaler for this, kept until another one is asked for in the same place. */
static struct SwsContext *scaler_for(struct kept_scaler *kept, const struct scaler_key *key) {
    if (kept->context && memcmp(kept->key, key, sizeof *key) == 0) return kept->context;
    sws_freeContext(kept->context);
    struct SwsContext *context = kept->context = sws_alloc_context();
    if (!context) return NULL;
    memcpy(kept->key, key, sizeof *key);
    const struct { const char *name; int value; } options[] = {
        {"srcw", key->width}, {"srch", key->height}, {"dstw", key->width}, {"dsth", key->height},
        {"src_format", key->from}, {"dst_format", key->to}, {"sws_flags", key->flags},
        {"src_h_chr_pos", key->from_across}, {"src_v_chr_pos", key->from_down},
        {"dst_h_chr_pos", key->to_across}, {"src_range", key->full_range},
        {"dst_range", key->full_range},
    };
    int code = 0;
    for (size_t at = 0; at < sizeof options / sizeof *options && code >= 0; at++)
        code = av_opt_set_int(context, options[at].name, options[at].value, 0);
    if (code < 0 || sws_init_context(context, NULL, NULL) < 0) {
        sws_freeContext(context);
        return kept->context = NULL;
    }
    const int *matrix = sws_getCoefficients(key->matrix);
    bool to_rgb = key->to == AV_PIX_FMT_RGB24 || key->to == AV_PIX_FMT_RGB48;
    sws_setColorspaceDetails(context, matrix, key->full_range, matrix, to_rgb || key->full_range, 0,
                             1 << 16, 1 << 16);
    return context;
}

/* Where the chroma samples of a frame or field lie. */
static void place_chroma(struct scaler_key *key, const AVFrame *frame,
                         const AVPixFmtDescriptor *format, int part) {
    int place = frame->chroma_location == AVCHROMA_LOC_UNSPECIFIED ? AVCHROMA_LOC_CENTER
                                                                   : frame->chroma_location;
    int columns = 1 << format->log2_chroma_w, rows = 1 << format->log2_chroma_h;
    key->from_across = ((place - 1) & 1) * 128 * (columns - 1);
    key->from_down = ((place - 1) >> 1 ^ (place < 4)) * 128 * (rows - 1);
    if (part != WHOLE) {
        if (part == LOWER_FIELD) key->from_down += 256 * (rows - 1);
        key->from_down >>= 1;
    }
    if (columns == 1) key->from_across = -513;
    if (rows == 1) key->from_down = -513;
    key->to_across = -513;
}

/* Whether a conversion goes through swscale's general path with chroma at half the rows. Before
 * FFmpeg 8 that path takes the nearest row of chroma or the mean of two; the rows are brought to
 * their places first, in a step of its own, which gives what FFmpeg 8 gives within 1. */
static bool needs_rows_first(const AVFrame *frame, const AVPixFmtDescriptor *format, int height) {
    bool direct = (frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P) &&
                  height % 2 == 0;
    return format->nb_components >= 3 && (format->flags & AV_PIX_FMT_FLAG_PLANAR) &&
           !(format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA)) &&
           format->log2_chroma_h == 1 && format->log2_chroma_w == 1 && !direct;
}

static bool scale(struct SwsContext *scaler, const uint8_t *const *from, const int *from_strides,
                  int height, uint8_t *const *to, const int *to_strides) {
    return sws_scale(scaler, from, from_strides, 0, height, to, to_strides) == height;
}

/* Brings chroma to as many rows as luma, in `video->rows`, and says how to go on from there. */
static enum smv_video_status even_rows(struct smv_video *video, struct scaler_key *key, int part,
                                       const AVPixFmtDescriptor *format, const uint8_t **from,
                                       int *from_strides) {
    bool deep = format->comp[0].depth > 8 || key->width % 2 != 0;
    struct scaler_key step = *key;
    step.flags = deep ? SWS_BILINEAR : SWS_BILINEAR | SWS_ACCURATE_RND;
    step.to = deep ? AV_PIX_FMT_YUV422P16 : AV_PIX_FMT_YUV422P;
    step.to_across = deep ? key->from_across : -513;
    struct SwsContext *scaler = scaler_for(&video->row_scalers[part == LOWER_FIELD], &step);
    if (!scaler) return SMV_VIDEO_MEMORY;
    AVFrame *rows = video->rows;
    if (rows && (rows->width != key->width || rows->height < key->height ||
                 rows->format != step.to))
        av_frame_free(&video->rows);
    if (!video->rows) {
        rows = video->rows = av_frame_alloc();
        if (!rows) return SMV_VIDEO_MEMORY;
        rows->width = key->width;
        rows->height = key->height;
        rows->format = step.to;
        if (av_frame_get_buffer(rows, 0) < 0) {
            av_frame_free(&video->rows);
            return SMV_VIDEO_MEMORY;
        }
    }
    if (!scale(scaler, from, from_strides, key->height, rows->data, rows->linesize))
        return SMV_VIDEO_CORRUPT;
    for (int plane = 0; plane < 4; plane++) {
        from[plane] = rows->data[plane];
        from_strides[plane] = rows->linesize[plane];
    }
    key->from = step.to;
    key->from_across = deep ? key->from_across : -513;
    key->from_down = -513;
    return SMV_VIDEO_FINE;
}

/* Brings a frame or one of its fields to RGB in its rows of the stage. */
static enum smv_video_status convert_part(struct smv_video *video, const AVFrame *frame, int part,
                                          const AVPixFmtDescriptor *format, size_t stride,
                                          bool bright) {
    int height = part == WHOLE         ? frame->height
                 : part == UPPER_FIELD ? (frame->height + 1) / 2
                                       : frame->height / 2;
    if (height == 0) return SMV_VIDEO_FINE;
    int first = part == LOWER_FIELD, step = part == WHOLE ? 1 : 2;
    const uint8_t *from[4];
    int from_strides[4];
    for (int plane = 0; plane < 4; plane++) {
        const uint8_t *data = frame->data[plane];
        from[plane] = data && first ? data + frame->linesize[plane] : data;
        from_strides[plane] = frame->linesize[plane] * step;
    }
    struct scaler_key key;
    memset(&key, 0, sizeof key);
    key.width = frame->width;
    key.height = height;
    key.flags = bright ? SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT : SWS_BILINEAR;
    key.matrix = frame->colorspace;
    key.full_range = frame->color_range == AVCOL_RANGE_JPEG;
    key.from = frame->format;
    key.to = bright ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
    place_chroma(&key, frame, format, part);
    if (needs_rows_first(frame, format, height)) {
        enum smv_video_status status = even_rows(video, &key, part, format, from, from_strides);
        if (status != SMV_VIDEO_FINE) return status;
    }
    struct SwsContext *scaler = scaler_for(&video->scalers[part == LOWER_FIELD], &key);
    if (!scaler) return SMV_VIDEO_MEMORY;
    uint8_t *to[4] = {video->stage + (size_t)first * stride};
    int to_strides[4] = {(int)stride * step};
    return scale(scaler, from, from_strides, height, to, to_strides) ? SMV_VIDEO_FINE
                                                                     : SMV_VIDEO_CORRUPT;
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
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!format) return SMV_VIDEO_CORRUPT;
    /* Lines of the two fields are apart in time, and so is their chroma. */
    bool fields = frame->interlaced_frame && !(format->flags & AV_PIX_FMT_FLAG_PAL);
    enum smv_video_status status =
        convert_part(video, frame, fields ? UPPER_FIELD : WHOLE, format, *stride, bright);
    if (fields && status == SMV_VIDEO_FINE)
        status = convert_part(video, frame, LOWER_FIELD, format, *stride, bright);
    for (int y = 0; bright && status == SMV_VIDEO_FINE && y < frame->height; y++) {
        uint8_t *row = video->stage + (size_t)y * *stride;
        tone_map_row(video, (const uint16_t *)(const void *)row, row, frame->width);
    }
    return status;
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
