#include "still_headers.h"

#include "CCodecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In: the bytes of a TIFF. Out: rows of 8-bit RGB, RGBA or CMYK.
 *
 * A picture is cut into segments (strips or tiles), with all samples of a pixel together or a plane
 * for each. Segments that stand side by side make a band. A band is unpacked when a row of it is
 * wanted, and its samples are then read from the unpacked bytes.
 * https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */

enum {
    TAG_SUBFILE = 254, TAG_WIDTH = 256, TAG_HEIGHT = 257, TAG_BITS = 258, TAG_COMPRESSION = 259,
    TAG_PHOTOMETRIC = 262, TAG_FILL_ORDER = 266, TAG_OFFSETS = 273, TAG_SAMPLES = 277,
    TAG_ROWS = 278, TAG_COUNTS = 279, TAG_PLANAR = 284, TAG_T4 = 292, TAG_T6 = 293,
    TAG_PREDICTOR = 317, TAG_COLOURS = 320, TAG_TILE_WIDTH = 322, TAG_TILE_HEIGHT = 323,
    TAG_TILE_OFFSETS = 324, TAG_TILE_COUNTS = 325, TAG_EXTRA = 338, TAG_FORMAT = 339,
    TAG_JPEG_TABLES = 347,
};

enum { MAX_PAGES = 20000, MAX_SAMPLES = 8, MAX_SIDE = 1 << 20 };

enum { ALPHA_NONE, ALPHA_STRAIGHT, ALPHA_PREMULTIPLIED };

/* The unpacked bytes of a segment. */
typedef struct segment {
    AVFrame *frame;
    uint8_t *owned;
    const uint8_t *rows;
    size_t stride;
} segment;

struct tiff {
    const uint8_t *bytes;
    size_t count, max_allocation;
    smv_tags tags;
    size_t *pages;
    size_t page_count, page;
    /* The link to a further page leads nowhere. */
    int chain_broken;

    size_t directory, width, height;
    unsigned bits, samples, photometric, compression, predictor, fill_order;
    int planar, tiled, alpha, jpeg;
    size_t segment_width, segment_height, across, down, planes;
    uint8_t palette[256][3];

    segment *segments;
    size_t band, next_row, first_bad_row;
    int any_good;
};

static void drop_band(tiff *tiff) {
    for (size_t i = 0; tiff->segments && i < tiff->across * tiff->planes; i++) {
        av_frame_free(&tiff->segments[i].frame);
        free(tiff->segments[i].owned);
        tiff->segments[i] = (segment){0};
    }
    tiff->band = SIZE_MAX;
}

void tiff_close(tiff *tiff) {
    if (!tiff) return;
    drop_band(tiff);
    free(tiff->segments);
    free(tiff->pages);
    free(tiff);
}

static uint32_t number(const tiff *tiff, unsigned tag, uint32_t otherwise) {
    return smv_tags_number(&tiff->tags, tiff->directory, tag, 0, otherwise);
}

/* Collects the directories that stand for pages: not previews, not masks. */
static int find_pages(tiff *tiff, size_t first, char *reason) {
    /* Every directory takes bytes of its own, so a chain of more of them runs in a circle. */
    size_t longest = tiff->count / 6 < MAX_PAGES ? tiff->count / 6 : MAX_PAGES;
    tiff->pages = calloc(longest + 1, sizeof *tiff->pages);
    if (!tiff->pages) return SMV_STILL_TOO_LARGE;
    size_t place = 0;
    for (size_t at = first; at; at = smv_tags_next(&tiff->tags, at), place++) {
        if (at == SIZE_MAX) {
            tiff->chain_broken = 1;
            break;
        }
        if (place >= longest)
            return say(reason, SMV_STILL_CORRUPT,
                       "its pages are linked in a circle, or are more than 20000");
        uint32_t subfile = smv_tags_number(&tiff->tags, at, TAG_SUBFILE, 0, 0);
        if (place > 0 && ((subfile & 5) || !smv_tags_count(&tiff->tags, at, TAG_WIDTH))) continue;
        tiff->pages[tiff->page_count++] = at;
    }
    return SMV_STILL_OK;
}

