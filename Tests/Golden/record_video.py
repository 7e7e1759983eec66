"""Records what the reference makes of the video clips: Tests/Golden/video.json.

    Tests/make-clips Tests/.clips
    PYTHONPATH=FOLDER python3 Tests/Golden/record_video.py Tests/.clips Tests/Golden/video.json

Needs, from PyPI: transformers==5.23.0 torch==2.13.0 av==18.1.0 decord==0.6.0 num2words==0.5.14
numpy==2.4.6 pillow==13.0.0, and torchvision==0.28.0 in a folder of its own (pip install --no-deps
--target FOLDER): beside a CPU torch it keeps scripts that do not declare its operators, as this one
does, from importing transformers.

For each clip the SmolVLM video processor of transformers picks the frames, resizes them (Lanczos, by
torchvision), normalises them, and its processor writes the prompt. Frames are read as
`transformers.video_utils.read_video_pyav` reads them, but for two things:

- The count of frames is that of the frames PyAV decodes. Containers that do not tell it (Matroska,
  MPEG-TS) make the original take frame 0 only. Which of the original readers give the same count,
  rate, duration and indices, untouched, is recorded beside each clip.
- Frames are turned upright as the display matrix says; the original leaves them lying.

The resizes are recorded once more by Pillow's Lanczos, which torchvision's follows with weights of
fewer bits. Clips of high dynamic range have no pixels here: the reference takes their samples for sRGB, and a
tone map is what we do instead.
"""

import json
import os
import sys

import numpy as np
import torch

# torchvision from PyPI is built for CUDA and does not find its operators beside a CPU torch. None is
# called here, but two must be declared for it to be imported.
operators = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    operators.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import av
from PIL import Image
from num2words import num2words
from transformers import video_utils
from transformers.models.smolvlm.processing_smolvlm import SmolVLMProcessor, get_image_prompt_string
from transformers.models.smolvlm.video_processing_smolvlm import (
    SmolVLMVideoProcessor, get_resize_output_image_size)

