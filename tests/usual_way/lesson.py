"""The lesson's training, its pixels scaled once: `python lesson.py MNIST.npz IMAGES EPOCHS`."""

import sys

import keras
import numpy as np
from keras import layers

images, epochs = int(sys.argv[2]), int(sys.argv[3])
with np.load(sys.argv[1]) as file:
    x_train, y_train = file["x_train"][:images, :, :, None] / 255.0, file["y_train"][:images]
    x_test, y_test = file["x_test"][:, :, :, None] / 255.0, file["y_test"]

model = keras.Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ]
)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
model.fit(x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), verbose=2)
