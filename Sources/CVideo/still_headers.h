/* What TIFF, GIF and BMP files say about themselves before anything is decoded, read with every
 * offset checked. FFmpeg says too little (nothing of pages, orientation or missing rows). */
#ifndef SMV_STILL_HEADERS_H
#define SMV_STILL_HEADERS_H

#include "CPlugin.h"

/* What the alpha of a picture is worth. */
enum { ALPHA_NONE, ALPHA_STRAIGHT, ALPHA_PREMULTIPLIED };

typedef struct still_header {
    smv_still_facts facts;
    int alpha;
    /* Bytes that the file must have for all rows to be there; 0 where that is not known. */
    size_t bytes_needed;
    /* Rows that the file holds; `facts.height` where that is not known. */
    size_t rows_held;
    /* Rows come in another order than from the top, so that rows_held says only whether all do. */
    int scattered;
} still_header;

/* A directory of a TIFF that stands for a page, and its place in the chain of all. */
typedef struct tiff_page {
    size_t directory;
    size_t place;
} tiff_page;

enum { TIFF_MAX_PAGES = 20000 };

/* Collects the pages, up to TIFF_MAX_PAGES: not previews, not masks. Returns how many there are, or
 * 0 with a phrase in `reason`. */
size_t tiff_pages(const smv_tags *tags, size_t first, tiff_page *pages, char *reason);

/* The headers. Return SMV_STILL_OK or what is wrong. */
int tiff_header(const smv_tags *tags, size_t directory, still_header *header);
int gif_header(const uint8_t *bytes, size_t count, still_header *header);
int bmp_header(const uint8_t *bytes, size_t count, still_header *header);

#endif
