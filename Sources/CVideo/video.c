/* Opening a video: which format, which stream, and the table of its frames.
 *
 * The file is read through a descriptor that is already open, so this works where no file may be
 * opened; whatever would make FFmpeg open another file or an address is refused. */
#define _GNU_SOURCE
#include "video.h"

#include <errno.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IO_BUFFER_BYTES (64 * 1024)
#define PROBE_BYTES (1 << 20)

/* Formats with moving pictures. Those of old games and of cameras nobody has are left out: each
 * demultiplexer more is code more that reads bytes from outside. */
static const char *const video_formats =
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,asf,ogg,ivf,obu,av1,mxf,nut,rm,"
    "dv,yuv4mpegpipe,wtv,mjpeg,vc1,gxf,mp4,apng,gif";
/* Formats with sound only, to be named as such. */
static const char *const sound_formats =
    "mp3,wav,flac,aac,ac3,eac3,dts,amr,aiff,caf,w64,ape,wv,tta,au,truehd,mlp,opus,oma,voc,mpc,mpc8,"
    "xwma,amrnb,amrwb,dtshd,spdif,gsm,latm,loas";
/* Formats that are lists of other files or addresses. */
static const char *const list_formats =
    "hls,applehttp,concat,dash,sdp,rtsp,rtp,imf,webm_dash_manifest,image2,image2pipe,lavfi,ffmetadata";

/* ---- messages, time and bytes ---- */

static _Thread_local char last_error[200];

static void keep_error(void *context, int level, const char *format, va_list arguments) {
    (void)context;
    if (level > AV_LOG_ERROR) return;
    char line[sizeof last_error];
    vsnprintf(line, sizeof line, format, arguments);
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '.')) line[--length] = 0;
    for (size_t at = 0; at < length; at++)
        if ((unsigned char)line[at] < ' ' || line[at] == 0x7f) line[at] = ' ';
    if (length > 0) memcpy(last_error, line, sizeof line);
}

const char *smv_video_last_error(void) { return last_error; }

/* Writes what happened and, where FFmpeg said more, its words. */
static void explain(char *detail, size_t capacity, const char *what, int code) {
    char words[AV_ERROR_MAX_STRING_SIZE] = "";
    const char *more = last_error;
    if (!*more && code < 0 && av_strerror(code, words, sizeof words) == 0) more = words;
    snprintf(detail, capacity, "%s%s%s%s", what, *more ? " (FFmpeg: " : "", more, *more ? ")" : "");
}

/* FFmpeg's limit of one allocation is one for the whole process: it is the highest of all videos
 * that are open. What a video can check by itself it does. */
static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t limited_videos, highest_limit;

static void limit_allocations(size_t bytes) {
    pthread_mutex_lock(&limit_lock);
    if (limited_videos++ == 0 || bytes > highest_limit) {
        highest_limit = bytes;
        av_max_alloc(bytes);
    }
    pthread_mutex_unlock(&limit_lock);
}

static void forget_limit(void) {
    pthread_mutex_lock(&limit_lock);
    limited_videos--;
    pthread_mutex_unlock(&limit_lock);
}

/* Makes room for a frame of the decoder, within the limit of this video. */
static int make_frame_room(AVCodecContext *codec, AVFrame *frame, int flags) {
    const struct smv_video *video = codec->opaque;
    int bytes = av_image_get_buffer_size(codec->pix_fmt, frame->width, frame->height, 1);
    if (bytes < 0) return bytes;
    if ((size_t)bytes > video->settings.max_allocation_bytes) return AVERROR(ENOMEM);
    return avcodec_default_get_buffer2(codec, frame, flags);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool smv_video_is_late(struct smv_video *video) {
    if (!video->late && now() > video->deadline) video->late = true;
    return video->late;
}

static int is_late(void *opaque) { return smv_video_is_late(opaque); }

static int read_bytes(void *opaque, uint8_t *bytes, int count) {
    struct smv_video *video = opaque;
    if (video->offset >= video->settings.byte_count) return AVERROR_EOF;
    int64_t left = video->settings.byte_count - video->offset;
    size_t wanted = left < count ? (size_t)left : (size_t)count;
    ssize_t got;
    do got = pread(video->descriptor, bytes, wanted, (off_t)video->offset);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        video->read_failed = true;
        return AVERROR(errno);
    }
    if (got == 0) return AVERROR_EOF;
    video->offset += got;
    return (int)got;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence) {
    struct smv_video *video = opaque;
    if (whence & AVSEEK_SIZE) return video->settings.byte_count;
    switch (whence & ~AVSEEK_FORCE) {
        case SEEK_SET: break;
        case SEEK_CUR: offset += video->offset; break;
        case SEEK_END: offset += video->settings.byte_count; break;
        default: return AVERROR(EINVAL);
    }
    if (offset < 0) return AVERROR(EINVAL);
    return video->offset = offset;
}

