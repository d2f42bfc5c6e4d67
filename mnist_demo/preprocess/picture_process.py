"""The child process in which `reader` has pictures read."""

import json
import sys

import numpy as np

from mnist_demo.errors import ImageError
from mnist_demo.preprocess import pictures
from mnist_demo.system import child


def answer(content: bytes, memory: int) -> bytes:
    """A picture file's content to float32 (28, 28) as bytes, or to the reason why not as JSON."""
    try:
        return pictures.image_from_bytes(content, memory).tobytes()
    except ImageError as error:
        return json.dumps(error.sentence.values["reason"].to_json()).encode()


if __name__ == "__main__":
    pictures.image_from_grey(np.eye(28, dtype=np.float32))  # what libraries do at their first call is done before
    memory = int(sys.argv[1])
    child.serve(lambda content: answer(content, memory))
