"""What the benchmark computes from its measurements, and a real run of one of its rows. No figure is asserted."""

import json
import math
import subprocess
import sys
from pathlib import Path

import benchmark
import pytest

from bench.table import Row, Target, number, printed

SLOWER = {"ours": [3.0, 1.0, 2.0], "usual": [30.0, 20.0, 40.0], "floor": [1.9, 1.0, 4.0]}


def row(*targets: Target, values: dict | None = None, **more: object) -> Row:
    return Row("a row", "ms", "What it is.", SLOWER if values is None else values, targets, **more)


@pytest.mark.parametrize(
    ("target", "met", "said"),
    [
        (Target(0.1, "usual"), True, "≤ 1/10 of usual"),
        (Target(0.05, "usual"), False, "≤ 1/20 of usual"),
        (Target(1.1, "floor"), True, "≤ 1.1 × floor"),
        (Target(1.0, "floor"), False, "≤ floor"),
        (Target(1.0, "floor", plus=6), True, "≤ floor + 6"),
        (Target(plus=2.0), True, "≤ 2"),
        (Target(plus=2.0, strict=True), False, "< 2"),
        (Target(plus=12_000, at_most=False), False, "≥ 12,000"),
        (Target(0.7, "floor", at_most=False), True, "≥ 0.7 × floor"),
    ],
)
def test_a_target_is_judged_by_medians(target: Target, met: bool, said: str) -> None:
    assert row(target).met is met
    assert str(target) == said


def test_what_was_not_measured_is_not_met() -> None:
    values = {"ours": [1.0], "usual": [2.0]}
    assert not row(Target(1.1, "floor"), values=values).met
    assert not row(Target(plus=5), values={}).met


def test_all_targets_of_a_row_must_be_met_also_those_beside() -> None:
    beside = {"accuracy": {"ours": [0.995], "usual": [0.99]}}
    higher = Target(1, "usual", at_most=False, strict=True, measure="accuracy")
    fast = Target(0.5, "usual")
    assert row(fast, higher, beside=beside).met
    assert not row(fast, Target(0.01, "usual"), beside=beside).met
    assert not row(fast, higher, beside={"accuracy": {"ours": [0.98], "usual": [0.99]}}).met


def test_the_json_holds_medians_ratios_and_what_follows_from_them() -> None:
    written = json.loads(json.dumps(row(Target(0.1, "usual")).to_json()))
    assert (written["row"], written["unit"], written["target"], written["met"]) == (
        "a row",
        "ms",
        "≤ 1/10 of usual",
        True,
    )
    assert (written["ours"], written["usual"], written["floor"]) == (2.0, 30.0, 1.9)
    assert math.isclose(written["ratio_usual"], 2 / 30)
    assert written["spread"]["ours"] == [1.0, 3.0]
    assert written["repeats"] == 3


def test_the_printed_table_shows_each_row_and_explains_it() -> None:
    lines = printed([row(Target(0.05, "usual"))]).splitlines()
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    assert cells[:4] == ["a row", "ms", "2 (1–3)", "30 (20–40)"]
    assert cells[-2:] == ["≤ 1/20 of usual", "NO"]
    assert "a row: What it is." in lines


def test_rows_are_chosen_by_the_beginning_of_their_names() -> None:
    assert benchmark.chosen("page,generation") == ["page", "generation"]
    assert benchmark.chosen("training, whole") == ["training, whole"]
    assert benchmark.chosen("training") == ["training to 99.0 %", "training, whole"]
    assert benchmark.chosen("nothing") == []


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (12345.6, "12,346"), (0.01234, "0.0123"), (2.0, "2")])
def test_numbers_have_three_digits(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.slow
def test_a_row_is_measured(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, benchmark.__file__, "--quick", "--only", "one recognition", "--json", figures]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(figures.read_text(encoding="utf-8"))
    assert {"python", "tensorflow"} <= {name.lower() for name in result["machine"]}
    (row,) = result["rows"]
    assert row["row"] == "one recognition"
    assert type(row["met"]) is bool
    assert all(row[name] > 0 for name in ("ours", "usual", "floor"))