static int refuse_to_open(struct AVFormatContext *format, AVIOContext **io, const char *address,
                          int flags, AVDictionary **options) {
    (void)format, (void)io, (void)address, (void)flags, (void)options;
    return AVERROR(EACCES);
}

/* ---- format and stream ---- */

/* Whether one of the comma-separated names of a format stands in `list`. */
static bool is_in(const char *names, const char *list) {
    for (const char *name = names; *name;) {
        size_t length = strcspn(name, ",");
        for (const char *entry = list; *entry;) {
            size_t entry_length = strcspn(entry, ",");
            if (entry_length == length && strncmp(entry, name, length) == 0) return true;
            entry += entry_length + (entry[entry_length] == ',');
        }
        name += length + (name[length] == ',');
    }
    return false;
}

static enum smv_video_status choose_format(struct smv_video *video, const AVInputFormat **format,
                                           char *detail, size_t capacity) {
    int score = av_probe_input_buffer2(video->io, format, "", NULL, 0, PROBE_BYTES);
    if (smv_video_is_late(video)) return SMV_VIDEO_TOO_SLOW;
    if (score < 0 || !*format) {
        snprintf(detail, capacity, "no known video format");
        return SMV_VIDEO_UNKNOWN;
    }
    const char *name = (*format)->name;
    if (is_in(name, list_formats)) {
        snprintf(detail, capacity, "a list of other files or addresses (%s)", name);
        return SMV_VIDEO_REFUSED;
    }
    if (is_in(name, video_formats)) return SMV_VIDEO_FINE;
    snprintf(detail, capacity, is_in(name, sound_formats) ? "sound only (%s)" : "%s", name);
    return is_in(name, sound_formats) ? SMV_VIDEO_NO_PICTURES : SMV_VIDEO_UNKNOWN;
}

/* Which stream is shown: the first that is marked as the default, else the first; never a cover. */
static int best_stream(const AVFormatContext *format) {
    int first = -1;
    for (unsigned at = 0; at < format->nb_streams; at++) {
        const AVStream *stream = format->streams[at];
        if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
        if (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS))
            continue;
        if (stream->disposition & AV_DISPOSITION_DEFAULT) return (int)at;
        if (first < 0) first = (int)at;
    }
    return first;
}

static enum smv_video_status describe_streams(const AVFormatContext *format, char *detail,
                                              size_t capacity) {
    bool sound = false, cover = false;
    for (unsigned at = 0; at < format->nb_streams; at++) {
        enum AVMediaType type = format->streams[at]->codecpar->codec_type;
        sound |= type == AVMEDIA_TYPE_AUDIO;
        cover |= type == AVMEDIA_TYPE_VIDEO;
    }
    snprintf(detail, capacity, "%s",
             sound && cover ? "sound and a cover picture only"
             : sound        ? "sound only"
             : cover        ? "a cover picture only"
                            : "it holds neither pictures nor sound");
    return sound || cover ? SMV_VIDEO_NO_PICTURES : SMV_VIDEO_CORRUPT;
}

static void close_format(struct smv_video *video) {
    avformat_close_input(&video->format);
    if (video->io) av_freep(&video->io->buffer);
    avio_context_free(&video->io);
}

