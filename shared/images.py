"""Bytes of a photo -> Pixels, with everything refused that is no photo or would hurt to decode."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from shared.vectors import SIDE, Pixels

# MPO is covered by JPEG, and naming it makes Pillow 13 raise KeyError for every format after it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
MAX_PIXELS = 64_000_000  # refuse bombs by their header; a 48-megapixel phone photo passes
MAX_SIDE = 16_000
MAX_SCANS = 100  # a progressive JPEG has about 10; 1,500 of them cost 41 s of CPU in 194 kB
DRAFT = 2 * SIDE  # decode a large JPEG at reduced scale, never below twice what the model sees

# Part of a model: changing any of this changes vectors, so it needs a new version.
PREPROCESSING: dict[str, Any] = {
    "version": 1,
    "size": [SIDE, SIDE],
    "fit": "squash",
    "resample": "bilinear",
    "exif_orientation": True,
    "alpha": "over white",
    "jpeg_draft": DRAFT,
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
    """The first frame upright in RGB; a large JPEG at reduced scale. Raises InvalidImage."""
    if not data:
        raise EmptyFile("The file is empty.")
    # warnings are silenced per decode, not changed into errors: the filter list belongs to the process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = _open(data)
            image.load()
            return _to_rgb(_upright(image))
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
    except (UnidentifiedImageError, Image.DecompressionBombError):
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
        if data.count(b"\xff\xda") > MAX_SCANS:
            raise DamagedImage(f"A JPEG of more than {MAX_SCANS} scans.")
        image.draft("RGB", (DRAFT, DRAFT))
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


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF says nothing about the pixels, and Pillow raises anything on it
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16 bits and more: scaled, where convert() would clip to white
        return _scaled_to_8_bit(image).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _scaled_to_8_bit(image: Image.Image) -> Image.Image:
    values = np.nan_to_num(np.asarray(image, dtype=np.float64))
    top = 65_535.0 if image.mode.startswith("I") else max(float(values.max()), 1.0)
    return Image.fromarray((values.clip(0, top) * (255 / top)).astype(np.uint8))
