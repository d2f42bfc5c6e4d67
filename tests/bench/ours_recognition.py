"""Milliseconds from strokes to answer in our program: `python ours_recognition.py MODEL.keras TIMES`. Prints JSON."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from bench.drawings import drawings
from mnist_demo.model.recognizer import Recognizer
from mnist_demo.model.spec import LESSON
from mnist_demo.preprocess import strokes

with np.load(Path(sys.argv[1]).with_name("weights.npz")) as arrays:
    recognizer = Recognizer(LESSON, [arrays[name] for name in LESSON.weights], 1)
drawn = drawings()
milliseconds = []
for number in range(int(sys.argv[2])):
    start = time.perf_counter()
    recognizer.answer(strokes.image(strokes.check(drawn[number % len(drawn)])))
    milliseconds.append(1000 * (time.perf_counter() - start))
print(json.dumps(milliseconds[len(milliseconds) // 10 :]))
