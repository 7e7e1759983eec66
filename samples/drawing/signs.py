"""Pictures as if taken outdoors: a station sign, a shop sign, a notice on a door, a menu board."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import (blurred, bricks, camera, font, gradient, noise, panel, picture, pixels, placed,
                     shaded, spaced)


def enamel(width, height, seed):
    """The light on an enamelled plate: even, a little stained, with a soft reflection."""
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    gloss = np.exp(-(((x + 0.35 * y - 0.42) / 0.16) ** 2))
    stains = noise(width, height, 300, seed, 5, 0.6)
    streaks = noise(width, height, 60, seed + 1, 4, 0.6, stretch=(1, 14))
    return 0.94 + 0.13 * gloss + 0.018 * stains - 0.022 * np.clip(streaks, 0, 3) * (1 - 0.5 * y)


def post(height, width, colour):
    """A round steel post, lit from the left."""
    x = np.linspace(-1, 1, width, dtype=np.float32)
    light = 0.35 + 0.75 * np.clip(np.cos((x + 0.45) * 1.35), 0, 1) ** 1.5
    body = np.asarray(colour, np.float32) * light[None, :, None]
    body = np.repeat(body, height, axis=0)
    body *= 1 + 0.03 * noise(width, height, 40, 5, 4, 0.7)[..., None]
    return picture(body).convert("RGBA")


def railway_background(width, height):
    """Sky, trees, a station house and a platform, all out of focus behind the sign."""
    sky = gradient(width, height, (0.53, 0.68, 0.86), (0.90, 0.93, 0.95), 0.8)
    clouds = np.clip(noise(width, height, 620, 11, 6, 0.55, (2.2, 1)) * 0.6 + 0.25, 0, 1)
    scene = sky * (1 - 0.75 * clouds[..., None]) + 0.97 * 0.75 * clouds[..., None]
    y = np.mgrid[0:height, 0:width][0].astype(np.float32)
    # Two rows of trees, the nearer darker.
    for depth, (base, tall, low, high) in enumerate([
            (0.70, 0.17, (0.33, 0.43, 0.36), (0.52, 0.62, 0.50)),
            (0.80, 0.22, (0.10, 0.19, 0.09), (0.42, 0.55, 0.22))]):
        outline = noise(width, 4, 330 - 90 * depth, 21 + depth, 5, 0.55)[1]
        crown = height * (base - tall * (0.55 + 0.28 * outline))
        leaf = noise(width, height, 90, 31 + depth, 5, 0.75)
        tone = np.clip(0.5 + 0.27 * leaf - (y - crown) / height * 1.1, 0, 1)[..., None]
        tree = np.asarray(low) * (1 - tone) + np.asarray(high) * tone
        inside = np.clip((y - crown + 14 * leaf) / 12, 0, 1)[..., None]
        scene = scene * (1 - inside) + tree * inside
    # The house: a brick wall with windows, at the right edge.
    wall = picture(bricks(900, 760, (46, 17), 41, [(0.60, 0.33, 0.25), (0.52, 0.28, 0.21),
                                                   (0.66, 0.40, 0.30)])).convert("RGBA")
    pen = ImageDraw.Draw(wall)
    for left in (90, 360, 630):
        pen.rectangle((left - 14, 186, left + 164, 534), fill=(222, 216, 202))
        pen.rectangle((left, 200, left + 150, 520), fill=(58, 72, 84))
        pen.polygon([(left, 200), (left + 150, 200), (left, 420)], fill=(126, 150, 170))
        pen.line((left + 75, 200, left + 75, 520), fill=(222, 216, 202), width=9)
        pen.line((left, 360, left + 150, 360), fill=(222, 216, 202), width=9)
    roof, pen = panel(900, 220)
    pen.polygon([(60, 0), (900, 0), (900, 220), (0, 220)], fill=(92, 88, 92))
    scene = placed(scene, roof, [(1500, 470), (2080, 395), (2080, 545), (1455, 585)],
                   (width, height))
    scene = placed(scene, wall, [(1480, 580), (2080, 540), (2080, 1190), (1480, 1120)],
                   (width, height))
    # The platform with its yellow line, and ballast beside it.
    ground, pen = panel(2000, 600)
    grit = 0.66 + 0.05 * noise(2000, 600, 30, 51, 5, 0.8) + 0.03 * noise(2000, 600, 400, 52)
    ground = picture(np.repeat(grit[..., None], 3, 2) * [1.02, 1, 0.95]).convert("RGBA")
    pen = ImageDraw.Draw(ground)
    for x in range(0, 2000, 125):
        pen.line((x, 0, x, 600), fill=(136, 134, 128), width=4)
    pen.rectangle((0, 330, 2000, 380), fill=(226, 190, 62))
    pen.rectangle((0, 470, 2000, 600), fill=(226, 224, 216))
    scene = placed(scene, ground, [(-500, 1050), (2500, 1105), (3000, 1420), (-900, 1390)],
                   (width, height))
    return pixels(blurred(picture(scene), 9))


def station_sign():
    width, height = 2000, 1334
    scene = railway_background(width, height)
    blue, white = (22, 52, 108), (244, 244, 238)
    plate, pen = panel(1900, 820)
    pen.rounded_rectangle((0, 0, 1899, 819), 34, fill=white)
    pen.rounded_rectangle((16, 16, 1883, 803), 22, fill=blue)
    spaced(pen, (950, 268), "Quillmere", font("Lato-Bold.ttf", 250), white, 4, "m")
    spaced(pen, (950, 420), "JUNCTION", font("Lato-Bold.ttf", 112), white, 34, "m")
    pen.rectangle((90, 480, 1810, 486), fill=white)
    spaced(pen, (950, 578), "Change here for Osterfold and Penny Hythe",
           font("Lato-Medium.ttf", 78), white, 1, "m")
    pen.rounded_rectangle((16, 640, 1883, 803), 22, fill=white)
    pen.rectangle((16, 640, 1883, 664), fill=white)
    face = font("Lato-Bold.ttf", 80)
    pen.polygon([(84, 724), (146, 676), (146, 708), (214, 708), (214, 740), (146, 740),
                 (146, 772)], fill=blue)
    spaced(pen, (250, 754), "Platforms 1 and 2", face, blue, 1)
    spaced(pen, (1660, 754), "Way out", face, blue, 1, "r")
    pen.polygon([(1816, 724), (1754, 676), (1754, 708), (1686, 708), (1686, 740), (1754, 740),
                 (1754, 772)], fill=blue)
    for x, y in [(52, 52), (1848, 52), (52, 600), (1848, 600)]:
        pen.ellipse((x - 15, y - 15, x + 15, y + 15), fill=(150, 154, 160))
        pen.ellipse((x - 11, y - 12, x + 7, y + 6), fill=(214, 216, 220))
    plate = shaded(plate, enamel(1900, 820, 61))
    pole = post(1400, 70, (0.62, 0.65, 0.68))
    for x, top, foot in [(470, 150, 1400), (1500, 236, 1400)]:
        scene = placed(scene, pole, [(x - 29, top), (x + 29, top), (x + 31, foot), (x - 31, foot)])
    edge, pen = panel(1900, 820)
    pen.rounded_rectangle((0, 0, 1899, 819), 34, fill=(96, 100, 106))
    quad = [(196, 206), (1776, 292), (1756, 888), (214, 944)]
    scene = placed(scene, edge, [(x + 9, y + 10) for x, y in quad])
    scene = placed(scene, plate, quad)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    scene = scene * (1.06 - 0.16 * x - 0.06 * y)[..., None]
    return camera(scene, 71, blur=0.9, grain=0.011, vignette=0.3, warm=1.02, contrast=1.04)


def gilt(layer_size, draw_text, seed):
    """Letters of gold leaf: `draw_text(pen, fill)` draws them in one colour."""
    w, h = layer_size
    mask = Image.new("L", (w, h))
    draw_text(ImageDraw.Draw(mask), 255)
    y = np.linspace(0, 1, h, dtype=np.float32)[:, None]
    shine = 0.93 + 0.09 * np.sin(y * 9) + 0.035 * noise(w, h, 120, seed, 5, 0.7)
    gold = picture(np.asarray([0.90, 0.73, 0.36], np.float32) * shine[..., None]).convert("RGBA")
    gold.putalpha(mask)
    under = Image.new("RGBA", (w, h), (20, 14, 4, 0))
    under.putalpha(mask)
    out = Image.new("RGBA", (w, h))
    for step in range(1, 8):
        out.alpha_composite(under, (step, step))
    out.alpha_composite(gold)
    return out


def shop_sign():
    width, height = 2000, 1334
    wall = bricks(width + 200, height, (112, 40), 101,
                  [(0.56, 0.31, 0.24), (0.50, 0.27, 0.21), (0.62, 0.36, 0.27), (0.47, 0.29, 0.25)])
    wall = wall * (1 + 0.05 * noise(width + 200, height, 700, 102, 4)[..., None])
    scene = placed(np.zeros((height, width, 3), np.float32), picture(wall).convert("RGBA"),
                   [(-130, -110), (2110, -30), (2110, 1370), (-130, 1460)])
    # The fascia: a painted board with a moulded frame.
    paint = np.asarray([0.07, 0.22, 0.19], np.float32)
    board, pen = panel(1900, 560, (0, 0, 0, 255))
    grain = 1 + 0.05 * noise(1900, 560, 18, 111, 5, 0.75, (30, 1))
    grain += 0.05 * noise(1900, 560, 500, 112)
    board = picture(paint * grain[..., None]).convert("RGBA")
    pen = ImageDraw.Draw(board)
    for inset, tone in [(0, (12, 34, 30)), (6, (40, 84, 74)), (14, (22, 58, 51)),
                        (30, (9, 30, 26))]:
        pen.rectangle((inset, inset, 1899 - inset, 559 - inset), outline=tone, width=8)
    pen.rectangle((58, 58, 1841, 501), outline=(214, 178, 94), width=4)

    def name(pen, fill):
        pen.text((950, 278), "Brindlewick & Daughters", font=font("LobsterTwo-Bold.otf", 160),
                 fill=fill, anchor="ms")
        spaced(pen, (950, 434), "CLOCK REPAIRS", font("Vollkorn-Bold.ttf", 104), fill, 26, "m")
        pen.rectangle((110, 396, 330, 401), fill=fill)
        pen.rectangle((1570, 396, 1790, 401), fill=fill)

    board.alpha_composite(gilt((1900, 560), name, 113))
    quad = [(150, 196), (1886, 262), (1874, 730), (160, 726)]
    scene = placed(scene, board, quad, (18, 34), 26, 0.6)
    # The ledge above and the window below the fascia.
    ledge, pen = panel(1960, 60, (30, 66, 58, 255))
    pen.rectangle((0, 0, 1960, 16), fill=(66, 112, 100))
    pen.rectangle((0, 44, 1960, 60), fill=(10, 30, 26))
    scene = placed(scene, ledge, [(120, 156), (1916, 230), (1914, 276), (122, 206)],
                   (10, 20), 14, 0.5)
    scene = window(scene)
    scene = hours(scene)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    sun = 1 / (1 + np.exp(-(x * 0.9 + y - 0.42 + 0.015 * noise(width, height, 200, 121)) * 26))
    scene = scene * (1.10 - 0.26 * (1 - sun))[..., None]
    return camera(scene, 131, blur=0.9, grain=0.011, vignette=0.3, warm=1.03, contrast=1.02)


def window(scene):
    """A shop window under the fascia, with clocks in its dusk and the street in its glass."""
    w, h = 1240, 690
    inside = gradient(w, h, (0.10, 0.09, 0.08), (0.22, 0.17, 0.12))
    inside *= 1 + 0.15 * noise(w, h, 260, 141)[..., None]
    glass = picture(inside).convert("RGBA")
    pen = ImageDraw.Draw(glass)
    for x, y, r, hour, minute in [(205, 330, 118, 10, 10), (532, 250, 82, 4, 40),
                                  (640, 480, 104, 1, 50), (1035, 340, 124, 7, 25)]:
        pen.ellipse((x - r - 14, y - r - 14, x + r + 14, y + r + 14), fill=(96, 62, 34))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(226, 216, 192))
        for tick in range(12):
            a = tick * np.pi / 6
            pen.line((x + 0.82 * r * np.sin(a), y - 0.82 * r * np.cos(a), x + 0.93 * r * np.sin(a),
                      y - 0.93 * r * np.cos(a)), fill=(50, 42, 36), width=5)
        for turn, long, wide in [((hour + minute / 60) / 12, 0.5, 8), (minute / 60, 0.76, 5)]:
            a = turn * 2 * np.pi
            pen.line((x, y, x + long * r * np.sin(a), y - long * r * np.cos(a)),
                     fill=(40, 32, 28), width=wide)
    glass = blurred(glass, 3.2)
    street = picture(gradient(w, h, (0.75, 0.82, 0.9), (0.3, 0.3, 0.32)))
    pen = ImageDraw.Draw(street)
    chance = np.random.RandomState(143)
    left = 0
    while left < w:
        wide, top = int(chance.randint(120, 260)), int(chance.randint(90, 230))
        tone = int(chance.randint(90, 150))
        pen.rectangle((left, top, left + wide, h), fill=(tone, tone - 8, tone - 16))
        left += wide
    street = blurred(street, 10)
    glass = Image.blend(glass.convert("RGB"), street, 0.22).convert("RGBA")
    pen = ImageDraw.Draw(glass)
    pen.rectangle((0, 0, w - 1, h - 1), outline=(24, 60, 53), width=26)
    for x in (w // 3, 2 * w // 3):
        pen.rectangle((x - 9, 0, x + 9, h), fill=(24, 60, 53))
        pen.rectangle((x - 9, 0, x - 5, h), fill=(58, 100, 90))
    return placed(scene, glass, [(190, 800), (1270, 796), (1266, 1400), (196, 1400)],
                  (14, 14), 20, 0.5)


def hours(scene):
    """A small enamel plate with the number of the house and the opening hours."""
    plate, pen = panel(620, 560)
    pen.rounded_rectangle((0, 0, 619, 559), 26, fill=(238, 232, 214))
    pen.rounded_rectangle((14, 14, 605, 545), 16, outline=(30, 62, 56), width=6)
    ink = (28, 44, 42)
    spaced(pen, (310, 156), "27", font("Vollkorn-Bold.ttf", 150), ink, 6, "m")
    pen.rectangle((190, 186, 430, 190), fill=ink)
    spaced(pen, (310, 270), "OPEN", font("Lato-Black.ttf", 62), ink, 12, "m")
    spaced(pen, (310, 352), "Tuesday to Saturday", font("Lato-Bold.ttf", 56), ink, 0, "m")
    spaced(pen, (310, 432), "9.30 to 17.30", font("Lato-Bold.ttf", 66), ink, 0, "m")
    spaced(pen, (310, 508), "Closed on Monday", font("Lato-Italic.ttf", 46), ink, 0, "m")
    for x, y in [(38, 38), (582, 38), (38, 522), (582, 522)]:
        pen.ellipse((x - 9, y - 9, x + 9, y + 9), fill=(150, 138, 104))
    plate = shaded(plate, enamel(620, 560, 151))
    return placed(scene, plate, [(1386, 846), (1810, 842), (1806, 1216), (1388, 1232)],
                  (12, 16), 14, 0.55)