enum smv_video_status smv_video_open_format(struct smv_video *video, char *detail,
                                            size_t capacity) {
    close_format(video);
    last_error[0] = 0;
    video->offset = 0;
    video->position = 0;
    uint8_t *buffer = av_malloc(IO_BUFFER_BYTES);
    if (!buffer) return SMV_VIDEO_MEMORY;
    video->io = avio_alloc_context(buffer, IO_BUFFER_BYTES, 0, video, read_bytes, NULL, seek_bytes);
    if (!video->io) {
        av_free(buffer);
        return SMV_VIDEO_MEMORY;
    }
    const AVInputFormat *input = NULL;
    enum smv_video_status status = choose_format(video, &input, detail, capacity);
    if (status != SMV_VIDEO_FINE) return status;

    AVFormatContext *format = avformat_alloc_context();
    if (!format) return SMV_VIDEO_MEMORY;
    format->pb = video->io;
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->io_open = refuse_to_open;
    format->protocol_whitelist = av_strdup("");
    format->interrupt_callback = (AVIOInterruptCB){is_late, video};
    format->max_streams = 64;
    int code = avformat_open_input(&format, "", input, NULL); /* frees `format` when it fails */
    if (smv_video_is_late(video)) {
        avformat_close_input(&format);
        return SMV_VIDEO_TOO_SLOW;
    }
    if (code == AVERROR(ENOMEM)) return SMV_VIDEO_MEMORY;
    if (code < 0) {
        explain(detail, capacity, "its header cannot be read", code);
        return SMV_VIDEO_CORRUPT;
    }
    video->format = format;

    char pixels[24];
    snprintf(pixels, sizeof pixels, "%d", (int)video->settings.max_pixels);
    unsigned stream_count = format->nb_streams;
    AVDictionary **options = av_calloc(stream_count + 1, sizeof *options);
    if (!options) return SMV_VIDEO_MEMORY;
    for (unsigned at = 0; at < stream_count; at++) {
        av_dict_set(&options[at], "threads", "1", 0);
        av_dict_set(&options[at], "max_pixels", pixels, 0);
    }
    code = avformat_find_stream_info(format, stream_count ? options : NULL);
    for (unsigned at = 0; at < stream_count; at++) av_dict_free(&options[at]);
    av_free(options);
    if (smv_video_is_late(video)) return SMV_VIDEO_TOO_SLOW;
    if (code < 0) {
        explain(detail, capacity, "what it holds cannot be told", code);
        return SMV_VIDEO_CORRUPT;
    }
    video->stream_index = best_stream(format);
    if (video->stream_index < 0) return describe_streams(format, detail, capacity);
    for (unsigned at = 0; at < format->nb_streams; at++)
        if ((int)at != video->stream_index) format->streams[at]->discard = AVDISCARD_ALL;
    return SMV_VIDEO_FINE;
}

static enum smv_video_status open_decoder(struct smv_video *video, char *detail, size_t capacity) {
    const AVStream *stream = video->format->streams[video->stream_index];
    if (stream->codecpar->codec_id == AV_CODEC_ID_NONE) {
        snprintf(detail, capacity, "the codec of its pictures is not known");
        return SMV_VIDEO_CORRUPT;
    }
    const AVCodec *decoder = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!decoder) {
        snprintf(detail, capacity, "%s", avcodec_get_name(stream->codecpar->codec_id));
        return SMV_VIDEO_NO_DECODER;
    }
    video->codec = avcodec_alloc_context3(decoder);
    video->packet = av_packet_alloc();
    video->incoming = av_frame_alloc();
    video->before.frame = av_frame_alloc();
    video->ahead.frame = av_frame_alloc();
    video->current.frame = av_frame_alloc();
    if (!video->codec || !video->packet || !video->incoming || !video->before.frame ||
        !video->ahead.frame || !video->current.frame ||
        avcodec_parameters_to_context(video->codec, stream->codecpar) < 0)
        return SMV_VIDEO_MEMORY;
    int threads = video->settings.threads;
    if (threads <= 0) threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    video->codec->thread_count = threads < 1 ? 1 : threads > 16 ? 16 : threads;
    video->codec->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    video->codec->pkt_timebase = stream->time_base;
    video->codec->max_pixels = video->settings.max_pixels;
    video->codec->opaque = video;
    video->codec->get_buffer2 = make_frame_room;
    int code = avcodec_open2(video->codec, decoder, NULL);
    if (code == AVERROR(ENOMEM)) return SMV_VIDEO_MEMORY;
    if (code < 0) {
        explain(detail, capacity, "its decoder cannot be set up", code);
        return SMV_VIDEO_CORRUPT;
    }
    return SMV_VIDEO_FINE;
}

