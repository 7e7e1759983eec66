"""Papers: a receipt on a table, an invoice, a filled form, a chart, a scanned page of a book."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import (blurred, camera, font, noise, panel, picture, pixels, placed, planks)


def money(cents):
    return f"{cents // 100:,}.{cents % 100:02d}"


GROCERIES = [("Oat bread 800 g", 1, 285), ("Farm eggs x12", 1, 420), ("Butter 250 g", 2, 235),
             ("Apples, kg 1.240", 1, 347), ("Cheddar 350 g", 1, 515), ("Milk 2 l", 2, 165),
             ("Black tea 80 bags", 1, 310), ("Lentil soup 400 g", 3, 140)]


def receipt():
    width, height = 1200, 1700
    table = planks(1500, 2000, 330, 501, (0.42, 0.29, 0.20), across=False)
    scene = placed(np.zeros((height, width, 3), np.float32), picture(table).convert("RGBA"),
                   [(-120, -120), (1320, -80), (1420, 1820), (-220, 1800)])
    w, h = 760, 1500
    slip, pen = panel(w, h, (247, 246, 241, 255))
    plain, bold = font("DejaVuSansMono.ttf", 34), font("DejaVuSansMono-Bold.ttf", 34)
    ink = (52, 50, 58)
    y = 108

    def middle(text, face=plain, step=48):
        nonlocal y
        pen.text((w / 2, y), text, font=face, fill=ink, anchor="ms")
        y += step

    def line(left, right, face=plain, step=48):
        nonlocal y
        pen.text((52, y), left, font=face, fill=ink, anchor="ls")
        pen.text((w - 52, y), right, font=face, fill=ink, anchor="rs")
        y += step

    middle("GREENLARK", font("DejaVuSansMono-Bold.ttf", 72), 58)
    middle("GROCERY", font("DejaVuSansMono-Bold.ttf", 44), 60)
    middle("14 Fennel Row, Quillmere")
    middle("Tel. 555-0142")
    middle("-" * 32)
    line("2026-03-14  17:42", "Till 3")
    line("Receipt", "008315", step=40)
    middle("-" * 32)
    for name, count, cents in GROCERIES:
        line(name, money(count * cents))
        if count > 1:
            line(f"  {count} x {money(cents)}", "")
    total = sum(count * cents for _, count, cents in GROCERIES)
    middle("-" * 32)
    line("Items", str(sum(count for _, count, _ in GROCERIES)), step=70)
    line("TOTAL", money(total), font("DejaVuSansMono-Bold.ttf", 58), 66)
    line("Cash", money(4000))
    line("Change", money(4000 - total), bold)
    middle("-" * 32)
    middle("Thank you, come again!", bold, 44)
    assert y < h - 20, y
    # Thermal print: the rows of the head show, and the ink is weaker in places.
    rows = np.random.RandomState(511).normal(0, 0.012, (h, 1)).astype(np.float32)
    values = pixels(slip)
    weak = 0.10 + 0.05 * noise(w, h, 240, 512, 3) + 0.05 * noise(w, h, 5, 513, 2)
    values = values + (0.97 - values) * np.clip(weak + rows, 0, 0.35)[..., None]
    # Crumpling: facets of a few flat planes, lit from the upper left.
    chance = np.random.RandomState(514)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    relief = np.zeros((h, w), np.float32)
    for _ in range(16):
        angle = chance.uniform(0, np.pi)
        through = chance.uniform(0, w), chance.uniform(0, h)
        far = (xx - through[0]) * np.cos(angle) + (yy - through[1]) * np.sin(angle)
        along = (xx - through[0]) * -np.sin(angle) + (yy - through[1]) * np.cos(angle)
        reach = np.exp(-((along / chance.uniform(140, 420)) ** 2))
        facing = np.sin(angle) * 0.6 + np.cos(angle) * 0.8
        crease = np.sign(far) * np.exp(-np.abs(far) / chance.uniform(30, 80))
        relief += reach * crease * facing * chance.uniform(0.5, 1.2)
    soft = np.asarray(blurred(Image.fromarray(
        np.clip(128 + 40 * relief, 0, 255).astype(np.uint8)), 1.6), np.float32)
    light = 0.96 + 0.075 * (soft - 128) / 40 + 0.02 * noise(w, h, 300, 515, 4)
    below = yy / h - 0.36  # it was folded once, across
    light *= 1 - 0.10 * np.exp(-(below / 0.008) ** 2) - 0.05 * np.tanh(below * 60) \
        * np.exp(-np.abs(below) * 14)
    light *= 0.94 + 0.09 * np.sin(xx / w * np.pi)
    slip = picture(values * light[..., None]).convert("RGBA")
    edge = Image.new("L", (w, h), 255)
    pen = ImageDraw.Draw(edge)
    for x in range(0, w, 20):
        for top, tip in [(0, 11), (h, h - 11)]:
            pen.polygon([(x, top), (x + 20, top), (x + 10, tip)], fill=0)
    slip.putalpha(edge)
    quad = [(226, 82), (952, 112), (1010, 1640), (176, 1622)]
    scene = placed(scene, slip, quad, (16, 20), 14, 0.55)
    y2, x2 = np.mgrid[0:1:height * 1j, 0:1:width * 1j].astype(np.float32)
    scene = scene * (1.10 - 0.26 * np.hypot(x2 - 0.4, y2 - 0.3))[..., None]
    return camera(scene, 521, blur=0.7, grain=0.011, vignette=0.25, warm=1.02, contrast=1.03)


PRINTING = [("Letterpress cards, 300 g cotton", 500, 62), ("Envelopes, kraft, C6", 500, 19),
            ("Poster A2, two colours", 40, 875), ("Plates and set-up", 1, 14500),
            ("Delivery within the county", 1, 2400)]


def invoice():
    width, height = 1240, 1754
    page = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(page)
    ink, grey, teal = (34, 38, 44), (110, 116, 124), (18, 98, 106)
    pen.rectangle((0, 0, width, 26), fill=teal)
    disc = Image.new("L", (800, 800))
    ImageDraw.Draw(disc).ellipse((0, 0, 799, 799), fill=255)
    page.paste(teal, (90, 96), disc.resize((100, 100), Image.LANCZOS))
    pen.text((140, 148), "T", font=font("Lato-Black.ttf", 66), fill="white", anchor="mm")
    pen.text((216, 146), "Tamarind Print Works", font=font("Lato-Bold.ttf", 46), fill=ink,
             anchor="ls")
    pen.text((216, 188), "8 Ferry Steps, Quillmere", font=font("Lato-Regular.ttf", 26), fill=grey,
             anchor="ls")
    pen.text((1150, 158), "INVOICE", font=font("Lato-Black.ttf", 68), fill=teal, anchor="rs")
    small, plain, bold = (font("Lato-Regular.ttf", 24), font("Lato-Regular.ttf", 28),
                          font("Lato-Bold.ttf", 28))
    pen.text((90, 310), "BILLED TO", font=font("Lato-Bold.ttf", 22), fill=teal, anchor="ls")
    for i, (text, face) in enumerate([("Holloway Bee Farm", bold), ("Top Field Lane", plain),
                                      ("Osterfold", plain)]):
        pen.text((90, 352 + 40 * i), text, font=face, fill=ink, anchor="ls")
    for i, (head, value) in enumerate([("Invoice number", "TPW-2026-0417"),
                                       ("Invoice date", "4 May 2026"), ("Due date", "3 June 2026"),
                                       ("Your order", "HBF-118")]):
        pen.text((680, 312 + 42 * i), head, font=plain, fill=grey, anchor="ls")
        pen.text((1150, 312 + 42 * i), value, font=bold, fill=ink, anchor="rs")
    top = 540
    pen.rectangle((90, top, 1150, top + 62), fill=teal)
    columns = [(114, "ls"), (760, "rs"), (930, "rs"), (1126, "rs")]
    for (x, anchor), text in zip(columns, ["Description", "Quantity", "Unit price", "Amount"]):
        pen.text((x, top + 41), text, font=bold, fill="white", anchor=anchor)
    y, net = top + 62, 0
    for i, (what, count, cents) in enumerate(PRINTING):
        if i % 2:
            pen.rectangle((90, y, 1150, y + 66), fill=(239, 246, 246))
        for (x, anchor), text in zip(columns, [what, f"{count:,}", money(cents),
                                               money(count * cents)]):
            pen.text((x, y + 43), text, font=plain, fill=ink, anchor=anchor)
        net += count * cents
        y += 66
    pen.line((90, y, 1150, y), fill=teal, width=3)
    tax = (net * 20 + 50) // 100
    y += 64
    for head, value in [("Subtotal", net), ("VAT 20 %", tax)]:
        pen.text((760, y), head, font=plain, fill=grey, anchor="ls")
        pen.text((1126, y), money(value), font=plain, fill=ink, anchor="rs")
        y += 48
    pen.rectangle((730, y - 14, 1150, y + 72), fill=teal)
    pen.text((760, y + 42), "Total due", font=font("Lato-Bold.ttf", 36), fill="white", anchor="ls")
    pen.text((1126, y + 42), "£" + money(net + tax), font=font("Lato-Black.ttf", 40), fill="white",
             anchor="rs")
    pen.text((90, 1250), "How to pay", font=font("Lato-Bold.ttf", 30), fill=teal, anchor="ls")
    y = 1296
    for text in ["By bank transfer to Tamarind Print Works, Harbour Mutual, within 30 days.",
                 "Please write the invoice number TPW-2026-0417 with your payment.",
                 "Cards from the first proof are kept for six months; ask for more at any time."]:
        pen.text((90, y), text, font=plain, fill=ink, anchor="ls")
        y += 44
    pen.text((90, 1500), "Thank you for printing with us.", font=font("Lato-Italic.ttf", 32),
             fill=ink, anchor="ls")
    pen.line((90, 1640, 1150, 1640), fill=(200, 206, 210), width=2)
    pen.text((620, 1684), "Tamarind Print Works  ·  555-0176  ·  accounts@tamarind.example",
             font=small, fill=grey, anchor="ms")
    return page


def form():
    width, height = 1240, 1754
    page = Image.new("RGB", (width, height), (253, 253, 251))
    pen = ImageDraw.Draw(page)
    ink, grey, rule, tint = (30, 34, 40), (96, 102, 110), (120, 128, 136), (236, 240, 247)
    navy, hand = (32, 54, 104), (28, 48, 150)
    label, head = font("Lato-Medium.ttf", 26), font("Lato-Bold.ttf", 34)
    pen.rectangle((70, 70, 1170, 210), fill=navy)
    pen.text((100, 132), "Quillmere Community Garden", font=font("Lato-Medium.ttf", 36),
             fill="white", anchor="ls")
    pen.text((100, 188), "Application for a garden plot", font=font("Lato-Black.ttf", 46),
             fill="white", anchor="ls")
    pen.text((1146, 188), "Form G-7", font=font("Lato-Medium.ttf", 28), fill="white", anchor="rs")
    pen.text((70, 258), "Please write clearly. Tick the boxes that apply.",
             font=font("Lato-Italic.ttf", 26), fill=grey, anchor="ls")
    chance = np.random.RandomState(601)

    def section(y, text):
        pen.rectangle((70, y, 1170, y + 52), fill=tint)
        pen.text((90, y + 38), text, font=head, fill=navy, anchor="ls")

    def written(x, y, text, size=54):
        layer = Image.new("L", (1100, 120))
        ImageDraw.Draw(layer).text((10, 84), text, font=font("Breip.ttf", size), fill=255,
                                   anchor="ls", stroke_width=1, stroke_fill=255)
        layer = layer.rotate(float(chance.uniform(-0.5, 0.9)), Image.BICUBIC, center=(10, 84))
        weight = np.asarray(layer, np.float32) * np.clip(
            0.93 + 0.09 * noise(1100, 120, 30, int(chance.randint(9999)), 3), 0, 1)
        layer = Image.fromarray(np.clip(weight, 0, 255).astype(np.uint8))
        page.paste(hand, (int(x) - 10, int(y) - 84 + int(chance.randint(-3, 3))), layer)

    def field(x, y, right, name, text):
        pen.text((x, y), name, font=label, fill=grey, anchor="ls")
        pen.line((x, y + 72, right, y + 72), fill=rule, width=2)
        if text:
            written(x + 14, y + 60, text)

    def box(x, y, name, ticked):
        pen.rectangle((x, y, x + 36, y + 36), outline=ink, width=3, fill="white")
        pen.text((x + 54, y + 30), name, font=font("Lato-Regular.ttf", 30), fill=ink, anchor="ls")
        if ticked:
            jitter = chance.randint(-2, 3, 6)
            points = [(x + 5 + int(jitter[0]), y + 17 + int(jitter[1])),
                      (x + 16 + int(jitter[2]), y + 32 + int(jitter[3])),
                      (x + 46 + int(jitter[4]), y - 13 + int(jitter[5]))]
            stroke = Image.new("L", (320, 320))
            ImageDraw.Draw(stroke).line([(4 * (px - x + 10), 4 * (py - y + 30))
                                         for px, py in points], fill=255, width=22, joint="curve")
            page.paste(hand, (x - 10, y - 30), stroke.resize((80, 80), Image.LANCZOS))

    section(290, "1   About you")
    field(90, 396, 740, "Full name", "Maribel Thornquist")
    field(780, 396, 1150, "Date of birth", "19 June 1984")
    field(90, 518, 740, "Address", "5 Heron Court, Quillmere")
    field(780, 518, 1150, "Telephone", "555-0119")
    section(626, "2   The plot you would like")
    pen.text((90, 726), "Size", font=label, fill=grey, anchor="ls")
    for x, name, ticked in [(230, "Small (25 m²)", False), (560, "Medium (50 m²)", True),
                            (880, "Large (100 m²)", False)]:
        box(x, 698, name, ticked)
    pen.text((90, 796), "Extras", font=label, fill=grey, anchor="ls")
    for x, name, ticked in [(230, "Shed", True), (560, "Water butt", True),
                            (880, "Greenhouse", False)]:
        box(x, 768, name, ticked)
    field(90, 866, 620, "Start date", "1 April 2026")
    field(660, 866, 1150, "Plot number, if you know it", "B 17")
    section(974, "3   What you plan to grow")
    for x, y, name, ticked in [(90, 1056, "Vegetables", True), (400, 1056, "Fruit", False),
                               (640, 1056, "Flowers", True), (900, 1056, "Herbs", False)]:
        box(x, y, name, ticked)
    field(90, 1150, 1150, "Anything else we should know", "I would like a plot near the pond.")
    section(1258, "4   Signature")
    pen.text((90, 1356), "I have read the garden rules and agree to keep them.",
             font=font("Lato-Regular.ttf", 30), fill=ink, anchor="ls")
    box(860, 1326, "Yes", True)
    pen.text((90, 1430), "Signed", font=label, fill=grey, anchor="ls")
    pen.line((90, 1520, 700, 1520), fill=rule, width=2)
    pen.text((140, 1506), "M Thornquist", font=font("Kristi.ttf", 110), fill=hand, anchor="ls")
    pen.text((780, 1430), "Date", font=label, fill=grey, anchor="ls")
    pen.line((780, 1520, 1150, 1520), fill=rule, width=2)
    written(800, 1506, "8 March 2026")
    pen.rectangle((70, 1580, 1170, 1690), outline=rule, width=2)
    pen.text((90, 1616), "For the office", font=label, fill=grey, anchor="ls")
    pen.text((90, 1664), "Received:", font=label, fill=ink, anchor="ls")
    pen.text((480, 1664), "Plot given:", font=label, fill=ink, anchor="ls")
    pen.text((860, 1664), "Fee:  £42.00 a year", font=label, fill=ink, anchor="ls")
    return page


RENTALS = [("Jan", 310), ("Feb", 345), ("Mar", 520), ("Apr", 780), ("May", 1040), ("Jun", 1265),
           ("Jul", 1480), ("Aug", 1410), ("Sep", 990), ("Oct", 640), ("Nov", 405), ("Dec", 290)]


def chart():
    scale = 2
    width, height = 1600, 1000
    page = Image.new("RGB", (width * scale, height * scale), "white")
    pen = ImageDraw.Draw(page)

    def text(x, y, words, name, size, fill, anchor="ls"):
        pen.text((x * scale, y * scale), words, font=font(name, size * scale), fill=fill,
                 anchor=anchor)

    def rectangle(x0, y0, x1, y1, fill, radius=0):
        pen.rounded_rectangle((x0 * scale, y0 * scale, x1 * scale, y1 * scale), radius * scale,
                              fill=fill, corners=(True, True, False, False))

    ink, grey, blue, orange = (34, 38, 46), (112, 118, 128), (64, 116, 176), (226, 122, 48)
    text(90, 92, "Bicycles rented in Quillmere, 2025", "Lato-Bold.ttf", 46, ink)
    text(90, 140, "Rentals a month, all four stations", "Lato-Regular.ttf", 28, grey)
    left, right, foot, top, most = 150, 1540, 860, 200, 1600
    for value in range(0, most + 1, 400):
        y = foot - (foot - top) * value / most
        rectangle(left, y - 0.75, right, y + 0.75, (222, 226, 232))
        text(left - 18, y + 9, f"{value:,}", "Lato-Regular.ttf", 26, grey, "rs")
    step = (right - left) / len(RENTALS)
    for i, (month, count) in enumerate(RENTALS):
        middle = left + step * (i + 0.5)
        y = foot - (foot - top) * count / most
        best = count == max(c for _, c in RENTALS)
        rectangle(middle - 36, y, middle + 36, foot, orange if best else blue, 6)
        text(middle, y - 14, f"{count:,}", "Lato-Bold.ttf", 26, ink, "ms")
        text(middle, foot + 40, month, "Lato-Medium.ttf", 28, ink, "ms")
    rectangle(left, foot - 1.5, right, foot + 1.5, ink)
    rectangle(90, 938, 114, 962, orange)
    text(126, 959, "Busiest month", "Lato-Regular.ttf", 26, ink)
    total = sum(count for _, count in RENTALS)
    text(right, 959, f"Total for the year: {total:,}   Source: Quillmere Cycle Hire",
         "Lato-Regular.ttf", 26, grey, "rs")
    return page.resize((width, height), Image.LANCZOS)


BOOK = [
    "The lamp on Garrow Point was lit for the first time on the night of 3 November 1871, "
    "eleven weeks later than the harbour board had promised and four hundred pounds dearer. "
    "Nobody on the quay minded. For nineteen winters the pilots had steered by a bonfire that "
    "the chandler’s boys kept alive with tar barrels, and a bonfire, as the pilots liked "
    "to say, is a fine thing until it rains.",
    "The new keeper had come up the coast with two trunks, a goat, and a barometer wrapped in "
    "her winter coat. She had kept a smaller light for six years and knew what the board did "
    "not: that the oil must be strained twice, that the glass must be warmed before the flame "
    "is raised, and that fog is worst in the hour after a clear dawn. She wrote all of it on "
    "the wall of the watch room in a square and patient hand, where it can still be read.",
    "On the first night the flame stood perfectly still. Boats nine miles out saw a white "
    "star low in the west, and then, twelve seconds later, saw it again. By midnight there "
    "were more than thirty of them lying in the roads with their own lamps hung out in "
    "answer, and the keeper, who had meant to go to bed at two, stayed up until it was day.",
]


def scanned_page():
    width, height = 1240, 1754
    page = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(page)
    face = font("Vollkorn-Regular.ttf", 36)
    pen.text((620, 176), "THE KEEPERS OF GARROW POINT", font=font("Vollkorn-Regular.ttf", 27),
             fill=0, anchor="ms")
    pen.text((620, 306), "Chapter Four", font=font("Vollkorn-Italic.ttf", 40), fill=0, anchor="ms")
    pen.text((620, 376), "The First Light", font=font("Vollkorn-Bold.ttf", 56), fill=0,
             anchor="ms")
    y, left, right = 480, 180, 1064
    for number, paragraph in enumerate(BOOK):
        indent = 0 if number == 0 else 44
        words = justified(paragraph, face, right - left, indent)
        for i, line in enumerate(words):
            x = left + (indent if i == 0 else 0)
            room = right - x
            gaps = len(line) - 1
            used = sum(face.getlength(word) for word in line)
            space = (room - used) / gaps if i < len(words) - 1 and gaps else face.getlength(" ")
            for word in line:
                pen.text((x, y), word, font=face, fill=0, anchor="ls")
                x += face.getlength(word) + space
            y += 49
    assert y < 1660, y
    pen.text((620, 1682), "47", font=font("Vollkorn-Regular.ttf", 32), fill=0, anchor="ms")
    # The printed page, then the scan: ink spread, tilt, paper, the fold, dust, sensor lines.
    ink = np.asarray(blurred(page, 0.7), np.float32) / 255
    ink = np.clip((ink - 0.5) * 1.25 + 0.52 + 0.06 * noise(width, height, 4, 701, 2), 0, 1)
    tilted = Image.fromarray((ink * 255).astype(np.uint8)).rotate(
        1.1, Image.BICUBIC, fillcolor=255)
    ink = np.asarray(tilted, np.float32) / 255
    paper = np.asarray([0.945, 0.915, 0.845], np.float32) * (
        1 + 0.012 * noise(width, height, 500, 702, 5)
        + 0.012 * noise(width, height, 9, 703, 3, 0.8))[..., None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    fold = 1 - 0.38 * np.exp(-x / 0.035) - 0.10 * np.exp(-x / 0.12)
    edge = 1 - 0.06 * np.exp(-(1 - x) / 0.03)
    scan = paper * (fold * edge)[..., None]
    # A little of the other side of the leaf shines through.
    ghost = np.asarray(blurred(tilted.transpose(Image.FLIP_LEFT_RIGHT), 3.2), np.float32) / 255
    scan = scan * (1 - 0.045 * (1 - ghost))[..., None]
    dark = np.asarray([0.15, 0.13, 0.13], np.float32)
    scan = scan * ink[..., None] + dark * (1 - ink)[..., None]
    chance = np.random.RandomState(704)
    specks = picture(np.ones((height, width, 3), np.float32)).convert("L")
    pen = ImageDraw.Draw(specks)
    for _ in range(70):
        px, py, r = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(0.5, 1.7)
        pen.ellipse((px - r, py - r, px + r, py + r), fill=int(chance.randint(110, 200)))
    scan = scan * (np.asarray(specks, np.float32) / 255)[..., None]
    scan = scan * (1 + chance.normal(0, 0.006, (1, width, 1))).astype(np.float32)
    scan = scan + chance.normal(0, 0.010, (height, width, 1)).astype(np.float32)
    return picture(scan)


def justified(text, face, width, indent):
    """The words of each line of a paragraph set `width` wide, the first line `indent` in."""
    lines, line, used = [], [], float(indent)
    gap = face.getlength(" ") * 0.85
    for word in text.split():
        long = face.getlength(word)
        if line and used + gap + long > width:
            lines.append(line)
            line, used = [word], long
        else:
            used += long + (gap if line else 0)
            line.append(word)
    return lines + [line]
