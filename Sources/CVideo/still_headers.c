#include "still_headers.h"

#include <stdio.h>
#include <string.h>

static int refuse(still_header *header, int status, const char *reason) {
    return say(header->facts.reason, status, reason);
}

static uint32_t little16(const uint8_t *b) { return (uint32_t)b[1] << 8 | b[0]; }
static uint32_t little32(const uint8_t *b) { return little16(b + 2) << 16 | little16(b); }

/* GIF */

/* Walks the chain of sub-blocks at `at`. Returns where it ends, 0 if the file ends before. */
static size_t after_blocks(const uint8_t *bytes, size_t count, size_t at) {
    while (at < count) {
        if (bytes[at] == 0) return at + 1;
        at += 1 + (size_t)bytes[at];
    }
    return 0;
}

/* What Pillow shows around a first picture without a transparent colour: the first colour of the
 * palette, not the background colour that GIF names. */
static void note_inset(still_header *header, const uint8_t *image, const uint8_t *palette) {
    header->left = little16(image);
    header->top = little16(image + 2);
    header->right = header->left + little16(image + 4);
    header->bottom = header->top + little16(image + 6);
    header->inset = palette
                    && (header->left > 0 || header->top > 0 || header->right < header->facts.width
                        || header->bottom < header->facts.height);
    if (header->inset) memcpy(header->outside, palette, 3);
}

/* How many pixels the codes of an image stand for, at most `wanted`: LZW without the pixels. */
static size_t lzw_pixels(const uint8_t *bytes, size_t count, size_t at, size_t wanted) {
    if (at >= count) return 0;
    unsigned root = bytes[at++];
    if (root < 1 || root > 11) return 0;
    unsigned clear = 1u << root, next = clear + 2, width = root + 1;
    uint16_t length[4096];
    size_t pixels = 0, left = 0;
    uint32_t held = 0;
    unsigned held_bits = 0;
    int previous = -1;
    while (pixels < wanted) {
        while (held_bits < width) {
            if (left == 0) {
                if (at >= count || bytes[at] == 0) return pixels;
                left = bytes[at++];
            }
            if (at >= count) return pixels;
            held |= (uint32_t)bytes[at++] << held_bits;
            held_bits += 8;
            left--;
        }
        unsigned code = held & ((1u << width) - 1);
        held >>= width;
        held_bits -= width;
        if (code == clear) {
            next = clear + 2;
            width = root + 1;
            previous = -1;
            continue;
        }
        if (code == clear + 1) return pixels;
        if (previous < 0 ? code >= clear : code > next || (code == next && next >= 4096))
            return pixels;
        size_t before = previous < 0 ? 0 : (unsigned)previous < clear ? 1 : length[previous];
        if (previous >= 0 && next < 4096) length[next++] = (uint16_t)(before + 1);
        pixels += code < clear ? 1 : length[code];
        previous = (int)code;
        if (next == 1u << width && width < 12) width++;
    }
    return wanted;
}

int gif_header(const uint8_t *bytes, size_t count, still_header *header) {
    *header = (still_header){.facts = {.orientation = 1, .layout = SMV_STILL_RGBA}};
    smv_still_facts *facts = &header->facts;
    if (count < 13) return refuse(header, SMV_STILL_CORRUPT, "the file ends early");
    facts->width = little16(bytes + 6);
    facts->height = little16(bytes + 8);
    header->rows_held = facts->height;
    int transparent = 0;
    size_t at = 13 + (bytes[10] & 0x80 ? (size_t)3 << ((bytes[10] & 7) + 1) : 0);
    while (at < count && bytes[at] != 0x3B) {
        if (bytes[at] == 0x21) {
            if (count - at > 4 && bytes[at + 1] == 0xF9 && bytes[at + 2] >= 4)
                transparent = bytes[at + 3] & 1;
            at = at + 2 < count ? after_blocks(bytes, count, at + 2) : 0;
        } else if (bytes[at] == 0x2C && count - at > 10) {
            const uint8_t *image = bytes + at + 1;
            size_t top = little16(image + 2), width = little16(image + 4);
            size_t height = little16(image + 6);
            size_t data = at + 10 + (image[8] & 0x80 ? (size_t)3 << ((image[8] & 7) + 1) : 0);
            if (facts->count++ == 0 && width && height) {
                const uint8_t *palette = image[8] & 0x80 ? image + 9 : bytes + 13;
                int has_palette = ((image[8] | bytes[10]) & 0x80) && data < count;
                note_inset(header, image, has_palette && !transparent ? palette : NULL);
                size_t pixels = lzw_pixels(bytes, count, data, width * height);
                header->scattered = (image[8] & 0x40) != 0;
                if (pixels < width * height) header->rows_held = top + pixels / width;
            }
            at = data < count ? after_blocks(bytes, count, data + 1) : 0;
        } else {
            at = 0;
        }
        if (at == 0) break;
    }
    if (facts->count == 0)
        return refuse(header, SMV_STILL_CORRUPT, "it ends or breaks off before the picture");
    if (header->rows_held > facts->height) header->rows_held = facts->height;
    snprintf(facts->storage, sizeof facts->storage, "palette, 8 bits%s",
             facts->count > 1 ? ", animated" : "");
    return SMV_STILL_OK;
}

