"""The recipes are data: what each name stands for, and what a person may change of it."""

import json
from dataclasses import asdict

import pytest

from mnist_demo.settings import RECIPES, RecipeName
from mnist_demo.training.recipe import GENERATED, LESSON, MIXED, Recipe, Variation, learning_rates, recipe_for


def test_the_lessons_recipe_has_nothing_of_ours() -> None:
    lesson = recipe_for("mnist", name="lesson")
    assert (lesson.optimizer, lesson.batch, lesson.epochs, lesson.ema) == ("adam", 32, 10, None)
    ideas = ("generated", "non_digits", "weight_decay", "dropout", "label_smoothing", "augment_strength")
    assert {idea: getattr(lesson, idea) for idea in ideas} == dict.fromkeys(ideas, 0)
    assert set(learning_rates(lesson)) == {1e-3}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("data", ["mnist", "generated"])
def test_every_recipe_shows_something_and_survives_json(data: str, name: RecipeName) -> None:
    made = recipe_for(data, name=name)
    assert (60_000 if data == "mnist" else 0) + made.generated > 10_000
    assert Recipe(**json.loads(json.dumps(asdict(made)))) == made


def test_few_images_are_shown_in_smaller_batches_but_never_larger_ones_than_many() -> None:
    assert recipe_for("mnist", limit=6000).batch == 64
    assert recipe_for("mnist", limit=30_000).batch == 256
    assert recipe_for("mnist", limit=100, name="lesson").batch == 32


def test_a_training_that_ends_before_freezing_pays_freezes_nothing() -> None:
    assert recipe_for("mnist").freeze_from == recipe_for("mnist", limit=30_000).freeze_from == MIXED.freeze_from
    assert recipe_for("mnist", limit=3000).freeze_from is None
    assert recipe_for("mnist", epochs=30, limit=3000).freeze_from is not None
    assert recipe_for("generated", limit=3000).freeze_from is None


def test_a_variation_that_changes_nothing_is_the_recipe() -> None:
    assert Variation().recipe("mnist") == MIXED
    lesson = Variation("lesson", generated=False, augmented=False, epochs=10)
    assert lesson.recipe("mnist") == LESSON


def test_each_choice_changes_its_own_numbers_only() -> None:
    def changed(**choice: object) -> dict[str, object]:
        made, usual = asdict(Variation(**choice).recipe("mnist")), asdict(MIXED)  # type: ignore[arg-type]
        return {name: value for name, value in made.items() if value != usual[name]}

    assert changed(generated=False) == {"generated": 0, "non_digits": 0}
    assert changed(augmented=False) == {"augment_strength": 0}
    assert changed(epochs=7) == {"epochs": 7}
    assert changed(rate=10.0) == {"max_lr": pytest.approx(10 * MIXED.max_lr)}
    assert Variation(images=0, epochs=GENERATED.epochs).recipe("mnist") == GENERATED
    assert changed(images=12_000) == {
        "generated": MIXED.generated // 5,
        "non_digits": MIXED.non_digits // 5,
        "batch": 128,
    }
