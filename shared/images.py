"""Bytes of a photo -> Pixels, with everything refused that is no photo or would hurt to decode."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
from PIL import Image, ImageFile, UnidentifiedImageError

from shared import rgb
from shared.jpeg import scans
from shared.vectors import SIDE, Pixels

# MPO is covered by JPEG, and naming it makes Pillow 13 raise KeyError for every format after it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
MAX_PIXELS = 64_000_000  # refuse bombs by their header; a 48-megapixel phone photo passes
MAX_SIDE = 16_000
MAX_SCANS = 100  # a progressive JPEG has about 10; 1,500 of them cost 41 s of CPU in 194 kB
MIN_SIDE = 2 * SIDE  # a large photo is reduced early, never below twice what the model sees

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


class InvalidImage(ValueError):
    """The bytes are not a photo that can be used; the message says what is wrong with them."""

    field: str | None = None  # which photo of a request


class EmptyFile(InvalidImage):
    """There are no bytes."""


class UnsupportedImageType(InvalidImage):
    """The content is of no accepted image format, whatever its name says."""


class TooManyPixels(InvalidImage):
    """The header promises more pixels than are decoded."""


class TruncatedImage(InvalidImage):
    """The file ends before the picture does."""


class DamagedImage(InvalidImage):
    """The file is of an accepted format but cannot be decoded."""


def decode(data: bytes) -> Pixels:
    """The photo upright, RGB, squashed to 299x299 bilinear. Raises InvalidImage."""
    image = load(data).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return Pixels(np.asarray(image, dtype=np.uint8))


def load(data: bytes) -> Image.Image:
    """The first frame upright in RGB; a large photo at reduced scale. Raises InvalidImage."""
    if not data:
        raise EmptyFile("The file is empty.")
    # warnings are silenced per decode, not changed into errors: the filter list belongs to the process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = _open(data)
            image.load()
            return rgb.upright(rgb.reduced(image, MIN_SIDE), rgb.orientation(image))
        except InvalidImage:
            raise
        except Image.DecompressionBombError as error:
            raise TooManyPixels(f"More than {MAX_PIXELS} pixels.") from error
        # Pillow's decoders raise SyntaxError, ValueError, TypeError and struct.error beside OSError
        except Exception as error:
            if "truncated" in str(error).lower():
                raise TruncatedImage("The file ends before the picture does.") from error
            raise DamagedImage("The image is damaged and cannot be decoded.") from error


def media_type(path: Path) -> str | None:
    """The media type by a file's content; None if it is of no accepted format. Raises OSError."""
    pi_heif.register_heif_opener()
    try:
        with Image.open(path, formats=FORMATS) as image:
            return image.get_format_mimetype()
    except OSError as error:
        if error.errno is not None:  # the file cannot be read; Pillow's own errors have no number
            raise
        return None
    except Exception:  # a damaged header: Pillow raises ValueError, RuntimeError and more
        return None


def _open(data: bytes) -> Image.Image:
    pi_heif.register_heif_opener()  # idempotent; Pillow must know HEIF before it is named
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnsupportedImageType(f"Not an image of an accepted format ({', '.join(FORMATS)}).") from error
    if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
        size = f"{image.width} x {image.height}"
        raise TooManyPixels(f"{size} pixels; at most {MAX_PIXELS}, {MAX_SIDE} a side.")
    if image.format == "HEIF" and _ends_inside_a_box(data):
        raise TruncatedImage("The file ends before the picture does.")
    if image.format in ("JPEG", "MPO"):
        if scans(data) > MAX_SCANS:
            raise DamagedImage(f"A JPEG of more than {MAX_SCANS} scans.")
        image.draft("RGB", (MIN_SIDE, MIN_SIDE))
    return image


def _ends_inside_a_box(data: bytes) -> bool:
    """Whether the last box of an ISO 14496-12 file is cut; libheif fills what is missing with grey."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size == 1:  # the real size follows in 64 bits
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if size == 0:  # to the end of the file
            return False
        place += max(size, 8)
    return place > len(data)
