#include "CVideo.h"
#include "still_headers.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TIFF (see still_tiff.c), and GIF and BMP, which FFmpeg decodes from one packet. */
struct smv_still {
    tiff *tiff;
    const uint8_t *bytes;
    size_t count, max_allocation;
    enum AVCodecID codec;
    still_header header;
    AVFrame *frame;
    size_t next_row;
    int broken;
    /* One component of one row. */
    uint16_t *line;
};

int say(char *reason, int status, const char *text) {
    snprintf(reason, SMV_STILL_REASON, "%s", text);
    return status;
}

static void still_close(smv_still *still) {
    if (!still) return;
    tiff_close(still->tiff);
    av_frame_free(&still->frame);
    free(still->line);
    free(still);
}

static int still_open(const uint8_t *bytes, size_t count, size_t max_allocation, smv_still **out,
                      smv_still_facts *facts) {
    *out = NULL;
    *facts = (smv_still_facts){.orientation = 1, .count = 1};
    smv_still *still = calloc(1, sizeof *still);
    if (!still) return SMV_STILL_TOO_LARGE;
    still->bytes = bytes;
    still->count = count;
    still->max_allocation = max_allocation;
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(max_allocation + AV_INPUT_BUFFER_PADDING_SIZE);
    int status = SMV_STILL_OK;
    if (count >= 2 && bytes[0] == 'B' && bytes[1] == 'M') {
        still->codec = AV_CODEC_ID_BMP;
        status = bmp_header(bytes, count, &still->header);
        *facts = still->header.facts;
    } else if (count >= 3 && memcmp(bytes, "GIF", 3) == 0) {
        still->codec = AV_CODEC_ID_GIF;
        status = gif_header(bytes, count, &still->header);
        *facts = still->header.facts;
    } else {
        status = tiff_open(bytes, count, max_allocation, &still->tiff, facts);
    }
    if (status == SMV_STILL_OK && facts->width && facts->height) *out = still;
    else still_close(still);
    return status;
}

static int still_page(smv_still *still, size_t index, smv_still_facts *facts) {
    if (still->tiff) return tiff_page(still->tiff, index, facts);
    return say(facts->reason, SMV_STILL_UNSUPPORTED, "only its first picture is read");
}

/* Rows that the file lacks show as grey, never as what happened to be in memory. */
static int get_grey_buffer(AVCodecContext *context, AVFrame *frame, int flags) {
    int result = avcodec_default_get_buffer2(context, frame, flags);
    for (int i = 0; result >= 0 && i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
        memset(frame->buf[i]->data, 128, (size_t)frame->buf[i]->size);
    return result;
}

int decode_packet(enum AVCodecID id, AVPacket *packet, size_t width, size_t height, int strict,
                  AVFrame **out) {
    const AVCodec *codec = avcodec_find_decoder(id);
    if (!codec) return AVERROR_DECODER_NOT_FOUND;
    AVCodecContext *context = avcodec_alloc_context3(codec);
    AVFrame *frame = av_frame_alloc();
    int result = AVERROR(ENOMEM);
    if (!context || !frame) goto done;
    context->thread_count = 1;
    context->get_buffer2 = get_grey_buffer;
    if (strict) context->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_EXPLODE;
    /* FFmpeg counts rows as rounded up to what its vectors want. */
    context->max_pixels = (int64_t)((width + 256) * height);
    if ((result = avcodec_open2(context, codec, NULL)) < 0) goto done;
    if ((result = avcodec_send_packet(context, packet)) < 0) goto done;
    result = avcodec_receive_frame(context, frame);
    if (result == AVERROR(EAGAIN)) result = AVERROR_INVALIDDATA;
    if (result < 0) goto done;
    if (frame->width < 0 || (size_t)frame->width != width || frame->height < 0
        || (size_t)frame->height != height) {
        result = AVERROR_INVALIDDATA;
        goto done;
    }
    result = av_frame_make_writable(frame);
    if (result < 0) goto done;
    *out = frame;
    frame = NULL;
done:
    av_frame_free(&frame);
    avcodec_free_context(&context);
    return result;
}

static void keep(void *opaque, uint8_t *data) {
    (void)opaque;
    (void)data;
}

static void free_bytes(void *opaque, uint8_t *data) {
    (void)opaque;
    free(data);
}

/* The file as a packet. Rows that an uncompressed BMP lacks are added as grey. */
static AVPacket *make_packet(const smv_still *still) {
    size_t needed = still->header.bytes_needed;
    uint8_t *data = (uint8_t *)still->bytes;
    size_t count = still->count;
    AVPacket *packet = av_packet_alloc();
    if (!packet) return NULL;
    if (needed > count && needed <= still->max_allocation) {
        data = malloc(needed + AV_INPUT_BUFFER_PADDING_SIZE);
        if (data) {
            memcpy(data, still->bytes, count);
            memset(data + count, 128, needed - count);
            memset(data + needed, 0, AV_INPUT_BUFFER_PADDING_SIZE);
            count = needed;
            packet->buf = av_buffer_create(data, count, free_bytes, NULL, 0);
            if (!packet->buf) free(data);
        }
    } else {
        packet->buf = av_buffer_create(data, count, keep, NULL, AV_BUFFER_FLAG_READONLY);
    }
    if (!packet->buf || count > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE) {
        av_packet_free(&packet);
        return NULL;
    }
    packet->data = data;
    packet->size = (int)count;
    return packet;
}

static int decode_picture(smv_still *still, char *reason) {
    const smv_still_facts *facts = &still->header.facts;
    if (still->header.rows_held == 0 && !still->header.scattered)
        return say(reason, SMV_STILL_CORRUPT, "the picture data is missing");
    AVPacket *packet = make_packet(still);
    if (!packet) return SMV_STILL_TOO_LARGE;
    int result =
        decode_packet(still->codec, packet, facts->width, facts->height, 1, &still->frame);
    if (result < 0 && result != AVERROR(ENOMEM)) {
        still->broken = 1;
        result =
            decode_packet(still->codec, packet, facts->width, facts->height, 0, &still->frame);
    }
    av_packet_free(&packet);
    if (result == AVERROR(ENOMEM)) return SMV_STILL_TOO_LARGE;
    if (result == AVERROR_DECODER_NOT_FOUND)
        return say(reason, SMV_STILL_UNSUPPORTED,
                   "this FFmpeg has no decoder for it; install the package libavcodec59");
    if (result == AVERROR_PATCHWELCOME)
        return say(reason, SMV_STILL_UNSUPPORTED,
                   "this kind of it is not supported; save it as PNG");
    const AVPixFmtDescriptor *format =
        result < 0 ? NULL : av_pix_fmt_desc_get(still->frame->format);
    if (!format || !(format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)
                     || format->nb_components <= 2))
        return say(reason, SMV_STILL_CORRUPT, "the picture data is garbled");
    still->line = malloc(facts->width * sizeof *still->line);
    return still->line ? SMV_STILL_OK : SMV_STILL_TOO_LARGE;
}

