"""Made-up names, places, goods, sums and dates, and words from a word list."""
import math
import os
from functools import lru_cache
from pathlib import Path

FOLDER = Path(os.environ.get("POCKET_WORDS", Path(__file__).parent.parent / "build" / "words.txt"))

MONTHS = ("January February March April May June July August September October November "
          "December").split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
COLOURS = {"red": (205, 40, 40), "blue": (40, 75, 200), "green": (40, 150, 60),
           "yellow": (240, 205, 40), "orange": (240, 130, 30), "purple": (130, 50, 160),
           "black": (20, 20, 20), "white": (246, 246, 246), "brown": (120, 75, 40),
           "pink": (245, 140, 180), "grey": (130, 130, 130)}
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
FIRST = ("Ada Alan Alice Amir Anna Arthur Bea Ben Bruno Carla Cecil Clara Cora Daniel Dora Edith "
         "Elena Elsa Emil Erik Esther Felix Flora Frank Frida George Grace Greta Hanna Harold "
         "Hazel Hugo Ida Ines Iris Ivan Ivy Jack Jane Jasper Joan John Jonas Judith Julia Karl "
         "Kate Lara Laura Lena Leo Lewis Lily Liam Louise Lucas Mabel Marco Maria Mark Martha "
         "Maya Milo Mina Nadia Nell Nina Noah Nora Olive Oscar Otto Owen Paul Penny Peter Petra "
         "Ralph Rosa Ruby Ruth Sam Sara Simon Sofia Stella Susan Theo Thomas Tilda Una Vera "
         "Victor Viola Walter Wanda Willa Yara Zoe").split()
STARTS = ("Bar Ben Black Brack Bram Bran Brook Cal Carn Castle Chal Clay Cold Cop Cray Crow Dal "
          "Dar Den Dun East Edge Elm Fair Fal Farn Fen Fern Fox Gale Gar Glen Gold Grey Had Hal "
          "Ham Har Hart Haw Hazel Hen High Hol Hop Horn Hunt Ing Iron Kel Ken King Kirk Lang "
          "Lark Lin Long Mar May Mel Mer Mil Moor Mor Nant New Nor North Oak Old Os Ot Pen Per "
          "Pem Quill Rad Ravens Red Rook Rose Row Sand Sel Shel Silver Stan Stone Sut Swan Tam "
          "Tarn Thorn Tor Under Up Vel Wal War Wen West Whit Wil Win Wood Wy Yar").split()
ENDS = ("beck berg borough bourne bridge brook burn bury by combe cott dale den don fell field "
        "ford gate grove ham hampton haven hill holm holt hurst land ley ling lock low mere "
        "minster moor mouth ness over port ridge row shaw side stead sted stock stone stow "
        "thorpe ton town vale ville wall water way well wich wick win wold wood worth").split()
STREETS = "Street Road Lane Avenue Way Square Close Row Hill Drive Court Place".split()
SHOPS = ("Bakery Books Cafe Grocery Stores Market Pharmacy Hardware Florist Garage Music Shoes "
         "Toys Kitchen Cycles Optics Print Works Tailors Clinic Fabrics Furniture Butchers Dairy "
         "Supplies Trading Partners Services Builders Design Studio Nursery Foods Coffee Tools "
         "Paper Interiors Logistics Energy Motors Boats Travel Laundry Museum Library Theatre "
         "Gallery Station Hotel School Gardens Workshop Antiques Deli Fishmonger").split()
