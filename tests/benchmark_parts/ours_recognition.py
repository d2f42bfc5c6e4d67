"""Milliseconds from strokes to answer in our program: `python ours_recognition.py MODEL.keras TIMES`. Prints JSON."""

import json
import sys
import time

from benchmark_parts.drawings import drawings
from mnist_demo import network, strokes
from mnist_demo.recognizer import Recognizer

network.prepare()
import keras  # noqa: E402 - after the first import of TensorFlow, which `prepare` makes

recognizer = Recognizer(keras.saving.load_model(sys.argv[1], compile=False).get_weights(), 1)
drawn = drawings()
milliseconds = []
for number in range(int(sys.argv[2])):
    start = time.perf_counter()
    recognizer.answer(strokes.ink(strokes.check(drawn[number % len(drawn)])))
    milliseconds.append(1000 * (time.perf_counter() - start))
print(json.dumps(milliseconds[len(milliseconds) // 10 :]))
