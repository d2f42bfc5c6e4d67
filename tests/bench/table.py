"""The figures: what a row holds, its ratios and targets, and how both are printed and written down."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COLUMNS = ("ours", "usual", "floor")


@dataclass(frozen=True)
class Target:
    """Ours is to be at most (or else at least) `factor` times another column plus `plus`; without a column, `plus`.

    `measure` names one of the row's `beside` figures instead of its main one; `strict` forbids equality.
    """

    factor: float = 1.0
    of: str = ""  # "usual", "floor", or "" for a plain number
    plus: float = 0.0
    at_most: bool = True
    strict: bool = False
    measure: str = ""

    def limit(self, medians: Mapping[str, float | None]) -> float | None:
        """What ours is compared with; None if that column has not been measured."""
        if not self.of:
            return self.plus
        value = medians[self.of]
        return None if value is None else self.factor * value + self.plus

    def met(self, medians: Mapping[str, float | None]) -> bool:
        ours, limit = medians["ours"], self.limit(medians)
        if ours is None or limit is None:
            return False
        if ours == limit:
            return not self.strict
        return (ours < limit) == self.at_most

    def __str__(self) -> str:
        sign = {(True, False): "≤", (True, True): "<", (False, False): "≥", (False, True): ">"}[
            self.at_most, self.strict
        ]
        if not self.of:
            right = number(self.plus)
        elif 0 < self.factor < 0.5:
            right = f"1/{number(1 / self.factor)} of {self.of}"
        else:
            right = self.of if self.factor == 1 else f"{number(self.factor)} × {self.of}"
            right += f" + {number(self.plus)}" if self.plus else ""
        return f"{self.measure + ' ' if self.measure else ''}{sign} {right}"


Values = Mapping[str, Sequence[float]]
"""Repeats by column: {"ours": [...], "usual": [...]}; a column that does not exist is left out or empty."""


@dataclass(frozen=True)
class Row:
    """One row. `values` are the repeats of the main figure, `beside` those of others that belong to it."""

    name: str
    unit: str
    explained: str
    values: Values
    targets: tuple[Target, ...]
    beside: Mapping[str, Values] = field(default_factory=dict)
    note: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)  # goes into the JSON as it is

    def medians(self, measure: str = "") -> dict[str, float | None]:
        values = self.beside[measure] if measure else self.values
        return {column: statistics.median(values[column]) if values.get(column) else None for column in COLUMNS}

    def ratio(self, column: str) -> float | None:
        """Ours divided by that column; None where either does not exist."""
        medians = self.medians()
        ours, other = medians["ours"], medians[column]
        return None if ours is None or not other else ours / other

    @property
    def met(self) -> bool:
        return all(target.met(self.medians(target.measure)) for target in self.targets)

    @property
    def target(self) -> str:
        return " and ".join(map(str, self.targets))

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.name,
            "unit": self.unit,
            **self.medians(),
            "target": self.target,
            "met": self.met,
            "ratio_usual": self.ratio("usual"),
            "ratio_floor": self.ratio("floor"),
            "spread": {c: [min(v), max(v)] if (v := self.values.get(c)) else None for c in COLUMNS},
            "repeats": max((len(v) for v in self.values.values()), default=0),
            "beside": {name: self.medians(name) for name in self.beside},
            "note": self.note,
            **self.more,
        }

    def to_text(self) -> list[str]:
        """The cells of the printed table."""
        cells = [self.name, self.unit]
        medians = self.medians()
        for column in COLUMNS:
            values = self.values.get(column)
            spread = f" ({number(min(values))}–{number(max(values))})" if values and len(values) > 1 else ""
            cells.append(number(medians[column]) + spread)
        ratios = [self.ratio("usual"), self.ratio("floor")]
        return [*cells, *map(number, ratios), self.target, "yes" if self.met else "NO"]


HEAD = ["row", "unit", "ours", "usual way", "floor", "/ usual", "/ floor", "to reach", "met"]


def number(value: float | None) -> str:
    """Three significant digits, and all of those before the point."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.5f}".rstrip("0").rstrip(".") if "e" in text else text


def printed(rows: Sequence[Row]) -> str:
    """A Markdown table, and under it a line for each row that says what it is, with what stands beside it."""
    cells = [HEAD, *(row.to_text() for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines.append("")
    for row in rows:
        lines.append(f"{row.name}: {row.explained}")
        for name in row.beside:
            there = [f"{column} {number(v)}" for column, v in row.medians(name).items() if v is not None]
            lines.append(f"    {name}: {', '.join(there)}")
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)
