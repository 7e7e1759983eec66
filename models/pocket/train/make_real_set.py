#!/usr/bin/env python3
"""Makes the question set of real pictures: photographs, scans and screens that others took.

    models/pocket/train/make_real_set.py --to SETS --cache FOLDER

real.jsonl, beside this file, says where each picture comes from, which part of it is asked about
and what stands there. The pictures themselves are in packages, which are fetched into FOLDER unless
they are there: by apt from Debian, as packages or as their sources, and by pip. The newest lists of
Debian's packages (apt-get update) and an internet connection are needed the first time.
"""
import argparse
import functools
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from PIL import Image

LISTED = Path(__file__).resolve().with_name("real.jsonl")
QUESTION = "Read the text."
# A wheel is for one kind of machine; its pictures are the same in all.
WHEEL = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11",
         "--abi", "cp311", "--platform", "manylinux_2_28_x86_64"]


def run(*command, folder):
    """Runs a program in a folder and gives what it printed; what it complains of ends this one."""
    try:
        done = subprocess.run([str(c) for c in command], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} is needed, and not installed") from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        told = [c for c in command if c not in (sys.executable, "-m")][:2]
        raise SystemExit(f"{' '.join(told)}: {' '.join(last)}")
    return done.stdout


@functools.cache
def sources_settings(cache):
    """Settings that let apt find Debian's sources where this machine has its packages from, without
    a change to the machine's own."""
    found = run("apt-get", "indextargets", "--format",
                "$(REPO_URI) $(CODENAME) $(COMPONENT) $(SIGNED_BY)",
                "Created-By: Packages", "Origin: Debian", folder=cache)
    lines = set()
    for at, suite, component, key in (line.split(maxsplit=3) for line in found.splitlines()):
        signed = f"[signed-by={key}] " if key.startswith("/") else ""
        lines.add(f"deb-src {signed}{at} {suite} {component}\n")
    if not lines:
        raise SystemExit("apt knows no packages of Debian yet: run apt-get update first")
    state = cache / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "sources.list").write_text("".join(sorted(lines)))
    settings = ["-o", f"Dir::Etc::sourcelist={state}/sources.list", "-o", "Dir::Etc::sourceparts=-",
                "-o", f"Dir::State::lists={state}/lists", "-o", f"Dir::Cache={state}/cache"]
    run("apt-get", "update", *settings, folder=cache)
    return settings


def fetch(kind, package, version, cache):
    """The folder with a package's files, filled if it is not yet there."""
    folder = cache / f"{package}-{version}"
    if folder.exists():
        return folder
    print(f"fetching {package} {version} ({kind})", flush=True)
    part = cache / f"{package}-{version}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        if kind == "debian":
            run("apt-get", "download", f"{package}={version}", folder=part)
        elif kind == "debian source":
            run("apt-get", "source", "--download-only", *sources_settings(cache),
                f"{package}={version}", folder=part)
        else:
            form = WHEEL if kind == "wheel" else ["--no-binary", ":all:"]
            run(sys.executable, "-m", "pip", "download", "--no-deps",
                "--disable-pip-version-check", *form,
                f"{package}=={version}", folder=part)
    except SystemExit as reason:
        raise SystemExit(f"{package} {version} cannot be had ({reason}); where a newer version has "
                         f"taken its place, change the version in {LISTED.name}") from None
    part.rename(folder)
    return folder


def taken(wanted, path):
    """Those of the wanted files that an archive has, with their bytes."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as packed:
            return {name: packed.read(name) for name in wanted & set(packed.namelist())}
    source = dict(name=path)
    if path.suffix == ".deb":
        unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True,
                                  stdout=subprocess.PIPE).stdout
        source = dict(fileobj=io.BytesIO(unpacked))
    elif ".tar." not in path.name:
        return {}
    with tarfile.open(**source) as packed:
        return {name: packed.extractfile(name).read() for name in wanted & set(packed.getnames())}


def read(wanted, folder):
    """The bytes of the wanted files of a package."""
    found = {}
    for path in sorted(folder.iterdir()):
        if wanted - set(found):
            found |= taken(wanted - set(found), path)
    return found


def part_of(data, box):
    """A part of a picture as PNG: left, upper, right and lower edge in pixels."""
    image = Image.open(io.BytesIO(data))
    image = image.convert("L" if image.mode in ("1", "L") else "RGB").crop(box)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args()
    if (options.to / LISTED.name).resolve() == LISTED:
        parser.error(f"--to: {LISTED.name} would be written over the list of pictures")
    cache = options.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    items = [json.loads(line) for line in LISTED.read_text().splitlines()]
    of_package = {}
    for item in items:
        of_package.setdefault((item["kind"], item["package"], item["version"]), set()).add(
            item["path"])
    files = {}
    for package, wanted in of_package.items():
        files[package] = read(wanted, fetch(*package, cache))

    folder = options.to / "real"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    told, words = [], 0
    for item in items:
        package = item["kind"], item["package"], item["version"]
        data = files[package].get(item["path"])
        if data is None:
            raise SystemExit(f"{item['package']} {item['version']} has no {item['path']}")
        if hashlib.sha256(data).hexdigest() != item["sha256"]:
            raise SystemExit(f"{item['path']} of {item['package']} {item['version']} is not the "
                             f"picture that {LISTED.name} was written for")
        name = item["name"] + (".png" if item["box"] else Path(item["path"]).suffix)
        (folder / name).write_bytes(part_of(data, item["box"]) if item["box"] else data)
        told.append(dict(file=f"real/{name}", question=QUESTION, answers=[item["text"]],
                         category=item["category"]))
        words += len(item["text"].split())
    with open(options.to / "real.jsonl", "w") as out:
        out.writelines(json.dumps(t, ensure_ascii=False) + "\n" for t in told)
    print(f"real: {len(told)} pictures of {len(of_package)} packages, {words} words")


if __name__ == "__main__":
    main()
