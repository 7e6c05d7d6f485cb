"""An answer whose items are whole: what chose them and what is shown of them is of the same moment."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from services.search.catalogue import Catalogue


class Torn(Protocol):
    """Anything that knows whether an item was changed in the middle of it."""

    @property
    def torn(self) -> bool:
        """It was."""


Told = TypeVar("Told", bound=Torn)


def whole(catalogue: Catalogue, ask: Callable[[], Told]) -> Told:
    """What `ask` answers; once more, while nobody writes, where it was torn."""
    answer = ask()
    if not answer.torn:
        return answer
    with catalogue.still():
        return ask()
