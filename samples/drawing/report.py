"""The two-page report: a PDF with embedded fonts and a real text layer, written with reportlab."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from .canvas import font_path
from .papers import money

BOATS = [("Curlew", 412, "Hull cleaned, two zinc anodes replaced", 186000),
         ("Sandpiper", 388, "Port engine: injectors and filters", 241550),
         ("Oystercatcher", 455, "Steering cable, new deck lights", 97380),
         ("Little Tern", 120, "Laid up from 3 May; varnish only", 38400)]
CHARGES = [("Labour, 96 hours at 42.00", 403200), ("Parts and materials", 160130),
           ("Dry dock, four days at 310.00", 124000), ("Disposal of oil and paint", 18650),
           ("Discount for members, 5 %", None)]
NAVY, INK, GREY = (0.10, 0.24, 0.42), (0.12, 0.14, 0.18), (0.40, 0.44, 0.50)
PALE, RULE = (0.94, 0.96, 0.98), (0.8, 0.84, 0.88)


def two_page():
    for name in ("Regular", "Bold", "Italic"):
        pdfmetrics.registerFont(TTFont(f"Lato-{name}", font_path(f"Lato-{name}.ttf")))
    out = BytesIO()
    width, height = A4
    page = canvas.Canvas(out, pagesize=A4, invariant=1, pageCompression=1,
                         initialFontName="Lato-Regular")
    page.setTitle("Maintenance report, second quarter 2026")
    page.setAuthor("Saltmarsh Ferry Cooperative")
    left, right = 56, width - 56

    def text(x, y, words, style="Regular", size=10.5, colour=INK, align="l"):
        page.setFont(f"Lato-{style}", size)
        page.setFillColorRGB(*colour)
        {"l": page.drawString, "r": page.drawRightString,
         "m": page.drawCentredString}[align](x, y, words)

    def bar(x, y, w, h, colour):
        page.setFillColorRGB(*colour)
        page.rect(x, y, w, h, stroke=0, fill=1)

    def paragraph(y, words, size=10.5):
        line = ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if pdfmetrics.stringWidth(longer, "Lato-Regular", size) > right - left:
                text(left, y, line, size=size)
                line, y = word, y - size * 1.5
            else:
                line = longer
        text(left, y, line, size=size)
        return y - size * 1.5

    def frame(number):
        bar(0, height - 64, width, 64, NAVY)
        text(left, height - 40, "Saltmarsh Ferry Cooperative", "Bold", 17, (1, 1, 1))
        text(right, height - 40, "Report MR-2026-Q2", "Regular", 11, (1, 1, 1), "r")
        bar(left, 54, right - left, 0.6, RULE)
        text(left, 38, "The Old Customs House, Penny Hythe", size=9, colour=GREY)
        text(right, 38, f"Page {number} of 2", size=9, colour=GREY, align="r")

    def table(y, columns, rows, last_bold=False):
        bar(left, y - 8, right - left, 24, NAVY)
        for x, align, head, _ in columns:
            text(x, y, head, "Bold", 10, (1, 1, 1), align)
        for i, row in enumerate(rows):
            y -= 24
            if i % 2:
                bar(left, y - 8, right - left, 24, PALE)
            for (x, align, _, style), cell in zip(columns, row):
                text(x, y, cell, style, 10, INK, align)
        bar(left, y - 9, right - left, 1, NAVY)
        return y - 34

    frame(1)
    y = height - 116
    text(left, y, "Maintenance report", "Bold", 24, NAVY)
    text(left, y - 22, "Second quarter 2026: April to June", "Regular", 12, GREY)
    y = paragraph(y - 58, "All four boats passed their summer inspection. The Sandpiper missed six "
                  "sailings in May while her port engine was rebuilt; the Curlew took over the "
                  "early crossing and no passenger was left on the quay. The cooperative carried "
                  "48,210 passengers in the quarter, 3,120 more than in the same months of 2025.")
    y -= 22
    box = (right - left - 32) / 3
    for i, (value, name) in enumerate([("48,210", "passengers"), ("1,375", "hours under way"),
                                       ("6", "sailings missed")]):
        x = left + i * (box + 16)
        bar(x, y - 46, box, 62, PALE)
        bar(x, y - 46, 4, 62, NAVY)
        text(x + 18, y - 10, value, "Bold", 20, NAVY)
        text(x + 18, y - 32, name, size=10, colour=GREY)
    y -= 92
    text(left, y, "Work on the boats", "Bold", 14, NAVY)
    y = table(y - 30, [(left + 10, "l", "Boat", "Bold"), (left + 160, "r", "Hours", "Regular"),
                       (left + 180, "l", "Work done", "Regular"),
                       (right - 10, "r", "Cost", "Regular")],
              [(boat, str(hours), work, money(cents)) for boat, hours, work, cents in BOATS])
    y -= 16
    text(left, y, "Hours under way, by boat", "Bold", 14, NAVY)
    y -= 34
    for boat, hours, _, _ in BOATS:
        text(left + 88, y, boat, size=10, align="r")
        bar(left + 100, y - 4, 330 * hours / 455, 15, (0.30, 0.50, 0.72))
        text(left + 108 + 330 * hours / 455, y, str(hours), "Bold", 10)
        y -= 25
    y = paragraph(y - 18, "The next inspection is planned for 14 September 2026. Until then the "
                  "Little Tern stays on her mooring as the spare boat.")
    page.showPage()

    frame(2)
    y = height - 116
    text(left, y, "Charges for the quarter", "Bold", 20, NAVY)
    text(left, y - 22, "From Garrow Boatyard to Saltmarsh Ferry Cooperative", size=12, colour=GREY)
    before = sum(cents for _, cents in CHARGES if cents)
    discount = before * 5 // 100
    rows = [(str(i + 1), what, money(cents) if cents else f"-{money(discount)}")
            for i, (what, cents) in enumerate(CHARGES)]
    y = table(y - 64, [(left + 10, "l", "No.", "Regular"), (left + 50, "l", "Charge", "Regular"),
                       (right - 10, "r", "Amount (GBP)", "Regular")], rows)
    net = before - discount
    tax = net * 20 // 100
    for name, value in [("Net", net), ("VAT 20 %", tax)]:
        text(right - 200, y, name, size=11, colour=GREY)
        text(right - 10, y, money(value), size=11, align="r")
        y -= 22
    y -= 14
    bar(right - 214, y - 16, 214, 36, NAVY)
    text(right - 200, y - 3, "Total due", "Bold", 14, (1, 1, 1))
    text(right - 10, y - 3, "£" + money(net + tax), "Bold", 14, (1, 1, 1), "r")
    y -= 70
    text(left, y, "Terms", "Bold", 14, NAVY)
    y = paragraph(y - 24, "Please pay by 31 July 2026, quoting report MR-2026-Q2. Spare parts left "
                  "over are kept in the yard store under the name of the boat. The warranty on the "
                  "rebuilt engine runs for eighteen months from the day of delivery.")
    y -= 20
    text(left, y, "Planned for the third quarter", "Bold", 14, NAVY)
    for words in ["Curlew: new life rafts, both sides", "Oystercatcher: radar moved to the mast",
                  "Ticket office: shutters painted, lamp over the door replaced"]:
        y -= 22
        bar(left + 4, y + 2.5, 4, 4, NAVY)
        text(left + 18, y, words)
    y -= 60
    text(left, y, "Approved by the boat committee on 6 July 2026.", "Italic", 11)
    page.showPage()
    page.save()
    # The works cost the same in both tables, or the report would contradict itself.
    assert sum(cents for *_, cents in BOATS) == CHARGES[0][1] + CHARGES[1][1]
    return out.getvalue()
