"""Receipts, invoices, forms, letters, tables, labels, pages and charts, with what they state.

Each layout is a function that fills a Sheet (a chart draws itself); heldout.LAYOUTS names those
that only evaluation sees.
"""
import numpy as np
from PIL import Image

from . import camera, fonts, heldout, signs, words
from .canvas import Canvas, Picture
from .sheet import Cell, Fact, Sheet, amounts

LAYOUTS = {}
FIELDS = ("Name Address City Phone Occupation Age Member Class Course Size Colour Language Country "
          "Arrival Departure Room Guests Vehicle Branch Account Nationality Team Level").split()
OPTIONS = ("Small Medium Large Yes No Monthly Yearly Weekly Single Double Adult Child Morning "
           "Evening Standard Express Paper Email Cash Card Member Guest").split()
HEADS = "Price Stock Weight Size Rank Score Year Units Code Age Speed Points Area".split()


def layout(name):
    def keep(function):
        LAYOUTS[name] = function
        return function
    return keep


def sign_of(rng):
    return words.choice(rng, ["£", "$", "", ""])


def common(s, rng, kind):
    """Shop, date, number and address that most papers carry, as (label, value)."""
    shop, date, number = words.shop(rng), words.date(rng), words.reference(rng)
    s.fact("seller", shop, "shop" if kind == "receipt" else "seller")
    s.fact("date", date, "date")
    return shop, date, number


@layout("receipt: plain")
def receipt(rng, style=0):
    s, sign = Sheet(), sign_of(rng)
    shop, date, number = common(s, rng, "receipt")
    s.centre(shop, 1.5, True)
    if rng.random() < 0.6:
        street = words.street(rng)
        s.centre(street)
        s.fact("address", street, "address")
    if rng.random() < 0.5:
        phone = words.phone(rng)
        s.centre(words.choice(rng, ["Tel. ", "Phone ", ""]) + phone)
        s.fact("phone", phone, "phone")
    s.rule() if style else s.gap()
    s.sides(words.choice(rng, ["Date", "Date:", ""]) or "Sold", date)
    if rng.random() < 0.5:
        s.sides(words.choice(rng, ["No.", "Receipt", "Receipt no.", "Ref."]), number)
        s.fact("number", number, "number")
    s.rule()
    lines = amounts(rng, int(rng.integers(2, 8)))
    for name, quantity, price, total in lines:
        if style == 2 or rng.random() < 0.3:
            s.sides(f"{quantity} x {name}", words.money(total))
            s.fact("quantity", str(quantity), item=name.lower())
        else:
            total = price
            s.sides(name, words.money(price))
        s.fact("price", words.money(total), item=name.lower())
        s.named.setdefault("sum", 0)
        s.named["sum"] += total
    total = s.named.pop("sum")
    s.rule()
    if rng.random() < 0.4:
        tax = total // 6
        s.sides(words.choice(rng, ["VAT", "Tax", "VAT 20 %"]), words.money(tax))
        s.fact("tax", words.money(tax), "tax")
    s.sides(words.choice(rng, ["Total", "TOTAL", "Total due", "Amount due", "To pay"]),
            words.money(total, sign), True)
    s.fact("total", words.money(total, sign), "total")
    s.fact("count", str(len(lines)))
    if rng.random() < 0.4:
        s.sides(words.choice(rng, ["Cash", "Card", "Visa"]), words.money(total, sign))
    if rng.random() < 0.5:
        s.gap()
        s.centre(words.choice(rng, ["Thank you!", "Thank you for your visit", "Please come again",
                                    "Goodbye", "Have a nice day"]))
    return s


@layout("receipt: ruled")
def receipt_ruled(rng):
    return receipt(rng, 1)


@layout("receipt: boxed")
def receipt_boxed(rng):
    return receipt(rng, 2)