/* ---- the frame table ---- */

/* Whether a packet of VP8 or VP9 holds a frame that is only made for others to refer to. */
static bool is_hidden(enum AVCodecID codec, const AVPacket *packet) {
    if (packet->size < 1) return false;
    uint8_t first = packet->data[0];
    if (codec == AV_CODEC_ID_VP8) return !(first & 0x10);
    if (codec != AV_CODEC_ID_VP9 || first >> 6 != 2) return false;
    uint8_t last = packet->data[packet->size - 1];
    if ((last & 0xe0) == 0xc0) return false; /* a superframe, which ends in one that is shown */
    bool reserved = (first & 0x30) == 0x30;  /* profile 3 has a bit more */
    unsigned bits = (unsigned)first << 8 | (packet->size > 1 ? packet->data[1] : 0);
    bits <<= reserved ? 5 : 4;
    bool again = bits & 0x8000, shown = bits & 0x2000;
    return !again && !shown;
}

static enum smv_video_status add_entry(struct smv_video *video, const AVPacket *packet) {
    if (video->entry_count == video->entry_capacity) {
        size_t capacity = video->entry_capacity ? video->entry_capacity * 2 : 1024;
        size_t bytes = capacity * sizeof *video->entries;
        if (bytes > video->settings.max_allocation_bytes || capacity >= NOT_SHOWN)
            return SMV_VIDEO_MEMORY;
        struct packet_entry *entries = realloc(video->entries, bytes);
        if (!entries) return SMV_VIDEO_MEMORY;
        video->entries = entries;
        video->entry_capacity = capacity;
    }
    bool shown = !(packet->flags & AV_PKT_FLAG_DISCARD) &&
                 !is_hidden(video->codec->codec_id, packet);
    video->entries[video->entry_count++] = (struct packet_entry){
        .pts = packet->pts, .dts = packet->dts, .rank = shown ? 0 : NOT_SHOWN,
        .key = packet->flags & AV_PKT_FLAG_KEY};
    return SMV_VIDEO_FINE;
}

/* A shown frame while the table is put in order. */
struct shown_frame {
    int64_t time;
    uint32_t entry;
};

