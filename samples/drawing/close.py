"""Pictures as if taken from near: a notice on a door, a menu board, the label of a parcel."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import (blurred, camera, font, gradient, noise, panel, picture, placed, planks, shaded,
                     spaced, wrapped)


def phone_photo():
    """The upright picture; the file stores it on its side and says so in its EXIF data."""
    width, height = 1200, 1600
    door = planks(1400, 1800, 215, 201, (0.55, 0.34, 0.20), across=False)
    door *= 1 + 0.05 * noise(1400, 1800, 500, 202)[..., None]
    scene = placed(np.zeros((height, width, 3), np.float32), picture(door).convert("RGBA"),
                   [(-90, -60), (1300, -30), (1280, 1680), (-60, 1640)])
    sheet, pen = panel(1000, 1300, (250, 247, 238, 255))
    green, ink = (34, 84, 62), (38, 38, 42)
    pen.rectangle((0, 0, 1000, 170), fill=green)
    spaced(pen, (500, 84), "QUILLMERE", font("Lato-Black.ttf", 64), (250, 247, 238), 12, "m")
    spaced(pen, (500, 144), "Public Library", font("Lato-Medium.ttf", 50), (250, 247, 238), 2, "m")
    spaced(pen, (500, 350), "CLOSED", font("Lato-Black.ttf", 168), (168, 38, 30), 10, "m")
    spaced(pen, (500, 462), "Friday 9 October", font("Lato-Bold.ttf", 86), ink, 0, "m")
    spaced(pen, (500, 548), "for stocktaking", font("Lato-Medium.ttf", 62), ink, 0, "m")
    pen.rectangle((220, 606, 780, 611), fill=green)
    spaced(pen, (500, 712), "We open again on", font("Lato-Medium.ttf", 62), ink, 0, "m")
    spaced(pen, (500, 812), "Saturday at 10.00", font("Lato-Bold.ttf", 86), green, 0, "m")
    face = font("Lato-Regular.ttf", 52)
    y = 950
    for line in wrapped("Books may be left in the green box by the side door. "
                        "Nothing is overdue until Monday.", face, 800):
        spaced(pen, (500, y), line, face, ink, 0, "m")
        y += 68
    spaced(pen, (500, 1232), "Thank you for your patience.", font("Lato-Italic.ttf", 50), green, 0,
           "m")
    y, x = np.mgrid[0:1:1300j, 0:1:1000j].astype(np.float32)
    curl = 0.98 + 0.05 * np.sin(x * 4.2 + 0.5) - 0.22 * np.clip(y - 0.9, 0, 1) * np.clip(x, 0.3, 1)
    fold = 0.045 * np.tanh((y - 0.5) * 130) * np.exp(-np.abs(y - 0.5) * 26)
    cross = 0.03 * np.tanh((x - 0.5) * 130) * np.exp(-np.abs(x - 0.5) * 26)
    fibres = 0.008 * noise(1000, 1300, 14, 211, 3, 0.8)
    sheet = shaded(sheet, curl + fold + cross + fibres)
    quad = [(172, 196), (1022, 238), (1004, 1402), (156, 1366)]
    scene = placed(scene, sheet, quad, (14, 22), 16, 0.5)
    for px, py in [(206, 232), (988, 270), (190, 1330), (972, 1366)]:
        pin, pen = panel(80, 80)
        pen.ellipse((8, 8, 72, 72), fill=(186, 142, 62))
        pen.ellipse((12, 10, 62, 60), fill=(214, 174, 92))
        pen.ellipse((20, 16, 40, 34), fill=(250, 232, 180))
        pin = blurred(pin, 2)
        scene = placed(scene, pin, [(px - 19, py - 19), (px + 19, py - 19), (px + 19, py + 19),
                                    (px - 19, py + 19)], (6, 9), 5, 0.6)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    lamp = 1.12 - 0.34 * np.hypot(x - 0.35, (y - 0.28) * 1.2)
    hand = 1 / (1 + np.exp(-((x * 0.5 + y - 1.32) * 15)))
    scene = scene * (lamp * (1 - 0.22 * hand))[..., None]
    return camera(scene, 221, blur=0.8, grain=0.014, vignette=0.28, warm=1.03, contrast=1.02)


def chalk(size, draw, seed, colour):
    """Letters as chalk leaves them: broken by the grain of the board, with dust around."""
    w, h = size
    mask = Image.new("L", size)
    draw(ImageDraw.Draw(mask), 255)
    letters = np.asarray(blurred(mask, 1.0), np.float32) / 255
    grain = noise(w, h, 7, seed, 3, 0.9)
    dust = np.asarray(blurred(mask, 9), np.float32) / 255
    cover = np.clip(letters * (0.92 + 0.17 * grain), 0, 1) + 0.07 * dust
    layer = Image.new("RGBA", size, colour)
    layer.putalpha(Image.fromarray((np.clip(cover, 0, 1) * 255).astype(np.uint8)))
    return layer


def menu_board():
    width, height = 1200, 1600
    wall = gradient(width, height, (0.86, 0.83, 0.77), (0.70, 0.66, 0.60))
    wall *= 1 + 0.022 * noise(width, height, 26, 301, 5, 0.8)[..., None]
    wall *= 1 + 0.03 * noise(width, height, 500, 302)[..., None]
    scene = wall
    w, h = 1000, 1360
    slate = 0.165 + 0.012 * noise(w, h, 300, 311, 6, 0.6) + 0.008 * noise(w, h, 8, 312, 3, 0.9)
    wiped = 0.02 * np.clip(noise(w, h, 260, 313, 4, 0.6, (2.5, 0.6)), 0, 3)
    slate = (slate + wiped)[..., None] * np.asarray([0.95, 1.05, 1.0], np.float32)
    board = picture(slate).convert("RGBA")

    def title(pen, fill):
        pen.text((500, 190), "The Wandering Otter", font=font("LobsterTwo-Bold.otf", 98),
                 fill=fill, anchor="ms")
        spaced(pen, (500, 274), "SOUPS AND PIES", font("Lato-Bold.ttf", 44), fill, 12, "m")

    face = font("KaushanScript-Regular.otf", 74)
    dishes = [("Leek soup", "4.20"), ("Lentil stew", "6.40"), ("Mushroom pie", "8.50"),
              ("Cheese toast", "5.10"), ("Plum crumble", "3.90"), ("Pot of tea", "2.30")]

    def list_(pen, fill):
        y = 480
        for dish, price in dishes:
            pen.text((110, y), dish, font=face, fill=fill, anchor="ls")
            pen.text((890, y), price, font=face, fill=fill, anchor="rs")
            x = 110 + face.getlength(dish) + 24
            while x < 866 - face.getlength(price):
                pen.ellipse((x, y - 8, x + 5, y - 3), fill=fill)
                x += 24
            y += 116

    def special(pen, fill):
        pen.text((500, 372), "Today", font=face, fill=fill, anchor="ms")
        for left, right in [(150, 380), (620, 850)]:
            pen.line((left, 348, right, 344), fill=fill, width=5)
        pen.text((500, 1240), "Every soup comes with bread", fill=fill, anchor="ms",
                 font=font("KaushanScript-Regular.otf", 60))

    board.alpha_composite(chalk((w, h), title, 321, (246, 244, 236)))
    board.alpha_composite(chalk((w, h), list_, 322, (240, 240, 236)))
    board.alpha_composite(chalk((w, h), special, 323, (250, 214, 120)))
    frame, pen = panel(w + 120, h + 120)
    wood = picture(planks(w + 120, h + 120, 70, 331, (0.56, 0.36, 0.20)))
    frame.paste(wood, (0, 0))
    side = picture(planks(w + 120, h + 120, 70, 332, (0.53, 0.34, 0.19), across=False))
    mask = Image.new("L", frame.size)
    ImageDraw.Draw(mask).polygon([(0, 0), (60, 60), (60, h + 60), (0, h + 120)], fill=255)
    ImageDraw.Draw(mask).polygon([(w + 120, 0), (w + 60, 60), (w + 60, h + 60), (w + 120, h + 120)],
                                 fill=255)
    frame.paste(side, (0, 0), mask)
    frame.alpha_composite(board, (60, 60))
    pen = ImageDraw.Draw(frame)
    pen.rectangle((57, 57, w + 63, h + 63), outline=(40, 24, 12), width=7)
    inner, pen = panel(w + 120, h + 120)
    pen.rectangle((60, 60, w + 60, 84), fill=(0, 0, 0, 150))
    pen.rectangle((60, 60, 80, h + 60), fill=(0, 0, 0, 120))
    frame.alpha_composite(blurred(inner, 12))
    quad = [(96, 84), (1092, 122), (1112, 1500), (78, 1466)]
    scene = placed(scene, frame, quad, (20, 28), 22, 0.5)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    scene = scene * (1.14 - 0.32 * np.hypot((x - 0.6) * 0.9, y - 0.2))[..., None]
    return camera(scene, 341, blur=0.7, grain=0.012, vignette=0.3, warm=1.02, contrast=1.04)


# Code 39: bars and gaps in turn, n narrow and w wide.
CODE_39 = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *", """
    nnnwwnwnn wnnwnnnnw nnwwnnnnw wnwwnnnnn nnnwwnnnw wnnwwnnnn nnwwwnnnn nnnwnnwnw wnnwnnwnn
    nnwwnnwnn wnnnnwnnw nnwnnwnnw wnwnnwnnn nnnnwwnnw wnnnwwnnn nnwnwwnnn nnnnnwwnw wnnnnwwnn
    nnwnnwwnn nnnnwwwnn wnnnnnnww nnwnnnnww wnwnnnnwn nnnnwnnww wnnnwnnwn nnwnwnnwn nnnnnnwww
    wnnnnnwwn nnwnnnwwn nnnnwnwwn wwnnnnnnw nwwnnnnnw wwwnnnnnn nwnnwnnnw wwnnwnnnn nwwnwnnnn
    nwnnnnwnw wwnnnnwnn nwwnnnwnn nwnnwnwnn""".split()))


def barcode(pen, x, y, height, text, narrow, fill):
    """Draws `text` as Code 39 and gives where it ends."""
    for letter in f"*{text}*":
        for i, wide in enumerate(CODE_39[letter]):
            long = narrow * (3 if wide == "w" else 1)
            if i % 2 == 0:
                pen.rectangle((x, y, x + long - 1, y + height), fill=fill)
            x += long
        x += narrow
    return x


def parcel_label():
    width, height = 1600, 1200
    kraft = np.asarray([0.70, 0.54, 0.38], np.float32)
    x = np.arange(width, dtype=np.float32)[None, :]
    fibres = 0.020 * noise(width, height, 16, 401, 4, 0.8, (3, 1))
    flutes = 0.014 * np.sin(x / 4.1) + 0.010 * noise(width, height, 34, 404, 3, 0.6, (1, 22))
    board = 1 + fibres + flutes + 0.035 * noise(width, height, 600, 402, 4)
    scene = kraft * board[..., None]
    flecks = np.clip(noise(width, height, 7, 405, 2, 0.8, (2, 1)) - 2.5, 0, 1)[..., None]
    scene = scene * (1 - 0.4 * flecks)
    # A band of tape across the box.
    tape, pen = panel(1600, 220, (170, 118, 58, 150))
    for edge in (0, 216):
        pen.rectangle((0, edge, 1600, edge + 3), fill=(120, 80, 40, 190))
    y = np.linspace(0, 1, 220, dtype=np.float32)[:, None]
    shine = 0.95 + 0.45 * np.exp(-((y - 0.3) / 0.10) ** 2)
    shine = shine + 0.05 * noise(1600, 220, 90, 403, 4, 0.6, (1, 4))
    scene = placed(scene, shaded(tape, shine), [(-40, 20), (1640, -30), (1640, 130), (-40, 185)],
                   (0, 3), 3, 0.25)
    label, pen = panel(1240, 800, (250, 249, 245, 255))
    ink = (24, 24, 28)
    pen.rectangle((20, 20, 1219, 779), outline=ink, width=5)
    pen.rectangle((20, 20, 1219, 130), fill=ink)
    spaced(pen, (60, 98), "SWALLOW PARCELS", font("Lato-Black.ttf", 66), (250, 249, 245), 6)
    spaced(pen, (1180, 98), "NEXT DAY", font("Lato-Bold.ttf", 60), (250, 249, 245), 4, "r")
    small, plain, bold = (font("Lato-Regular.ttf", 34), font("Lato-Medium.ttf", 46),
                          font("Lato-Bold.ttf", 58))
    pen.text((60, 186), "From", font=small, fill=ink, anchor="ls")
    for i, line in enumerate(["Holloway Bee Farm", "Top Field Lane", "Osterfold"]):
        pen.text((60, 242 + 54 * i), line, font=plain, fill=ink, anchor="ls")
    pen.line((560, 130, 560, 400), fill=ink, width=4)
    pen.text((600, 186), "To", font=small, fill=ink, anchor="ls")
    for i, line in enumerate(["Tamarind Print Works", "8 Ferry Steps", "Quillmere"]):
        pen.text((600, 250 + 64 * i), line, font=bold, fill=ink, anchor="ls")
    pen.line((20, 400, 1218, 400), fill=ink, width=4)
    for x, head, value in [(60, "Weight", "2.4 kg"), (380, "Pieces", "1 of 3"),
                           (700, "Contents", "Honey, fragile")]:
        pen.text((x, 446), head, font=small, fill=ink, anchor="ls")
        pen.text((x, 506), value, font=bold, fill=ink, anchor="ls")
    pen.line((20, 534, 1218, 534), fill=ink, width=4)
    barcode(pen, 172, 560, 130, "SP-4471-0926", 4, ink)
    spaced(pen, (620, 752), "SP-4471-0926", font("DejaVuSansMono-Bold.ttf", 50), ink, 10, "m")
    y, x = np.mgrid[0:1:800j, 0:1:1240j].astype(np.float32)
    light = 0.985 + 0.03 * np.sin(x * 3 + 0.8) + 0.006 * noise(1240, 800, 12, 411, 3, 0.8)
    light += 0.02 * np.clip(noise(1240, 800, 180, 412, 4, 0.6, (3, 0.5)), -1, 2)
    label = shaded(label, light)
    scene = placed(scene, label, [(170, 264), (1450, 216), (1484, 1010), (138, 1058)], (8, 10), 9,
                   0.45)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    scene = scene * (1.1 - 0.3 * np.hypot(x - 0.3, (y - 0.3) * 0.8))[..., None]
    return camera(scene, 421, blur=0.7, grain=0.012, vignette=0.25, warm=1.02, contrast=1.03)
