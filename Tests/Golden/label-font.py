"""Writes Sources/Command/Sheets/LabelFont.swift: the letters with which contact sheets are labelled.

Run with Pillow from the root of the repository; needs Debian's fonts-dejavu-core.
"""

from PIL import Image, ImageDraw, ImageFont

SIZE, WIDTH, HEIGHT, BASELINE = 15, 9, 18, 14
RANGES = [(0x20, 0x7E), (0xA0, 0xFF)]
LINE = 90

font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", SIZE)
digits = []
for first, last in RANGES:
    for code in range(first, last + 1):
        cell = Image.new("L", (WIDTH, HEIGHT), 0)
        ImageDraw.Draw(cell).text((0, BASELINE), chr(code), fill=255, font=font, anchor="ls")
        digits += ["%x" % ((value * 15 + 127) // 255) for value in cell.tobytes()]
text = "".join(digits)

print(f"""\
// The letters of contact sheets: DejaVu Sans Mono at {SIZE} pixels, drawn once by
// Tests/Golden/label-font.py. The Bitstream Vera and DejaVu fonts are free to use, copy, embed and
// change (https://dejavu-fonts.github.io/License.html); Bitstream Vera is a trademark of Bitstream,
// Inc. See NOTICE.

/// How dark each pixel of each letter is.
enum LabelFont {{
    /// Pixels of one letter, its margins included.
    static let width = {WIDTH}
    static let height = {HEIGHT}

    /// Where the letter of a code begins in `coverage`; a question mark stands for what is missing.
    static func offset(of scalar: Unicode.Scalar) -> Int {{
        let code = Int(scalar.value)
        let place: Int =
            switch code {{
            case 0x20...0x7E: code - 0x20
            case 0xA0...0xFF: code - 0xA0 + 95
            default: 0x3F - 0x20
            }}
        return place * width * height
    }}

    /// From 0, paper, to 15, ink: letter after letter, each row by row.
    static let coverage: [UInt8] = drawn.utf8.map {{ digit in
        digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    }}

    private static let drawn = \"\"\"""")
lines = [text[at : at + LINE] for at in range(0, len(text), LINE)]
for line in lines[:-1]:
    print(f"        {line}\\")
print(f"        {lines[-1]}")
print('        """')
print("}")
