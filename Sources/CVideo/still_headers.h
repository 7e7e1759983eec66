/* What TIFF, GIF and BMP files say about themselves before anything is decoded, read with every
 * offset checked. FFmpeg tells too little: nothing of pages, orientation or missing rows. */
#ifndef SMV_STILL_HEADERS_H
#define SMV_STILL_HEADERS_H

#include "CPlugin.h"

#include <libavcodec/avcodec.h>

typedef struct still_header {
    smv_still_facts facts;
    /* Bytes that the file must have for all rows to be there; 0 where that is not known. */
    size_t bytes_needed;
    /* Rows that the file holds; `facts.height` where that is not known. */
    size_t rows_held;
    /* Rows come in another order than from the top, so that rows_held says only whether all do. */
    int scattered;
    /* The first picture of a GIF covers only this part of its canvas, and what lies outside shows
     * one colour; `inset` is 0 where it covers all or is transparent. */
    int inset;
    size_t left, top, right, bottom;
    uint8_t outside[3];
} still_header;

/* Return SMV_STILL_OK or what is wrong. */
int gif_header(const uint8_t *bytes, size_t count, still_header *header);
int bmp_header(const uint8_t *bytes, size_t count, still_header *header);

/* Decodes one packet, which holds one picture of this size, as a frame that may be written to. The
 * packet's bytes are followed by padding. With `strict`, anything that is wrong with it is an
 * error; else rows may be missing, and are grey. Returns 0 or an AVERROR. */
int decode_packet(enum AVCodecID codec, AVPacket *packet, size_t width, size_t height, int strict,
                  AVFrame **frame);

/* Writes to `reason` and returns `status`. */
int say(char *reason, int status, const char *text);

/* TIFF: its structure is read here, so that tiles, planes, all depths and pages come out alike and
 * a broken strip costs only itself. FFmpeg unpacks one strip or tile at a time, libjpeg those that
 * are JPEG. */
typedef struct tiff tiff;

int tiff_open(const uint8_t *bytes, size_t count, size_t max_allocation, tiff **out,
              smv_still_facts *facts);
int tiff_page(tiff *tiff, size_t index, smv_still_facts *facts);
int tiff_rows(tiff *tiff, uint8_t *pixels, size_t count, size_t *written, char *reason);
int tiff_finish(tiff *tiff, char *reason);
void tiff_close(tiff *tiff);

#endif
