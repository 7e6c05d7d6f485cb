"""The report as one HTML page that needs nothing else: pictures inside, no script."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader
from numpy.typing import NDArray
from PIL import Image

from services.worker.evaluation.report import Example, Plane, Report
from shared.schemas import Epoch

SIDE = 96  # of a picture
COLOURS = 16  # of classes on the map, then they come again

Point = tuple[float, float]


def page(report: Report, pictures: Mapping[str, str]) -> str:
    """`pictures`: photo -> data: address, of those in the report's examples."""
    environment = Environment(loader=PackageLoader("services.worker.evaluation", "."), autoescape=True)
    environment.filters["signed"] = lambda value: f"{value:+.3f}"
    template = environment.get_template("report.html.j2")
    return template.render(
        report=report,
        pictures=pictures,
        curves=curves(report.history),
        planes=planes(report.plane) if report.plane else [],
    )


def shown(report: Report) -> list[str]:
    """The photos that the page shows."""
    examples: Sequence[Example] = [*report.gained, *report.lost]
    answers = [a.photo for e in examples for a in (*e.base_nearest, *e.candidate_nearest)]
    return sorted({*(example.photo for example in examples), *answers})


def picture(pixels: NDArray[Any]) -> str:
    """(299, 299, 3) -> a small JPEG as a data: address."""
    small = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def curves(history: Sequence[Epoch]) -> list[dict[str, Any]]:
    """Polylines in a 300 x 100 box: the loss, and mAP and accuracy of held-out photos, epoch by epoch."""
    drawn = []
    for name in ("loss", "map", "accuracy"):
        values = [epoch.loss if name == "loss" else epoch.metrics.get(name, 0.0) for epoch in history]
        if len(values) > 1:
            top = max(values) if name == "loss" else 1.0
            points = [(300 * i / (len(values) - 1), 100 - 100 * v / (top or 1)) for i, v in enumerate(values)]
            second = next((i for i, epoch in enumerate(history) if epoch.phase == 2), None)
            drawn.append(
                {
                    "name": name,
                    "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points),
                    "first": values[0],
                    "last": values[-1],
                    "phase_2": 300 * second / (len(values) - 1) if second else None,
                }
            )
    return drawn


def planes(plane: Plane) -> list[dict[str, Any]]:
    """Dots in a 400 x 400 box, a colour for each class."""
    colour = {
        name: f"hsl({i % COLOURS * 360 // COLOURS} 70% 45%)"
        for i, name in enumerate(sorted(set(plane.names)))
    }
    return [
        {"title": title, "dots": _dots(points, plane.names, colour)}
        for title, points in (("before", plane.base), ("after", plane.candidate))
    ]


def _dots(points: Sequence[Point], names: Sequence[str], colour: Mapping[str, str]) -> list[dict[str, Any]]:
    xs, ys = zip(*points, strict=True)
    left, top = min(xs), min(ys)
    width, height = (max(xs) - left) or 1, (max(ys) - top) or 1
    return [
        {
            "x": 10 + 380 * (x - left) / width,
            "y": 10 + 380 * (y - top) / height,
            "name": n,
            "colour": colour[n],
        }
        for (x, y), n in zip(points, names, strict=True)
    ]
