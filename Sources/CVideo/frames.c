/* Decoding the frames that are wanted, one at a time.
 *
 * The wanted frames are taken in runs: a run starts at the last keyframe before its first frame and
 * ends with the packet of its last one, so a long video costs what lies between, not its length.
 * Within a run, frames that nothing refers to are skipped unless they are wanted. */
#include "video.h"

#include <libavutil/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packets that are read past rather than sought over. */
#define READ_AHEAD_PACKETS 64
/* Errors after the last packet of a run that end it. */
#define MAX_FAILURES 64

static void hold(struct held_frame *held, AVFrame *frame, int64_t rank, bool damaged) {
    av_frame_unref(held->frame);
    av_frame_move_ref(held->frame, frame);
    held->rank = rank;
    held->damaged = damaged;
}

static void drop(struct held_frame *held) {
    av_frame_unref(held->frame);
    held->rank = -1;
}

enum smv_video_status smv_video_choose(struct smv_video *video, const int64_t *indices,
                                       size_t count) {
    int64_t *targets = malloc((count ? count : 1) * sizeof *targets);
    if (!targets) return SMV_VIDEO_MEMORY;
    for (size_t at = 0; at < video->entry_count; at++) video->entries[at].wanted = false;
    for (size_t at = 0; at < count; at++) {
        if (indices[at] < 0 || indices[at] >= video->shown_count ||
            (at > 0 && indices[at] <= indices[at - 1])) {
            free(targets);
            return SMV_VIDEO_CORRUPT;
        }
        targets[at] = indices[at];
        video->entries[video->order[indices[at]]].wanted = true;
    }
    free(video->targets);
    video->targets = targets;
    video->target_count = count;
    video->next_target = 0;
    video->run.open = false;
    video->run.attempt = 0;
    drop(&video->before);
    drop(&video->ahead);
    drop(&video->current);
    return SMV_VIDEO_FINE;
}

/* ---- places ---- */

/* The place of the frame shown at `pts`; -1 when none is. */
static int64_t rank_at(const struct smv_video *video, int64_t pts) {
    int64_t low = 0, high = video->shown_count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int64_t there = video->entries[video->order[middle]].pts;
        if (there == pts) return middle;
        if (there < pts) low = middle + 1;
        else high = middle;
    }
    return -1;
}

/* The entry of a packet that was just read, looked for around `near`; SIZE_MAX when unknown. */
static size_t entry_of(const struct smv_video *video, const AVPacket *packet, size_t near) {
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    for (size_t step = 0; step < video->entry_count; step++) {
        if (near + step < video->entry_count && video->entries[near + step].pts == packet->pts &&
            video->entries[near + step].key == key)
            return near + step;
        if (step <= near && near - step < video->entry_count &&
            video->entries[near - step].pts == packet->pts &&
            video->entries[near - step].key == key)
            return near - step;
    }
    return SIZE_MAX;
}

/* The last keyframe from which the frame at `entry` can be decoded, looked for from `from` back. */
static size_t key_for(const struct smv_video *video, size_t entry, size_t from) {
    int64_t pts = video->entries[entry].pts;
    for (size_t at = from + 1; at-- > 0;)
        if (video->entries[at].key && video->entries[at].pts <= pts) return at;
    return 0;
}

static size_t target_entry(const struct smv_video *video, size_t target) {
    return video->order[video->targets[target]];
}

/* ---- packets ---- */

static int read_packet(struct smv_video *video) {
    for (;;) {
        av_packet_unref(video->packet);
        int code = av_read_frame(video->format, video->packet);
        if (code < 0 || video->packet->stream_index == video->stream_index) return code;
        if (smv_video_is_late(video)) return AVERROR_EXIT;
    }
}

/* Seeks by one timestamp; true when the packet read next lies at or before the entry `key`, which
 * leaves that packet in hand. */
static bool lands_before(struct smv_video *video, int64_t time, size_t key) {
    if (time == AV_NOPTS_VALUE ||
        av_seek_frame(video->format, video->stream_index, time, AVSEEK_FLAG_BACKWARD) < 0 ||
        read_packet(video) < 0)
        return false;
    size_t landed = entry_of(video, video->packet, key);
    if (landed > key) return false;
    video->position = landed;
    return true;
}

/* Goes to where the packet of the entry `key` or one before it is read next. `*in_hand` tells that
 * it has been read already. */
