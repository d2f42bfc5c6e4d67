"""The README's table of recipes: what each network reads of MNIST's test images and of digits that people drew.

    python3 tests/compare.py mnist.npz DRAWN.npz [--cache DIR]

DRAWN.npz holds digits as strokes: `points` int (n, 2), y downwards; in `stroke_starts` and `sample_starts` the places
of each stroke's and each digit's first point, the latter with n at its end; `labels` of the digits. Each digit is put
anywhere on the pad, its longer side 30 to 85 % of the pad's, and read twice: the whole pad shrunk to 28×28, as most
demos do, and in MNIST's form, as this program does. Networks are taken from the cache, or trained: the lesson's takes
minutes.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist_demo import load
from mnist_demo.library import DigitRecognizer
from mnist_demo.model.numpy_model import NumpyModel
from mnist_demo.preprocess import strokes

PAD = 280  # pixels of its side
PEN = 0.055  # of the side, as on the page

Drawing = list[list[list[float]]]


def drawn(path: Path) -> tuple[list[Drawing], np.ndarray]:
    """The digits (strokes of points in 0..1 of the pad) and labels (n,) of a file."""
    with np.load(path, allow_pickle=False) as file:
        points, ends, starts, labels = (file[n] for n in ("points", "stroke_starts", "sample_starts", "labels"))
    rng = np.random.default_rng(0)
    cuts = [ends[(ends > first) & (ends < last)] - first for first, last in itertools.pairwise(starts)]
    digits = np.split(points.astype(float), starts[1:-1])
    return [list(_placed(digit, cut, rng)) for digit, cut in zip(digits, cuts, strict=True)], labels


def _placed(digit: np.ndarray, cuts: np.ndarray, rng: np.random.Generator) -> Iterator[list[list[float]]]:
    low, size = digit.min(0), np.ptp(digit, 0)
    scale = rng.uniform(0.3, 0.85) / max(size.max(), 1)
    corner = PEN + rng.uniform(0, 1, 2) * (1 - 2 * PEN - size * scale)
    for stroke in np.split((digit - low) * scale + corner, cuts):
        yield stroke.tolist()


def shrunk(drawing: Drawing) -> np.ndarray:
    """The whole pad as float32 (28, 28) in [0, 1]."""
    pad = Image.new("L", (PAD, PAD))
    pen, width = ImageDraw.Draw(pad), round(PEN * PAD)
    for stroke in drawing:
        dots = [(PAD * x, PAD * y) for x, y in stroke]
        pen.line(dots, 255, width, joint="curve")
        for x, y in (dots[0], dots[-1]):
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255)
    return np.asarray(pad.resize((28, 28)), np.float32) / 255


def share_right(digits: DigitRecognizer, images: np.ndarray, labels: np.ndarray) -> float:
    network = NumpyModel(digits.model.spec, digits.model.weights)
    answers = [network.logits(part).argmax(1) for part in np.array_split(images, max(len(images) // 500, 1))]
    return float((np.concatenate(answers) == labels).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("mnist", "drawn"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    drawings, labels = drawn(asked.drawn)
    pads, forms = (np.stack([form(drawing) for drawing in drawings]) for form in (shrunk, strokes.image))
    networks = {
        "the lesson": load(str(asked.mnist), asked.cache, recipe="lesson"),
        "this program": load(str(asked.mnist), asked.cache),
        "this program, generated digits alone": load("generated", asked.cache),
    }
    with np.load(asked.mnist) as file:
        tests, expected = file["x_test"].astype(np.float32) / 255, file["y_test"]
    print("| network | MNIST's test images | drawn, the pad shrunk | drawn, in MNIST's form |\n|---|---|---|---|")
    for name, digits in networks.items():
        shares = [share_right(digits, *read) for read in ((tests, expected), (pads, labels), (forms, labels))]
        print(f"| {name} | " + " | ".join(f"{share:.2%}" for share in shares) + " |")


if __name__ == "__main__":
    main()
