#!/usr/bin/env python3
"""Measures the pocket model with every question set and writes the table of its card.

    models/pocket/train/figures.py --sets SETS [--smolvlm ./smolvlm] [--only signs real ...]

Runs `smolvlm eval` on each set, one after the other; keeps what it tells as figures/NAME.json
beside the model card and each answer as SETS/NAME.out.jsonl. The table between the card's two
marks is made from all figures that are there; without --sets only that is done.
"""
import argparse
import json
import subprocess
from pathlib import Path

POCKET = Path(__file__).resolve().parent.parent
MARKS = ("<!-- figures: made by train/figures.py -->", "<!-- end of figures -->")

# The sets in the order of the table, what they hold, and what the model is meant to reach.
SETS = {
    "signs": ("signs, labels, screens", {"exact": 0.95, "cer": 0.015}),
    "documents": ("questions about papers", {"exact": 0.88, "anls": 0.93}),
    "pages": ("short pages, transcribed", {"cer": 0.04}),
    "videos": ("questions about clips", {}),
    "no-text": ("pictures without text", {"right": 0.95}),
    "not-stated": ("what a paper does not say", {"right": 0.95}),
    "scenes": ("colours, shapes, counts, places", {}),
    "real": ("real photographs, scans, screens", {"wer": 0.4}),
}
# Categories with an aim of their own: a row each below that of their set.
PARTS = {"videos": {"video summary": {"right": 0.85}, "video when": {"right": 0.85}}}
MOST_REFUSED = 0.02
COLUMNS = {"right": "right", "exact": "exact", "anls": "ANLS", "cer": "CER", "wer": "WER"}


def measure(program, model, sets, name):
    """The figures of one set, as the program tells them."""
    Path(f"{sets}/{name}.out.jsonl").unlink(missing_ok=True)
    out = subprocess.run(
        [program, "eval", f"{sets}/{name}.jsonl", "-m", model, "--no-cache", "--json",
         "-o", f"{sets}/{name}.out.jsonl"], check=True, text=True, stdout=subprocess.PIPE).stdout
    told = json.loads(out)
    # Where the set lies on this machine is no figure.
    told["set"] = f"{name}.jsonl"
    return told


def value(figures, column):
    return figures["accuracy" if column == "right" else column]


def cell(figures, column, wanted):
    share = value(figures, column)
    if share is None:
        return ""
    text = f"{100 * share:.1f} %"
    if column not in wanted:
        return text
    lower = column in ("cer", "wer")
    met = share <= wanted[column] if lower else share >= wanted[column]
    aim = f"{100 * wanted[column]:g} %"
    return f"**{text}**" if met else f"{text} (aim: {'at most ' if lower else ''}{aim})"


def row(title, figures, wanted):
    asked, refused = figures["not_to_be_refused"], figures["false_refusals"]
    told = f"{refused} of {asked}" if asked else ""
    if asked and refused <= MOST_REFUSED * asked:
        told = f"**{told}**"
    return " | ".join([
        f"| {title}", str(figures["questions"]), *(cell(figures, c, wanted) for c in COLUMNS),
        told, f"{figures['median_seconds']:.2f} s |"])


def table(folder):
    """The table of all sets that have figures, as Markdown."""
    rows = ["| set | questions | " + " | ".join(COLUMNS.values())
            + f" | refused wrongly (aim: at most {100 * MOST_REFUSED:g} %) | median time |",
            "|---|---|" + "---|" * (len(COLUMNS) + 2)]
    for name, (meaning, wanted) in SETS.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        figures = json.loads(path.read_text())
        rows.append(row(f"`{name}`: {meaning}", figures["all"], wanted))
        for part in figures["categories"]:
            if part["category"] in PARTS.get(name, {}):
                aim = PARTS[name][part["category"]]
                rows.append(row(f"of these, {part['category']}", part, aim))
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--smolvlm", default="./smolvlm")
    parser.add_argument("--model", default="models/pocket")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    options = parser.parse_args()
    folder = POCKET / "figures"
    if options.sets:
        folder.mkdir(exist_ok=True)
        for name in options.only:
            told = measure(options.smolvlm, options.model, options.sets, name)
            (folder / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
            print(name, {c: value(told["all"], c) for c in COLUMNS}, flush=True)
    card = POCKET / "README.md"
    before, rest = card.read_text().split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    card.write_text(f"{before}{MARKS[0]}\n\n{table(folder)}\n\n{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
