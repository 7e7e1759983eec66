#include "CCodecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/* More scans than any sound picture has; each costs a walk over all of it. */
enum { MAX_SCANS = 100 };

/* A JPEG being read from memory. What changes between setjmp and longjmp lives on the heap. */
struct smv_still {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    const uint8_t *bytes, *end;
    int started, out_of_memory;
    /* The row that was being read when the decoder first complained, -1 as long as it has not. */
    long first_bad_row;
    char said[SMV_STILL_REASON];
};

/* What the segments before the picture data say. */
typedef struct {
    size_t width, height;
    int precision, components, frame_marker;
    int exif_orientation, xmp_orientation;
} segments;

/* Walks the segments up to the first scan. Returns 0 if there is no frame header. */
static int read_segments(const uint8_t *bytes, size_t count, segments *found) {
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
    *found = (segments){.exif_orientation = 0, .xmp_orientation = 1};
    size_t at = 2;
    while (count - at >= 4) {
        if (bytes[at] != 0xFF) {
            at++;
            continue;
        }
        int marker = bytes[at + 1];
        if (marker == 0xFF) {
            at++;
            continue;
        }
        if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
            at += 2;
            continue;
        }
        if (marker == 0xD9 || marker == 0xDA) break;
        size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length < 2 || length > count - at - 2) break;
        const uint8_t *data = bytes + at + 4;
        size_t size = length - 2;
        if (marker == 0xE1 && size >= 6 && memcmp(data, "Exif\0\0", 6) == 0
            && !found->exif_orientation)
            found->exif_orientation = smv_exif_orientation(data, size);
        else if (marker == 0xE1 && size > sizeof xmp && memcmp(data, xmp, sizeof xmp) == 0)
            found->xmp_orientation = smv_xmp_orientation(data + sizeof xmp, size - sizeof xmp);
        else if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8
                 && marker != 0xCC && size >= 6) {
            found->frame_marker = marker;
            found->precision = data[0];
            found->height = (size_t)data[1] << 8 | data[2];
            found->width = (size_t)data[3] << 8 | data[4];
            found->components = data[5];
        }
        at += 2 + length;
    }
    return found->frame_marker != 0;
}

static void on_error(j_common_ptr jpeg) {
    smv_still *still = jpeg->client_data;
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    snprintf(still->said, sizeof still->said, "%s", text);
    int code = jpeg->err->msg_code;
    if (code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE) still->out_of_memory = 1;
    longjmp(still->jump, 1);
}

/* Bytes of zero between the data and a marker are padding that some cameras write. */
static int only_padding(const smv_still *still) {
    const struct jpeg_source_mgr *source = still->jpeg.src;
    size_t skipped = (size_t)still->errors.msg_parm.i[0];
    const uint8_t *here = source->next_input_byte;
    /* At the end of the file libjpeg reads a marker of its own from elsewhere. */
    if (here < still->bytes || here > still->end || (size_t)(here - still->bytes) < skipped + 2)
        return 0;
    for (size_t i = 0; i < skipped; i++)
        if (here[-3 - (ptrdiff_t)i] != 0) return 0;
    return 1;
}

static void on_message(j_common_ptr jpeg, int level) {
    smv_still *still = jpeg->client_data;
    if (level >= 0) return;
    int code = jpeg->err->msg_code;
    if (code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM) return;
    if (code == JWRN_EXTRANEOUS_DATA && only_padding(still)) return;
    jpeg->err->num_warnings++;
    if (still->first_bad_row >= 0) return;
    still->first_bad_row = still->started ? (long)still->jpeg.output_scanline : 0;
    if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) {
        snprintf(still->said, sizeof still->said, "the picture data ends early");
        return;
    }
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    snprintf(still->said, sizeof still->said, "the picture data is garbled (%s)", text);
}

static void on_progress(j_common_ptr jpeg) {
    smv_still *still = jpeg->client_data;
    if (still->jpeg.input_scan_number <= MAX_SCANS) return;
    snprintf(still->said, sizeof still->said, "it has more than %d scans", MAX_SCANS);
    longjmp(still->jump, 1);
}

static int failed(smv_still *still, int status, char *reason) {
    snprintf(reason, SMV_STILL_REASON, "%s", still->said);
    return still->out_of_memory ? SMV_STILL_TOO_LARGE : status;
}

static void describe(const struct jpeg_decompress_struct *jpeg, char *storage) {
    const char *space = "RGB", *chroma = "";
    switch (jpeg->jpeg_color_space) {
    case JCS_GRAYSCALE: space = "grey"; break;
    case JCS_YCbCr: space = "YCbCr"; break;
    case JCS_CMYK: space = "CMYK"; break;
    case JCS_YCCK: space = "YCCK"; break;
    default: break;
    }
    if (jpeg->jpeg_color_space == JCS_YCbCr && jpeg->num_components == 3) {
        int across = jpeg->comp_info[0].h_samp_factor / jpeg->comp_info[1].h_samp_factor;
        int down = jpeg->comp_info[0].v_samp_factor / jpeg->comp_info[1].v_samp_factor;
        chroma = across == 2 && down == 2   ? " 4:2:0"
                 : across == 2 && down == 1 ? " 4:2:2"
                 : across == 1 && down == 2 ? " 4:4:0"
                 : across == 1 && down == 1 ? " 4:4:4"
                 : across == 4 && down == 1 ? " 4:1:1" : "";
    }
    snprintf(storage, SMV_STILL_STORAGE, "%s%s, 8 bits%s", space, chroma,
             jpeg->progressive_mode ? ", progressive" : "");
}

