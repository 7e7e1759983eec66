#include "CVideo.h"
#include "still_headers.h"

#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TIFF, GIF and BMP through FFmpeg's decoders, which take the whole file as one packet. */
struct smv_still {
    const uint8_t *bytes;
    size_t count, max_allocation;
    enum AVCodecID codec;
    still_header header;
    smv_tags tags;
    tiff_page *pages;
    size_t page_count, place;
    AVFrame *frame;
    size_t next_row;
    int broken;
    /* One component of one row. */
    uint16_t *line;
};

static void still_close(smv_still *still) {
    if (!still) return;
    av_frame_free(&still->frame);
    free(still->pages);
    free(still->line);
    free(still);
}

static int refuse(char *reason, int status, const char *text) {
    snprintf(reason, SMV_STILL_REASON, "%s", text);
    return status;
}

static int open_tiff(smv_still *still) {
    smv_still_facts *facts = &still->header.facts;
    size_t first = smv_tags_open(still->bytes, still->count, &still->tags);
    if (still->count >= 4 && (still->bytes[2] == 43 || still->bytes[3] == 43))
        return refuse(facts->reason, SMV_STILL_UNSUPPORTED,
                      "BigTIFF is not supported; save it as plain TIFF or PNG");
    if (!first)
        return refuse(facts->reason, SMV_STILL_CORRUPT, "it ends or breaks off before the picture");
    size_t longest = still->count / 6 < TIFF_MAX_PAGES ? still->count / 6 : TIFF_MAX_PAGES;
    still->pages = calloc(longest + 1, sizeof *still->pages);
    if (!still->pages) return SMV_STILL_TOO_LARGE;
    still->page_count = tiff_pages(&still->tags, first, still->pages, facts->reason);
    if (still->page_count == 0) return SMV_STILL_CORRUPT;
    return tiff_header(&still->tags, still->pages[0].directory, &still->header);
}

static int still_open(const uint8_t *bytes, size_t count, size_t max_allocation, smv_still **out,
                      smv_still_facts *facts) {
    *out = NULL;
    *facts = (smv_still_facts){.orientation = 1, .count = 1, .channels = 3};
    smv_still *still = calloc(1, sizeof *still);
    if (!still) return SMV_STILL_TOO_LARGE;
    still->bytes = bytes;
    still->count = count;
    still->max_allocation = max_allocation;
    still->page_count = 1;
    int status = SMV_STILL_CORRUPT;
    if (count >= 2 && bytes[0] == 'B' && bytes[1] == 'M') {
        still->codec = AV_CODEC_ID_BMP;
        status = bmp_header(bytes, count, &still->header);
    } else if (count >= 3 && memcmp(bytes, "GIF", 3) == 0) {
        still->codec = AV_CODEC_ID_GIF;
        status = gif_header(bytes, count, &still->header);
    } else {
        still->codec = AV_CODEC_ID_TIFF;
        status = open_tiff(still);
        still->header.facts.count = still->page_count;
    }
    *facts = still->header.facts;
    if (status == SMV_STILL_OK) *out = still;
    else still_close(still);
    return status;
}

static int still_page(smv_still *still, size_t index, smv_still_facts *facts) {
    if (still->codec != AV_CODEC_ID_TIFF || index >= still->page_count)
        return refuse(facts->reason, SMV_STILL_UNSUPPORTED, "only its first picture is read");
    av_frame_free(&still->frame);
    free(still->line);
    still->line = NULL;
    still->next_row = 0;
    still->broken = 0;
    still->place = still->pages[index].place;
    int status = tiff_header(&still->tags, still->pages[index].directory, &still->header);
    still->header.facts.count = still->page_count;
    *facts = still->header.facts;
    return status;
}

/* Rows that the file lacks show as grey, never as what happened to be in memory. */
static int get_grey_buffer(AVCodecContext *context, AVFrame *frame, int flags) {
    int result = avcodec_default_get_buffer2(context, frame, flags);
    for (int i = 0; result >= 0 && i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
        memset(frame->buf[i]->data, 128, (size_t)frame->buf[i]->size);
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
    if (!packet->buf || count > INT_MAX - AV_INPUT_BUFFER_PADDING_SIZE) {
        av_packet_free(&packet);
        return NULL;
    }
    packet->data = data;
    packet->size = (int)count;
    return packet;
}

/* Decodes the picture. With `strict`, anything that is wrong with it is an error. */
static int decode(smv_still *still, int strict) {
    const AVCodec *codec = avcodec_find_decoder(still->codec);
    if (!codec) return AVERROR_DECODER_NOT_FOUND;
    AVCodecContext *context = avcodec_alloc_context3(codec);
    AVPacket *packet = make_packet(still);
    AVFrame *frame = av_frame_alloc();
    int result = AVERROR(ENOMEM);
    if (!context || !packet || !frame) goto done;
    context->thread_count = 1;
    context->get_buffer2 = get_grey_buffer;
    if (strict) context->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_EXPLODE;
    context->max_pixels = (int64_t)(still->header.facts.width * still->header.facts.height);
    if (still->codec == AV_CODEC_ID_TIFF)
        av_opt_set_int(context->priv_data, "page", (int64_t)still->place + 1, 0);
    if ((result = avcodec_open2(context, codec, NULL)) < 0) goto done;
    if ((result = avcodec_send_packet(context, packet)) < 0) goto done;
    result = avcodec_receive_frame(context, frame);
    if (result == AVERROR(EAGAIN)) result = AVERROR_INVALIDDATA;
    if (result < 0) goto done;
    if (frame->width < 0 || (size_t)frame->width != still->header.facts.width
        || frame->height < 0 || (size_t)frame->height != still->header.facts.height) {
        result = AVERROR_INVALIDDATA;
        goto done;
    }
    still->frame = frame;
    frame = NULL;
done:
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&context);
    return result;
}