static const char *compression_name(unsigned compression) {
    switch (compression) {
    case 1: return "";
    case 2: case 3: case 4: return ", fax";
    case 5: return ", LZW";
    case 7: return ", JPEG";
    case 8: case 32946: return ", deflate";
    case 32773: return ", packbits";
    case 34925: return ", LZMA";
    default: return NULL;
    }
}

static const char *colour_name(unsigned photometric) {
    switch (photometric) {
    case 0: case 1: return "grey";
    case 2: return "RGB";
    case 3: return "palette";
    case 5: return "CMYK";
    case 6: return "YCbCr";
    default: return NULL;
    }
}

/* Refuses what is not read, by name. */
static int check_support(const tiff *tiff, char *reason) {
    const unsigned format = number(tiff, TAG_FORMAT, 1);
    const unsigned colours = tiff->photometric == 2 || tiff->photometric == 6 ? 3
                             : tiff->photometric == 5                         ? 4 : 1;
    const char *what = NULL;
    if (format == 3) what = "floating-point numbers";
    else if (format != 1 && format != 4) what = "signed numbers";
    else if (!colour_name(tiff->photometric)) what = "these colours";
    else if (!compression_name(tiff->compression)) what = "this compression";
    else if (tiff->photometric == 6 && !tiff->jpeg) what = "YCbCr that is not JPEG";
    else if (tiff->predictor > 2 || (tiff->predictor == 2 && tiff->bits < 8))
        what = "its predictor";
    else if (tiff->bits != 1 && tiff->bits != 2 && tiff->bits != 4 && tiff->bits != 8
             && tiff->bits != 16) what = "this many bits a sample";
    else if (tiff->photometric == 3 && tiff->bits > 8) what = "a palette of 16 bits";
    else if (tiff->jpeg && (tiff->bits != 8 || tiff->photometric == 3
                            || (tiff->planar && tiff->samples > 1))) what = "such JPEG data";
    else if (tiff->samples > MAX_SAMPLES) what = "this many samples a pixel";
    if (what) {
        snprintf(reason, SMV_STILL_REASON,
                 "a TIFF with %s (compression %u, photometric %u, %u bits) is not supported; save "
                 "it as PNG", what, tiff->compression, tiff->photometric, tiff->bits);
        return SMV_STILL_UNSUPPORTED;
    }
    if (tiff->samples < colours)
        return say(reason, SMV_STILL_CORRUPT, "it has fewer samples a pixel than its colours need");
    for (unsigned i = 0; i < tiff->samples && tiff->samples > 1; i++)
        if (smv_tags_number(&tiff->tags, tiff->directory, TAG_BITS, i, tiff->bits) != tiff->bits)
            return say(reason, SMV_STILL_UNSUPPORTED,
                       "a TIFF whose samples differ in depth is not supported; save it as PNG");
    return SMV_STILL_OK;
}

static int cut_up(tiff *tiff, char *reason) {
    tiff->tiled = number(tiff, TAG_TILE_WIDTH, 0) != 0;
    tiff->segment_width = tiff->tiled ? number(tiff, TAG_TILE_WIDTH, 0) : tiff->width;
    tiff->segment_height =
        tiff->tiled ? number(tiff, TAG_TILE_HEIGHT, 0) : number(tiff, TAG_ROWS, UINT32_MAX);
    if (!tiff->tiled && tiff->segment_height > tiff->height) tiff->segment_height = tiff->height;
    if (tiff->segment_width == 0 || tiff->segment_height == 0 || tiff->segment_width > MAX_SIDE
        || tiff->segment_height > MAX_SIDE || tiff->width > MAX_SIDE || tiff->height > MAX_SIDE)
        return say(reason, SMV_STILL_CORRUPT, "its strips or tiles are of an impossible size");
    tiff->across = (tiff->width + tiff->segment_width - 1) / tiff->segment_width;
    tiff->down = (tiff->height + tiff->segment_height - 1) / tiff->segment_height;
    tiff->planes = tiff->planar && tiff->samples > 1 ? tiff->samples : 1;
    free(tiff->segments);
    tiff->segments = calloc(tiff->across * tiff->planes, sizeof *tiff->segments);
    return tiff->segments ? SMV_STILL_OK : SMV_STILL_TOO_LARGE;
}

