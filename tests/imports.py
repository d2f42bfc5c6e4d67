"""What takes a launch seconds to import or make, for processes to be forked from."""

import importlib
import os

from mnist_demo.system import garbage

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.py does before it imports NumPy
# a look for garbage among all this would also have each process that is forked copy it
with garbage.none_yet():
    for name in ("tensorflow", "keras", "mnist_demo.console", "mnist_demo.web.app", "mnist_demo.web.single_file"):
        importlib.import_module(name)
    importlib.import_module("mnist_demo.data.dataset").generated(0)
