"""python -m mnist_demo.handwriting FILE.png: a picture of every allograph, a row each, under its name."""

from mnist_demo.handwriting.generator import main

main()
