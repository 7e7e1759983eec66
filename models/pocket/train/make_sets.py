#!/usr/bin/env python3
"""Makes the question sets that the pocket model is measured with, from held-out parts only.

    models/pocket/train/make_sets.py --to SETS [--share 1.0] [--only signs documents ...]

Each set is a folder of pictures or clips and NAME.jsonl: one question a line, with the file beside
it, every answer that counts as right, and the category. The same seed gives the same sets. Clips
need the ffmpeg program.
"""
import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

from making import papers, questions, samples, words

# Questions or pictures of each set at --share 1.
COUNTS = {"signs": 1000, "documents": 280, "pages": 200, "videos": 200, "no text": 300,
          "not stated": 300, "scenes": 250}
RATE = 24


def picture(folder, name, image):
    """Keeps a picture as a camera would."""
    path = folder / f"{name}.jpg"
    image.save(path, quality=92)
    return path.name


def turns_of(sample):
    return [(t.question, [t.answer], t.category) for t in sample.turns]


def signs_set(folder, i):
    sample = samples.sample("eval", "signs", i, 1)
    yield picture(folder, f"sign-{i:04d}", sample.pictures[0].image), turns_of(sample)


def documents_set(folder, i):
    """As many questions about each paper as it has entries, up to five."""
    sample = samples.sample("eval", ["small papers", "papers"][i % 2], i, 5)
    told = [t for t in turns_of(sample) if t[2] not in ("page", "not stated")]
    yield picture(folder, f"document-{i:04d}", sample.pictures[0].image), told


def pages_set(folder, i):
    rng = np.random.default_rng([31, i])
    while True:
        flat, sheet, _ = papers.paper(rng, "eval", int(rng.integers(800, 1200)),
                                      words.choice(rng, ["page", "letter", "label"]))
        if 30 <= len(sheet.text()) <= 400:
            break
    yield picture(folder, f"page-{i:04d}", flat.image), [
        (questions.ask(rng, "eval", "page"), [sheet.text()], "page")]


def stamp(answer):
    minutes, seconds = answer.removeprefix("at ").split(":")
    return 60 * int(minutes) + int(seconds)


def videos_set(folder, i):
    sample = samples.sample("eval", "clips", i, 5)
    name, total = f"clip-{i:04d}.mp4", sample.seconds * RATE
    size = sample.pictures[0].image.size
    even = tuple(e - e % 2 for e in size)
    indices = [round(t * RATE) for t in sample.times]
    encoder = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
         f"{even[0]}x{even[1]}", "-r", str(RATE), "-i", "-", "-c:v", "libx264", "-crf", "18",
         "-preset", "veryfast", "-pix_fmt", "yuv420p", str(folder / name)], stdin=subprocess.PIPE)
    for at in range(total):
        # What stands at each sampled instant stands there until halfway to the next.
        nearest = int(np.argmin([abs(at - k) for k in indices]))
        encoder.stdin.write(sample.pictures[nearest].image.crop((0, 0, *even)).tobytes())
    encoder.stdin.close()
    if encoder.wait():
        raise SystemExit(f"ffmpeg could not write {name}")
    told = []
    for t in sample.turns:
        answers = [t.answer]
        if t.category == "when":
            # Right within one sampled frame.
            stamps = sorted({int(x) for x in sample.times})
            near = stamps.index(stamp(t.answer))
            answers += [f"at {s // 60:02d}:{s % 60:02d}" for s in
                        (stamps[max(0, near - 1)], stamps[min(len(stamps) - 1, near + 1)])
                        if s != stamps[near]]
        told.append((t.question, answers, "video " + t.category))
    yield name, told


def no_text_set(folder, i):
    sample = samples.sample("eval", "wordless", i, 1)
    yield picture(folder, f"wordless-{i:04d}", sample.pictures[0].image), turns_of(sample)


def not_stated_set(folder, i):
    """The next paper that is asked for what it does not hold."""
    for k in range(i * 50 + 10 ** 6, i * 50 + 10 ** 6 + 50):
        sample = samples.sample("eval", "small papers", k, 3)
        told = [t for t in turns_of(sample) if t[2] == "not stated"]
        if told:
            yield picture(folder, f"paper-{i:04d}", sample.pictures[0].image), told
            return


def scenes_set(folder, i):
    sample = samples.sample("eval", "scenes", i, 4)
    yield picture(folder, f"scene-{i:04d}", sample.pictures[0].image), [
        (q, a, "scene " + c) for q, a, c in turns_of(sample)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--only", nargs="+", choices=COUNTS, default=list(COUNTS))
    options = parser.parse_args()
    questions.check()
    for name in options.only:
        folder = options.to / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        make, asked, files = globals()[name.replace(" ", "_") + "_set"], 0, 0
        with open(options.to / f"{folder.name}.jsonl", "w") as out:
            for i in range(max(1, round(COUNTS[name] * options.share))):
                for file, told in make(folder, i):
                    files += 1
                    for question, answers, category in told:
                        asked += 1
                        out.write(json.dumps(dict(
                            file=f"{folder.name}/{file}", question=question, answers=answers,
                            category=category), ensure_ascii=False) + "\n")
        print(f"{name}: {asked} questions about {files} files")


if __name__ == "__main__":
    main()