static int read_palette(tiff *tiff, char *reason) {
    size_t colours = (size_t)1 << tiff->bits;
    if (smv_tags_count(&tiff->tags, tiff->directory, TAG_COLOURS) < 3 * colours)
        return say(reason, SMV_STILL_CORRUPT, "its palette is missing");
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < colours; i++)
            tiff->palette[i][c] = (uint8_t)(smv_tags_number(&tiff->tags, tiff->directory,
                                                            TAG_COLOURS, c * colours + i, 0) >> 8);
    return SMV_STILL_OK;
}

/* Reads the directory of a page. */
static int read_directory(tiff *tiff, size_t index, smv_still_facts *facts) {
    drop_band(tiff);
    tiff->page = index;
    tiff->directory = tiff->pages[index];
    tiff->next_row = 0;
    tiff->first_bad_row = SIZE_MAX;
    tiff->any_good = 0;
    *facts = (smv_still_facts){.count = tiff->page_count};
    facts->width = tiff->width = number(tiff, TAG_WIDTH, 0);
    facts->height = tiff->height = number(tiff, TAG_HEIGHT, 0);
    facts->orientation = smv_tags_orientation(&tiff->tags, tiff->directory);
    if (tiff->width == 0 || tiff->height == 0) return SMV_STILL_OK;
    tiff->bits = number(tiff, TAG_BITS, 1);
    tiff->samples = number(tiff, TAG_SAMPLES, 1);
    tiff->photometric = number(tiff, TAG_PHOTOMETRIC, 1);
    tiff->compression = number(tiff, TAG_COMPRESSION, 1);
    tiff->predictor = number(tiff, TAG_PREDICTOR, 1);
    tiff->fill_order = number(tiff, TAG_FILL_ORDER, 1);
    tiff->planar = number(tiff, TAG_PLANAR, 1) == 2;
    tiff->jpeg = tiff->compression == 7;
    if (tiff->compression != 5 && tiff->compression != 8 && tiff->compression != 32946
        && tiff->compression != 34925)
        tiff->predictor = 1;
    int status = check_support(tiff, facts->reason);
    if (status == SMV_STILL_OK) status = cut_up(tiff, facts->reason);
    if (status == SMV_STILL_OK && tiff->photometric == 3)
        status = read_palette(tiff, facts->reason);
    if (status != SMV_STILL_OK) return status;

    unsigned colours = tiff->photometric == 2 ? 3 : 1, extra = number(tiff, TAG_EXTRA, 0);
    int with_alpha = tiff->samples == colours + 1 && tiff->photometric <= 2 && !tiff->jpeg;
    tiff->alpha = !with_alpha || extra == 0 ? ALPHA_NONE
                  : extra == 1              ? ALPHA_PREMULTIPLIED : ALPHA_STRAIGHT;
    facts->layout = tiff->alpha != ALPHA_NONE ? SMV_STILL_RGBA
                    : tiff->photometric == 5  ? SMV_STILL_CMYK : SMV_STILL_RGB;
    snprintf(facts->storage, sizeof facts->storage, "%s, %u bit%s%s%s",
             colour_name(tiff->photometric), tiff->bits, tiff->bits == 1 ? "" : "s",
             tiff->alpha ? ", alpha" : "", compression_name(tiff->compression));
    return SMV_STILL_OK;
}