static void jpeg_close(smv_still *still) {
    if (!still) return;
    jpeg_destroy_decompress(&still->jpeg);
    free(still);
}

static int read_header(smv_still *still, const uint8_t *bytes, size_t count,
                       size_t max_allocation, smv_still_facts *facts) {
    struct jpeg_decompress_struct *jpeg = &still->jpeg;
    jpeg->err = jpeg_std_error(&still->errors);
    still->errors.error_exit = on_error;
    still->errors.emit_message = on_message;
    jpeg->client_data = still;
    if (setjmp(still->jump)) return failed(still, SMV_STILL_CORRUPT, facts->reason);
    jpeg_create_decompress(jpeg);
    /* A progressive picture is kept whole as coefficients: twice or more what its pixels take. */
    jpeg->mem->max_memory_to_use =
        max_allocation < (size_t)1 << 60 ? (long)(2 * max_allocation) : 0;
    still->progress.progress_monitor = on_progress;
    jpeg->progress = &still->progress;
    jpeg_mem_src(jpeg, bytes, count);
    jpeg_read_header(jpeg, TRUE);
    describe(jpeg, facts->storage);
    if (jpeg->num_components == 4) {
        jpeg->out_color_space = JCS_CMYK;
        facts->layout = SMV_STILL_CMYK;
    } else {
        jpeg->out_color_space = JCS_RGB;
    }
    return SMV_STILL_OK;
}

static int refuse(smv_still_facts *facts, int status, const char *reason) {
    snprintf(facts->reason, sizeof facts->reason, "%s", reason);
    return status;
}

static int jpeg_open(const uint8_t *bytes, size_t count, size_t max_allocation, smv_still **out,
                     smv_still_facts *facts) {
    *out = NULL;
    *facts = (smv_still_facts){.orientation = 1, .count = 1};
    segments found;
    if (count < 4 || !read_segments(bytes, count, &found))
        return refuse(facts, SMV_STILL_CORRUPT, "it ends or breaks off before the picture");
    facts->width = found.width;
    facts->height = found.height;
    facts->orientation =
        found.exif_orientation ? found.exif_orientation : found.xmp_orientation;
    if (facts->width == 0 || facts->height == 0) return SMV_STILL_OK;
    int coding = found.frame_marker & 3;
    if (coding == 3 || (found.frame_marker & 0x04))
        return refuse(facts, SMV_STILL_UNSUPPORTED,
                      "lossless and hierarchical JPEG are not supported; save it as PNG");
    if (found.precision != 8)
        return refuse(facts, SMV_STILL_UNSUPPORTED,
                      "JPEG with more than 8 bits is not supported; save it as PNG");
    if (found.components != 1 && found.components != 3 && found.components != 4)
        return refuse(facts, SMV_STILL_UNSUPPORTED,
                      "a JPEG has 1, 3 or 4 components; this one differs");
    smv_still *still = calloc(1, sizeof *still);
    if (!still) return SMV_STILL_TOO_LARGE;
    still->bytes = bytes;
    still->end = bytes + count;
    still->first_bad_row = -1;
    int status = read_header(still, bytes, count, max_allocation, facts);
    if (status != SMV_STILL_OK) {
        jpeg_close(still);
        return status;
    }
    *out = still;
    return SMV_STILL_OK;
}

static int jpeg_page(smv_still *still, size_t index, smv_still_facts *facts) {
    (void)still;
    (void)index;
    return refuse(facts, SMV_STILL_UNSUPPORTED, "a JPEG has one picture");
}

static int jpeg_rows(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                     char *reason) {
    struct jpeg_decompress_struct *jpeg = &still->jpeg;
    const size_t row_bytes =
        (size_t)jpeg->image_width * (jpeg->out_color_space == JCS_CMYK ? 4 : 3);
    *written = 0;
    if (setjmp(still->jump)) return failed(still, SMV_STILL_DAMAGED, reason);
    if (!still->started) {
        jpeg_start_decompress(jpeg);
        still->started = 1;
    }
    while (*written < count && jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW lines[4];
        size_t wanted = count - *written < 4 ? count - *written : 4;
        for (size_t i = 0; i < wanted; i++) lines[i] = pixels + (*written + i) * row_bytes;
        size_t got = jpeg_read_scanlines(jpeg, lines, (JDIMENSION)wanted);
        /* libjpeg gives inks inverted, as Adobe writes them: 255 is no ink. */
        if (jpeg->out_color_space == JCS_CMYK)
            for (size_t i = 0; i < got * row_bytes; i++)
                lines[0][i] = (uint8_t)(255 - lines[0][i]);
        *written += got;
    }
    return SMV_STILL_OK;
}

/* A file cut in half decodes without an error: only the warnings tell. */
static int jpeg_finish(smv_still *still, char *reason) {
    if (setjmp(still->jump)) return failed(still, SMV_STILL_DAMAGED, reason);
    jpeg_finish_decompress(&still->jpeg);
    if (still->errors.num_warnings == 0) return SMV_STILL_OK;
    if (still->first_bad_row > 0)
        snprintf(reason, SMV_STILL_REASON, "from about row %ld of %u on, %s",
                 still->first_bad_row, still->jpeg.output_height, still->said);
    else
        snprintf(reason, SMV_STILL_REASON, "%s", still->said);
    return SMV_STILL_DAMAGED;
}

const smv_still_api *smv_jpeg_still(void) {
    static const smv_still_api api = {jpeg_open, jpeg_page, jpeg_rows, jpeg_finish, jpeg_close};
    return &api;
}
