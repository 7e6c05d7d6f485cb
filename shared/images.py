"""Bytes of a photo -> Pixels, with everything refused that is no photo or would hurt to decode."""

import io
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
from PIL import AvifImagePlugin, Image, ImageFile, UnidentifiedImageError

from shared import heif, jpeg, rgb, webp
from shared.invalid_image import (
    DamagedImage,
    EmptyFile,
    InvalidImage,
    TooCostly,
    TooManyPixels,
    TruncatedImage,
    UnsupportedImageType,
)
from shared.vectors import SIDE, Box, Pixels

# MPO is covered by JPEG, and naming it makes Pillow 13 raise KeyError for every format after it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
MAX_PIXELS = 64_000_000  # refuse bombs by their header; a 48-megapixel phone photo passes
MAX_SIDE = 16_000
MAX_WEBP_PIXELS = 24_000_000  # its decoder takes 16 bytes a pixel
MAX_SCANS = 100  # a progressive JPEG has about 10; 1,500 of them cost 41 s of CPU in 194 kB
TOO_MUCH_MEMORY = "The image takes more memory to decode than a photo is given."
THUMBNAIL = (256, 256)
SIGNATURE = 32  # bytes of a file that tell its format
MIN_SIDE = 2 * SIDE  # a large photo is reduced early, never below twice what the model sees
MAX_ZOOM = 4  # of a box: a smaller part of a photo is shown with fewer pixels, but fits into memory

# Part of a model: changing any of this changes vectors, so it needs a new version.
PREPROCESSING: dict[str, Any] = {
    "version": 2,
    "size": [SIDE, SIDE],
    "fit": "squash",
    "resample": "bilinear",
    "exif_orientation": True,
    "alpha": "over white",
    "min_side": MIN_SIDE,  # by draft() of JPEG, by whole factors of other formats
}


def decode(data: bytes, box: Box | None = None) -> Pixels:
    """The photo, or a box of it, upright, RGB, squashed to 299x299 bilinear. Raises InvalidImage."""
    image = load(data) if box is None else _part(data, box)
    return Pixels(np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.uint8))


def _part(data: bytes, box: Box) -> Image.Image:
    """At least a pixel of the upright photo, which is reduced less the smaller the box is."""
    narrow = min(box[2] - box[0], box[3] - box[1])
    image = load(data, min_side=round(MIN_SIDE / max(narrow, 1 / MAX_ZOOM)))
    left, top = (min(int(at * side), side - 1) for at, side in zip(box[:2], image.size, strict=True))
    right, bottom = (math.ceil(at * side) for at, side in zip(box[2:], image.size, strict=True))
    return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


def load(data: bytes, *, min_side: int = MIN_SIDE) -> Image.Image:
    """The first frame upright in RGB; a large photo at reduced scale. Raises InvalidImage."""
    if not data:
        raise EmptyFile("The file is empty.")
    # warnings are silenced per decode, not changed into errors: the filter list belongs to the process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = _open(data, min_side)
            image.load()
            return rgb.upright(rgb.reduced(image, min_side), rgb.orientation(image))
        except InvalidImage:
            raise
        except MemoryError as error:
            raise TooCostly(TOO_MUCH_MEMORY) from error
        except Image.DecompressionBombError as error:
            raise TooManyPixels(f"More than {MAX_PIXELS} pixels.") from error
        # Pillow's decoders raise SyntaxError, ValueError, TypeError and struct.error beside OSError
        except Exception as error:
            text = str(error).lower()
            if "memory" in text:  # the decoders' own words
                raise TooCostly(TOO_MUCH_MEMORY) from error
            if "truncated" in text:
                raise TruncatedImage("The file ends before the picture does.") from error
            raise DamagedImage("The image is damaged and cannot be decoded.") from error


def thumbnail(data: bytes) -> bytes:
    """A JPEG of at most 256 x 256, without the photo's metadata. Raises InvalidImage."""
    small = load(data)
    small.thumbnail(THUMBNAIL)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def media_type(path: Path) -> str | None:
    """The media type by a file's first bytes; None if it is of no accepted format. Raises OSError."""
    Image.init()
    pi_heif.register_heif_opener()
    with path.open("rb") as file:
        start = file.read(SIGNATURE)
    for name in FORMATS:
        accept = Image.OPEN[name][1]
        if accept is not None and accept(start) is True:  # a text says why not
            return Image.MIME[name]
    return None


def _open(data: bytes, min_side: int) -> Image.Image:
    # idempotent; Pillow must know HEIF before it is named. Photos are decoded side by side: a thread each
    pi_heif.register_heif_opener(decode_threads=1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if data[8:12] == b"WEBP" and webp.pixels(data) > MAX_WEBP_PIXELS:
        raise TooManyPixels(f"A WebP of {webp.pixels(data)} pixels; at most {MAX_WEBP_PIXELS}.")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnsupportedImageType(f"Not an image of an accepted format ({', '.join(FORMATS)}).") from error
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        size = f"{image.width} x {image.height}"
        raise TooManyPixels(f"{size} pixels; at most {MAX_PIXELS}, {MAX_SIDE} a side.")
    if image.format == "HEIF" and heif.is_cut(data):
        raise TruncatedImage("The file ends before the picture does.")
    if image.format in ("JPEG", "MPO"):
        if jpeg.scans(data) > MAX_SCANS:
            raise DamagedImage(f"A JPEG of more than {MAX_SCANS} scans.")
        image.draft("RGB", (min_side, min_side))
    return image
