"""Any accepted photo becomes the pixels a person sees; anything else is refused by name."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from shared import webp
from shared.images import decode
from shared.invalid_image import (
    EmptyFile,
    InvalidImage,
    TooManyPixels,
    TruncatedImage,
    UnsupportedImageType,
)
from shared.jpeg import scans
from tests.odd import MISSING, odd_images


def picture(width: int = 320, height: int = 240) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.dstack([x, y, 255 - x]).astype(np.uint8))


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def difference(data: bytes, image: Image.Image) -> float:
    return float(np.abs(decode(data).astype(int) - decode(encoded(image)).astype(int)).mean())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"])
def test_every_format_gives_the_same_picture(format):
    pixels = decode(encoded(picture(), format))
    assert pixels.shape == (299, 299, 3)
    assert pixels.dtype == np.uint8
    assert difference(encoded(picture(), format), picture()) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Transpose that undoes each orientation
    stored = picture() if orientation == 1 else picture().transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert difference(encoded(stored, "JPEG", exif=exif, quality=95), picture()) < 3


def test_transparency_is_laid_over_white():
    image = picture().convert("RGBA")
    image.putalpha(0)
    assert decode(encoded(image)).min() == 255


def test_a_16_bit_photo_is_scaled_not_clipped():
    ramp = np.tile(np.linspace(0, 65535, 299).astype(np.uint16), (299, 1))
    pixels = decode(encoded(Image.fromarray(ramp)))
    assert abs(int(pixels[0, 149, 0]) - 127) <= 2


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P", "LA"])
def test_other_colour_modes_are_converted(mode):
    image = picture().convert(mode)
    format = "TIFF" if mode == "CMYK" else "PNG"
    assert difference(encoded(image, format), image.convert("RGB")) < 2


def test_only_the_first_frame_of_an_animation_counts():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_cut_file_is_refused(format, share):
    data = encoded(picture(), format)
    with pytest.raises(InvalidImage):
        decode(data[: int(len(data) * share)])


def test_half_a_jpeg_is_called_truncated():
    data = encoded(picture(), "JPEG")
    with pytest.raises(TruncatedImage):
        decode(data[: len(data) // 2])


def test_no_bytes_are_an_empty_file():
    with pytest.raises(EmptyFile):
        decode(b"")


@pytest.mark.parametrize(
    "data", [b"<html></html>", b"%PDF-1.7", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"PK\x03\x04", b"x"]
)
def test_what_is_no_photo_is_an_unsupported_type(data):
    with pytest.raises(UnsupportedImageType):
        decode(data)


@pytest.mark.parametrize("size", [(9400, 9400), (16001, 1)])
def test_a_bomb_is_refused_by_its_header(size):
    data = encoded(Image.new("1", size))
    start = time.process_time()
    with pytest.raises(TooManyPixels):
        decode(data)
    assert time.process_time() - start < 1  # decoding would take several


@pytest.mark.parametrize("options", [{"lossless": True}, {}, {"exif": b"Exif\0\0"}])
def test_a_webp_is_refused_by_its_header_before_its_decoder_takes_memory(options):
    data = bytearray(encoded(picture(64, 48), "WEBP", **options))
    assert webp.pixels(data) == 64 * 48 and decode(bytes(data)).shape == (299, 299, 3)
    if data[12:16] == b"VP8X":
        data[24:30] = b"\xff\x3f\0" * 2  # 16384 x 16384
        with pytest.raises(TooManyPixels):
            decode(bytes(data))


@pytest.mark.skipif(not odd_images(), reason=MISSING)
@pytest.mark.parametrize("odd", odd_images(), ids=lambda odd: odd.name)
def test_odd_images_get_what_their_manifest_says(odd):
    try:
        decode(odd.data)
        outcome = "accept"
    except InvalidImage:
        outcome = "reject"
    assert odd.expect in (outcome, "either")


def test_a_film_behind_a_photo_is_not_taken_for_scans():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(buffer, "JPEG")
    assert scans(buffer.getvalue()) == 1
    motion = buffer.getvalue() + b"\xff\xda" * 500
    assert scans(motion) == 1 and decode(motion).shape == (299, 299, 3)
    buffer = io.BytesIO()
    Image.effect_noise((400, 400), 90).save(buffer, "JPEG", progressive=True)
    assert 2 < scans(buffer.getvalue()) < 20
