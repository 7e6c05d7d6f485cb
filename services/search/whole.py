"""An answer whose items are whole: memory and SQLite speak of the same moment."""

from collections.abc import Callable

from services.search.catalogue import Catalogue
from services.search.matches import Answer, Match


def whole(catalogue: Catalogue, ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers; once more, while nobody writes, where an item was changed in the middle of it."""
    answer = ask()
    if all(map(_is_whole, answer.matches)):
        return answer
    with catalogue.still():
        return ask()


def _is_whole(match: Match) -> bool:
    """Whether the image that was found is one of the item's as it is shown."""
    return match.image is None or any(
        image.id == match.image and not (image.gone and match.score is not None)
        for image in match.item.images
    )
