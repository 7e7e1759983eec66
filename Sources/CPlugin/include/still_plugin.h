/* How every decoder of stills is called: the ones linked into the program (CCodecs: PNG, JPEG,
 * WebP) and the ones in dynamic libraries (CHEIFStill, CVideo).
 *
 * open    reads the headers, allocates no pixels, and states the facts. The bytes belong to the
 *         caller and stay where they are until close.
 * page    goes to a picture of the file, counted from 0, and states its facts. open has gone to
 *         the first. Needed only when facts.count says there are several that can be had.
 * rows    writes the next `count` rows, from the top, of as many bytes as `facts.layout` says.
 *         A call for all rows at once is the cheapest. Where the file is damaged it returns
 *         SMV_STILL_DAMAGED and says in `written` how many rows are good; no more will come.
 * finish  after the last row: checks what follows it. SMV_STILL_DAMAGED if that shows that the
 *         rows cannot be trusted.
 * close   frees everything; takes NULL.
 *
 * Whatever is not SMV_STILL_OK comes with a phrase in `facts->reason` or `reason`: what is wrong,
 * without a full stop, as in "the data breaks off at row 10 of 20".
 */
#ifndef SMV_STILL_PLUGIN_H
#define SMV_STILL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum {
    SMV_STILL_OK = 0,
    /* The file breaks the rules of its format, so that nothing can be had from it. */
    SMV_STILL_CORRUPT = 1,
    /* Some of the picture can be had. */
    SMV_STILL_DAMAGED = 2,
    /* The file is sound, but this decoder does not read its kind. */
    SMV_STILL_UNSUPPORTED = 3,
    /* An allocation larger than `max_allocation` would be needed, or there is no memory. */
    SMV_STILL_TOO_LARGE = 4,
};

enum {
    SMV_STILL_REASON = 200,
    SMV_STILL_STORAGE = 64,
    /* Zero bytes that follow the bytes of every file. */
    SMV_STILL_PADDING = 64,
};

/* How the rows to come are laid out. */
enum {
    /* Three bytes a pixel. */
    SMV_STILL_RGB = 0,
    /* Four, the last one straight alpha. */
    SMV_STILL_RGBA = 1,
    /* Four: cyan, magenta, yellow, black; 0 is no ink. */
    SMV_STILL_CMYK = 2,
};

typedef struct smv_still_facts {
    /* As stored, before the orientation is applied; 0 when the file says 0. */
    size_t width, height;
    /* 1 to 8 as EXIF counts; 1 when there is none or the decoder applies it itself. */
    int orientation;
    /* Pictures in the file. Only a TIFF gives more than its first. */
    size_t count;
    int layout;
    /* How a pixel is stored, in words: "grey, 16 bits, alpha". */
    char storage[SMV_STILL_STORAGE];
    char reason[SMV_STILL_REASON];
} smv_still_facts;

typedef struct smv_still smv_still;

typedef struct smv_still_api {
    int (*_Nonnull open)(const uint8_t *bytes, size_t count, size_t max_allocation,
                         smv_still *_Nullable *_Nonnull still, smv_still_facts *facts);
    int (*_Nonnull page)(smv_still *still, size_t index, smv_still_facts *facts);
    int (*_Nonnull rows)(smv_still *still, uint8_t *pixels, size_t count, size_t *written,
                         char *reason);
    int (*_Nonnull finish)(smv_still *still, char *reason);
    void (*_Nonnull close)(smv_still *_Nullable still);
} smv_still_api;

/* The names under which the dynamic libraries export `const void *NAME(void)`, which returns their
 * smv_still_api. */
#define SMV_HEIF_STILL_SYMBOL "smolvlm_heif_still"
#define SMV_VIDEO_STILL_SYMBOL "smolvlm_video_still"

/* A directory of tags as TIFF files and EXIF blocks have it, read with every offset checked. */
typedef struct smv_tags {
    const uint8_t *bytes;
    size_t count;
    int big_endian;
} smv_tags;

/* Reads the eight bytes at the start. Returns the offset of the first directory, 0 if these are no
 * such bytes. */
size_t smv_tags_open(const uint8_t *bytes, size_t count, smv_tags *tags);

/* The offset of the directory that follows, 0 if there is none, SIZE_MAX if it or the link to it
 * lies outside the bytes. */
size_t smv_tags_next(const smv_tags *tags, size_t directory);

/* How many whole numbers (BYTE, SHORT, LONG) the tag holds, 0 if the directory lacks it or the
 * numbers lie outside the bytes. */
size_t smv_tags_count(const smv_tags *tags, size_t directory, unsigned tag);

/* One of these numbers, `otherwise` if there is none at `index`. */
uint32_t smv_tags_number(const smv_tags *tags, size_t directory, unsigned tag, size_t index,
                         uint32_t otherwise);

/* The EXIF orientation, 1 to 8, in a directory: 1 if it has none or nonsense. */
int smv_tags_orientation(const smv_tags *tags, size_t directory);

#pragma clang assume_nonnull end

#endif
