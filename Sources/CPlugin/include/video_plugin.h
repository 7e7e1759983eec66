/* Video decoded by a library that is opened at run time.
 *
 * An opened video knows every frame it will show: one pass over its packets gives their order, their
 * times and where decoding can start. The caller then names the frames it wants, by their place in
 * that order, and fetches them one at a time; nothing is kept of the others.
 */
#ifndef SMV_VIDEO_PLUGIN_H
#define SMV_VIDEO_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* The dynamic library and its one function, which returns a `struct smv_video_calls`. */
#define SMV_VIDEO_LIBRARY_SYMBOL "smolvlm_video_api"
#define SMV_VIDEO_CALLS_VERSION 1u

struct smv_video;

enum smv_video_status {
    SMV_VIDEO_FINE = 0,
    SMV_VIDEO_ENDED,       /* there is no further frame */
    SMV_VIDEO_UNKNOWN,     /* no format that is known */
    SMV_VIDEO_REFUSED,     /* a format that makes a decoder open other files, named in the detail */
    SMV_VIDEO_NO_PICTURES, /* nothing to see in it; the detail says what it has */
    SMV_VIDEO_NO_DECODER,  /* the detail names the codec */
    SMV_VIDEO_CORRUPT,     /* the detail says what is wrong */
    SMV_VIDEO_TOO_LARGE,   /* more pixels than allowed; their size is in the info */
    SMV_VIDEO_MEMORY,      /* more bytes at once than allowed */
    SMV_VIDEO_TOO_SLOW,    /* the time is up */
};

struct smv_video_settings {
    int64_t byte_count;           /* of the file */
    size_t max_allocation_bytes;  /* for one allocation of a decoder */
    int64_t max_pixels;           /* of a frame */
    double max_seconds;           /* from opening on, for everything together */
    int32_t threads;              /* 0: one for each processor */
};

struct smv_video_info {
    int32_t width, height;     /* upright */
    int32_t rotation;          /* degrees clockwise from stored to upright: 0, 90, 180, 270 */
    int32_t mirrored;          /* whether the stored frame is flipped left to right after that */
    int64_t frame_count;       /* frames that are shown */
    int64_t rate_numerator;    /* average frames a second; 0 when nothing tells it */
    int64_t rate_denominator;
    int32_t high_dynamic_range;
    char codec[48];
    char pixel_format[96];     /* with matrix, primaries and transfer where they are said */
    char damage[160];          /* what is wrong with the file as a whole; empty when nothing is */
};

struct smv_video_frame {
    int64_t index;        /* the place that was asked for */
    int64_t used_index;   /* the place of the frame that stands for it: another one only when that
                             frame could not be decoded */
    int32_t width, height; /* upright */
    int32_t damaged;      /* errors were seen in it or in what it is made from */
};

struct smv_video_calls {
    uint32_t version;

    /* Opens the file behind `descriptor`, which stays the caller's and must stay open. On failure
     * writes a sentence without a full stop to `detail`. */
    enum smv_video_status (*open)(int descriptor, const struct smv_video_settings *settings,
                                  struct smv_video **video, struct smv_video_info *info,
                                  char *detail, size_t detail_capacity);

    /* Writes the times of frames `first` to `first + count - 1` on the clock of the file, in
     * seconds from its start. */
    void (*times)(const struct smv_video *video, int64_t first, size_t count, double *seconds);

    /* Names the frames wanted: ascending, each once. May be called again, which starts anew. */
    enum smv_video_status (*choose)(struct smv_video *video, const int64_t *indices, size_t count);

    /* Decodes the next wanted frame. */
    enum smv_video_status (*next)(struct smv_video *video, struct smv_video_frame *frame,
                                  char *detail, size_t detail_capacity);

    /* Writes the frame that `next` found, upright, as RGB without gaps: width * height * 3 bytes. */
    enum smv_video_status (*pixels)(struct smv_video *video, uint8_t *rgb, size_t capacity);

    void (*close)(struct smv_video *video);
};

#endif