int tiff_open(const uint8_t *bytes, size_t count, size_t max_allocation, tiff **out,
              smv_still_facts *facts) {
    *out = NULL;
    if (count >= 4 && (bytes[2] == 43 || bytes[3] == 43))
        return say(facts->reason, SMV_STILL_UNSUPPORTED,
                   "BigTIFF is not supported; save it as plain TIFF or PNG");
    tiff *tiff = calloc(1, sizeof *tiff);
    if (!tiff) return SMV_STILL_TOO_LARGE;
    tiff->bytes = bytes;
    tiff->count = count;
    tiff->max_allocation = max_allocation;
    size_t first = smv_tags_open(bytes, count, &tiff->tags);
    int status = first ? find_pages(tiff, first, facts->reason)
                       : say(facts->reason, SMV_STILL_CORRUPT,
                             "it ends or breaks off before the picture");
    if (status == SMV_STILL_OK) status = read_directory(tiff, 0, facts);
    if (status == SMV_STILL_OK && facts->width && facts->height) *out = tiff;
    else tiff_close(tiff);
    return status;
}

int tiff_page(tiff *tiff, size_t index, smv_still_facts *facts) {
    if (index >= tiff->page_count)
        return say(facts->reason, SMV_STILL_UNSUPPORTED, "it has no such page");
    return read_directory(tiff, index, facts);
}

/* The bytes of a segment in the file; NULL if they do not lie in it. */
static const uint8_t *find_segment(const tiff *tiff, size_t index, size_t *length) {
    unsigned offsets = tiff->tiled ? TAG_TILE_OFFSETS : TAG_OFFSETS;
    unsigned counts = tiff->tiled ? TAG_TILE_COUNTS : TAG_COUNTS;
    size_t at = smv_tags_number(&tiff->tags, tiff->directory, offsets, index, 0);
    if (at < 8 || at >= tiff->count) return NULL;
    *length = smv_tags_number(&tiff->tags, tiff->directory, counts, index, UINT32_MAX);
    if (*length > tiff->count - at) *length = tiff->count - at;
    return tiff->bytes + at;
}

/* How the bytes of a segment look to FFmpeg: a picture of such pixels. */
typedef struct disguise {
    unsigned bits, samples;
    size_t width;
} disguise;

static disguise disguise_for(const tiff *tiff) {
    int fax = tiff->compression >= 2 && tiff->compression <= 4;
    if (fax) return (disguise){1, 1, tiff->segment_width};
    size_t samples = tiff->planes > 1 ? 1 : tiff->samples;
    size_t pixel = tiff->bits >= 8 ? samples * tiff->bits / 8 : 0;
    switch (pixel) {
    case 1: return (disguise){8, 1, tiff->segment_width};
    case 2: return (disguise){16, 1, tiff->segment_width};
    case 3: return (disguise){8, 3, tiff->segment_width};
    case 4: return (disguise){8, 4, tiff->segment_width};
    case 6: return (disguise){16, 3, tiff->segment_width};
    case 8: return (disguise){16, 4, tiff->segment_width};
    default: return (disguise){8, 1, (tiff->segment_width * samples * tiff->bits + 7) / 8};
    }
}

static uint8_t *put16(uint8_t *out, unsigned value) {
    *out++ = (uint8_t)value;
    *out++ = (uint8_t)(value >> 8);
    return out;
}

static uint8_t *put_tag(uint8_t *out, unsigned tag, unsigned type, size_t count, size_t value) {
    out = put16(put16(out, tag), type);
    out = put16(put16(out, (unsigned)count), (unsigned)(count >> 16));
    return put16(put16(out, (unsigned)value), (unsigned)(value >> 16));
}

