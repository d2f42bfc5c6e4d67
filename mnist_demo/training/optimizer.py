"""Muon for the matrices in the middle, Adam for the rest: three epochs of it come to more than seven of Adam alone.

Adam scales each weight's step by itself; Muon takes a matrix as a whole and gives its step in every direction the
same length, so that what few images ask for is learned as soon as what most ask for (K. Jordan, Muon: An optimizer
for hidden layers in neural networks, 2024). Like there, the first and the last layer are left to Adam.

What leans on Keras 3.15 here: its Muon takes matrices only, and its running mean reaches back equally far all the time.
Three of its methods are replaced, two of them private; `build` raises if that is not what comes of it.
"""

import math
from collections.abc import Sequence
from typing import Any

from mnist_demo.model.device import keras, tf
from mnist_demo.training.recipe import Recipe

MOMENTUM = 0.9


class Muon(keras.optimizers.Muon):
    """Keras's, for kernels of convolutions too, stepping exactly the matrices named `matrices`."""

    def __init__(self, rate: Any, matrices: Sequence[str], recipe: Recipe):
        super().__init__(
            rate,
            momentum=MOMENTUM,
            weight_decay=recipe.weight_decay,
            adam_weight_decay=None,
            rms_rate=None,
            use_ema=recipe.ema is not None,
        )
        self._matrices = tuple(matrices)
        self._recipe = recipe

    def _should_use_adamw(self, variable: Any) -> bool:
        return name_of(variable) not in self._matrices

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """A kernel's momentum, float32 (..., inputs, outputs) -> of that shape the step to be taken in units of the
        rate: the nearest orthogonal matrix, nearly, times `Recipe.muon` and the square root of the inputs (K. Jordan
        and others, Muon, 2024)."""
        shape = x.shape
        inputs = math.prod(shape[:-1])
        # a kernel (3, 3, c, k) makes k sums of 9c values each
        matrix = tf.reshape(x, (inputs, shape[-1]))
        matrix /= tf.norm(matrix) + 1e-7
        # Keras's iteration multiplies the matrix by a polynomial of its gram matrix again and again. All of them
        # commute, so it can be done with the small gram matrix, in a quarter of the time
        gram = tf.matmul(matrix, matrix, transpose_a=True)
        unit = tf.eye(shape[-1])
        product = unit
        for _ in range(steps):
            factor = self.muon_a * unit + self.muon_b * gram + self.muon_c * (gram @ gram)
            product, gram = product @ factor, gram @ factor @ factor
        return tf.reshape(matrix @ product, shape) * (self._recipe.muon * math.sqrt(inputs))

    def _update_model_variables_moving_average(self, variables: Any) -> None:
        # Keras's own reaches back too far at first, when the weights change most
        ema = self._recipe.ema or 0.0
        share = (ema + 1) / (tf.cast(self.iterations.value, tf.float32) + ema + 1)
        for variable, mean in zip(variables, self._model_variables_moving_average, strict=True):
            mean.assign_add(share * (variable - mean))


def name_of(variable: Any) -> str:
    """A variable's name as in `Spec.weights`, without the model's."""
    return "/".join(variable.path.split("/")[-2:])


def build(model: keras.Model, rate: Any, matrices: Sequence[str], recipe: Recipe) -> Muon:
    """The optimizer of a model, with its variables made.

    Args:
        model: whose trainable variables are to be stepped.
        rate: Adam's learning rate, a number or a schedule.
        matrices: the names, such as "dense/kernel", of the arrays that Muon steps if the recipe has it; Adam steps all
            others.
        recipe: `optimizer`; `muon`, the length of Muon's steps in units of the rate and of the square root of the
            matrix's inputs; `weight_decay`, the part of these matrices that each step takes away, in units of the
            rate; `ema`, over how many parts of all steps so far, and one more, the mean of the weights reaches back:
            polynomial-decay averaging (O. Shamir, T. Zhang, Stochastic Gradient Descent for Non-smooth Optimization,
            2013).

    Raises:
        RuntimeError: Muon would step other matrices than these, as another version of Keras might have it.
    """
    if recipe.optimizer == "adam":
        matrices = ()
    optimizer = Muon(rate, matrices, recipe)
    optimizer.build(model.trainable_variables)
    # Adam alone keeps a second moment
    stepped = {
        name_of(variable)
        for variable, second in zip(model.trainable_variables, optimizer.adam_velocities, strict=True)
        if second is None
    }
    if stepped != set(matrices):
        raise RuntimeError(f"Muon would step {sorted(stepped)}, not {sorted(matrices)}")
    return optimizer
