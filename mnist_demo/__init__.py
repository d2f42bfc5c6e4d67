"""Draw a digit and watch a small neural network, trained in front of you, read it."""
