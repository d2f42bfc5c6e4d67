"""The recipe of a training: the numbers that its result depends on, and the learning rates that follow."""

import math
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Recipe:
    """Everything that the result depends on, besides data and network."""

    epochs: int
    generated: int  # images written by the program in each epoch, half of them new, half the epoch's before
    non_digits: int  # images of no digit in each epoch, likewise
    world: float = 1.0  # how common forms that MNIST's writers hardly use are among the generated ones, 1 as usual
    peak_rate: float = 6e-3
    muon: float = 0.6  # see `optimizer.build`
    decay: float = 0.1  # of the matrices that Muon steps, in each step this part of the rate
    warm_up: float = 0.08  # share of the steps in which the rate rises
    batch: int = 512
    last_rate: float = 0.4  # the rate at the end, as a share of its peak: the averaging makes up for the rest
    averaging: float = 4  # what answers is the mean of the weights over about the last fifth of all steps so far
    dropout_1: float = (
        0.05  # share of the first convolution's maps that an image is shown without, see `training._dropout`
    )
    dropout_2: float = 0.1  # of the second's
    smoothing: float = 0.05  # label smoothing (C. Szegedy et al., Rethinking the Inception Architecture, 2016)
    affine: float = 0.08  # bound of the random maps' rotation (radians), log scale and shear; shifts are 10 times it
    seed: int = 0


MIXED = Recipe(epochs=3, generated=44_000, non_digits=5_000)
GENERATED = Recipe(epochs=4, generated=60_000, non_digits=4_000, world=0.3, affine=0.04)

SMALLEST_BATCH = 64  # few images make as many steps as many do, until the batches are so small


def recipe_for(name: str, epochs: int | None = None, limit: int | None = None) -> Recipe:
    """The default recipe for a dataset's `name`, with another number of epochs or fewer images."""
    recipe = GENERATED if name == "generated" else MIXED
    if limit is not None:
        share = limit / (recipe.generated if name == "generated" else 60_000)
        recipe = replace(
            recipe,
            generated=round(recipe.generated * share),
            non_digits=round(recipe.non_digits * share),
            batch=max(SMALLEST_BATCH, min(recipe.batch, 2 ** round(math.log2(recipe.batch * max(share, 1e-9))))),
        )
    return recipe if epochs is None else replace(recipe, epochs=epochs)


START = 40  # the learning rate begins at this part of its peak


def learning_rates(recipe: Recipe, points: int = 61) -> tuple[float, ...]:
    """The learning rate at so many moments, equally far apart from the training's start to its end."""
    moments = np.linspace(0, 1, points)
    rising = recipe.peak_rate * (1 / START + (1 - 1 / START) * moments / recipe.warm_up)
    cosine = (1 + np.cos(np.pi * (moments - recipe.warm_up) / (1 - recipe.warm_up))) / 2
    falling = recipe.peak_rate * (recipe.last_rate + (1 - recipe.last_rate) * cosine)
    return tuple(float(rate) for rate in np.where(moments < recipe.warm_up, rising, falling))