@layout("invoice: plain")
def invoice(rng, style=0):
    s, sign, comma = Sheet(), sign_of(rng), rng.random() < 0.5
    shop, date, number = common(s, rng, "invoice")
    buyer = words.shop(rng) if rng.random() < 0.6 else words.person(rng)
    s.fact("buyer", buyer, "customer")
    s.fact("number", number, "number")
    heading = words.choice(rng, ["INVOICE", "Invoice", "Bill", "Quotation", "Order"])
    label = words.choice(rng, ["No. ", "Number: ", "Invoice no. ", "Ref. ", "Invoice number: "])
    if style == 0:
        s.sides(shop, heading, True)
        s.gap()
        s.sides(words.choice(rng, ["Bill to: ", "To: ", "Customer: "]) + buyer, label + number)
        s.sides(words.street(rng), words.choice(rng, ["Date: ", "", "Date "]) + date)
    elif style == 1:
        s.centre(shop, 1.5, True)
        s.centre(heading)
        s.rule()
        for name, value in ((label.strip(" :"), number), ("Date", date),
                            (words.choice(rng, ["Customer", "Billed to", "Sold to"]), buyer)):
            s.row(Cell(name), Cell(value, 0.4))
    else:
        s.sides(heading, shop, True)
        s.rule()
        s.row(words.choice(rng, ["For ", "To "]) + buyer)
        s.row(label + number + ", " + date)
    s.rule()
    head = ["Item", "Qty", "Price", "Sum"] if rng.random() < 0.6 else [
        "Description", "Pcs", "Each", "Total"]
    s.row(Cell(head[0], 0), Cell(head[1], 0.55, "r"), Cell(head[2], 0.78, "r"),
          Cell(head[3], 1, "r"))
    total, lines = 0, amounts(rng, int(rng.integers(2, 7)))
    for name, quantity, price, amount in lines:
        s.row(Cell(name, 0), Cell(str(quantity), 0.55, "r"), Cell(words.money(price), 0.78, "r"),
              Cell(words.money(amount, comma=comma), 1, "r"))
        s.fact("quantity", str(quantity), item=name.lower())
        s.fact("price", words.money(price), item=f"one of the {name.lower()}")
        total += amount
    s.rule()
    if rng.random() < 0.5:
        tax = total // 5
        s.sides(words.choice(rng, ["VAT 20 %", "Tax", "VAT"]), words.money(tax, sign, comma))
        s.fact("tax", words.money(tax, sign, comma), "tax")
        total += tax
    s.sides(words.choice(rng, ["Total", "TOTAL", "Total due", "Amount due", "Grand total"]),
            words.money(total, sign, comma), True)
    s.fact("total", words.money(total, sign, comma), "total")
    s.fact("count", str(len(lines)))
    if rng.random() < 0.6:
        due = words.date(rng)
        s.gap()
        s.row(words.choice(rng, ["Due date: ", "Pay by ", "Payment due: ", "Due "]) + due)
        s.fact("due", due, "due")
    return s


@layout("invoice: head")
def invoice_head(rng):
    return invoice(rng, 1)


@layout("invoice: sidebar")
def invoice_sidebar(rng):
    return invoice(rng, 2)


def field_value(rng, name):
    makers = {"Name": words.person, "Address": words.street, "City": words.place,
              "Phone": words.phone, "Arrival": words.date, "Departure": words.date,
              "Account": words.reference, "Branch": words.place, "Vehicle": words.reference}
    if name in makers:
        return makers[name](rng)
    if name in ("Age", "Room", "Guests", "Level", "Member"):
        return str(int(rng.integers(1, 999 if name in ("Room", "Member") else 90)))
    return words.word(rng).capitalize()


@layout("form: labels left")
def form(rng, style=0):
    s = Sheet()
    title = words.choice(rng, ["Registration", "Application", "Booking form", "Membership form",
                               "Order form", "Enrolment", "Request", "Questionnaire"])
    s.centre(title, 1.5, True)
    s.fact("title", title, "title")
    s.rule()
    names = list(rng.permutation(FIELDS)[:int(rng.integers(3, 8))])
    values = [field_value(rng, n) for n in names]
    for n, v in zip(names, values):
        s.fact("field", v, n.lower(), item=n.lower())
    if style == 2:
        for i in range(0, len(names), 2):
            cells = [Cell(names[i] + ":", 0), Cell(values[i], 0.18)]
            if i + 1 < len(names):
                cells += [Cell(names[i + 1] + ":", 0.55), Cell(values[i + 1], 0.75)]
            s.row(*cells)
    else:
        for n, v in zip(names, values):
            if style:
                s.row(Cell(n, 0, scale=0.8))
                s.row(Cell(v, 0.03))
            else:
                s.row(Cell(n + words.choice(rng, ["", ":"]), 0), Cell(v, 0.38))
    if rng.random() < 0.7:
        options = list(rng.permutation(OPTIONS)[:int(rng.integers(2, 4))])
        right = int(rng.integers(len(options)))
        s.gap()
        for i, option in enumerate(options):
            s.row(Cell("[x]" if i == right else "[ ]", 0.0), Cell(option, 0.08))
        s.fact("ticked", options[right])
    return s


@layout("form: labels above")
def form_above(rng):
    return form(rng, 1)


@layout("form: two columns")
def form_columns(rng):
    return form(rng, 2)


def wrapped(rng, least, most, letters):
    """Sentences broken into lines of at most so many letters."""
    text, lines = " ".join(words.sentence(rng) for _ in range(int(rng.integers(least, most)))), [""]
    for w in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(w) > letters:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + w
    return lines