static enum smv_video_status go_to(struct smv_video *video, size_t key, bool *in_hand, char *detail,
                                   size_t capacity) {
    *in_hand = false;
    if (key >= video->position && key - video->position <= READ_AHEAD_PACKETS)
        return SMV_VIDEO_FINE;
    if (video->exact && key > READ_AHEAD_PACKETS) {
        const struct packet_entry *entry = &video->entries[key];
        if (lands_before(video, entry->pts, key) || lands_before(video, entry->dts, key)) {
            *in_hand = true;
            return SMV_VIDEO_FINE;
        }
    }
    return smv_video_open_format(video, detail, capacity);
}

static void note_error(struct smv_video *video, size_t entry) {
    if (!video->run.errors || entry < video->run.first_error) video->run.first_error = entry;
    if (!video->run.errors || entry > video->run.last_error) video->run.last_error = entry;
    video->run.errors = true;
    video->run.tainted = true;
}

/* Hands the decoder its next packet, or tells it that the run is over. */
static enum smv_video_status feed(struct smv_video *video) {
    int code = 0;
    size_t entry = video->position;
    for (;; entry = ++video->position) {
        if (smv_video_is_late(video)) return SMV_VIDEO_TOO_SLOW;
        if (entry > video->run.end) break;
        if (!video->run.in_hand && (code = read_packet(video)) < 0) break;
        video->run.in_hand = false;
        if (entry >= video->run.key) break;
    }
    if (entry > video->run.end || code < 0) {
        if (smv_video_is_late(video)) return SMV_VIDEO_TOO_SLOW;
        if (code == AVERROR(ENOMEM)) return SMV_VIDEO_MEMORY;
        video->run.drained = true;
        avcodec_send_packet(video->codec, NULL);
        return SMV_VIDEO_FINE;
    }
    video->position = entry + 1;
    if (video->packet->flags & AV_PKT_FLAG_CORRUPT) note_error(video, entry);
    bool spare = video->exact && entry < video->entry_count && !video->entries[entry].wanted;
    video->codec->skip_frame = spare ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    code = avcodec_send_packet(video->codec, video->packet);
    av_packet_unref(video->packet);
    if (code == AVERROR(ENOMEM)) return SMV_VIDEO_MEMORY;
    if (code < 0 && code != AVERROR(EAGAIN)) note_error(video, entry);
    return SMV_VIDEO_FINE;
}

/* ---- runs ---- */

/* Plans the run of the next wanted frame and goes to its first packet. */
static enum smv_video_status start_run(struct smv_video *video, char *detail, size_t capacity) {
    size_t first = video->next_target;
    int attempt = video->run.attempt;
    memset(&video->run, 0, sizeof video->run);
    video->run.attempt = attempt;
    video->run.open = true;
    video->run.end_target = first + 1;
    if (video->exact) {
        size_t entry = target_entry(video, first);
        size_t key = key_for(video, entry, entry);
        size_t end = entry;
        while (video->run.end_target < video->target_count) {
            size_t next = target_entry(video, video->run.end_target);
            if (key_for(video, next, next) > end) break;
            if (next > end) end = next;
            video->run.end_target++;
        }
        if (attempt == 1 && key > 0) key = key_for(video, entry, key - 1);
        video->run.key = attempt > 1 ? 0 : key;
        video->run.end = end;
    } else {
        video->run.end_target = video->target_count;
        video->run.end = SIZE_MAX - 1;
        video->position = SIZE_MAX; /* counting starts at the first frame */
        video->counted = 0;
    }
    avcodec_flush_buffers(video->codec);
    return go_to(video, video->run.key, &video->run.in_hand, detail, capacity);
}

/* Whether what a frame is made from had errors. */
static bool is_tainted(const struct smv_video *video, int64_t rank) {
    if (!video->exact) return video->run.tainted;
    if (!video->run.errors) return false;
    size_t entry = video->order[rank];
    /* Frames decoded in parallel have their errors told late. */
    bool parallel = video->codec->active_thread_type & FF_THREAD_FRAME;
    size_t delay = parallel ? (size_t)video->codec->thread_count : 0;
    return video->run.first_error <= entry + delay &&
           video->run.last_error >= key_for(video, entry, entry);
}

/* Takes the frame that the decoder gave: its place, and whether to believe it. */
static int64_t place_of_incoming(struct smv_video *video) {
    const AVFrame *frame = video->incoming;
    int64_t rank;
    if (video->exact) {
        rank = rank_at(video, frame->pts != AV_NOPTS_VALUE ? frame->pts
                                                           : frame->best_effort_timestamp);
    } else {
        rank = video->counted++;
        if (frame->key_frame) video->run.tainted = false;
    }
    if (rank >= 0 && (frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT)))
        note_error(video, video->exact ? video->order[rank] : video->position);
    return rank;
}

