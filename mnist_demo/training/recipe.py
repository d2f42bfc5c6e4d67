"""The recipe of a training: the numbers that its result depends on, and the learning rates that follow."""

import math
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Recipe:
    """Everything that the result depends on, besides data and network."""

    epochs: int
    generated: int
    """Images written by the program in each epoch, half of them new, half the epoch's before."""
    non_digits: int
    """Images of no digit in each epoch, likewise."""
    rare_form_weight: float = 1.0
    """How common forms that MNIST's writers hardly use are among the generated ones, 1 as usual."""
    max_lr: float = 6e-3
    """The highest learning rate, Adam's; `muon` and `optimizer.build` say what the other optimizer makes of it."""
    muon: float = 0.6
    weight_decay: float = 0.1
    """Of the matrices that Muon steps, in each step this part of the learning rate."""
    warm_up: float = 0.08
    """The share of the steps in which the learning rate rises."""
    batch: int = 512
    final_lr_fraction: float = 0.4
    """The learning rate at the end, as a share of the highest: the mean of the weights makes up for the rest."""
    ema: float = 4
    """What answers is the mean of the weights over about the last one of so many parts, and one more, of all steps so
    far: see `optimizer.build`."""
    dropout_1: float = 0.05
    """The share of the first convolution's maps that an image is shown without, from the second epoch on."""
    dropout_2: float = 0.1
    """Of the second's."""
    label_smoothing: float = 0.05
    """As of C. Szegedy et al., Rethinking the Inception Architecture, 2016."""
    augment_strength: float = 0.08
    """The bound of the random maps' rotation (radians), log scale and shear; of their shifts (pixels) it is a tenth."""
    seed: int = 0


MIXED = Recipe(epochs=3, generated=36_000, non_digits=8_000)
GENERATED = Recipe(epochs=4, generated=60_000, non_digits=7_000, rare_form_weight=0.3, augment_strength=0.04)

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


CLASS_GENERATED, CLASS_NON_DIGITS = 15_000, 1_500


def recipe_for_class(before: Recipe) -> Recipe:
    """From a network that was trained by the recipe `before`, one epoch with a class's digits beside the usual ones.

    Of those that were tried on 20 writers' 20 digits each, this peak of the learning rate helped other writers most;
    as the steps end tiny, the mean of the weights has nothing to smooth.
    """
    return replace(
        before,
        epochs=1,
        generated=min(before.generated, CLASS_GENERATED),
        non_digits=min(before.non_digits, CLASS_NON_DIGITS),
        max_lr=before.max_lr / 2,
        final_lr_fraction=0.02,
    )


START = 40  # the learning rate begins at this part of its peak


def learning_rates(recipe: Recipe, points: int = 61) -> tuple[float, ...]:
    """The learning rate at so many moments, equally far apart from the training's start to its end."""
    moments = np.linspace(0, 1, points)
    rising = recipe.max_lr * (1 / START + (1 - 1 / START) * moments / recipe.warm_up)
    cosine = (1 + np.cos(np.pi * (moments - recipe.warm_up) / (1 - recipe.warm_up))) / 2
    falling = recipe.max_lr * (recipe.final_lr_fraction + (1 - recipe.final_lr_fraction) * cosine)
    return tuple(float(rate) for rate in np.where(moments < recipe.warm_up, rising, falling))