/* A TIFF of one strip, with no tag that FFmpeg might stumble over, as a packet. */
static AVPacket *wrap_segment(const tiff *tiff, disguise look, const uint8_t *data, size_t length,
                              size_t height) {
    enum { ENTRIES = 12, BITS_AT = 8 + 2 + ENTRIES * 12 + 4, DATA_AT = BITS_AT + 8 };
    AVPacket *packet = av_packet_alloc();
    if (!packet) return NULL;
    if (length > INT32_MAX - 4096 || length > tiff->max_allocation
        || av_new_packet(packet, (int)(DATA_AT + length)) < 0) {
        av_packet_free(&packet);
        return NULL;
    }
    uint8_t *out = packet->data;
    memset(out, 0, DATA_AT);
    memcpy(out, "II*\0\x08\0\0", 8);
    out = put16(out + 8, ENTRIES);
    out = put_tag(out, TAG_WIDTH, 4, 1, look.width);
    out = put_tag(out, TAG_HEIGHT, 4, 1, height);
    out = put_tag(out, TAG_BITS, 3, look.samples, look.samples > 2 ? BITS_AT : look.bits);
    out = put_tag(out, TAG_COMPRESSION, 3, 1, tiff->compression);
    out = put_tag(out, TAG_PHOTOMETRIC, 3, 1, look.samples > 1 ? 2 : 1);
    out = put_tag(out, TAG_OFFSETS, 4, 1, DATA_AT);
    out = put_tag(out, TAG_SAMPLES, 3, 1, look.samples);
    out = put_tag(out, TAG_ROWS, 4, 1, height);
    out = put_tag(out, TAG_COUNTS, 4, 1, length);
    out = put_tag(out, TAG_PLANAR, 3, 1, 1);
    out = put_tag(out, TAG_T4, 4, 1, number(tiff, TAG_T4, 0));
    put_tag(out, TAG_T6, 4, 1, number(tiff, TAG_T6, 0));
    for (int i = 0; i < 4; i++) put16(packet->data + BITS_AT + 2 * i, look.bits);
    memcpy(packet->data + DATA_AT, data, length);
    if (tiff->fill_order == 2)
        for (size_t i = 0; i < length; i++) {
            unsigned b = packet->data[DATA_AT + i];
            b = (b & 0xF0) >> 4 | (b & 0x0F) << 4;
            b = (b & 0xCC) >> 2 | (b & 0x33) << 2;
            packet->data[DATA_AT + i] = (uint8_t)((b & 0xAA) >> 1 | (b & 0x55) << 1);
        }
    return packet;
}

/* Undoes the differences between neighbouring pixels. */
static void add_up(const tiff *tiff, uint8_t *row, size_t samples_a_pixel) {
    size_t count = tiff->segment_width * samples_a_pixel;
    if (tiff->bits == 8) {
        for (size_t i = samples_a_pixel; i < count; i++)
            row[i] = (uint8_t)(row[i] + row[i - samples_a_pixel]);
        return;
    }
    int high = tiff->tags.big_endian ? 0 : 1;
    for (size_t i = samples_a_pixel; i < count; i++) {
        uint8_t *here = row + 2 * i, *before = here - 2 * samples_a_pixel;
        unsigned sum = ((unsigned)here[high] << 8 | here[1 - high])
                       + ((unsigned)before[high] << 8 | before[1 - high]);
        here[high] = (uint8_t)(sum >> 8);
        here[1 - high] = (uint8_t)sum;
    }
}

/* Uncompressed segments are read where they stand. */
static int take_plain(const tiff *tiff, const uint8_t *data, size_t length, size_t height,
                      segment *out) {
    out->rows = data;
    if (length >= out->stride * height && tiff->fill_order != 2) return SMV_STILL_OK;
    out->owned = malloc(out->stride * height);
    if (!out->owned) return SMV_STILL_TOO_LARGE;
    size_t there = length < out->stride * height ? length : out->stride * height;
    memset(out->owned, 128, out->stride * height);
    memcpy(out->owned, data, there);
    out->rows = out->owned;
    return there == out->stride * height ? SMV_STILL_OK : SMV_STILL_DAMAGED;
}

