"""100,000 photos with damage in them: pixels or InvalidImage, and nothing else, of every format."""

import functools
import io
import os
import random
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from PIL import Image

from shared.images import FORMATS, decode
from shared.invalid_image import InvalidImage
from tests.odd import FOLDER

SEED, COUNT, PART = 20_261_125, 100_000, 500
HEIC = FOLDER / "ok_heic.heic"  # Pillow cannot write it


@functools.cache
def originals() -> list[bytes]:
    """A small photo in every format and in what each can be besides plain."""
    picture = Image.effect_mandelbrot((64, 48), (-2, -1.5, 1, 1.5), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    ways = [
        ("JPEG", picture, {"exif": exif}),
        ("JPEG", picture.convert("CMYK"), {}),
        ("JPEG", picture, {"progressive": True}),
        ("PNG", picture, {}),
        ("PNG", picture.convert("P"), {"transparency": 3}),
        ("PNG", Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257), {}),
        ("WEBP", picture, {"lossless": True}),
        ("WEBP", picture.convert("RGBA"), {"exif": exif}),
        ("GIF", picture, {"save_all": True, "append_images": [picture.rotate(90)]}),
        ("BMP", picture.convert("P"), {}),
        ("TIFF", picture, {"compression": "tiff_lzw"}),
        ("TIFF", picture.convert("F"), {}),
        ("AVIF", picture, {}),
    ]
    files = []
    for format, image, options in ways:
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        files.append(buffer.getvalue())
    return files + ([HEIC.read_bytes()] if HEIC.is_file() else [])


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, cut out, doubled or cut off: a few of these, more often near the start."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        place = int(len(out) * chance.random() ** chance.choice((1, 4)))
        length = chance.choice((1, 1, 2, 4, 16))
        match chance.randrange(5):
            case 0:
                out[place : place + length] = chance.randbytes(length)
            case 1:
                out[place : place + length] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF))]) * length
            case 2:
                del out[place : place + length]
            case 3:
                out[place:place] = out[place : place + length]
            case 4 if len(out) > 64:
                del out[chance.randrange(32, len(out)) :]
    return bytes(out)


def part(number: int) -> tuple[int, int, float, list[str]]:
    """Photos decoded and refused, the longest time, and what should not have happened."""
    chance = random.Random(SEED + number)
    decoded = refused = 0
    longest, wrong = 0.0, []
    for index in range(PART):
        data = damaged(chance.choice(originals()), chance)
        begun = time.process_time()
        try:
            pixels = decode(data)
            decoded += 1
            if pixels.shape != (299, 299, 3) or pixels.dtype != np.uint8:
                wrong.append(f"{number}/{index}: {pixels.shape} {pixels.dtype}")
        except InvalidImage as error:
            refused += 1
            if not str(error):
                wrong.append(f"{number}/{index}: no words")
        except BaseException as error:
            wrong.append(f"{number}/{index}: {error!r}")
        longest = max(longest, time.process_time() - begun)
    return decoded, refused, longest, wrong


def test_every_format_is_among_the_originals():
    assert all(decode(data).shape == (299, 299, 3) for data in originals())
    formats = {Image.open(io.BytesIO(data)).format for data in originals()}
    assert formats == set(FORMATS) - (set() if HEIC.is_file() else {"HEIF"})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_damage_gives_pixels_or_an_invalid_image_and_nothing_else():
    # a crash of a decoder would break the pool, and so fail the test
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(part, range(COUNT // PART)))
    decoded, refused = sum(one[0] for one in parts), sum(one[1] for one in parts)
    longest = max(one[2] for one in parts)
    wrong = [text for one in parts for text in one[3]]
    print(
        f"{COUNT} damaged photos, seed {SEED}: {decoded} decoded, {refused} refused, longest {longest:.2f} s"
    )
    assert not wrong, wrong[:10]
    assert decoded + refused == COUNT and min(decoded, refused) > COUNT // 20
    assert longest < 4
