"""Muon for the two large matrices, Adam for the rest: three epochs of it come to more than seven of Adam alone.

Adam scales each weight's step by itself; Muon takes a matrix as a whole and gives its step in every direction the
same length, so that what few images ask for is learned as soon as what most ask for (K. Jordan, Muon: An optimizer
for hidden layers in neural networks, 2024). Like there, the first and the last layer are left to Adam.
"""

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

MUON = ("convolution_2/kernel", "dense/kernel")
MOMENTUM = 0.9


def build(rate: "keras.optimizers.schedules.LearningRateSchedule", muon: float, weight_decay: float, ema: float) -> Any:
    """The optimizer.

    Args:
        rate: Adam's learning rate.
        muon: the length of Muon's steps, in units of the rate and of the square root of the matrix's inputs, > 0.
        weight_decay: the part of these matrices that each step takes away, in units of the rate, ≥ 0.
        ema: the mean of the weights that is kept beside them reaches back over one of so many parts, and one
            more, of all steps so far, > 0: polynomial-decay averaging (O. Shamir, T. Zhang, Stochastic Gradient
            Descent for Non-smooth Optimization, 2013).
    """
    import keras
    import tensorflow as tf

    class Muon(keras.optimizers.Muon):
        """Keras's, for kernels of convolutions too."""

        def _should_use_adamw(self, variable: Any) -> bool:
            return not variable.path.endswith(MUON)

        def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
            shape = x.shape
            inputs = math.prod(shape[:-1])
            # a kernel (3, 3, c, k) makes k sums of 9c values each
            matrix = super().zeropower_via_newtonschulz5(tf.reshape(x, (inputs, shape[-1])), steps)
            return tf.reshape(matrix, shape) * (muon * math.sqrt(inputs))

        def _update_model_variables_moving_average(self, variables: Any) -> None:
            # Keras's own reaches back equally far all the time: too far at first, when the weights change most
            share = (ema + 1) / (tf.cast(self.iterations.value, tf.float32) + ema + 1)
            for variable, mean in zip(variables, self._model_variables_moving_average, strict=True):
                mean.assign_add(share * (variable - mean))

    return Muon(
        rate,
        momentum=MOMENTUM,
        weight_decay=weight_decay,
        adam_weight_decay=None,
        rms_rate=None,
        use_ema=True,
    )