static int unpack_with_ffmpeg(const tiff *tiff, const uint8_t *data, size_t length, size_t height,
                              segment *out) {
    disguise look = disguise_for(tiff);
    AVPacket *packet = wrap_segment(tiff, look, data, length, height);
    if (!packet) return SMV_STILL_TOO_LARGE;
    int status = SMV_STILL_OK;
    int result = decode_packet(AV_CODEC_ID_TIFF, packet, look.width, height, 1, &out->frame);
    if (result < 0 && result != AVERROR(ENOMEM)) {
        status = SMV_STILL_DAMAGED;
        result = decode_packet(AV_CODEC_ID_TIFF, packet, look.width, height, 0, &out->frame);
    }
    av_packet_free(&packet);
    if (result == AVERROR(ENOMEM)) return SMV_STILL_TOO_LARGE;
    if (result < 0 || out->frame->linesize[0] < 0
        || (size_t)out->frame->linesize[0] < out->stride)
        return SMV_STILL_CORRUPT;
    out->stride = (size_t)out->frame->linesize[0];
    out->rows = out->frame->data[0];
    if (tiff->predictor == 2)
        for (size_t y = 0; y < height; y++)
            add_up(tiff, out->frame->data[0] + y * out->stride,
                   tiff->planes > 1 ? 1 : tiff->samples);
    return status;
}

/* A JPEG of its own: a marker that says what its components mean, the tables, the data. */
static uint8_t *assemble_jpeg(const tiff *tiff, const uint8_t *data, size_t length,
                              size_t *whole) {
    static const uint8_t start[] = {0xFF, 0xD8, 0xFF, 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e',
                                    0,    100,  0,    0,    0, 0,  0};
    size_t tables = smv_tags_count(&tiff->tags, tiff->directory, TAG_JPEG_TABLES);
    if (tables < 4 || tables > 65536) tables = 0;
    uint8_t *jpeg = malloc(sizeof start + tables + length);
    if (!jpeg) return NULL;
    memcpy(jpeg, start, sizeof start);
    jpeg[sizeof start - 1] = tiff->photometric == 6;
    size_t at = sizeof start;
    /* Without their own start and end. */
    for (size_t i = 2; i + 2 < tables; i++)
        jpeg[at++] = (uint8_t)smv_tags_number(&tiff->tags, tiff->directory, TAG_JPEG_TABLES, i, 0);
    memcpy(jpeg + at, data + 2, length - 2);
    *whole = at + length - 2;
    return jpeg;
}

static int unpack_jpeg(const tiff *tiff, const uint8_t *data, size_t length, size_t height,
                       segment *out) {
    if (length < 4) return SMV_STILL_CORRUPT;
    size_t count;
    uint8_t *jpeg = assemble_jpeg(tiff, data, length, &count);
    if (!jpeg) return SMV_STILL_TOO_LARGE;
    const smv_still_api *api = smv_jpeg_still();
    smv_still *still = NULL;
    smv_still_facts facts;
    int status = api->open(jpeg, count, tiff->max_allocation, &still, &facts);
    int inks = tiff->photometric == 5;
    if (status == SMV_STILL_OK
        && (!still || facts.width != tiff->segment_width || facts.height < height
            || (facts.layout == SMV_STILL_CMYK) != inks))
        status = SMV_STILL_CORRUPT;
    if (status == SMV_STILL_OK && !(out->owned = malloc(out->stride * height)))
        status = SMV_STILL_TOO_LARGE;
    if (status == SMV_STILL_OK) {
        char reason[SMV_STILL_REASON];
        size_t written;
        memset(out->owned, 128, out->stride * height);
        status = api->rows(still, out->owned, height, &written, reason);
        if (status == SMV_STILL_OK && facts.height == height) status = api->finish(still, reason);
        /* The JPEG decoder takes inks as inverted; in a TIFF they are not. */
        for (size_t i = 0; inks && i < written * out->stride; i++)
            out->owned[i] = (uint8_t)(255 - out->owned[i]);
        out->rows = out->owned;
    }
    api->close(still);
    free(jpeg);
    return status;
}

