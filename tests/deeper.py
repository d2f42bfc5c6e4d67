"""The program with another network than the lesson's: `python tests/deeper.py` is as `python app.py`.

It has a third convolution. Nothing else is changed, so whatever works here is made from the spec.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import app
from mnist_demo.model.spec import Convolution, Dense, Flatten, Pooling, Spec

DEEPER = Spec(
    (
        Convolution("convolution_1", 16),
        Pooling("pooling_1"),
        Convolution("convolution_2", 24),
        Convolution("convolution_3", 32),
        Pooling("pooling_2"),
        Flatten("flatten"),
        Dense("dense", 64),
        Dense("logits", 10, activation=None),
    )
)

if __name__ == "__main__":
    sys.argv[0] = "app.py"
    app.run(spec=DEEPER)
