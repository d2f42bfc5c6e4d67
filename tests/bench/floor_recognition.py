"""Milliseconds of the network's four matrix products alone, in NumPy: `python floor_recognition.py TIMES`. JSON."""

import json
import sys
import time

import numpy as np

rng = np.random.default_rng(0)
SHAPES = [(26 * 26, 9, 32), (11 * 11, 9 * 32, 64), (1, 1600, 64), (1, 64, 10)]
pairs = [(rng.random((n, k), np.float32), rng.random((k, m), np.float32)) for n, k, m in SHAPES]
milliseconds = []
for _ in range(int(sys.argv[1])):
    start = time.perf_counter()
    for a, b in pairs:
        a @ b
    milliseconds.append(1000 * (time.perf_counter() - start))
print(json.dumps(milliseconds[len(milliseconds) // 10 :]))
