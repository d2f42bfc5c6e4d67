"""Milliseconds of one answer the usual way, a picture shrunk and `model.predict`: `python recognition.py MODEL TIMES`.

Prints one JSON list. The pictures stand there already drawn, as `gr.Sketchpad` hands them over.
"""

import json
import sys
import time

import keras
import numpy as np
from bench.drawings import drawings, picture
from PIL import Image

model = keras.models.load_model(sys.argv[1])


def recognize(drawing: Image.Image) -> np.ndarray:
    image = drawing.getchannel("A").resize((28, 28))
    return keras.ops.softmax(model.predict(np.asarray(image)[None, :, :, None] / 255.0, verbose=0)[0])


pictures = [picture(drawing) for drawing in drawings()]
milliseconds = []
for number in range(int(sys.argv[2])):
    start = time.perf_counter()
    int(np.argmax(recognize(pictures[number % len(pictures)])))
    milliseconds.append(1000 * (time.perf_counter() - start))
print(json.dumps(milliseconds[len(milliseconds) // 10 :]))
