/* What the files of the video decoder share: video.c opens and reads the packets, frames.c decodes
 * the frames that are wanted, pixels.c turns one into upright RGB. */
#ifndef SMV_VIDEO_H
#define SMV_VIDEO_H

#include "CVideo.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <stdbool.h>

/* One packet of the video stream, in the order in which it is stored and decoded. */
struct packet_entry {
    int64_t pts, dts;
    uint32_t rank;      /* place of its frame among those shown; NOT_SHOWN for others */
    bool key, wanted;
};

#define NOT_SHOWN UINT32_MAX

/* A decoded frame and its place. */
struct held_frame {
    AVFrame *frame;
    int64_t rank; /* -1: none is held */
    bool damaged;
};

/* A scaler and what it was made for (`struct scaler_key` of pixels.c). */
struct kept_scaler {
    struct SwsContext *context;
    int key[10];
};

struct smv_video {
    struct smv_video_settings settings;
    int descriptor;
    int64_t offset;   /* of the next byte to be read */
    double deadline;  /* on the monotonic clock, in seconds */
    bool late, read_failed;

    AVIOContext *io;
    AVFormatContext *format;
    int stream_index;
    AVCodecContext *codec;
    AVPacket *packet;

    /* The frame table. `exact` says that every shown frame has a time of its own, so that a decoded
     * frame is known by it and decoding may start at any keyframe; otherwise frames are counted
     * from the first one on. */
    struct packet_entry *entries;
    size_t entry_count, entry_capacity;
    uint32_t *order; /* place → entry */
    int64_t *clock;  /* place → time in units of the stream, when they are all timed */
    int64_t shown_count;
    bool exact, timed;
    int64_t start;   /* of the file, in units of the stream */
    AVRational time_base, rate;

    /* What is wanted, and how far that is. */
    int64_t *targets;
    size_t target_count, next_target;
    struct {
        bool open, drained;
        bool in_hand;         /* the next packet has been read already */
        size_t end_target;    /* the first target after this run */
        size_t key, end;      /* first and last entry that it decodes */
        int attempt;          /* 1: from a keyframe further back; 2: from the first one */
        int failures;         /* after the last packet */
        bool errors, tainted; /* errors seen at all; since the last keyframe */
        size_t first_error, last_error; /* entries */
    } run;
    size_t position; /* entry of the packet that is read next */
    int64_t counted; /* frames seen, when not exact */
    struct held_frame before, ahead, current;
    AVFrame *incoming;

    /* Upright RGB. */
    bool transposed, flip_x, flip_y; /* as the display matrix says */
    struct kept_scaler scalers[2], row_scalers[2]; /* of frames or upper fields; of lower fields */
    AVFrame *rows;   /* with chroma in every row, where that is a step of its own */
    uint8_t *stage;  /* the frame as stored, in RGB */
    size_t stage_bytes;
    float *light;    /* tables of the tone map, made when first needed */
    uint8_t *code;
    int light_transfer;
};

bool smv_video_is_late(struct smv_video *video);

/* Opens the demultiplexer at the first byte of the file; again after it was closed. */
enum smv_video_status smv_video_open_format(struct smv_video *video, char *detail, size_t capacity);

/* The last error that FFmpeg wrote on this thread, without line ends; empty when it wrote none. */
const char *smv_video_last_error(void);

enum smv_video_status smv_video_choose(struct smv_video *video, const int64_t *indices,
                                       size_t count);
enum smv_video_status smv_video_next(struct smv_video *video, struct smv_video_frame *frame,
                                     char *detail, size_t capacity);
enum smv_video_status smv_video_pixels(struct smv_video *video, uint8_t *rgb, size_t capacity);
void smv_video_forget_pixels(struct smv_video *video);

/* Whether colours of this transfer are brighter than a screen of 8 bits can show. */
bool smv_video_is_high_dynamic_range(int transfer);

#endif
