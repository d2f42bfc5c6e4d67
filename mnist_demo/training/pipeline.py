"""The batches of an epoch as a `tf.data.Dataset`, each image varied anew whenever it is shown."""

from mnist_demo.model.device import tf
from mnist_demo.model.spec import SIDE
from mnist_demo.training.batches import Batches
from mnist_demo.training.recipe import Recipe


def tf_dataset(batches: Batches, recipe: Recipe) -> tf.data.Dataset:
    """Batches of images float32 (batch, 28, 28, 1) in [0, 1] and labels int32 (batch,), for the epoch `batches.epoch`
    whenever it is begun."""
    shape = batches.per_execution, recipe.batch
    signature = tf.TensorSpec((*shape, SIDE, SIDE), tf.uint8), tf.TensorSpec(shape, tf.uint8)

    def prepared(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        scaled = tf.cast(images[..., None], tf.float32) / 255.0
        return augment(scaled, recipe.augment_strength), tf.cast(labels, tf.int32)

    shown = tf.data.Dataset.from_generator(batches.chunks_of_epoch, output_signature=signature).prefetch(2).unbatch()
    shown = shown.apply(tf.data.experimental.assert_cardinality(batches.steps))
    options = tf.data.Options()
    # nothing here is left to tune, and the thread that does it held up an epoch's end for seconds
    options.autotune.enabled = False
    unconverted = tf.autograph.experimental.do_not_convert(prepared)
    return shown.map(unconverted, num_parallel_calls=1).prefetch(8).with_options(options)


def augment(images: tf.Tensor, bound: float) -> tf.Tensor:
    """Images, float (n, 28, 28, 1), 0 paper -> the same, each turned, scaled, sheared and shifted in its own way.

    `bound`: of the angle (radians), of the log scale, of the shear; of the shifts ten times as many pixels.
    """
    if bound == 0:
        return images
    count = tf.shape(images)[0]

    def between(limit: float) -> tf.Tensor:
        return tf.random.uniform([count], -limit, limit)

    angle, scale, shear = between(bound), tf.exp(between(bound)), between(bound)
    right, down = between(10 * bound), between(10 * bound)
    cosine, sine = tf.cos(angle) / scale, tf.sin(angle) / scale
    middle = (SIDE - 1) / 2
    a, b, c, d = cosine, shear - sine, sine, cosine
    x, y = middle + right - (a + b) * middle, middle + down - (c + d) * middle
    zero = tf.zeros([count])
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, x, c, d, y, zero, zero], 1),
        output_shape=[SIDE, SIDE],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
