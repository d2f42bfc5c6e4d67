"""Seconds that our generator takes for digits, one core: `python ours_generation.py COUNT...`. Prints a JSON list."""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402 - its threads are counted when it is imported

from mnist_demo.handwriting import generator  # noqa: E402

generator.generate(1000, np.random.default_rng(1))
seconds = []
for count in map(int, sys.argv[1:]):
    start = time.perf_counter()
    generator.generate(count, np.random.default_rng(0))
    seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