/* Whether starting further back may give a frame that did not come, or came with errors. */
static bool try_again(struct smv_video *video) {
    if (!video->exact || video->run.key == 0 || video->run.attempt > 1) return false;
    if (video->run.attempt == 1 && (video->before.rank >= 0 || video->ahead.rank >= 0))
        return false;
    video->run.attempt++;
    video->run.open = false;
    drop(&video->before);
    drop(&video->ahead);
    return true;
}

/* Puts the nearest frame in the place of one that did not come. */
static enum smv_video_status settle(struct smv_video *video, int64_t target, char *detail,
                                    size_t capacity) {
    struct held_frame *before = &video->before, *ahead = &video->ahead;
    bool has_before = before->rank >= 0, has_ahead = ahead->rank >= 0;
    if (!has_before && !has_ahead) {
        const char *said = smv_video_last_error();
        snprintf(detail, capacity, "frame %lld cannot be decoded, nor one near it%s%s%s",
                 (long long)target, *said ? " (FFmpeg: " : "", said, *said ? ")" : "");
        return SMV_VIDEO_CORRUPT;
    }
    bool take_before = has_before && (!has_ahead || target - before->rank <= ahead->rank - target);
    const struct held_frame *nearest = take_before ? before : ahead;
    av_frame_unref(video->current.frame);
    if (av_frame_ref(video->current.frame, nearest->frame) < 0) return SMV_VIDEO_MEMORY;
    video->current.rank = nearest->rank;
    video->current.damaged = nearest->damaged || video->run.errors;
    return SMV_VIDEO_FINE;
}

/* Decodes until the frame `target` or the one nearest to it is the current one. */
static enum smv_video_status find(struct smv_video *video, int64_t target, char *detail,
                                  size_t capacity) {
    for (;;) {
        if (!video->run.open || video->next_target >= video->run.end_target) {
            if (video->run.open) video->run.attempt = 0;
            enum smv_video_status status = start_run(video, detail, capacity);
            if (status != SMV_VIDEO_FINE) return status;
        }
        int code = avcodec_receive_frame(video->codec, video->incoming);
        if (code == AVERROR(EAGAIN)) {
            enum smv_video_status status = feed(video);
            if (status != SMV_VIDEO_FINE) return status;
            continue;
        }
        if (code == AVERROR(ENOMEM)) return SMV_VIDEO_MEMORY;
        if (code < 0 && code != AVERROR_EOF) {
            note_error(video, video->position > 0 ? video->position - 1 : 0);
            if (video->run.drained && ++video->run.failures > MAX_FAILURES)
                code = AVERROR_EOF;
            else continue;
        }
        if (code == AVERROR_EOF) {
            if (try_again(video)) continue;
            return settle(video, target, detail, capacity);
        }
        int64_t rank = place_of_incoming(video);
        if (rank < 0) {
            av_frame_unref(video->incoming);
            continue;
        }
        bool damaged = is_tainted(video, rank);
        if (rank < target) {
            hold(&video->before, video->incoming, rank, damaged);
        } else if (rank > target) {
            hold(&video->ahead, video->incoming, rank, damaged);
            if (try_again(video)) continue;
            return settle(video, target, detail, capacity);
        } else if (damaged && try_again(video)) {
            av_frame_unref(video->incoming);
        } else {
            hold(&video->current, video->incoming, rank, damaged);
            return SMV_VIDEO_FINE;
        }
    }
}

enum smv_video_status smv_video_next(struct smv_video *video, struct smv_video_frame *frame,
                                     char *detail, size_t capacity) {
    detail[0] = 0;
    if (video->next_target >= video->target_count) return SMV_VIDEO_ENDED;
    int64_t target = video->targets[video->next_target];
    enum smv_video_status status = SMV_VIDEO_FINE;
    if (video->ahead.rank >= 0 && video->ahead.rank < target) {
        hold(&video->before, video->ahead.frame, video->ahead.rank, video->ahead.damaged);
        drop(&video->ahead);
    }
    if (video->ahead.rank == target) {
        hold(&video->current, video->ahead.frame, target, video->ahead.damaged);
        drop(&video->ahead);
    } else if (video->ahead.rank > target) {
        status = settle(video, target, detail, capacity); /* passed over while in the run before */
    } else {
        status = find(video, target, detail, capacity);
    }
    if (status != SMV_VIDEO_FINE) return status;
    video->next_target++;
    const AVFrame *shown = video->current.frame;
    if ((int64_t)shown->width * shown->height > video->settings.max_pixels)
        return SMV_VIDEO_TOO_LARGE;
    *frame = (struct smv_video_frame){
        .index = target, .used_index = video->current.rank,
        .width = video->transposed ? shown->height : shown->width,
        .height = video->transposed ? shown->width : shown->height,
        .damaged = video->current.damaged};
    return SMV_VIDEO_FINE;
}