static int by_time(const void *left, const void *right) {
    const struct shown_frame *a = left, *b = right;
    if (a->time != b->time) return a->time < b->time ? -1 : 1;
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

/* Fills the order and, where it does not tell the places, the clock from the shown frames. */
static void place_frames(struct smv_video *video, struct shown_frame *frames, bool timed) {
    struct packet_entry *entries = video->entries;
    size_t count = (size_t)video->shown_count;
    for (size_t place = 0; place < count; place++) video->order[place] = frames[place].entry;
    if (timed) qsort(frames, count, sizeof *frames, by_time);
    for (size_t place = 1; place < count; place++)
        video->exact &= frames[place - 1].time < frames[place].time;
    for (size_t place = 0; place < count; place++) {
        if (video->exact) video->order[place] = frames[place].entry;
        entries[video->order[place]].rank = (uint32_t)place;
        if (timed) video->clock[place] = frames[place].time;
    }
    video->timed = timed;
}

/* Puts the shown frames in the order of their times, or finds that these do not tell it. */
static enum smv_video_status order_frames(struct smv_video *video) {
    struct packet_entry *entries = video->entries;
    size_t first_key = 0, shown = 0;
    while (first_key < video->entry_count && !entries[first_key].key) first_key++;
    bool has_key = first_key < video->entry_count;
    for (size_t at = 0; at < video->entry_count; at++) {
        /* A stream that starts between keyframes shows nothing before the first one. */
        if (has_key && at < first_key) entries[at].rank = NOT_SHOWN;
        shown += entries[at].rank != NOT_SHOWN;
    }
    video->shown_count = (int64_t)shown;
    if (shown == 0) return SMV_VIDEO_FINE;
    video->order = malloc(shown * sizeof *video->order);
    video->clock = malloc(shown * sizeof *video->clock);
    struct shown_frame *frames = malloc(shown * sizeof *frames);
    if (!video->order || !video->clock || !frames) {
        free(frames);
        return SMV_VIDEO_MEMORY;
    }
    bool timed = true;
    video->exact = true;
    size_t place = 0;
    for (size_t at = 0; at < video->entry_count; at++) {
        const struct packet_entry *entry = &entries[at];
        if (entry->rank == NOT_SHOWN) continue;
        video->exact &= entry->pts != AV_NOPTS_VALUE;
        /* Pictures before the first keyframe in time may lack what they refer to. */
        if (has_key && entries[first_key].rank != NOT_SHOWN)
            video->exact &= entry->pts >= entries[first_key].pts;
        int64_t time = entry->pts != AV_NOPTS_VALUE ? entry->pts : entry->dts;
        timed &= time != AV_NOPTS_VALUE;
        frames[place++] = (struct shown_frame){time, (uint32_t)at};
    }
    place_frames(video, frames, timed);
    free(frames);
    return SMV_VIDEO_FINE;
}

/* Reads an EBML number of `*length` bytes, its marker removed; false when it is of unknown size. */
static bool read_ebml_size(const uint8_t *bytes, size_t count, uint64_t *value, size_t *length) {
    if (count == 0 || bytes[0] == 0) return false;
    *length = (size_t)__builtin_clz((unsigned)bytes[0] << 24) + 1;
    if (*length > count) return false;
    uint64_t mask = UINT64_MAX >> (64 - 7 * *length);
    *value = 0;
    for (size_t at = 0; at < *length; at++) *value = *value << 8 | bytes[at];
    *value &= mask;
    return *value != mask;
}

/* Where the segment of a Matroska file says that it ends; 0 when it does not. */
static int64_t matroska_end(const struct smv_video *video) {
    static const uint8_t header[4] = {0x1a, 0x45, 0xdf, 0xa3}, segment[4] = {0x18, 0x53, 0x80, 0x67};
    uint8_t bytes[12];
    uint64_t size;
    size_t length;
    if (pread(video->descriptor, bytes, sizeof bytes, 0) != sizeof bytes) return 0;
    if (memcmp(bytes, header, 4) || !read_ebml_size(bytes + 4, 8, &size, &length)) return 0;
    if (size > 4096) return 0;
    off_t at = (off_t)(4 + length + size);
    if (pread(video->descriptor, bytes, sizeof bytes, at) != sizeof bytes) return 0;
    if (memcmp(bytes, segment, 4) || !read_ebml_size(bytes + 4, 8, &size, &length)) return 0;
    return size > INT64_MAX / 2 ? 0 : (int64_t)at + 4 + (int64_t)length + (int64_t)size;
}

/* Where an AVI file says that it ends; 0 when it does not. */
static int64_t avi_end(const struct smv_video *video) {
    uint8_t head[12];
    if (pread(video->descriptor, head, sizeof head, 0) != sizeof head) return 0;
    return 8 + ((int64_t)head[4] | (int64_t)head[5] << 8 | (int64_t)head[6] << 16 |
                (int64_t)head[7] << 24);
}

/* Says what is missing at the end of a file that was cut off, as far as its headers tell. */
static void find_damage(struct smv_video *video, int code, char *damage, size_t capacity) {
    const AVStream *stream = video->format->streams[video->stream_index];
    const char *name = video->format->iformat->name;
    damage[0] = 0;
    int64_t end = is_in(name, "avi") ? avi_end(video)
                  : is_in(name, "matroska,webm") ? matroska_end(video) : 0;
    if (video->read_failed)
        snprintf(damage, capacity, "part of it cannot be read");
    else if (is_in(name, "mov") && stream->nb_frames > (int64_t)video->entry_count)
        snprintf(damage, capacity, "it holds %zu of the %lld frames that its header promises",
                 video->entry_count, (long long)stream->nb_frames);
    else if (end > video->settings.byte_count)
        snprintf(damage, capacity, "it ends at byte %lld of %lld",
                 (long long)video->settings.byte_count, (long long)end);
    if (!damage[0] && code != AVERROR_EOF && code != AVERROR(EAGAIN))
        explain(damage, capacity, "it cannot be read to its end", code);
}

static enum smv_video_status read_table(struct smv_video *video, char *damage, size_t capacity) {
    int code;
    last_error[0] = 0;
    while ((code = av_read_frame(video->format, video->packet)) >= 0) {
        enum smv_video_status status = SMV_VIDEO_FINE;
        if (video->packet->stream_index == video->stream_index)
            status = add_entry(video, video->packet);
        av_packet_unref(video->packet);
        if (status != SMV_VIDEO_FINE) return status;
        if (smv_video_is_late(video)) return SMV_VIDEO_TOO_SLOW;
    }
    if (smv_video_is_late(video)) return SMV_VIDEO_TOO_SLOW;
    if (code == AVERROR(ENOMEM)) return SMV_VIDEO_MEMORY;
    find_damage(video, code, damage, capacity);
    video->position = video->entry_count;
    return order_frames(video);
}

static void times(const struct smv_video *video, int64_t first, size_t count, double *seconds) {
    double unit = av_q2d(video->time_base);
    for (size_t at = 0; at < count; at++) {
        int64_t rank = first + (int64_t)at;
        if (rank < 0 || rank >= video->shown_count) {
            seconds[at] = 0;
        } else if (video->timed) {
            seconds[at] = ((double)video->clock[rank] - (double)video->start) * unit;
        } else {
            seconds[at] = video->rate.num > 0 ? (double)rank / av_q2d(video->rate) : 0;
        }
    }
}

/* Frames a second on average: what the file says, else what its times give. */
static AVRational average_rate(const struct smv_video *video) {
    const AVStream *stream = video->format->streams[video->stream_index];
    if (stream->avg_frame_rate.num > 0 && stream->avg_frame_rate.den > 0)
        return stream->avg_frame_rate;
    if (stream->r_frame_rate.num > 0 && stream->r_frame_rate.den > 0) return stream->r_frame_rate;
    double ends[2] = {0, 0};
    if (video->shown_count > 1) {
        times(video, 0, 1, &ends[0]);
        times(video, video->shown_count - 1, 1, &ends[1]);
    }
    if (!(ends[1] > ends[0])) return (AVRational){0, 1};
    return av_d2q((double)(video->shown_count - 1) / (ends[1] - ends[0]), 1000000);
}

/* ---- what is told about it ---- */

/* The display matrix as two flips and whether rows become columns, by its larger entries. */
static void read_orientation(struct smv_video *video, struct smv_video_info *info) {
    const AVStream *stream = video->format->streams[video->stream_index];
    size_t byte_count = 0;
    const int32_t *matrix = (const int32_t *)(const void *)av_stream_get_side_data(
        stream, AV_PKT_DATA_DISPLAYMATRIX, &byte_count);
    if (!matrix || byte_count < 9 * sizeof *matrix) return;
    int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    if (llabs(b) + llabs(c) > llabs(a) + llabs(d)) {
        video->transposed = true;
        video->flip_x = c < 0;
        video->flip_y = b < 0;
        info->rotation = b < 0 ? 270 : 90;
        info->mirrored = (b < 0) == (c < 0);
    } else {
        video->flip_x = a < 0;
        video->flip_y = d < 0;
        info->rotation = d < 0 ? 180 : 0;
        info->mirrored = (a < 0) != (d < 0);
    }
}

static void describe(struct smv_video *video, struct smv_video_info *info) {
    const AVStream *stream = video->format->streams[video->stream_index];
    const AVCodecParameters *codec = stream->codecpar;
    read_orientation(video, info);
    info->width = video->transposed ? codec->height : codec->width;
    info->height = video->transposed ? codec->width : codec->height;
    snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(codec->codec_id));
    const char *format = av_get_pix_fmt_name((enum AVPixelFormat)codec->format);
    const char *matrix = codec->color_space == AVCOL_SPC_UNSPECIFIED
                             ? NULL : av_color_space_name(codec->color_space);
    const char *transfer = codec->color_trc == AVCOL_TRC_UNSPECIFIED
                               ? NULL : av_color_transfer_name(codec->color_trc);
    const char *range = codec->color_range == AVCOL_RANGE_JPEG ? "full range" : NULL;
    snprintf(info->pixel_format, sizeof info->pixel_format, "%s%s%s%s%s%s%s",
             format ? format : "unknown", matrix ? ", " : "", matrix ? matrix : "",
             transfer ? ", " : "", transfer ? transfer : "", range ? ", " : "", range ? range : "");
    info->high_dynamic_range = smv_video_is_high_dynamic_range(codec->color_trc);
}

