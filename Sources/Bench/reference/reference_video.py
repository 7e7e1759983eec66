"""The other side of `Bench video`: the frames of a clip as the reference reads them.

    pip install transformers==5.23.0 torch==2.13.0 av==18.1.0 decord==0.6.0 numpy

    python3 reference_video.py CLIP pyav|decord THREADS

Prints the milliseconds from opening the clip to an array of 64 frames, those of the processor, the
peak memory in MiB that this took on top of what was in use before, and the count of frames. 0 threads leaves the reader its
own choice.
"""

import functools
import resource
import sys
import time

import numpy as np


def sample(metadata, **_):
    """`SmolVLMVideoProcessor.sample_frames` at 1 frame a second and 64 at most."""
    count, first, last = metadata.total_num_frames, 0, metadata.total_num_frames - 1
    wanted = max(1, min(round(metadata.duration), 64))
    if metadata.duration - 2 > 64:
        first, last = int(metadata.fps), min(int(count - metadata.fps), last)
    return np.unique(np.linspace(first, last, wanted, dtype=int))


def main():
    path, backend, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    from transformers import video_utils

    if backend == "pyav":
        import av

        if threads:
            opened = av.open

            def open_with_threads(*arguments, **options):
                container = opened(*arguments, **options)
                container.streams.video[0].codec_context.thread_count = threads
                return container

            av.open = open_with_threads
    else:
        import decord

        if threads:
            decord.VideoReader = functools.partial(decord.VideoReader, num_threads=threads)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, start_busy = time.perf_counter(), time.process_time()
    frames, _ = video_utils.load_video(path, backend=backend, sample_indices_fn=sample)
    milliseconds = (time.perf_counter() - start) * 1000
    busy = (time.process_time() - start_busy) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(milliseconds, busy, peak / 1024, len(frames))


main()