# `video_sampling` of SmolVLM2-500M-Video-Instruct, at a small size.
SAMPLING = {"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 64}}
EDGE = 64
# Frames of a clip and points of a frame whose pixels are recorded.
FRAMES = 4
COLUMNS, ROWS = 8, 6
TAKEN = """
plain.mp4 short.mp4 two-and-a-half.mp4 one-frame.mp4 three-frames.mp4 seventy.mp4 two-minutes.mp4
boundary.mp4 past-boundary.mp4 bframes.mp4 pyramid.mp4 open-gop.mp4 intra-refresh.mkv film-rate.mp4
ntsc.mov plain.mov plain.mkv fragments.mp4 stream.ts odd.mp4 odd-444.mp4 odd-420.mp4 odd-height.webm
wide.mp4 full-range.mp4 bt709.mp4 interlaced.mp4 hevc.mp4 hevc-10bit.mkv high10.mp4 pq.mp4 hlg.mkv
vp9.webm vp8.webm av1.mp4 mpeg4.avi mpeg4-b.avi mpeg2.ts mpeg2.mpg mjpeg.avi prores.mov ffv1.mkv
with-audio.mp4 with-audio.webm late-start.mkv varying.mp4 varying.mkv no-duration.mkv slow.mp4
rotated-90.mp4 rotated-180.mp4 rotated-270.mp4 covered.mp4 cut.mp4
""".split()
BRIGHT = {"pq.mp4", "hlg.mkv"}


def read(path, sample_indices_fn):
    with av.open(path) as container:
        count = sum(1 for _ in container.decode(video=0))
    with av.open(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        metadata = video_utils.VideoMetadata(
            total_num_frames=count, fps=float(rate), duration=float(count / rate),
            video_backend="pyav", height=stream.height, width=stream.width)
        indices = sample_indices_fn(metadata=metadata)
        frames = []
        for index, frame in enumerate(container.decode(video=0)):
            if index in indices:
                # PyAV counts the rotation counter-clockwise, as numpy does.
                turns = round(frame.rotation / 90) % 4
                frames.append(np.rot90(frame.to_ndarray(format="rgb24"), turns))
    metadata.frames_indices = indices
    return np.ascontiguousarray(np.stack(frames)), metadata, rate


def points(frame):
    """Pixels on a lattice over the whole frame, as hexadecimal."""
    height, width, _ = frame.shape
    ys = [row * (height - 1) // (ROWS - 1) for row in range(ROWS)]
    xs = [column * (width - 1) // (COLUMNS - 1) for column in range(COLUMNS)]
    return frame[np.ix_(ys, xs)].astype(np.uint8).tobytes().hex()


def with_pillow(frame):
    """The two resizes of the reference, at its sizes, by Pillow's Lanczos."""
    size = get_resize_output_image_size(torch.empty(frame.shape[:2]), EDGE)
    image = Image.fromarray(frame).resize(size[::-1], Image.Resampling.LANCZOS)
    return np.asarray(image.resize((EDGE, EDGE), Image.Resampling.LANCZOS))


def agreeing(path, sample, metadata):
    """The readers of transformers that find the same without our help."""
    names = []
    for backend in ("pyav", "decord"):
        try:
            _, found = video_utils.load_video(path, backend=backend, sample_indices_fn=sample)
        except Exception:  # whatever the reader, it is no witness
            continue
        if (list(found.frames_indices) == list(metadata.frames_indices)
                and found.fps == metadata.fps and found.duration == metadata.duration
                and found.total_num_frames == metadata.total_num_frames):
            names.append(backend)
    return names


def record(path, processor, writer):
    name = os.path.basename(path)
    sample = lambda metadata, **_: processor.sample_frames(metadata, num_frames=64, fps=1)
    frames, metadata, rate = read(path, sample)
    processor.fetch_videos = lambda urls, sample_indices_fn=None: ([frames], [metadata])
    result = processor(videos=[path], do_sample_frames=True, num_frames=64, fps=1,
                       return_metadata=True, return_tensors="pt")
    values = result["pixel_values"][0].permute(0, 2, 3, 1).numpy()
    processed = np.rint((values + 1) * 127.5).astype(int)
    resized = np.stack([with_pillow(frame) for frame in frames])
    apart = np.abs(resized - processed)
    prompt = writer.replace_video_token(
        {"pixel_values": result["pixel_values"], "video_metadata": [metadata]}, 0)
    count = len(frames)
    shown = sorted({place * (count - 1) // max(FRAMES - 1, 1) for place in range(FRAMES)})
    return {
        "clip": name,
        "backends": agreeing(path, sample, metadata),
        "frameCount": metadata.total_num_frames,
        "rate": [rate.numerator, rate.denominator],
        "duration": metadata.duration,
        "size": [frames.shape[2], frames.shape[1]],
        "indices": [int(index) for index in metadata.frames_indices],
        "timestamps": metadata.timestamps,
        "prompt": prompt,
        "pixels": [] if name in BRIGHT else [
            {"place": place, "frame": points(frames[place]), "processed": points(processed[place]),
             "pillow": points(resized[place])}
            for place in shown],
    }, int(apart.max()), float(apart.mean())


def rules(processor):
    """The choice of frames alone, over counts and rates of all kinds."""
    cases = []
    rng = np.random.default_rng(20)
    rates = [(1, 1), (1, 2), (5, 1), (10, 1), (15, 1), (24000, 1001), (24, 1), (25, 1), (30000, 1001),
             (30, 1), (50, 1), (60000, 1001), (60, 1), (90, 1), (120, 1), (240, 1), (12800, 521),
             (1000000, 33333), (1, 10), (999, 100)]
    for rate in rates:
        fps = rate[0] / rate[1]
        near = [0.4, 0.5, 1.5, 2.5, 3.5, 10, 63.5, 64.5, 65.9, 66, 66.1, 67, 120, 3600, 9000]
        counts = {max(1, round(seconds * fps)) for seconds in near}
        counts |= {1, 2, 3, int(rng.integers(4, 4000)), int(rng.integers(4000, 400000))}
        for count in sorted(counts):
            metadata = video_utils.VideoMetadata(
                total_num_frames=count, fps=fps, duration=float(count * rate[1] / rate[0]))
            for limit, wanted, skip in ((64, 1, 1), (int(rng.integers(1, 200)),
                                                    float(rng.choice([0.1, 0.5, 2, 3.7])),
                                                    float(rng.choice([0, 0.5, 2, 5])))):
                indices = processor.sample_frames(metadata, num_frames=limit, fps=wanted,
                                                  skip_secs=skip)
                # Enough to tell any other choice apart in little space.
                check = 0
                for index in indices:
                    check = (check * 31 + int(index)) % 1000000007
                cases.append([count, *rate, limit, wanted, skip, len(indices), int(indices[0]),
                              int(indices[-1]), check])
    return cases


def main():
    folder, target = sys.argv[1:]
    processor = SmolVLMVideoProcessor(
        video_sampling=dict(SAMPLING), size=dict(SAMPLING["video_size"]),
        max_image_size={"longest_edge": EDGE}, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    writer = object.__new__(SmolVLMProcessor)
    writer.fake_image_token, writer.image_token = "<fake_token_around_image>", "<image>"
    writer.global_image_token, writer.image_seq_len = "<global-img>", 1
    recorded = [record(os.path.join(folder, name), processor, writer) for name in TAKEN]
    clips = [clip for clip, _, _ in recorded]
    images = [
        {"rows": rows, "columns": columns, "tokens": tokens,
         "text": get_image_prompt_string(rows, columns, tokens, "<fake_token_around_image>",
                                         "<image>", "<global-img>")}
        for rows, columns, tokens in [(0, 0, 1), (0, 0, 64), (1, 1, 2), (1, 4, 3), (4, 1, 3),
                                      (2, 2, 2), (3, 4, 1), (4, 4, 1), (7, 2, 1)]]
    numbers = [*range(0, 131), 199, 200, 201, 300, 999, 1000, 1001, 1099, 1100, 1101, 5000, 10000,
               12345, 20020, 100000, 100001, 999999, 1000000, 1000001, 1001000, 1234567, 2000100]
    words = {str(number): num2words(number) for number in numbers}
    with open(target, "w") as file:
        file.write('{"edge": %d, "columns": %d, "rows": %d,\n"clips": [\n' % (EDGE, COLUMNS, ROWS))
        file.write(",\n".join(json.dumps(clip) for clip in clips))
        file.write('\n],\n"rules": [\n')
        file.write(",\n".join(json.dumps(case) for case in rules(processor)))
        file.write('\n],\n"images": [\n' + ",\n".join(json.dumps(image) for image in images))
        file.write('\n],\n"words": ' + json.dumps(words) + "}\n")
    untouched = sum(bool(clip["backends"]) for clip in clips)
    print("torchvision's Lanczos and Pillow's differ by at most", max(most for _, most, _ in recorded),
          "and on average by", max(mean for _, _, mean in recorded), "in the clip that differs most")
    print(f"{len(clips)} clips, {untouched} of them as a reader of transformers has them untouched")


main()
