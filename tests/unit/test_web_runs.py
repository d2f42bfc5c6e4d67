"""What a visitor's choice of a recipe may be."""

from dataclasses import asdict

import pytest

from mnist_demo.errors import RequestError
from mnist_demo.training.recipe import Variation
from mnist_demo.web.runs import variation

CHOICES = (Variation(), Variation("lesson", 0, True, False, 50, 0.1), Variation(images=100, generated=False))


def test_what_the_card_can_say_is_understood() -> None:
    for choice in CHOICES:
        assert variation(asdict(choice)) == choice


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", ["", "best", None, 1, [], {}]),
        ("images", [-1, 1, 99, 60_001, 10**400, 500.0, "500", True, None]),
        ("epochs", [0, 51, 1.0, True, None, "3"]),
        ("rate", [0, 2, 100, float("nan"), None, "1", [], True]),
        ("generated", [0, 1, None, "yes"]),
        ("augmented", [0, 1, None, "yes"]),
    ],
)
def test_anything_else_is_not(field: str, values: list[object]) -> None:
    fine = asdict(Variation())
    for value in values:
        with pytest.raises(RequestError):
            variation(fine | {field: value})
    with pytest.raises(RequestError):
        variation({name: value for name, value in fine.items() if name != field})