GOODS = ("apples bread butter cheese milk eggs rice pasta flour sugar salt pepper honey jam tea "
         "coffee juice water soap candles matches plates cups spoons bowls towels pencils "
         "notebooks paper envelopes stamps batteries bulbs nails screws hinges paint brushes "
         "rope tape glue seeds soil pots gloves hats scarves socks shirts lamps chairs tables "
         "mirrors clocks frames maps postcards posters tickets flowers tulips roses oranges "
         "lemons pears plums grapes carrots onions potatoes tomatoes peppers beans peas lentils "
         "walnuts almonds cake biscuits muffins scones soup olives vinegar oil sardines cheddar "
         "yoghurt cream cocoa chocolate mustard noodles bananas melons leeks spinach garlic "
         "ginger cables keyboards chargers folders markers staplers printers drills hammers "
         "saws ladders buckets hoses shelves cushions blankets curtains carpets").split()
ADJECTIVES = ("small large red green blue white black brown fresh dried organic wooden plastic "
              "metal glass cotton woollen long short double single light dark sweet wild ripe "
              "golden plain striped round square heavy fine").split()
SIGN_PHRASES = (
    "No Parking|No Entry|Exit|Way Out|Open|Closed|Push|Pull|Danger|Keep Out|Private|Sale|Reception|"
    "Toilets|Wet Floor|Please Wait Here|Mind the Step|Staff Only|No Smoking|Fire Exit|Car Park|"
    "Bus Stop|Information|Lost Property|Ticket Office|Platform {n}|Room {n}|Gate {n}|Floor {n}|"
    "Exit {n}|Route {n}|Open daily|Back soon|Please ring the bell|Keep left|Keep right|"
    "Dead end|Slow down|Caution|For sale|To let|Vacancies|Sold out|Free entry|Cash only|"
    "Please close the gate|Beware of the dog|Welcome to {place}|{place} {n} km|To the station|"
    "Next train {time}|Departures|Arrivals|Closed on {day}|Open {day} to {day}|Sale ends {day}|"
    "Speed limit {n}|Max. {n} kg|{n} % off|Only {price}|From {price}|Entrance|Deliveries|"
    "Change here for {place}|Way out|{street}|{shop}|{person}|Call {phone}|Est. {year}").split("|")


def choice(rng, pool):
    return pool[int(rng.integers(len(pool)))]


@lru_cache(maxsize=None)
def listed():
    """Plain words of the word list; make_vocabulary.py writes them out."""
    return tuple(FOLDER.read_text().split())


def word(rng):
    """Words of a word list, short ones more often."""
    while True:
        found = choice(rng, listed())
        if len(found) <= 8 or rng.random() < 0.5:
            return found


def letters(rng, most=8):
    """A run of letters that is no word."""
    alphabet = "abcdefghijklmnopqrstuvwxyz" if rng.random() < 0.6 else "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "".join(choice(rng, alphabet) for _ in range(int(rng.integers(1, most))))


def place(rng):
    name = choice(rng, STARTS) + choice(rng, ENDS)
    kind = rng.random()
    if kind < 0.12:
        return f"{name} {choice(rng, ['Junction', 'Green', 'Cross', 'Bay', 'Park', 'End'])}"
    if kind < 0.2:
        return f"{choice(rng, ['Upper', 'Great', 'Little', 'New', 'Port'])} {name}"
    return name


def surname(rng):
    return place(rng).split()[-1] if rng.random() < 0.7 else word(rng).capitalize()


def person(rng):
    return f"{choice(rng, FIRST)} {surname(rng)}"


def street(rng):
    name = choice(rng, STARTS) + choice(rng, ENDS)
    return f"{int(rng.integers(1, 240))} {name} {choice(rng, STREETS)}"


def shop(rng):
    kind = rng.random()
    if kind < 0.45:
        return f"{surname(rng)} {choice(rng, SHOPS)}"
    if kind < 0.6:
        return f"{surname(rng)} & {choice(rng, ['Sons', 'Daughters', 'Co.', surname(rng)])}"
    if kind < 0.8:
        return f"The {choice(rng, ADJECTIVES).capitalize()} {word(rng).capitalize()}"
    return f"{choice(rng, ADJECTIVES).capitalize()} {word(rng).capitalize()} {choice(rng, SHOPS)}"