/* One component of a row to every `step`th byte of `out`. */
static void put_component(const smv_still *still, const AVPixFmtDescriptor *format, int component,
                          size_t row, uint8_t *out, size_t step) {
    size_t width = still->header.facts.width;
    unsigned depth = (unsigned)format->comp[component].depth, top = (1u << depth) - 1;
    av_read_image_line2(still->line, (const uint8_t **)still->frame->data, still->frame->linesize,
                        format, 0, (int)row, component, (int)width, 0, 2);
    for (size_t x = 0; x < width; x++, out += step)
        *out = (uint8_t)(depth > 8 ? still->line[x] >> (depth - 8) : still->line[x] * 255u / top);
}

static void put_colours_of_palette(const smv_still *still, size_t row, uint8_t *out, size_t step) {
    const uint8_t *index = still->frame->data[0] + (ptrdiff_t)row * still->frame->linesize[0];
    for (size_t x = 0; x < still->header.facts.width; x++, out += step) {
        uint32_t colour;
        memcpy(&colour, still->frame->data[1] + 4 * (size_t)index[x], 4);
        out[0] = (uint8_t)(colour >> 16);
        out[1] = (uint8_t)(colour >> 8);
        out[2] = (uint8_t)colour;
        if (step == 4) out[3] = (uint8_t)(colour >> 24);
    }
}

static void put_row(const smv_still *still, size_t row, uint8_t *out) {
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(still->frame->format);
    size_t width = still->header.facts.width;
    size_t step = still->header.facts.layout == SMV_STILL_RGBA ? 4 : 3;
    if (format->flags & AV_PIX_FMT_FLAG_PAL) {
        put_colours_of_palette(still, row, out, step);
        return;
    }
    int grey = format->nb_components <= 2;
    for (int c = 0; c < 3; c++)
        put_component(still, format, grey ? 0 : c, row, out + c, step);
    if (step == 3) return;
    if (format->flags & AV_PIX_FMT_FLAG_ALPHA)
        put_component(still, format, format->nb_components - 1, row, out + 3, step);
    else
        for (size_t x = 0; x < width; x++) out[x * 4 + 3] = 255;
}

/* Puts the one colour around a GIF's first picture. */
static void put_outside(const still_header *header, size_t row, uint8_t *out) {
    for (size_t x = 0; x < header->facts.width; x++, out += 4) {
        if (row >= header->top && row < header->bottom && x >= header->left && x < header->right)
            continue;
        memcpy(out, header->outside, 3);
        out[3] = 255;
    }
}

static int still_rows(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                      char *reason) {
    if (still->tiff) return tiff_rows(still->tiff, pixels, count, written, reason);
    *written = 0;
    if (!still->frame) {
        int status = decode_picture(still, reason);
        if (status != SMV_STILL_OK) return status;
    }
    const smv_still_facts *facts = &still->header.facts;
    size_t step = facts->layout == SMV_STILL_RGBA ? 4 : 3;
    if (count > facts->height - still->next_row) count = facts->height - still->next_row;
    for (; *written < count; ++*written, still->next_row++) {
        uint8_t *out = pixels + *written * facts->width * step;
        put_row(still, still->next_row, out);
        if (still->header.inset) put_outside(&still->header, still->next_row, out);
    }
    return SMV_STILL_OK;
}

static int still_finish(smv_still *still, char *reason) {
    if (still->tiff) return tiff_finish(still->tiff, reason);
    const still_header *header = &still->header;
    if (header->rows_held < header->facts.height) {
        if (header->scattered)
            return say(reason, SMV_STILL_DAMAGED, "the picture data ends early");
        snprintf(reason, SMV_STILL_REASON, "after row %zu of %zu, the picture data ends early",
                 header->rows_held, header->facts.height);
        return SMV_STILL_DAMAGED;
    }
    if (!still->broken) return SMV_STILL_OK;
    return say(reason, SMV_STILL_DAMAGED, "some of the picture data is garbled");
}

const void *smolvlm_video_still(void);

const void *smolvlm_video_still(void) {
    static const smv_still_api api = {still_open, still_page, still_rows, still_finish,
                                      still_close};
    return &api;
}