static size_t row_bytes(const tiff *tiff) {
    if (tiff->jpeg) return tiff->segment_width * (tiff->photometric == 5 ? 4 : 3);
    return (tiff->segment_width * (tiff->planes > 1 ? 1 : tiff->samples) * tiff->bits + 7) / 8;
}

/* Unpacks one segment. Whatever is wrong with it but memory, its rows can be read after. */
static int unpack(tiff *tiff, size_t index, size_t height, segment *out) {
    out->stride = row_bytes(tiff);
    if (out->stride > tiff->max_allocation / height) return SMV_STILL_TOO_LARGE;
    size_t length = 0;
    const uint8_t *data = find_segment(tiff, index, &length);
    int status = SMV_STILL_CORRUPT;
    if (data && tiff->jpeg) status = unpack_jpeg(tiff, data, length, height, out);
    else if (data && tiff->compression == 1) status = take_plain(tiff, data, length, height, out);
    else if (data) status = unpack_with_ffmpeg(tiff, data, length, height, out);
    if (status == SMV_STILL_OK || status == SMV_STILL_TOO_LARGE) return status;
    if (!out->rows) {
        out->stride = row_bytes(tiff);
        out->owned = malloc(out->stride * height);
        if (!out->owned) return SMV_STILL_TOO_LARGE;
        memset(out->owned, 128, out->stride * height);
        out->rows = out->owned;
    }
    return SMV_STILL_DAMAGED;
}

/* Whether anything was written over the grey that stands for what is missing. */
static int has_content(const segment *segment, size_t stride, size_t height) {
    for (size_t y = 0; y < height; y++)
        for (size_t i = 0; i < stride; i++)
            if (segment->rows[y * segment->stride + i] != 128) return 1;
    return 0;
}

static int unpack_band(tiff *tiff, size_t band) {
    drop_band(tiff);
    size_t first = band * tiff->segment_height;
    size_t height = tiff->segment_height;
    if (!tiff->tiled && height > tiff->height - first) height = tiff->height - first;
    for (size_t plane = 0; plane < tiff->planes; plane++)
        for (size_t a = 0; a < tiff->across; a++) {
            size_t index = (plane * tiff->down + band) * tiff->across + a;
            segment *out = &tiff->segments[plane * tiff->across + a];
            int status = unpack(tiff, index, height, out);
            if (status == SMV_STILL_TOO_LARGE) return status;
            if (status == SMV_STILL_OK) {
                tiff->any_good = 1;
                continue;
            }
            if (first < tiff->first_bad_row) tiff->first_bad_row = first;
            if (!tiff->any_good) tiff->any_good = has_content(out, row_bytes(tiff), height);
        }
    tiff->band = band;
    return SMV_STILL_OK;
}

/* One sample as it is stored, or its high byte if it has 16 bits. */
static unsigned sample(const tiff *tiff, const uint8_t *row, size_t index) {
    switch (tiff->bits) {
    case 8: return row[index];
    case 16: return row[2 * index + (tiff->tags.big_endian ? 0 : 1)];
    case 4: return row[index / 2] >> (index & 1 ? 0 : 4) & 15;
    case 2: return row[index / 4] >> (6 - 2 * (index & 3)) & 3;
    default: return row[index / 8] >> (7 - (index & 7)) & 1;
    }
}

