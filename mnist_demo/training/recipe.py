"""The recipe of a training: the numbers that its result depends on, and the learning rates that follow."""

import math
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import numpy as np

from mnist_demo.data.dataset import GENERATED_RARE_FORM_WEIGHT
from mnist_demo.settings import MAX_EPOCHS, RecipeName

VERSION = 4
"""To be raised when a training makes something else of the same numbers: networks are trained anew then."""


@dataclass(frozen=True)
class Recipe:
    """Everything that the result depends on, besides data and network."""

    epochs: int
    generated: int
    """Digits written by the program in each epoch, on average: each is shown in two epochs."""
    non_digits: int
    """Images of no digit in each epoch, likewise."""
    generated_tilt: float = 0.0
    """The first epoch shows this part more of the digits written, the last as many fewer, and real ones make up for
    it: what is learned last is what the network will be best at."""
    rare_form_weight: float = 1.0
    """How common forms that MNIST's writers hardly use are among the generated ones, 1 as usual."""
    optimizer: Literal["muon", "adam"] = "muon"
    """Muon for the matrices in the middle and Adam for the rest, or Adam for all."""
    max_lr: float = 6e-3
    """The highest learning rate, Adam's; `muon` and `optimizer.build` say what the other optimizer makes of it."""
    muon: float = 0.6
    weight_decay: float = 0.5
    """Of the matrices that Muon steps, in each step this part of the learning rate."""
    warm_up: float = 0.08
    """The share of the steps in which the learning rate rises."""
    batch: int = 512
    final_lr_fraction: float = 0.25
    """The learning rate at the end, as a share of the highest: the mean of the weights makes up for the rest."""
    ema: float | None = 4
    """What answers is the mean of the weights over about the last one of so many parts, and one more, of all steps so
    far: see `optimizer.build`. None: the weights as the last step left them."""
    dropout: float = 0.1
    """The share of the last convolution's maps that an image is shown without in the last epoch; in the first, which
    learns the gross, none, and ever more from then on."""
    label_smoothing: float = 0.037
    """In the first epoch (as of C. Szegedy et al., Rethinking the Inception Architecture, 2016), ever less from then
    on, and half of it in the last: a network that has learned may be surer."""
    augment_strength: float = 0.1
    """The bound of the random maps' rotation (radians), log scale and shear; of their shifts (pixels) it is a tenth."""
    freeze_from: float | None = 0.25
    """After this share of the epochs the first convolution learns no more, which spares a third of each step. None: it
    always does."""
    seed: int = 0

    @property
    def name(self) -> RecipeName:
        """Of which named recipe it is, whatever of that was varied."""
        return "lesson" if self.optimizer == LESSON.optimizer else "usual"


MIXED = Recipe(epochs=4, generated=26_000, non_digits=14_000, generated_tilt=1 / 6, rare_form_weight=0.75)
GENERATED = Recipe(
    epochs=5,
    generated=70_000,
    non_digits=6_000,
    rare_form_weight=GENERATED_RARE_FORM_WEIGHT,
    dropout=0.3,
    label_smoothing=0.054,
    augment_strength=0.05,
)
LESSON = Recipe(
    epochs=10,
    generated=0,
    non_digits=0,
    optimizer="adam",
    max_lr=1e-3,
    weight_decay=0.0,
    warm_up=0.0,
    batch=32,
    final_lr_fraction=1.0,
    ema=None,
    dropout=0.0,
    label_smoothing=0.0,
    augment_strength=0.0,
    freeze_from=None,
)
"""As the lesson trains the same network, `model.compile("adam", ...)`: Adam with Keras's numbers, batches of 32, every
image as it is."""

MNIST_IMAGES = 60_000
FROZEN_IMAGES = 40_000
"""With fewer, the gradients that are spared take less time than compiling the step anew, measured on two cores."""

T = TypeVar("T", "Recipe", "Variation")
SMALLEST_BATCH = 64  # few images make as many steps as many do, until the batches are so small


def recipe_for(data: str, epochs: int | None = None, limit: int | None = None, name: RecipeName = "usual") -> Recipe:
    """The recipe of this name for a dataset's, with another number of epochs or fewer images."""
    recipe = GENERATED if data == "generated" else MIXED
    if name == "lesson":
        # of a dataset that is nothing but what the program writes it has to see something
        recipe = replace(LESSON, generated=GENERATED.generated) if data == "generated" else LESSON
    if limit is not None:
        share = limit / (recipe.generated if data == "generated" else MNIST_IMAGES)
        smaller = 2 ** round(math.log2(recipe.batch * max(share, 1e-9)))
        recipe = replace(
            recipe,
            generated=round(recipe.generated * share),
            non_digits=round(recipe.non_digits * share),
            batch=min(recipe.batch, max(SMALLEST_BATCH, smaller)),
        )
        real = 0 if data == "generated" else limit
        shown = (recipe.epochs if epochs is None else epochs) * (real + recipe.generated + recipe.non_digits)
        if recipe.freeze_from is not None and (1 - recipe.freeze_from) * shown < FROZEN_IMAGES:
            recipe = replace(recipe, freeze_from=None)
    return recipe if epochs is None else replace(recipe, epochs=epochs)


