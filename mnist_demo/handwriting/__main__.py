"""python -m mnist_demo.handwriting FILE.png: a picture of every allograph, a row each, under its name."""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mnist_demo.handwriting.allographs import DIGITS, HABITS, NON_DIGITS, Habit, allographs_of
from mnist_demo.handwriting.generator import write
from mnist_demo.preprocess.strokes import SIDE


def show(path: Path, columns: int = 16, seed: int = 0) -> None:
    """Write a PNG with a row for each allograph: its name, then so many drawings of it."""
    rows = [(f"{digit} {a.name}", a, HABITS[digit]) for digit in DIGITS for a in allographs_of(digit)]
    rows += [(f"none: {a.name}", a, Habit()) for a in NON_DIGITS]
    rng = np.random.default_rng(seed)
    margin, half = 230, -(-len(rows) // 2)
    page = Image.new("L", (2 * (margin + columns * SIDE), half * SIDE), 255)
    pencil = ImageDraw.Draw(page)
    for number, (name, allograph, habit) in enumerate(rows):
        left, top = number // half * (margin + columns * SIDE), number % half * SIDE
        strip = 255 - np.hstack(list(write(allograph, habit, columns, rng)))
        pencil.text((left + 8, top + 8), name, fill=0)
        page.paste(Image.fromarray(strip), (left + margin, top))
    page.save(path, "PNG")


parser = argparse.ArgumentParser(
    prog="python -m mnist_demo.handwriting", description="Draw every allograph, a row each, under its name."
)
parser.add_argument("file", type=Path, help="the PNG file to write")
show(parser.parse_args().file)