static void put_pixel(const tiff *tiff, const unsigned *values, uint8_t *out) {
    unsigned top = tiff->bits >= 8 ? 255 : (1u << tiff->bits) - 1;
    if (tiff->photometric == 3) {
        memcpy(out, tiff->palette[values[0]], 3);
    } else if (tiff->photometric <= 1) {
        unsigned grey = values[0] * 255 / top;
        out[0] = out[1] = out[2] = (uint8_t)(tiff->photometric == 0 ? 255 - grey : grey);
    } else {
        for (int c = 0; c < 3; c++) out[c] = (uint8_t)(values[c] * 255 / top);
    }
    if (tiff->photometric == 5) out[3] = (uint8_t)(values[3] * 255 / top);
    if (tiff->alpha == ALPHA_NONE) return;
    unsigned alpha = values[tiff->photometric == 2 ? 3 : 1] * 255 / top;
    out[3] = (uint8_t)alpha;
    if (tiff->alpha != ALPHA_PREMULTIPLIED || alpha == 0) return;
    for (int c = 0; c < 3; c++) {
        unsigned colour = out[c] * 255u / alpha;
        out[c] = (uint8_t)(colour > 255 ? 255 : colour);
    }
}

/* The part of a row that lies in one segment. */
static void put_part(const tiff *tiff, size_t a, size_t y, size_t width, uint8_t *out) {
    size_t step = tiff->alpha != ALPHA_NONE || tiff->photometric == 5 ? 4 : 3;
    const segment *first = &tiff->segments[a];
    const uint8_t *row = first->rows + y * first->stride;
    if (tiff->jpeg || (tiff->bits == 8 && tiff->photometric == 2 && tiff->planes == 1
                       && tiff->samples == 3)) {
        memcpy(out, row, width * step);
        for (size_t i = 0; tiff->jpeg && tiff->photometric == 0 && i < width * step; i++)
            out[i] = (uint8_t)(255 - out[i]);
        return;
    }
    unsigned values[MAX_SAMPLES] = {0};
    for (size_t x = 0; x < width; x++, out += step) {
        for (unsigned c = 0; c < tiff->samples; c++) {
            if (tiff->planes == 1) {
                values[c] = sample(tiff, row, x * tiff->samples + c);
            } else {
                const segment *plane = &tiff->segments[c * tiff->across + a];
                values[c] = sample(tiff, plane->rows + y * plane->stride, x);
            }
        }
        put_pixel(tiff, values, out);
    }
}

int tiff_rows(tiff *tiff, uint8_t *pixels, size_t count, size_t *written, char *reason) {
    (void)reason;
    size_t step = tiff->alpha != ALPHA_NONE || tiff->photometric == 5 ? 4 : 3;
    *written = 0;
    if (count > tiff->height - tiff->next_row) count = tiff->height - tiff->next_row;
    for (; *written < count; ++*written, tiff->next_row++) {
        size_t band = tiff->next_row / tiff->segment_height;
        if (band != tiff->band) {
            int status = unpack_band(tiff, band);
            if (status != SMV_STILL_OK) return status;
        }
        for (size_t a = 0; a < tiff->across; a++) {
            size_t left = a * tiff->segment_width, width = tiff->segment_width;
            if (width > tiff->width - left) width = tiff->width - left;
            put_part(tiff, a, tiff->next_row % tiff->segment_height, width,
                     pixels + (*written * tiff->width + left) * step);
        }
    }
    return SMV_STILL_OK;
}

int tiff_finish(tiff *tiff, char *reason) {
    if (tiff->first_bad_row == SIZE_MAX && tiff->chain_broken
        && tiff->page + 1 == tiff->page_count)
        return say(reason, SMV_STILL_DAMAGED, "the pages that follow it are missing");
    if (tiff->first_bad_row == SIZE_MAX) return SMV_STILL_OK;
    if (!tiff->any_good)
        return say(reason, SMV_STILL_CORRUPT, "the picture data is garbled or missing");
    snprintf(reason, SMV_STILL_REASON,
             "from row %zu of %zu on, picture data is garbled or missing",
             tiff->first_bad_row + 1, tiff->height);
    return SMV_STILL_DAMAGED;
}
