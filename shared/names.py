"""File names as people write them."""

import unicodedata


def plain_name(name: str) -> str:
    """A path in one form: macOS writes names decomposed (NFD), Windows has \\ and does not tell A from a."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold().removeprefix("./")
