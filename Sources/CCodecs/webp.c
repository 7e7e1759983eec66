#include "CCodecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

/* A WebP in memory: where its first frame lies on the canvas, and later all pixels. */
struct smv_still {
    WebPDemuxer *demuxer;
    const uint8_t *frame;
    size_t frame_bytes;
    size_t width, height, left, top, frame_width, frame_height;
    int channels, whole_file;
    size_t next_row, good_rows;
    uint8_t *canvas;
};

static void webp_close(smv_still *still) {
    if (!still) return;
    WebPDemuxDelete(still->demuxer);
    free(still->canvas);
    free(still);
}

static int refuse(smv_still_facts *facts, int status, const char *reason) {
    snprintf(facts->reason, sizeof facts->reason, "%s", reason);
    return status;
}

static int find_orientation(const WebPDemuxer *demuxer) {
    WebPChunkIterator chunk;
    int orientation = 0;
    if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk))
        orientation = smv_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
    if (!orientation && WebPDemuxGetChunk(demuxer, "XMP ", 1, &chunk)) {
        orientation = smv_xmp_orientation(chunk.chunk.bytes, chunk.chunk.size);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    return orientation ? orientation : 1;
}

static int read_frame(smv_still *still, size_t max_allocation, smv_still_facts *facts) {
    WebPIterator frame;
    memset(&frame, 0, sizeof frame);
    if (!WebPDemuxGetFrame(still->demuxer, 1, &frame))
        return refuse(facts, SMV_STILL_CORRUPT, "it ends or breaks off before the picture");
    still->frame = frame.fragment.bytes;
    still->frame_bytes = frame.fragment.size;
    still->left = (size_t)frame.x_offset;
    still->top = (size_t)frame.y_offset;
    int alpha = frame.has_alpha;
    WebPDemuxReleaseIterator(&frame);

    WebPBitstreamFeatures features;
    VP8StatusCode status = WebPGetFeatures(still->frame, still->frame_bytes, &features);
    if (status != VP8_STATUS_OK || features.width <= 0 || features.height <= 0)
        return refuse(facts, SMV_STILL_CORRUPT, "the header of its picture is broken");
    still->frame_width = (size_t)features.width;
    still->frame_height = (size_t)features.height;
    if (still->left > still->width || still->frame_width > still->width - still->left
        || still->top > still->height || still->frame_height > still->height - still->top)
        return refuse(facts, SMV_STILL_CORRUPT, "its first frame does not fit on its canvas");
    int covers = still->frame_width == still->width && still->frame_height == still->height;
    alpha = alpha || features.has_alpha || !covers;
    still->channels = alpha ? 4 : 3;
    facts->layout = alpha ? SMV_STILL_RGBA : SMV_STILL_RGB;
    snprintf(facts->storage, sizeof facts->storage, "%s%s%s",
             features.format == 2 ? "RGB, 8 bits, lossless" : "YCbCr 4:2:0, 8 bits",
             alpha ? ", alpha" : "", facts->count > 1 ? ", animated" : "");
    /* Lossless pictures are held as four bytes a pixel inside libwebp. */
    if (still->frame_width * still->frame_height > max_allocation / 4
        && (features.format == 2 || alpha))
        return SMV_STILL_TOO_LARGE;
    return SMV_STILL_OK;
}

static int webp_open(const uint8_t *bytes, size_t count, size_t max_allocation, smv_still **out,
                     smv_still_facts *facts) {
    *out = NULL;
    *facts = (smv_still_facts){.orientation = 1, .count = 1};
    smv_still *still = calloc(1, sizeof *still);
    if (!still) return SMV_STILL_TOO_LARGE;
    WebPData data = {bytes, count};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    still->demuxer = WebPDemuxPartial(&data, &state);
    if (!still->demuxer || state == WEBP_DEMUX_PARSE_ERROR
        || state == WEBP_DEMUX_PARSING_HEADER) {
        webp_close(still);
        return refuse(facts, SMV_STILL_CORRUPT, "it ends or breaks off before the picture");
    }
    still->whole_file = state == WEBP_DEMUX_DONE;
    still->width = facts->width = WebPDemuxGetI(still->demuxer, WEBP_FF_CANVAS_WIDTH);
    still->height = facts->height = WebPDemuxGetI(still->demuxer, WEBP_FF_CANVAS_HEIGHT);
    size_t frames = WebPDemuxGetI(still->demuxer, WEBP_FF_FRAME_COUNT);
    facts->count = frames > 1 ? frames : 1;
    facts->orientation = find_orientation(still->demuxer);
    int status = read_frame(still, max_allocation, facts);
    if (status != SMV_STILL_OK) {
        webp_close(still);
        return status;
    }
    *out = still;
    return SMV_STILL_OK;
}

static int webp_page(smv_still *still, size_t index, smv_still_facts *facts) {
    (void)still;
    (void)index;
    return refuse(facts, SMV_STILL_UNSUPPORTED, "of a WebP only the first frame is read");
}

/* Decodes the first frame to its place on `canvas`. Sets how many rows of the canvas are good. */
static void decode_frame(smv_still *still, uint8_t *canvas) {
    size_t stride = still->width * (size_t)still->channels;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return;
    config.output.colorspace = still->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba =
        canvas + still->top * stride + still->left * (size_t)still->channels;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size =
        stride * (still->frame_height - 1) + still->frame_width * (size_t)still->channels;
    /* The incremental reader gives the rows before a break, the plain one would give none. */
    WebPIDecoder *decoder = WebPIDecode(NULL, 0, &config);
    if (!decoder) return;
    VP8StatusCode status = WebPIUpdate(decoder, still->frame, still->frame_bytes);
    int last_row = 0;
    if (status == VP8_STATUS_OK)
        still->good_rows = still->height;
    else if (WebPIDecGetRGB(decoder, &last_row, NULL, NULL, NULL) && last_row > 0)
        still->good_rows = still->top + (size_t)last_row;
    WebPIDelete(decoder);
}

static int webp_rows(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                     char *reason) {
    *written = 0;
    size_t stride = still->width * (size_t)still->channels;
    if (count > still->height - still->next_row) count = still->height - still->next_row;
    if (!still->canvas) {
        uint8_t *canvas = count == still->height ? pixels : malloc(stride * still->height);
        if (!canvas) return SMV_STILL_TOO_LARGE;
        memset(canvas, 0, stride * still->height);
        decode_frame(still, canvas);
        if (canvas != pixels) still->canvas = canvas;
    }
    size_t good = still->good_rows > still->next_row ? still->good_rows - still->next_row : 0;
    if (good > count) good = count;
    if (still->canvas) memcpy(pixels, still->canvas + still->next_row * stride, good * stride);
    still->next_row += count;
    *written = good;
    if (good == count) return SMV_STILL_OK;
    snprintf(reason, SMV_STILL_REASON, "the picture data %s",
             still->whole_file ? "is garbled" : "ends early");
    return SMV_STILL_DAMAGED;
}

static int webp_finish(smv_still *still, char *reason) {
    if (still->whole_file) return SMV_STILL_OK;
    snprintf(reason, SMV_STILL_REASON, "the file ends early");
    return SMV_STILL_DAMAGED;
}

const smv_still_api *smv_webp_still(void) {
    static const smv_still_api api = {webp_open, webp_page, webp_rows, webp_finish, webp_close};
    return &api;
}
