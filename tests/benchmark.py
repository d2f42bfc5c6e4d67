"""How fast the program is, measured against the floor and the usual way:

    python tests/benchmark.py                          everything, half an hour
    python tests/benchmark.py --quick                  fewer images and repeats, some minutes
    python tests/benchmark.py --json FILE              the figures as JSON too
    python tests/benchmark.py --only "page,generation" single rows, by the beginning of their names
    python tests/benchmark.py --data mnist.npz         on the real MNIST (also MNIST_DEMO_TEST_MNIST=mnist.npz)

Ours is the program as it is. The usual way is the shortest honest program of that kind, in `tests/usual_way/`. The
floor is what no program of that kind can go below: see each row's line. Everything measured is a process of its own,
started fresh; ours, usual way and floor take turns. Figures are medians of the repeats, lowest and highest in brackets.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import answers_rows, in_page_rows, page_rows, recognition_rows, start_rows, training_rows
from bench.context import Bench, generated_data, machine
from bench.processes import Failed
from bench.table import Row, printed

Measure = Callable[[Bench], Row | list[Row]]
ROWS: dict[str, Measure] = {
    "page": start_rows.page,
    "first answer, cached": start_rows.first_answer,
    "cold start": start_rows.cold,
    "training to 99.0 %": training_rows.to_accuracy,
    "training, whole": training_rows.whole,
    "one recognition": recognition_rows.one,
    "generation": recognition_rows.generation,
    "pen-up to answer in the page": page_rows.pen_up,
    "pen to painted answer": in_page_rows.pen_to_paint,
    "first visit": in_page_rows.first_visit,
    "answers/s": answers_rows.answers,
    "memory": answers_rows.memory,
    "growth: clients": answers_rows.growth,
    "growth: copies": answers_rows.copies,
    "growth: generation": recognition_rows.growth,
    "growth: training": training_rows.growth,
    "while training": answers_rows.while_training,
}


def main() -> int:
    arguments = _parser().parse_args()
    names = chosen(arguments.only) if arguments.only else list(ROWS)
    if not names:
        print(f"No row begins like that. Rows: {'; '.join(ROWS)}.", file=sys.stderr)
        return 2
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mnist-demo-benchmark-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        given = arguments.data or os.environ.get("MNIST_DEMO_TEST_MNIST")
        if given:
            data, said = Path(given).resolve(), "MNIST"
        else:
            data, said = generated_data(folder), "generated digits in MNIST's place, so accuracies are not MNIST's"
            print("No --data: " + said + ".")
        described = machine(said) | {"quick": arguments.quick}
        print(", ".join(f"{name} {value}" for name, value in described.items()), flush=True)
        if arguments.quick:
            print("A quick run: fewer images and repeats; its figures are rough.")
        rows, missing = measure(names, Bench(arguments.quick, data, bool(given), folder))
    described["seconds"] = round(time.perf_counter() - begun)
    print("\n" + printed(rows))
    for name, why in missing.items():
        print(f"{name}: not measured. {why}")
    if arguments.json:
        result = {"machine": described, "rows": [row.to_json() for row in rows]}
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if missing else 0


def measure(names: Sequence[str], bench: Bench) -> tuple[list[Row], dict[str, str]]:
    """The rows of these names, and why those that are missing could not be measured."""
    rows: list[Row] = []
    missing: dict[str, str] = {}
    for name in names:
        begun = time.perf_counter()
        try:
            measured = ROWS[name](bench)
        except (Failed, OSError, ImportError) as error:
            missing[name] = str(error)
        else:
            rows += measured if isinstance(measured, list) else [measured]
        print(f"  {name}: {time.perf_counter() - begun:.0f} s", flush=True)
    return rows, missing


def chosen(only: str) -> list[str]:
    """The names of rows that begin like one of these, between commas; a name may have a comma itself."""
    pieces = [piece.strip() for piece in only.split(",")]
    found: list[str] = []
    while pieces:
        for count in (2, 1):
            begin = ", ".join(pieces[:count])
            names = [name for name in ROWS if begin and name.startswith(begin)]
            if names and len(pieces) >= count:
                break
        del pieces[:count]
        found += [name for name in names if name not in found]
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer images and repeats")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--only", metavar="ROW[,ROW]", help=f"rows: {'; '.join(ROWS)}".replace("%", "%%"))
    parser.add_argument("--data", metavar="PATH", help="mnist.npz (default: MNIST_DEMO_TEST_MNIST, else generated)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
