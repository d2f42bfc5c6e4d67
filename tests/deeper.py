"""The program with another network than the lesson's: `python tests/deeper.py` is as `python app.py`.

It has a third convolution, another dense layer and other names. Nothing else is changed, so whatever works here is
made from the spec.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import app
from mnist_demo.model.spec import Convolution, Dense, Flatten, Pooling, Spec

DEEPER = Spec(
    (
        Convolution("lines", 16),
        Pooling("fewer_lines"),
        Convolution("corners", 24),
        Convolution("parts", 32),
        Pooling("fewer_parts"),
        Flatten("row"),
        Dense("wide", 128),
        Dense("narrow", 64),
        Dense("digits", 10, activation=None),
    )
)

if __name__ == "__main__":
    sys.argv[0] = "app.py"
    app.run(spec=DEEPER)
