"""An answer whose items are whole: memory and SQLite speak of the same moment."""

from collections.abc import Callable

from services.search.asking.matches import Answer
from services.search.catalogue import Catalogue


def whole(catalogue: Catalogue, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers; once more, while nobody writes, where an item was changed in the middle of it."""
    answer = ask()
    if not answer.torn:
        return answer
    with catalogue.still():
        return ask()
