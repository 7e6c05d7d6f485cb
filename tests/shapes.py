"""Photos of kinds that can be told apart, no two alike: what a dataset of a few photos needs."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("circles", "squares", "stripes")
SIZE = 160


def shape(kind: str, seed: int) -> bytes:
    """A JPEG."""
    chance = np.random.default_rng((KINDS.index(kind), seed))
    ground, colour = (
        tuple(int(c) for c in chance.integers(low, high, 3)) for low, high in ((0, 90), (150, 255))
    )
    image = Image.new("RGB", (SIZE, SIZE), ground)
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = chance.integers(0, SIZE - 40, 2).tolist()
        side = int(chance.integers(20, 50))
        if kind == "circles":
            draw.ellipse((x, y, x + side, y + side), fill=colour)
        elif kind == "squares":
            draw.rectangle((x, y, x + side, y + side), fill=colour)
        else:
            draw.line((x, 0, y, SIZE), fill=colour, width=side // 5)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def fill(folder: Path, *, each: int, kinds: tuple[str, ...] = KINDS) -> Path:
    """A folder of class folders."""
    for kind in kinds:
        (folder / kind).mkdir(parents=True)
        for seed in range(each):
            (folder / kind / f"{seed}.jpg").write_bytes(shape(kind, seed))
    return folder