static void close_video(struct smv_video *video) {
    if (!video) return;
    smv_video_forget_pixels(video);
    avcodec_free_context(&video->codec);
    av_packet_free(&video->packet);
    av_frame_free(&video->incoming);
    av_frame_free(&video->before.frame);
    av_frame_free(&video->ahead.frame);
    av_frame_free(&video->current.frame);
    close_format(video);
    free(video->entries);
    free(video->order);
    free(video->clock);
    free(video->targets);
    free(video);
    forget_limit();
}

static enum smv_video_status open_all(struct smv_video *video, struct smv_video_info *info,
                                      char *detail, size_t capacity) {
    enum smv_video_status status = smv_video_open_format(video, detail, capacity);
    if (status != SMV_VIDEO_FINE) return status;
    describe(video, info);
    if ((int64_t)info->width * info->height > video->settings.max_pixels)
        return SMV_VIDEO_TOO_LARGE;
    status = open_decoder(video, detail, capacity);
    if (status != SMV_VIDEO_FINE) return status;
    const AVStream *stream = video->format->streams[video->stream_index];
    video->time_base = stream->time_base;
    status = read_table(video, info->damage, sizeof info->damage);
    if (status != SMV_VIDEO_FINE) return status;
    if (video->shown_count == 0) {
        explain(detail, capacity, "it has no frames", 0);
        return SMV_VIDEO_CORRUPT;
    }
    video->start = video->timed ? video->clock[0] : 0;
    if (video->format->start_time != AV_NOPTS_VALUE) {
        int64_t start = av_rescale_q(video->format->start_time, AV_TIME_BASE_Q, video->time_base);
        if (start < video->start) video->start = start;
    }
    video->rate = average_rate(video);
    info->frame_count = video->shown_count;
    info->rate_numerator = video->rate.num;
    info->rate_denominator = video->rate.den;
    return SMV_VIDEO_FINE;
}

