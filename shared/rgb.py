"""Any picture as upright RGB, in strips: a full-size copy in another mode would take up to 1.5 GB."""

import numpy as np
from PIL import Image

STRIP = 16  # rows converted at once, counted in the picture that comes out
ORIENTATION = 0x0112  # EXIF

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 where there is none that can be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing about the pixels, and Pillow raises anything on it
        return 1


def upright(image: Image.Image, turned: int) -> Image.Image:
    """The picture as the photographer saw it."""
    return image.transpose(TURNS[turned]) if turned in TURNS else image


def reduced(image: Image.Image, min_side: int) -> Image.Image:
    """RGB, smaller by the largest whole factor that leaves `min_side` on the shorter side."""
    factor = max(1, min(image.size) // min_side)
    top = _top(image)
    out = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for row in range(0, out.height, STRIP):
        strip = image.crop((0, row * factor, image.width, min((row + STRIP) * factor, image.height)))
        out.paste(_to_rgb(strip, image, top).reduce(factor), (0, row))
    return out


def _to_rgb(strip: Image.Image, whole: Image.Image, top: float) -> Image.Image:
    if whole.mode.startswith(("I", "F")):  # 16 bits and more: scaled, where convert() would clip to white
        values = np.nan_to_num(np.asarray(strip, dtype=np.float32))
        return Image.fromarray((values.clip(0, top) * (255 / top)).astype(np.uint8)).convert("RGB")
    if whole.has_transparency_data:
        rgba = strip.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return strip.convert("RGB")


def _top(image: Image.Image) -> float:
    """What is white."""
    if not image.mode.startswith("F"):
        return 65_535.0
    rows = range(0, image.height, STRIP)
    strips = (image.crop((0, row, image.width, min(row + STRIP, image.height))) for row in rows)
    return max(1.0, *(float(np.nan_to_num(np.asarray(strip), posinf=0).max()) for strip in strips))
