"""The section "Why?" of the tab "How it works": images most alike to what is shown, and what of it counts."""

import numpy as np

from mnist_demo.errors import RequestError
from mnist_demo.model.explain import occlusion
from mnist_demo.service import Service
from mnist_demo.web import schemas
from mnist_demo.web.parts import encoded

TEMPLATE = """
<section class="card layer why" id="why">
  <div class="about">
    <h2 data-text="why.title"></h2>
    <p class="quiet" data-text="why.lead"></p>
    <button class="button" data-text="why.ask" disabled></button>
  </div>
  <div class="reasons" aria-live="polite">
    <p class="trouble" hidden></p>
    <figure class="counts" hidden>
      <canvas width="28" height="28" role="img" data-label="answer.seen"></canvas>
      <figcaption class="quiet"></figcaption></figure>
    <figure class="alike" hidden><div class="row"></div><figcaption class="quiet"></figcaption></figure>
  </div>
</section>
"""


def why(service: Service, image: np.ndarray) -> schemas.Why:
    """(28, 28) float32 in [0, 1], ink 1 -> what the page tells. Raises `RequestError` for a blank one, and what
    `Service.neighbours` raises."""
    if not image.any():
        raise RequestError
    neighbours = service.neighbours()
    digit, lost = occlusion(neighbours.recognizer, image)
    most = max(float(np.abs(lost).max()), 0.05)  # of a picture that hangs on no square nothing is to be seen
    alike = neighbours.nearest(image)
    return schemas.Why(
        digit=digit,
        lost=encoded(np.round(lost * (127 / most)).astype(np.int8)),
        most=round(most, 4),
        images=len(neighbours.images),
        alike=[
            schemas.Alike(pixels=encoded(neighbours.images[number]), label=int(neighbours.labels[number]))
            for number in alike
        ],
    )