@layout("letter: plain")
def letter(rng, style=0):
    s = Sheet()
    sender, receiver, date = words.person(rng), words.person(rng), words.date(rng)
    subject = " ".join(words.word(rng) for _ in range(int(rng.integers(1, 4)))).capitalize()
    place = words.street(rng)
    anchor = {0: (0, "l"), 1: (1, "r"), 2: (0.5, "m")}[style]
    s.row(Cell(place, *anchor))
    s.row(Cell(date, *anchor))
    s.gap()
    if rng.random() < 0.6:
        s.row(Cell(words.choice(rng, ["Subject: ", "Re: ", ""]) + subject, 0, bold=True))
        s.fact("subject", subject, "subject")
    s.row(words.choice(rng, ["Dear {},", "To {},", "Hello {},"]).format(receiver))
    for line in wrapped(rng, 1, 4, int(rng.integers(26, 42))):
        s.row(line)
    s.row(words.choice(rng, ["Yours sincerely,", "Best wishes,", "Kind regards,", "Yours,"]))
    s.row(Cell(sender, 0, bold=rng.random() < 0.3))
    s.fact("sender", sender, "sender")
    s.fact("receiver", receiver, "receiver")
    s.fact("date", date, "date")
    s.fact("address", place, "address")
    return s


@layout("letter: right head")
def letter_right(rng):
    return letter(rng, 1)


@layout("letter: centred head")
def letter_centred(rng):
    return letter(rng, 2)


@layout("table: ruled")
def table(rng, style=0):
    s = Sheet()
    title = " ".join(words.word(rng) for _ in range(int(rng.integers(1, 4)))).capitalize()
    s.centre(title, 1.3, True)
    s.fact("title", title, "title")
    heads = list(rng.permutation(HEADS)[:int(rng.integers(1, 4))])
    stops = [0.0] + [0.45 + 0.55 * (i + 1) / len(heads) for i in range(len(heads))]
    first = words.choice(rng, ["Name", "Item", "Town", "Product"])
    s.row(Cell(first), *[Cell(h, at, "r") for h, at in zip(heads, stops[1:])])
    s.rule()
    seen = set()
    for _ in range(int(rng.integers(3, 8))):
        name = {"Name": words.person, "Town": words.place}.get(first, words.item)(rng)
        if name in seen:
            continue
        seen.add(name)
        values = [str(int(rng.integers(1, 2000))) for _ in heads]
        s.row(Cell(name), *[Cell(v, at, "r") for v, at in zip(values, stops[1:])])
        for h, v in zip(heads, values):
            s.fact("cell", v, item=name, column=h.lower())
        if style:
            s.rule()
    s.fact("count", str(len(seen)))
    return s


@layout("table: open")
def table_open(rng):
    return table(rng)


@layout("table: striped")
def table_striped(rng):
    return table(rng, 1)


@layout("label: tall")
def label(rng, style=0):
    s = Sheet()
    receiver, street, place = words.person(rng), words.street(rng), words.place(rng)
    sender, number = words.shop(rng), words.reference(rng)
    weight = f"{rng.uniform(0.1, 30):.1f} kg"
    s.row(Cell(words.choice(rng, ["TO", "To:", "Deliver to"]), 0, scale=0.7))
    for line in (receiver, street, place):
        s.row(Cell(line, 0.5 if style else 0, "m" if style else "l", 1.2, line == receiver))
    s.rule()
    s.row(Cell(words.choice(rng, ["From ", "Sender: ", "FROM "]) + sender, 0, scale=0.8))
    s.sides(number, weight)
    s.fact("receiver", receiver, "receiver")
    s.fact("sender", sender, "sender")
    s.fact("number", number, "number")
    s.fact("field", weight, "weight", item="the weight")
    s.fact("address", street, "address")
    return s


@layout("label: wide")
def label_wide(rng):
    return label(rng, 1)


@layout("page: plain")
def page(rng, style=0):
    """A short page of running text, with or without a heading."""
    s = Sheet()
    if rng.random() < 0.7:
        title = " ".join(words.word(rng) for _ in range(int(rng.integers(1, 4)))).title()
        s.centre(title, 1.4, True) if style != 1 else s.row(Cell(title, 0, "l", 1.4, True))
        s.fact("title", title, "title")
        s.gap()
    for line in wrapped(rng, 1, 7, int(rng.integers(20, 46))):
        s.row(line)
        if style == 2:
            s.gap()
    if rng.random() < 0.4:
        s.gap()
        s.centre(str(int(rng.integers(1, 400))))
    return s


@layout("page: left head")
def page_left(rng):
    return page(rng, 1)


@layout("page: drop line")
def page_drop(rng):
    return page(rng, 2)


def chart_facts(rng, facts, title, names, values):
    facts.append(Fact("title", title))
    for n, v in zip(names, values):
        facts.append(Fact("value", str(v), {"item": n}))
    if len(set(values)) == len(values):
        facts.append(Fact("most", names[int(np.argmax(values))]))
        facts.append(Fact("least", names[int(np.argmin(values))]))


