"""What the constants of search's rerank.py are chosen by: `python -m tests.benchmarks.ranking_choice`.

Every second photo of the folders `train` is searched among them; tests/benchmarks/ranking.py counts others.
"""

from typing import Any

from shared.vectors import UnitVectors
from tests.benchmarks.class_photos import DATASETS, ClassPhotos, class_photos
from tests.benchmarks.judged_orders import Order, expand, judge, plain, reciprocal

FOLDERS = {
    "tools15": ("tools15/train",),
    "corel1k": ("corel1k/train", "corel1k/test"),
    "clothing10": ("clothing10/train", "clothing10/test"),
}


def orders() -> dict[str, Order]:
    """One constant at a time, the others as they are."""
    found: dict[str, Order] = {"plain": plain, "expand": expand(), "reciprocal": reciprocal()}
    for most in (1, 2, 3, 5, 10, 20):
        found[f"expand, most {most}"] = expand(most=most)
    for alpha in (0.0, 1.0, 5.0, 8.0):
        found[f"expand, alpha {alpha:g}"] = expand(alpha=alpha)
    tried: dict[str, Any] = {
        "weight": (0.1, 0.3, 0.5, 0.7, 0.8, 0.9),
        "k1": (5, 10, 20, 30, 40),
        "k2": (1, 3, 4, 6, 8, 10),
        "shortlist": (50, 100, 200, 400),
    }
    for name, values in tried.items():
        for value in values:
            found[f"reciprocal, {name} {value}"] = reciprocal(**{name: value})
    return found


def line(name: str, order: Order, sets: list[ClassPhotos]) -> str:
    cells = [name]
    for photos in sets:
        rows, labels = UnitVectors(photos.rows[photos.train]), photos.labels[photos.train]
        found = judge(rows, labels, order, range(0, int(photos.train.sum()), 2))
        means = found.means()
        cells.append(f"{means['map']:.3f} {means['p10']:.3f} {means['r1']:.3f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Prints a table."""
    if not DATASETS.is_dir():
        raise SystemExit(f"The photos are not on this machine: {DATASETS} is not there.")
    sets = [class_photos(*folders) for folders in FOLDERS.values()]
    print("| mAP P@10 R@1 |", " | ".join(FOLDERS), "|\n|---|" + "---|" * len(FOLDERS))
    for name, order in orders().items():
        print(line(name, order, sets), flush=True)


if __name__ == "__main__":
    main()
