#include "CHEIFStill.h"

#include <libheif/heif.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The primary picture of a HEIC or AVIF file. libheif turns and crops it as the file says, so that
 * its EXIF orientation must not be applied once more. */
struct smv_still {
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
    size_t width, height, max_allocation, next_row;
    int channels;
    const uint8_t *pixels;
    size_t stride;
};

static void heif_close(smv_still *still) {
    if (!still) return;
    if (still->image) heif_image_release(still->image);
    if (still->handle) heif_image_handle_release(still->handle);
    if (still->context) heif_context_free(still->context);
    free(still);
}

static int failure(struct heif_error error, char *reason) {
    switch (error.code) {
    case heif_error_Memory_allocation_error: return SMV_STILL_TOO_LARGE;
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature:
    case heif_error_Plugin_loading_error:
        snprintf(reason, SMV_STILL_REASON,
                 "libheif cannot read this kind of it (%s); convert it to PNG or JPEG",
                 error.message);
        return SMV_STILL_UNSUPPORTED;
    default:
        snprintf(reason, SMV_STILL_REASON, "%s", error.message);
        return SMV_STILL_CORRUPT;
    }
}

static int read_header(smv_still *still, const uint8_t *bytes, size_t count,
                       smv_still_facts *facts) {
    still->context = heif_context_alloc();
    if (!still->context) return SMV_STILL_TOO_LARGE;
    heif_context_set_max_decoding_threads(still->context, 0);
    struct heif_error error =
        heif_context_read_from_memory_without_copy(still->context, bytes, count, NULL);
    if (error.code == heif_error_Ok)
        error = heif_context_get_primary_image_handle(still->context, &still->handle);
    if (error.code != heif_error_Ok) return failure(error, facts->reason);
    int width = heif_image_handle_get_width(still->handle);
    int height = heif_image_handle_get_height(still->handle);
    facts->width = still->width = width > 0 ? (size_t)width : 0;
    facts->height = still->height = height > 0 ? (size_t)height : 0;
    int alpha = heif_image_handle_has_alpha_channel(still->handle);
    still->channels = alpha ? 4 : 3;
    facts->layout = alpha ? SMV_STILL_RGBA : SMV_STILL_RGB;
    int pictures = heif_context_get_number_of_top_level_images(still->context);
    facts->count = pictures > 0 ? (size_t)pictures : 1;
    int bits = heif_image_handle_get_luma_bits_per_pixel(still->handle);
    snprintf(facts->storage, sizeof facts->storage, "YCbCr, %d bits%s", bits > 0 ? bits : 8,
             alpha ? ", alpha" : "");
    return SMV_STILL_OK;
}

static int heif_open(const uint8_t *bytes, size_t count, size_t max_allocation, smv_still **out,
                     smv_still_facts *facts) {
    *out = NULL;
    *facts = (smv_still_facts){.orientation = 1, .count = 1};
    smv_still *still = calloc(1, sizeof *still);
    if (!still) return SMV_STILL_TOO_LARGE;
    still->max_allocation = max_allocation;
    int status = read_header(still, bytes, count, facts);
    if (status != SMV_STILL_OK || still->width == 0 || still->height == 0) heif_close(still);
    else *out = still;
    return status;
}

static int heif_page(smv_still *still, size_t index, smv_still_facts *facts) {
    (void)still;
    (void)index;
    snprintf(facts->reason, SMV_STILL_REASON, "only its primary picture is read");
    return SMV_STILL_UNSUPPORTED;
}

static int decode(smv_still *still, char *reason) {
    size_t pixel = (size_t)still->channels;
    if (still->width * still->height > still->max_allocation / pixel) return SMV_STILL_TOO_LARGE;
    enum heif_chroma chroma =
        still->channels == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB;
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    if (!options) return SMV_STILL_TOO_LARGE;
    options->convert_hdr_to_8bit = 1;
    options->strict_decoding = 1;
    struct heif_error error = heif_decode_image(still->handle, &still->image, heif_colorspace_RGB,
                                                chroma, options);
    heif_decoding_options_free(options);
    if (error.code != heif_error_Ok) return failure(error, reason);
    int stride = 0;
    still->pixels =
        heif_image_get_plane_readonly(still->image, heif_channel_interleaved, &stride);
    int width = heif_image_get_width(still->image, heif_channel_interleaved);
    int height = heif_image_get_height(still->image, heif_channel_interleaved);
    if (!still->pixels || width < 0 || (size_t)width != still->width || height < 0
        || (size_t)height != still->height || (size_t)stride < still->width * pixel) {
        snprintf(reason, SMV_STILL_REASON, "the picture is not of the size that its header states");
        return SMV_STILL_CORRUPT;
    }
    still->stride = (size_t)stride;
    return SMV_STILL_OK;
}

static int heif_rows(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                     char *reason) {
    *written = 0;
    if (!still->pixels) {
        int status = decode(still, reason);
        if (status != SMV_STILL_OK) return status;
    }
    if (count > still->height - still->next_row) count = still->height - still->next_row;
    size_t length = still->width * (size_t)still->channels;
    for (; *written < count; ++*written, still->next_row++)
        memcpy(pixels + *written * length, still->pixels + still->next_row * still->stride, length);
    return SMV_STILL_OK;
}

/* A file that ends early is refused when it is opened or decoded: there is no half picture. */
static int heif_finish(smv_still *still, char *reason) {
    (void)still;
    (void)reason;
    return SMV_STILL_OK;
}

const void *smolvlm_heif_still(void);

const void *smolvlm_heif_still(void) {
    static const smv_still_api api = {heif_open, heif_page, heif_rows, heif_finish, heif_close};
    return &api;
}