def chart(rng, split, w, h):
    """A chart with the values written at its marks: upright bars, lying bars or, held out, dots."""
    ground, ink = ((255, 255, 255), (20, 20, 20)) if rng.random() < 0.7 else signs.pair(rng, 140)
    canvas, name = Canvas(w, h, ground), fonts.pick(rng, split, plain=True)
    title = " ".join(words.word(rng) for _ in range(int(rng.integers(1, 4)))).capitalize()
    count = int(rng.integers(3, 8))
    pool = [m[:3] for m in words.MONTHS] if rng.random() < 0.4 else None
    names = pool[:count] if pool else []
    while len(names) < count:
        n = words.place(rng).split()[-1][:9]
        names += [n] if n not in names else []
    values = [int(v) for v in rng.integers(1, words.choice(rng, [20, 100, 1000]), count)]
    size = canvas.fit(title, name, int(h * 0.07), w * 0.9)
    canvas.text(w / 2, h * 0.08, title, name, size, ink, "m")
    bar, top = signs.colour(rng, 40, 220), max(values)
    small = max(9, int(min(w, h) * rng.uniform(0.035, 0.05)))
    if split == "eval" or rng.random() < 0.5:
        step = w * 0.9 / count
        small = min([small] + [canvas.fit(n, name, small, step * 0.92) for n in names])
        for i, (n, v) in enumerate(zip(names, values)):
            x, high = w * 0.05 + step * (i + 0.5), h * 0.62 * v / top
            y = h * 0.86 - high
            if split == "eval":
                canvas.pen.line([x, h * 0.86, x, y], fill=ink)
                canvas.pen.ellipse([x - 7, y - 7, x + 7, y + 7], fill=bar)
            else:
                canvas.pen.rectangle([x - step * 0.3, y, x + step * 0.3, h * 0.86], fill=bar)
            canvas.text(x, y - small * 0.9, str(v), name, small, ink, "m")
            canvas.text(x, h * 0.91, n, name, small, ink, "m")
    else:
        step = h * 0.8 / count
        small = min([small, int(step * 0.7)]
                    + [canvas.fit(n, name, small, w * 0.22) for n in names])
        for i, (n, v) in enumerate(zip(names, values)):
            y, wide = h * 0.15 + step * (i + 0.5), w * 0.55 * v / top
            canvas.text(w * 0.27, y, n, name, small, ink, "r")
            canvas.pen.rectangle([w * 0.3, y - step * 0.3, w * 0.3 + wide, y + step * 0.3],
                                 fill=bar)
            canvas.text(w * 0.31 + wide, y, str(v), name, small, ink, "l")
    facts = []
    chart_facts(rng, facts, title, names, values)
    return canvas.picture(), facts


KINDS = sorted({name.split(":")[0] for name in LAYOUTS})


def paper(rng, split, edge=900, kind=None):
    """A picture of a paper, its Sheet (None for a chart), and its facts."""
    kind = kind or words.choice(rng, KINDS + ["chart"])
    if kind == "chart":
        aspect = rng.uniform(0.6, 1.0)
        flat, facts = chart(rng, split, edge, int(edge * aspect))
        return camera.photographed(flat, rng, 0.6), None, facts
    makers = [LAYOUTS[n] for n in sorted(LAYOUTS) if n.startswith(kind + ":")
              and (n in heldout.LAYOUTS) == (split == "eval")]
    sheet = makers[int(rng.integers(len(makers)))](rng)
    aspect = rng.uniform(0.6, 0.8) if kind == "label" else rng.uniform(1.2, 1.5)
    w, h = (edge, int(edge * aspect)) if kind == "label" else (int(edge / aspect), edge)
    ink = signs.colour(rng, 0, 70)
    white = 255 - int(rng.integers(0, 40))
    paper_colour = (white, white - int(rng.integers(0, 12)), white - int(rng.integers(0, 25)))
    flat = sheet.drawn(rng, split, w, h, paper_colour, ink).picture()
    kind_of_photo = rng.random()
    if kind_of_photo < 0.35:
        flat = camera.photographed(flat, rng, 0.25)
    elif kind_of_photo < 0.6:
        behind = Picture(Image.new("RGB", (w, h), paper_colour))
        quad = camera.tilted_quad(rng, w * 1.02, h * 1.02, (w, h), 0.005, 1.5)
        flat = camera.photographed(camera.placed(flat, quad, behind), rng, 0.6)
    else:
        W, H = int(w * rng.uniform(1.0, 1.25)), int(h * rng.uniform(1.0, 1.25))
        behind = Picture(signs.background(rng, split, W, H))
        quad = camera.tilted_quad(rng, W, H, (w, h), 0.03, 4)
        flat = camera.photographed(camera.placed(flat, quad, behind), rng)
    return flat, sheet, sheet.facts
