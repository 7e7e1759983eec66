"""The clip: title cards, three moving shapes and a counter, drawn frame by frame and piped to the
ffmpeg program. 16 s, 640 x 360, 24 frames a second, H.264, no sound."""

import math
import subprocess

from PIL import Image, ImageDraw

from .canvas import font

WIDTH, HEIGHT, RATE = 640, 360, 24
# (start, end in seconds, what is shown)
SCENES = [(0.0, 2.5, "title"), (2.5, 5.5, "circle"), (5.5, 6.5, "card 2"), (6.5, 9.5, "square"),
          (9.5, 10.5, "card 3"), (10.5, 13.5, "triangle"), (13.5, 16.0, "end")]
INK, PAPER = (28, 32, 44), (250, 246, 236)
RED, BLUE, GREEN = (214, 54, 48), (42, 98, 196), (36, 142, 84)


def eased(t):
    return t * t * (3 - 2 * t)


def card(pen, lines):
    for y, text, name, size, fill in lines:
        pen.text((WIDTH, 2 * y), text, font=font(name, 2 * size), fill=fill, anchor="ms")


def stage(pen, name, colour):
    pen.rectangle((0, 2 * 270, 2 * WIDTH, 2 * HEIGHT), fill=(222, 214, 196))
    pen.rectangle((0, 2 * 268, 2 * WIDTH, 2 * 270), fill=(150, 142, 126))
    pen.text((48, 2 * 52), name, font=font("Lato-Bold.ttf", 56), fill=colour, anchor="ls")


def frame(second):
    """One frame, drawn at twice its size so that edges come out smooth."""
    start, end, what = next(s for s in SCENES if s[0] <= second < s[1])
    t = (second - start) / (end - start)
    dark = what in ("title", "end")
    page = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT), INK if dark else PAPER)
    pen = ImageDraw.Draw(page)
    if what == "title":
        card(pen, [(160, "Three Shapes", "Lato-Black.ttf", 66, PAPER),
                   (216, "a very short film", "Lato-Italic.ttf", 32, (236, 196, 92))])
        pen.rectangle((2 * 220, 2 * 238, 2 * (220 + 200 * eased(t)), 2 * 242), fill=RED)
    elif what == "card 2":
        card(pen, [(170, "Part Two", "Lato-Black.ttf", 58, INK),
                   (220, "The square", "Lato-Medium.ttf", 34, BLUE)])
    elif what == "card 3":
        card(pen, [(170, "Part Three", "Lato-Black.ttf", 58, INK),
                   (220, "The triangle", "Lato-Medium.ttf", 34, GREEN)])
    elif what == "circle":
        stage(pen, "Part One: the circle", RED)
        x = 70 + 500 * eased(t)
        y = 228 - 110 * abs(math.sin(t * 3 * math.pi))
        wide = 40 * (0.5 + 0.5 * (y - 118) / 110)
        pen.ellipse((2 * (x - wide), 2 * 276, 2 * (x + wide), 2 * 286), fill=(190, 180, 160))
        pen.ellipse((2 * (x - 40), 2 * (y - 40), 2 * (x + 40), 2 * (y + 40)), fill=RED)
        pen.ellipse((2 * (x - 22), 2 * (y - 26), 2 * (x - 6), 2 * (y - 10)), fill=(240, 138, 128))
    elif what == "square":
        stage(pen, "Part Two: the square", BLUE)
        # It rolls to the left on its corners, a quarter turn for each of its sides.
        x, turn = 560 - 480 * t, -t * 6 * math.pi / 2
        lift = 40 * max(abs(math.cos(turn)) + abs(math.sin(turn)), 1)
        corners = [(2 * (x + 40 * math.sqrt(2) * math.cos(turn + a * math.pi / 4)),
                    2 * (268 - lift + 40 * math.sqrt(2) * math.sin(turn + a * math.pi / 4)))
                   for a in (1, 3, 5, 7)]
        pen.polygon(corners, fill=BLUE)
    elif what == "triangle":
        stage(pen, "Part Three: the triangle", GREEN)
        size = 30 + 85 * eased(t)
        pen.polygon([(2 * 320, 2 * (268 - 1.7 * size)), (2 * (320 + size), 2 * 268),
                     (2 * (320 - size), 2 * 268)], fill=GREEN)
    else:
        card(pen, [(150, "The End", "Lato-Black.ttf", 66, PAPER),
                   (214, "The password is HERON", "Lato-Bold.ttf", 36, (236, 196, 92))])
    pen.rounded_rectangle((2 * 556, 2 * 306, 2 * 622, 2 * 344), 14,
                          fill=(70, 76, 92) if dark else INK)
    pen.text((2 * 589, 2 * 335), f"{int(second):02d} s", font=font("DejaVuSansMono-Bold.ttf", 46),
             fill=PAPER, anchor="ms")
    return page.resize((WIDTH, HEIGHT), Image.BOX)


def write(path):
    """Writes the clip to `path`."""
    ffmpeg = subprocess.Popen(
        ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24",
         "-video_size", f"{WIDTH}x{HEIGHT}", "-framerate", str(RATE), "-i", "-",
         "-vf", "scale=out_color_matrix=bt709:flags=accurate_rnd+full_chroma_int",
         "-c:v", "libx264", "-preset", "slow", "-crf", "20", "-g", "48", "-threads", "1",
         "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709",
         "-color_trc", "bt709", "-color_range", "tv", "-movflags", "+faststart",
         "-fflags", "+bitexact", "-flags:v", "+bitexact", str(path)], stdin=subprocess.PIPE)
    for index in range(int(SCENES[-1][1] * RATE)):
        ffmpeg.stdin.write(frame(index / RATE).tobytes())
    ffmpeg.stdin.close()
    if ffmpeg.wait() != 0:
        raise SystemExit("ffmpeg could not write the clip.")
