import io

import numpy as np
import pytest
from PIL import Image

from shared.images import decode


@pytest.mark.parametrize("mode", ["I;16", "RGBA", "P", "L", "LA", "CMYK", "F", "1"])
def test_a_large_photo_looks_like_its_small_copy(mode):
    values = np.tile(np.linspace(0, 255, 2400, dtype=np.uint8), (1800, 1))
    plain = Image.fromarray(values)
    if mode == "I;16":
        image = Image.fromarray(values.astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(values.astype(np.float32))
    else:
        image = plain.convert("RGB").convert(mode) if mode != "L" else plain
    buffer = io.BytesIO()
    image.save(buffer, "TIFF" if mode in ("F", "CMYK") else "PNG")
    expected = np.asarray(image.convert("RGB") if mode not in ("I;16", "F") else plain.convert("RGB"))
    got = decode(buffer.getvalue()).astype(int)
    reference = np.asarray(Image.fromarray(expected).resize((299, 299), Image.Resampling.BILINEAR), dtype=int)
    assert abs(got - reference).mean() < 3
