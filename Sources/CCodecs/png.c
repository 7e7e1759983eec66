#include "CCodecs.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A PNG being read from memory. What changes between setjmp and longjmp lives here, on the heap. */
struct smv_still {
    const uint8_t *bytes;
    size_t count, at;
    size_t max_allocation;
    png_structp png;
    png_infop info;
    size_t width, height, row_bytes, next_row;
    int interlaced;
    /* All rows of an interlaced picture, which come complete only with the last pass. */
    uint8_t *whole;
    int broken;
    int out_of_memory;
    char said[SMV_STILL_REASON];
};

static void on_error(png_structp png, png_const_charp message) {
    smv_still *still = png_get_error_ptr(png);
    snprintf(still->said, sizeof still->said, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t length) {
    smv_still *still = png_get_io_ptr(png);
    if (length > still->count - still->at) {
        still->at = still->count;
        png_error(png, "the file ends early");
    }
    memcpy(out, still->bytes + still->at, length);
    still->at += length;
}

/* No single allocation of libpng or zlib passes the limit. */
static png_voidp on_allocate(png_structp png, png_alloc_size_t size) {
    smv_still *still = png_get_mem_ptr(png);
    void *memory = size <= still->max_allocation ? malloc(size) : NULL;
    if (!memory) still->out_of_memory = 1;
    return memory;
}

static void on_free(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static uint32_t big32(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The orientation in an eXIf chunk or in XMP, looked up without libpng, which would have to keep
 * and unpack all text for that. */
static int find_orientation(const uint8_t *bytes, size_t count) {
    static const char xmp[] = "XML:com.adobe.xmp";
    int from_xmp = 1;
    size_t at = 8;
    while (count - at >= 12) {
        size_t length = big32(bytes + at);
        const uint8_t *type = bytes + at + 4, *data = bytes + at + 8;
        if (length > count - at - 12) break;
        if (memcmp(type, "eXIf", 4) == 0) return smv_exif_orientation(data, length);
        /* Keyword, 0, compressed or not, method, language, 0, translation, 0, text. */
        if (memcmp(type, "iTXt", 4) == 0 && length > sizeof xmp + 1
            && memcmp(data, xmp, sizeof xmp) == 0 && data[sizeof xmp] == 0)
            from_xmp = smv_xmp_orientation(data, length);
        if (memcmp(type, "IEND", 4) == 0) break;
        at += 12 + length;
    }
    return from_xmp;
}

static void describe(png_byte colour, png_byte depth, int alpha, char *storage) {
    const char *name = colour & PNG_COLOR_MASK_PALETTE ? "palette"
                     : colour & PNG_COLOR_MASK_COLOR   ? "RGB" : "grey";
    snprintf(storage, SMV_STILL_STORAGE, "%s, %d bit%s%s", name, depth, depth == 1 ? "" : "s",
             alpha ? ", alpha" : "");
}

static int failed(smv_still *still, int status, char *reason) {
    if (still->out_of_memory) status = SMV_STILL_TOO_LARGE;
    snprintf(reason, SMV_STILL_REASON, "%s", still->said);
    return status;
}

static void png_close(smv_still *still) {
    if (!still) return;
    if (still->png) png_destroy_read_struct(&still->png, &still->info, NULL);
    free(still->whole);
    free(still);
}

/* Every chunk that says nothing about pixels is skipped unread, so none can unpack to gigabytes. */
static void skip_other_chunks(png_structp png) {
    static const png_byte names[] =
        "bKGD\0cHRM\0cICP\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
        "tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
}

static int read_header(smv_still *still, smv_still_facts *facts) {
    png_structp png = still->png;
    if (setjmp(png_jmpbuf(png))) return failed(still, SMV_STILL_CORRUPT, facts->reason);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_chunk_cache_max(png, 64);
    skip_other_chunks(png);
    /* Of a file that ends early, what libpng has not yet read of its last piece is lost. */
    png_set_compression_buffer_size(png, 1024);
    png_set_read_fn(png, still, on_read);
    png_read_info(png, still->info);

    png_byte colour = png_get_color_type(png, still->info);
    png_byte depth = png_get_bit_depth(png, still->info);
    int transparent = png_get_valid(png, still->info, PNG_INFO_tRNS) != 0;
    int alpha = transparent || (colour & PNG_COLOR_MASK_ALPHA);
    if (colour == PNG_COLOR_TYPE_PALETTE && !png_get_valid(png, still->info, PNG_INFO_PLTE))
        png_error(png, "the palette is missing");
    png_set_expand(png);
    if (depth == 16) png_set_strip_16(png);
    if (!(colour & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
    still->interlaced = png_set_interlace_handling(png) > 1;
    facts->layout = alpha ? SMV_STILL_RGBA : SMV_STILL_RGB;
    describe(colour, depth, alpha, facts->storage);
    return SMV_STILL_OK;
}

static int png_open(const uint8_t *bytes, size_t count, size_t max_allocation, smv_still **out,
                    smv_still_facts *facts) {
    *out = NULL;
    *facts = (smv_still_facts){.orientation = 1, .count = 1};
    if (count < 33 || memcmp(bytes + 12, "IHDR", 4) != 0 || big32(bytes + 8) != 13) {
        snprintf(facts->reason, sizeof facts->reason,
                 count < 33 ? "the file ends early" : "the header is not where it must be");
        return SMV_STILL_CORRUPT;
    }
    facts->width = big32(bytes + 16);
    facts->height = big32(bytes + 20);
    /* libpng would refuse it too, but in words of its own. */
    if (facts->width == 0 || facts->height == 0) return SMV_STILL_OK;

    smv_still *still = calloc(1, sizeof *still);
    if (!still) return SMV_STILL_TOO_LARGE;
    still->bytes = bytes;
    still->count = count;
    still->max_allocation = max_allocation;
    still->width = facts->width;
    still->height = facts->height;
    still->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, still, on_error, on_warning,
                                          still, on_allocate, on_free);
    if (still->png) still->info = png_create_info_struct(still->png);
    int status = still->info ? read_header(still, facts) : SMV_STILL_TOO_LARGE;
    if (status != SMV_STILL_OK) {
        png_close(still);
        return status;
    }
    still->row_bytes = still->width * (facts->layout == SMV_STILL_RGBA ? 4 : 3);
    facts->orientation = find_orientation(bytes, count);
    *out = still;
    return SMV_STILL_OK;
}

static int png_page(smv_still *still, size_t index, smv_still_facts *facts) {
    (void)still;
    (void)index;
    snprintf(facts->reason, sizeof facts->reason, "a PNG has one picture");
    return SMV_STILL_UNSUPPORTED;
}

/* All passes of an interlaced picture. Where the data breaks off the rows stay as coarse as the
 * passes before have left them, which `finish` reports. */
static int read_whole(smv_still *still, char *reason) {
    if (still->row_bytes > still->max_allocation / still->height) return SMV_STILL_TOO_LARGE;
    still->whole = malloc(still->row_bytes * still->height);
    if (!still->whole) return SMV_STILL_TOO_LARGE;
    memset(still->whole, 128, still->row_bytes * still->height);
    if (setjmp(png_jmpbuf(still->png))) {
        still->broken = 1;
        return still->out_of_memory ? failed(still, SMV_STILL_TOO_LARGE, reason) : SMV_STILL_OK;
    }
    png_start_read_image(still->png);
    for (int pass = 0; pass < 7; pass++)
        for (size_t y = 0; y < still->height; y++)
            png_read_row(still->png, NULL, still->whole + y * still->row_bytes);
    return SMV_STILL_OK;
}

static int png_rows(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                    char *reason) {
    *written = 0;
    if (count > still->height - still->next_row) count = still->height - still->next_row;
    if (still->interlaced) {
        int status = still->whole ? SMV_STILL_OK : read_whole(still, reason);
        if (status != SMV_STILL_OK) return status;
        memcpy(pixels, still->whole + still->next_row * still->row_bytes, count * still->row_bytes);
        still->next_row += count;
        *written = count;
        return SMV_STILL_OK;
    }
    if (setjmp(png_jmpbuf(still->png))) return failed(still, SMV_STILL_DAMAGED, reason);
    for (size_t y = 0; y < count; y++) {
        png_read_row(still->png, pixels + y * still->row_bytes, NULL);
        still->next_row++;
        *written = y + 1;
    }
    return SMV_STILL_OK;
}

static int png_finish(smv_still *still, char *reason) {
    if (still->broken || setjmp(png_jmpbuf(still->png)))
        return failed(still, SMV_STILL_DAMAGED, reason);
    png_read_end(still->png, NULL);
    return SMV_STILL_OK;
}

const smv_still_api *smv_png_still(void) {
    static const smv_still_api api = {png_open, png_page, png_rows, png_finish, png_close};
    return &api;
}

/* What a written PNG goes to, and what stopped it. */
typedef struct {
    int descriptor;
    char *reason;
} sink;

static void on_write_error(png_structp png, png_const_charp message) {
    sink *to = png_get_error_ptr(png);
    snprintf(to->reason, SMV_STILL_REASON, "%s", message);
    png_longjmp(png, 1);
}

static void on_write(png_structp png, png_bytep bytes, size_t length) {
    sink *to = png_get_io_ptr(png);
    while (length > 0) {
        ssize_t count = write(to->descriptor, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) png_error(png, count < 0 ? strerror(errno) : "nothing could be written");
        bytes += count;
        length -= (size_t)count;
    }
}

static void on_flush(png_structp png) { (void)png; }

int smv_png_write(int descriptor, const uint8_t *rgb, size_t width, size_t height, size_t stride,
                  char *reason) {
    sink to = {descriptor, reason};
    png_infop info = NULL;
    snprintf(reason, SMV_STILL_REASON, "there is no memory for it");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &to, on_write_error,
                                              on_warning);
    if (png) info = png_create_info_struct(png);
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return -1;
    }
    if (width > PNG_UINT_31_MAX || height > PNG_UINT_31_MAX)
        png_error(png, "a PNG cannot be that large");
    png_set_write_fn(png, &to, on_write, on_flush);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t y = 0; y < height; y++) png_write_row(png, rgb + y * stride);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return 0;
}
