#!/usr/bin/env python3
"""Puts all that training needs on another machine into one folder of some MB: these scripts, the
fonts, the word list, the vocabulary and, to go on, what train.py --carry left.

    models/pocket/train/pack.py --to FOLDER [--carried RUN/carry]

There:  cd FOLDER && python3 train.py --plan gpu --shape large --to OUT [--from carry] --minutes 9
"""
import argparse
import shutil
from pathlib import Path

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--carried", type=Path)
    options = parser.parse_args()
    shutil.rmtree(options.to, ignore_errors=True)
    options.to.mkdir(parents=True)
    for path in HERE.glob("*.py"):
        shutil.copyfile(path, options.to / path.name)
    skip = shutil.ignore_patterns("__pycache__")
    for name in ("making", "learning", "build"):
        shutil.copytree(HERE / name, options.to / name, ignore=skip)
    if options.carried:
        shutil.copytree(options.carried, options.to / "carry")
    size = sum(p.stat().st_size for p in options.to.rglob("*") if p.is_file())
    print(f"{size / 1e6:.1f} MB in {options.to}")


if __name__ == "__main__":
    main()
