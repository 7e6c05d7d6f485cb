"""What can be wrong with the bytes of a photo; each becomes an answer of its own."""


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


class TooCostly(InvalidImage):
    """Decoding takes more time or memory than one photo is given (NITARI_DECODE_S, NITARI_DECODE_MB)."""


PROBLEMS = {
    kind.__name__: kind
    for kind in (
        InvalidImage,
        EmptyFile,
        UnsupportedImageType,
        TooManyPixels,
        TruncatedImage,
        DamagedImage,
        TooCostly,
    )
}