/* BMP */

/* How many rows the run-length codes reach before they end or break off. */
static size_t rle_rows(const uint8_t *bytes, size_t count, size_t at, int four, size_t height) {
    size_t row = 0;
    while (at < count && count - at >= 2) {
        unsigned first = bytes[at], second = bytes[at + 1];
        at += 2;
        if (first > 0) continue;
        if (second == 0) {
            row++;
        } else if (second == 1) {
            return height;
        } else if (second == 2) {
            if (count - at < 2) break;
            row += bytes[at + 1];
            at += 2;
        } else {
            size_t length = four ? (second + 1) / 2 : second;
            at += length + (length & 1);
        }
    }
    return row < height ? row : height;
}

int bmp_header(const uint8_t *bytes, size_t count, still_header *header) {
    *header = (still_header){.facts = {.orientation = 1, .count = 1}};
    smv_still_facts *facts = &header->facts;
    uint32_t info = count >= 26 ? little32(bytes + 14) : 0;
    if (info < 12 || info > count - 14 || (info > 12 && info < 40))
        return refuse(header, info > 12 && info < 40 && count >= 26 ? SMV_STILL_UNSUPPORTED
                                                                    : SMV_STILL_CORRUPT,
                      info > 12 && info < 40 && count >= 26
                          ? "a BMP of OS/2 2 is not supported; save it as PNG"
                          : "the file ends early");
    uint32_t offset = little32(bytes + 10), compression = 0, bits;
    int top_down = 0;
    if (info == 12) {
        facts->width = little16(bytes + 18);
        facts->height = little16(bytes + 20);
        bits = little16(bytes + 24);
    } else {
        int32_t width = (int32_t)little32(bytes + 18), height = (int32_t)little32(bytes + 22);
        if (width < 0 || height == INT32_MIN)
            return refuse(header, SMV_STILL_CORRUPT, "its header states an impossible size");
        top_down = height < 0;
        facts->width = (size_t)width;
        facts->height = (size_t)(top_down ? -height : height);
        bits = little16(bytes + 28);
        compression = little32(bytes + 30);
    }
    if (compression == 4 || compression == 5)
        return refuse(header, SMV_STILL_UNSUPPORTED,
                      "a BMP that wraps a JPEG or PNG is not supported; save it as PNG");
    /* The alpha of plain 32-bit files is as a rule not set, so only a stated mask counts. */
    uint32_t alpha_mask = info >= 56 && (compression == 3 || compression == 6)
                              ? little32(bytes + 66) : 0;
    facts->layout = alpha_mask ? SMV_STILL_RGBA : SMV_STILL_RGB;
    header->rows_held = facts->height;
    int runs = compression == 1 || compression == 2;
    if (runs) {
        header->rows_held = rle_rows(bytes, count, offset, compression == 2, facts->height);
    } else if (facts->width <= INT32_MAX / 4 && bits <= 32) {
        size_t stride = (facts->width * bits + 31) / 32 * 4;
        header->bytes_needed = offset + stride * facts->height;
        size_t there = count > offset ? (count - offset) / (stride ? stride : 1) : 0;
        if (there < facts->height) header->rows_held = there;
    }
    snprintf(facts->storage, sizeof facts->storage, "%s, %u bit%s%s%s",
             bits <= 8 ? "palette" : "RGB", bits, bits == 1 ? "" : "s",
             alpha_mask ? ", alpha" : "", runs ? ", run lengths" : top_down ? ", top down" : "");
    return SMV_STILL_OK;
}
