"""Milliseconds from strokes to answer in our program: `python ours_recognition.py MODEL.keras TIMES`. Prints JSON."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmark_parts.drawings import drawings
from mnist_demo import network, strokes
from mnist_demo.recognizer import Recognizer

with np.load(Path(sys.argv[1]).with_name("weights.npz")) as arrays:
    recognizer = Recognizer([arrays[name] for name in network.WEIGHTS], 1)
drawn = drawings()
milliseconds = []
for number in range(int(sys.argv[2])):
    start = time.perf_counter()
    recognizer.answer(strokes.ink(strokes.check(drawn[number % len(drawn)])))
    milliseconds.append(1000 * (time.perf_counter() - start))
print(json.dumps(milliseconds[len(milliseconds) // 10 :]))
