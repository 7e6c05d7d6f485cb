"""The images of a request to embed: files of a form, or raw pixels."""

import numpy as np
from fastapi import Request

from services.embedding.models import MAX_IMAGES
from shared.decoders import Decoders
from shared.vectors import SIDE, Pixels

PIXELS_TYPE = "application/octet-stream"
PIXEL_BYTES = SIDE * SIDE * 3  # 268,203 bytes an image


class NoImage(ValueError):
    """The request holds no image."""


class NotPixels(ValueError):
    """A body of raw pixels that is not a whole number of images."""


class TooManyImages(ValueError):
    """More images than one request may hold."""


async def read_images(request: Request, decoders: Decoders) -> list[Pixels]:
    """Raises NoImage, NotPixels, TooManyImages, InvalidImage."""
    if request.headers.get("content-type", "").startswith(PIXELS_TYPE):
        return from_raw(await request.body())
    async with request.form(max_files=MAX_IMAGES, max_fields=0) as form:
        files = [file for file in form.getlist("image") if not isinstance(file, str)]
        if not files:
            raise NoImage("Send one or more files in form fields named 'image', or raw pixels.")
        photos = [(f"image.{place}", await file.read()) for place, file in enumerate(files)]
        return await decoders.decode(photos)


def from_raw(body: bytes) -> list[Pixels]:
    """n x 268,203 bytes -> n images of 299x299 RGB."""
    if not body or len(body) % PIXEL_BYTES:
        raise NotPixels(
            f"The body must be images of {PIXEL_BYTES} bytes (299 x 299 RGB), not {len(body)} bytes."
        )
    if len(body) > MAX_IMAGES * PIXEL_BYTES:
        raise TooManyImages(f"At most {MAX_IMAGES} images a request.")
    return [Pixels(image) for image in np.frombuffer(body, np.uint8).reshape(-1, SIDE, SIDE, 3)]
