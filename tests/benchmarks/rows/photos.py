"""Photos made by the script: like a phone's, a megapixel each, the same every time."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

COUNT = 32
SIDE = 1000
QUALITY = 85  # about 250 kB a photo
OCTAVES = (4, 16, 64, 250, 1000)  # coarse shapes to grain


def photos(folder: Path) -> list[bytes]:
    """The photos in `folder`, made where they are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(COUNT):
        file = folder / f"{number:03}.jpg"
        if not file.exists():
            file.write_bytes(_photo(number))
    return [file.read_bytes() for file in sorted(folder.glob("*.jpg"))]


def _photo(seed: int) -> bytes:
    chance = np.random.default_rng(seed)
    light = np.zeros((SIDE, SIDE, 3), np.float32)
    for size in OCTAVES:
        noise = chance.integers(0, 256, (size, size, 3), np.uint8)
        scaled = Image.fromarray(noise).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        light += (np.asarray(scaled, np.float32) - 128) * (4 / size) ** 0.5
    shown = np.clip(128 + light, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(shown).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
