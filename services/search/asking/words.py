"""Keyword search: what is typed against what is written, literally, Japanese first."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

VERSION = 1  # of the folding: a new one makes all words anew
MAX_LETTERS = 1000
MAX_WORDS = 32
EVERYTHING = "all"  # as the ancestor had it
MINUS = ("-", "－", "−")

HIRAGANA = {ord(letter): ord(letter) + 0x60 for letter in map(chr, [*range(0x3041, 0x3097), 0x309D, 0x309E])}
# marks that stand beside their letter, and the wave that Windows and macOS write differently
SAME = {0x309B: 0x3099, 0x309C: 0x309A, 0x301C: 0xFF5E}
# '（' stays another character than '(': signs are searched for as they are, letters and digits by meaning
WIDE_SIGNS = re.compile(
    "([" + "".join(chr(code) for code in range(0xFF01, 0xFF5F) if not chr(code).isalnum()) + "])"
)


class InvalidKeyword(ValueError):
    """A keyword that is too long to be one."""

    field = "keyword"


@dataclass(frozen=True)
class Keyword:
    """Folded words: an item must hold every one of `wanted` and none of `unwanted`."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Keyword":
        """Words between spaces; `-word` is unwanted, nothing or `all` everything. Raises InvalidKeyword."""
        words = text.split()
        if len(text) > MAX_LETTERS or len(words) > MAX_WORDS:
            raise InvalidKeyword(f"A keyword has at most {MAX_LETTERS} characters and {MAX_WORDS} words.")
        if words == [EVERYTHING]:
            return cls()
        without = [word for word in words if len(word) > 1 and word.startswith(MINUS)]
        wanted = tuple(fold(word) for word in words if word not in without)
        return cls(wanted, tuple(fold(word[1:]) for word in without))


def fold(text: str) -> str:
    """NFKC, small letters, hiragana as katakana (ﾏｼﾝ = マシン = ましん, ＡＢＣ = abc)."""
    parts = WIDE_SIGNS.split(text.translate(SAME))
    wide = [part if place % 2 else unicodedata.normalize("NFKC", part) for place, part in enumerate(parts)]
    return "".join(wide).casefold().translate(HIRAGANA)


def words_of(names: Sequence[str]) -> Callable[[str, str], str]:
    """words(id, fields as JSON) -> folded text of the fields of these names, of the id where none has any."""

    def words(item_id: str, fields: str) -> str:
        values = json.loads(fields)
        texts = [str(values[name]) for name in names if values.get(name) not in (None, "")]
        return fold("\n".join(texts or [item_id]))

    return words
