"""The program, which trains in its own process as where no other can be started: `python tests/training_here.py` takes
the same arguments as `python app.py`. A kill then ends all there is of it, and TensorFlow is there already where it is
forked."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from launching import trainer_here

import app

if __name__ == "__main__":
    sys.argv[0] = "app.py"
    app.run(trainer=trainer_here)
