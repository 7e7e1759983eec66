#!/usr/bin/env python3
"""Collects the fonts that pages are drawn with, cut down to the letters that are used.

    apt-get install $(models/pocket/train/make_fonts.py --packages) wamerican
    models/pocket/train/make_fonts.py [--from FOLDER] [--to models/pocket/train/build/fonts]

Needs fonttools. The result (some MB) is what travels to a machine without these packages; it is
not kept in the tree.
"""
import argparse
import shutil
from pathlib import Path

PACKAGES = """fonts-adf-accanthis fonts-adf-baskervald fonts-adf-gillius fonts-adf-libris
fonts-adf-romande fonts-adf-switzera fonts-adf-universalis fonts-allerta fonts-arapey fonts-b612
fonts-breip fonts-cabin fonts-cantarell fonts-cardo fonts-century-catalogue
fonts-clear-sans fonts-comfortaa fonts-comic-neue fonts-courier-prime fonts-crosextra-caladea
fonts-crosextra-carlito fonts-dejavu-core fonts-dejavu-extra fonts-dosis fonts-ebgaramond
fonts-fanwood fonts-firacode fonts-gfs-didot fonts-go fonts-goudybookletter fonts-inconsolata
fonts-inter fonts-jetbrains-mono fonts-junction fonts-jura fonts-karla fonts-kaushanscript
fonts-lato fonts-league-spartan fonts-leckerli-one fonts-liberation2 fonts-lindenhill
fonts-linuxlibertine fonts-lobster fonts-lobstertwo fonts-manrope fonts-national-park fonts-ocr-b
fonts-oldstandard fonts-open-sans fonts-opendin fonts-paratype fonts-play fonts-prociono
fonts-quattrocento fonts-quicksand fonts-roadgeek fonts-roboto-unhinted fonts-roboto-slab
fonts-sil-andika fonts-sil-charis fonts-sil-gentium-basic fonts-sora fonts-stix fonts-texgyre
fonts-ubuntu-title fonts-vollkorn fonts-yanone-kaffeesatz fonts-tuffy fonts-dancingscript
fonts-gnutypewriter""".split()
# Weights too thin or too unlike print, small capitals, mathematics, symbols, other scripts.
UNWANTED = ("Thin", "Hairline", "ExtraLight", "UltraLight", "Math", "Symbol", "Outline", "Initials",
            "SC-", "SC.", "Caps", "Swash", "Ornament", "Powerline", "Dingbat", "Keyboard", "Shadow",
            "smallcaps", "DSub", "Variable", "VF", "Nonumb", "OsF", "SmallCaps", "Heavy", "12",
            "um_K", "AllCaps", "Style")


def wanted(path):
    return (path.is_file() and path.suffix in (".ttf", ".otf")
            and not any(word in path.stem for word in UNWANTED))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", action="store_true")
    parser.add_argument("--from", dest="source", default="/usr/share/fonts", type=Path)
    parser.add_argument("--to", default=Path(__file__).parent / "build" / "fonts", type=Path)
    parser.add_argument("--most", type=int, default=4, help="files of one family")
    options = parser.parse_args()
    if options.packages:
        print(" ".join(PACKAGES))
        return
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from making.fonts import LETTERS
    codes = [ord(c) for c in LETTERS]
    shutil.rmtree(options.to, ignore_errors=True)
    options.to.mkdir(parents=True)
    families, kept = {}, 0
    # The upright and bold ones first; of each family only some.
    order = {"Regular": 0, "Bold": 1, "Italic": 2, "Medium": 2}
    for path in sorted(options.source.rglob("*"), key=lambda p: (order.get(
            p.stem.replace("_", "-").split("-")[-1], 3), p.name)):
        family = path.stem.replace("_", "-").split("-")[0]
        if not wanted(path) or families.get(family, 0) >= options.most:
            continue
        target = options.to / path.name.replace(" ", "")
        if target.exists():
            continue
        font = TTFont(path, lazy=False)
        if set(codes) - set(font.getBestCmap() or {}):
            continue
        subsetter = subset.Subsetter(subset.Options(layout_features=["kern"], notdef_outline=True,
                                                    drop_tables=["GSUB", "DSIG", "FFTM", "PfEd"],
                                                    hinting=False))
        subsetter.populate(unicodes=codes)
        try:
            subsetter.subset(font)
        except Exception as error:
            print(f"{path.name} is left out: {error}")
            continue
        font.save(target)
        families[family] = families.get(family, 0) + 1
        kept += 1
    size = sum(p.stat().st_size for p in options.to.iterdir())
    print(f"{kept} fonts of {len(families)} families, {size / 1e6:.1f} MB, in {options.to}")


if __name__ == "__main__":
    main()