def item(rng):
    name = choice(rng, GOODS) if rng.random() < 0.75 else word(rng)
    if rng.random() < 0.35:
        name = f"{choice(rng, ADJECTIVES)} {name}"
    return name.capitalize()


def cents(rng, most=9999):
    """A sum in hundredths, small ones as often as large ones."""
    return int(round(10 ** rng.uniform(1.7, math.log10(most))))


def money(hundredths, sign="", comma=False):
    whole = f"{hundredths // 100:,}" if comma else str(hundredths // 100)
    return f"{sign}{whole}.{hundredths % 100:02d}"


def date(rng):
    """A date in one of the usual forms."""
    d, m, y = int(rng.integers(1, 29)), int(rng.integers(12)), int(rng.integers(1990, 2036))
    return [f"{d} {MONTHS[m]} {y}", f"{MONTHS[m]} {d}, {y}", f"{y}-{m + 1:02d}-{d:02d}",
            f"{d:02d}/{m + 1:02d}/{y}", f"{d:02d}.{m + 1:02d}.{y}",
            f"{d} {MONTHS[m][:3]} {y}"][int(rng.integers(6))]


def clock(rng):
    mark = choice(rng, ":.")
    return f"{int(rng.integers(0, 24)):02d}{mark}{int(rng.integers(60)):02d}"


def phone(rng):
    digits = "".join(str(int(d)) for d in rng.integers(0, 10, 7))
    return choice(rng, ["555-{}-{}", "555 {} {}", "(555) {} {}"]).format(digits[:3], digits[3:])


def reference(rng):
    head = "".join(choice(rng, "ABCDEFGHKLMNPRSTVW") for _ in range(int(rng.integers(0, 4))))
    body = "".join(str(int(d)) for d in rng.integers(0, 10, int(rng.integers(3, 8))))
    tail = f"-{int(rng.integers(10, 9999))}" if rng.random() < 0.3 else ""
    return f"{head}{'-' if head and rng.random() < 0.7 else ''}{body}{tail}"


def cased(rng, text):
    kind = rng.random()
    return text.upper() if kind < 0.3 else text.lower() if kind < 0.36 else \
        text.title() if kind < 0.45 else text


def phrase(rng, most=24):
    """A line as it stands on signs and labels: never longer than `most` letters."""
    while True:
        kind = rng.random()
        if kind < 0.3:
            line = choice(rng, SIGN_PHRASES).format(
                n=int(rng.integers(1, 100)), place=place(rng), time=clock(rng),
                day=choice(rng, DAYS), price=money(cents(rng), "£"), street=street(rng),
                shop=shop(rng), person=person(rng), phone=phone(rng),
                year=int(rng.integers(1700, 2030)))
        elif kind < 0.42:
            line = choice(rng, [shop, place, person, street, date, reference, clock, phone])(rng)
        elif kind < 0.85:
            line = " ".join(word(rng) for _ in range(int(rng.integers(1, 5))))
            line = line[0].upper() + line[1:] if rng.random() < 0.6 else line
        elif kind < 0.93:
            line = " ".join(letters(rng) for _ in range(int(rng.integers(1, 4))))
        else:
            line = choice(rng, [money(cents(rng), choice(rng, ["£", "$", ""])), str(
                int(rng.integers(1, 99999))), f"{int(rng.integers(1, 100))} %",
                word(rng) + choice(rng, "?!"),
                f"({word(rng)})", f'"{word(rng)}"'])
        line = cased(rng, line)
        if len(line) <= most:
            return line


def sentence(rng, least=4, most=12):
    count = int(rng.integers(least, most))
    small = "the a of and in to is was for on with at by from as it his her their we".split()
    out = [choice(rng, small) if rng.random() < 0.35 else word(rng) for _ in range(count)]
    if count > 6 and rng.random() < 0.4:
        out[count // 2] += ","
    line = " ".join(out)
    return line[0].upper() + line[1:] + choice(rng, "....?!")