static int failure(int result, char *reason) {
    switch (result) {
    case AVERROR(ENOMEM): return SMV_STILL_TOO_LARGE;
    case AVERROR_DECODER_NOT_FOUND:
        return refuse(reason, SMV_STILL_UNSUPPORTED,
                      "this FFmpeg has no decoder for it; install the package libavcodec59");
    case AVERROR_PATCHWELCOME: case AVERROR(ENOSYS):
        return refuse(reason, SMV_STILL_UNSUPPORTED,
                      "its kind of compression or colours is not supported; save it as PNG");
    default: return refuse(reason, SMV_STILL_CORRUPT, "the picture data is garbled");
    }
}

static int decode_picture(smv_still *still, char *reason) {
    const smv_still_facts *facts = &still->header.facts;
    if (still->header.rows_held == 0 && !still->header.scattered)
        return refuse(reason, SMV_STILL_CORRUPT, "the picture data is missing");
    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(still->max_allocation);
    int result = decode(still, 1);
    if (result < 0 && result != AVERROR(ENOMEM)) {
        still->broken = 1;
        result = decode(still, 0);
    }
    if (result < 0) return failure(result, reason);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(still->frame->format);
    if (!format || format->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT
                                    | AV_PIX_FMT_FLAG_BAYER)
        || (!(format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL))
            && format->nb_components > 2))
        return refuse(reason, SMV_STILL_UNSUPPORTED,
                      "its kind of colours is not supported; save it as PNG");
    still->line = malloc(facts->width * sizeof *still->line);
    return still->line ? SMV_STILL_OK : SMV_STILL_TOO_LARGE;
}

/* One component of a row to every `step`th byte of `out`, 8 bits of however many there are. */
static void put_component(const smv_still *still, const AVPixFmtDescriptor *format, int component,
                          size_t row, uint8_t *out, int step) {
    size_t width = still->header.facts.width;
    int palette = (format->flags & AV_PIX_FMT_FLAG_PAL) != 0;
    int depth = palette ? 8 : format->comp[component].depth;
    av_read_image_line2(still->line, (const uint8_t **)still->frame->data, still->frame->linesize,
                        format, 0, (int)row, component, (int)width, palette, 2);
    unsigned top = (1u << depth) - 1;
    for (size_t x = 0; x < width; x++, out += step)
        *out = (uint8_t)(depth > 8    ? still->line[x] >> (depth - 8)
                         : depth == 8 ? still->line[x]
                                      : still->line[x] * 255u / top);
}

static void divide_by_alpha(uint8_t *pixels, size_t width) {
    for (size_t x = 0; x < width; x++, pixels += 4) {
        unsigned alpha = pixels[3];
        if (alpha == 0 || alpha == 255) continue;
        for (int c = 0; c < 3; c++) {
            unsigned colour = pixels[c] * 255u / alpha;
            pixels[c] = (uint8_t)(colour > 255 ? 255 : colour);
        }
    }
}

static void put_row(const smv_still *still, size_t row, uint8_t *out) {
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(still->frame->format);
    size_t width = still->header.facts.width;
    int step = still->header.facts.channels;
    int colours = format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
    put_component(still, format, 0, row, out, step);
    if (colours) {
        put_component(still, format, 1, row, out + 1, step);
        put_component(still, format, 2, row, out + 2, step);
    } else {
        for (size_t x = 0; x < width; x++)
            out[x * (size_t)step + 1] = out[x * (size_t)step + 2] = out[x * (size_t)step];
    }
    if (step == 3) return;
    int alpha = format->flags & AV_PIX_FMT_FLAG_PAL ? 3 : format->nb_components - 1;
    if (format->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL))
        put_component(still, format, alpha, row, out + 3, step);
    else
        for (size_t x = 0; x < width; x++) out[x * 4 + 3] = 255;
    if (still->header.alpha == ALPHA_PREMULTIPLIED) divide_by_alpha(out, width);
}

static int still_rows(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                      char *reason) {
    *written = 0;
    if (!still->frame) {
        int status = decode_picture(still, reason);
        if (status != SMV_STILL_OK) return status;
    }
    const smv_still_facts *facts = &still->header.facts;
    if (count > facts->height - still->next_row) count = facts->height - still->next_row;
    for (; *written < count; ++*written, still->next_row++)
        put_row(still, still->next_row,
                pixels + *written * facts->width * (size_t)facts->channels);
    return SMV_STILL_OK;
}

static int still_finish(smv_still *still, char *reason) {
    const still_header *header = &still->header;
    if (header->rows_held < header->facts.height) {
        if (header->scattered)
            return refuse(reason, SMV_STILL_DAMAGED, "the picture data ends early");
        snprintf(reason, SMV_STILL_REASON, "after row %zu of %zu, the picture data ends early",
                 header->rows_held, header->facts.height);
        return SMV_STILL_DAMAGED;
    }
    if (!still->broken) return SMV_STILL_OK;
    return refuse(reason, SMV_STILL_DAMAGED, "some of the picture data is garbled or missing");
}

const smv_still_api *smolvlm_video_still(void);

const smv_still_api *smolvlm_video_still(void) {
    static const smv_still_api api = {still_open, still_page, still_rows, still_finish,
                                      still_close};
    return &api;
}
