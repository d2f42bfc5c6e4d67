"""The machine's peak in a big matrix product, in FLOP/s: `python floor_training.py bfloat16|float32`. Prints JSON."""

import json
import sys
import time

import tensorflow as tf

SIDE, ROUNDS = 3072, 8
a = tf.cast(tf.random.uniform((SIDE, SIDE)), sys.argv[1])
best = float("inf")
for _ in range(ROUNDS):
    start = time.perf_counter()
    float((a @ a)[0, 0])
    best = min(best, time.perf_counter() - start)
print(json.dumps(2 * SIDE**3 / best))
