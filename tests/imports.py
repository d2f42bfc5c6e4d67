"""What a process has imported from which launches are forked."""

import importlib
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.py does before it imports NumPy
for name in ("tensorflow", "keras", "mnist_demo.console", "mnist_demo.web.app", "mnist_demo.web.single_file"):
    importlib.import_module(name)