def recipe_for_class(before: Recipe) -> Recipe:
    """From a network that was trained by the recipe `before`, one epoch with a class's digits beside the usual ones.

    What answers is the plain mean of the weights at all steps, which lies between the network from before and the one
    at the end: it has learned nearly as much, and forgotten less (M. Wortsman et al., Robust fine-tuning of zero-shot
    models, 2022).
    """
    return replace(
        before,
        epochs=1,
        generated=before.generated // 3,
        non_digits=before.non_digits // 6,
        ema=0,
        label_smoothing=before.label_smoothing / 2,  # as its last epoch had it
    )


@dataclass(frozen=True)
class Variation:
    """What a person chooses for a training beside the present network."""

    name: RecipeName = "usual"
    images: int = MNIST_IMAGES
    """The training images of the dataset, or none of them; of generated data as many are written in an epoch."""
    generated: bool = True
    """Whether the program's own digits and non-digits are among them."""
    augmented: bool = True
    epochs: int = 4
    rate: float = 1.0
    """The learning rate, as a multiple of the recipe's own."""

    def recipe(self, data: str) -> Recipe:
        """What comes of it for the dataset of this name. The images written shrink with the dataset's; without any of
        the dataset's they are those of a training on them alone."""
        data = data if self.images else "generated"
        written = self.generated or data == "generated"  # where there is nothing else to learn from
        limit = self.images if 0 < self.images < MNIST_IMAGES else None
        usual = recipe_for(data, limit=limit)
        base = recipe_for(data, self.epochs, limit, self.name)
        return replace(
            base,
            generated=usual.generated if written else 0,
            non_digits=usual.non_digits if written else 0,
            augment_strength=usual.augment_strength if self.augmented else 0.0,
            max_lr=base.max_lr * self.rate,
        )


def from_json(kind: type[T], values: dict[str, Any]) -> T:
    """What `dataclasses.asdict` made these of. Raises TypeError or ValueError for anything else, and for
    numbers that no training could be asked for."""
    made = kind(**values)
    for name, allowed in get_type_hints(kind).items():
        value, kinds = getattr(made, name), get_args(allowed) or (allowed,)
        if isinstance(value, str) or value is None:
            right = value in kinds or (value is None and NoneType in kinds)
        else:
            right = type(value) in kinds or (float in kinds and type(value) is int)
            right = right and 0 <= value < 1e9
        if not right:
            raise ValueError(f"no {name}")
    if not 1 <= made.epochs <= MAX_EPOCHS:
        raise ValueError("no number of epochs")
    if isinstance(made, Recipe) and (made.batch < 1 or made.warm_up >= 1):
        raise ValueError("with these numbers nothing can be trained")
    return made


def is_frozen(recipe: Recipe, epoch: int) -> bool:
    """Whether the first convolution is left as it is in an epoch (from 0): by then its kernels are good detectors of
    lines, and their gradients and those towards them take a third of a step (A. Brock and others, FreezeOut, 2017)."""
    return recipe.freeze_from is not None and epoch >= recipe.freeze_from * recipe.epochs


START = 40  # the learning rate begins at this part of its peak


def learning_rates(*recipes: Recipe, points: int = 61) -> tuple[float, ...]:
    """The learning rate at so many moments, equally far apart from the start to the end of trainings by these recipes
    one after the other."""
    epochs = np.cumsum([0, *(recipe.epochs for recipe in recipes)])
    moments = np.linspace(0, epochs[-1], points)
    return tuple(float(_rate(recipes[i], moment - epochs[i])) for moment in moments for i in [_place(epochs, moment)])


def _place(epochs: np.ndarray, moment: float) -> int:
    """In which of the trainings that end after so many epochs a moment lies."""
    return min(int(np.searchsorted(epochs, moment, "right")), len(epochs) - 1) - 1


def _rate(recipe: Recipe, epoch: float) -> float:
    """The learning rate so many epochs after the beginning."""
    share = epoch / recipe.epochs
    if share < recipe.warm_up:
        return recipe.max_lr * (1 / START + (1 - 1 / START) * share / recipe.warm_up)
    cosine = (1 + math.cos(math.pi * (share - recipe.warm_up) / (1 - recipe.warm_up))) / 2
    return recipe.max_lr * (recipe.final_lr_fraction + (1 - recipe.final_lr_fraction) * cosine)