static enum smv_video_status open_video(int descriptor, const struct smv_video_settings *settings,
                                        struct smv_video **opened, struct smv_video_info *info,
                                        char *detail, size_t capacity) {
    *opened = NULL;
    *info = (struct smv_video_info){0};
    detail[0] = 0;
    av_log_set_callback(keep_error);
    struct smv_video *video = calloc(1, sizeof *video);
    if (!video) return SMV_VIDEO_MEMORY;
    limit_allocations(settings->max_allocation_bytes);
    video->settings = *settings;
    if (video->settings.max_pixels > INT32_MAX) video->settings.max_pixels = INT32_MAX;
    video->descriptor = descriptor;
    video->deadline = now() + settings->max_seconds;
    video->before.rank = video->ahead.rank = video->current.rank = -1;
    enum smv_video_status status = open_all(video, info, detail, capacity);
    if (status != SMV_VIDEO_FINE) {
        close_video(video);
        return status;
    }
    *opened = video;
    return SMV_VIDEO_FINE;
}

const void *smolvlm_video_api(void);

const void *smolvlm_video_api(void) {
    static const struct smv_video_calls calls = {
        .version = SMV_VIDEO_CALLS_VERSION,
        .open = open_video,
        .times = times,
        .choose = smv_video_choose,
        .next = smv_video_next,
        .pixels = smv_video_pixels,
        .close = close_video,
    };
    return &calls;
}
