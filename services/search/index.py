"""The vectors of one model in memory, searched exactly."""

from services.search.asking.nearest import Rows
from services.search.asking.ranking import Asked, Ranked, rank
from services.search.memory import Memory
from shared.vectors import Lengths, UnitVectors


class Index(Memory):
    """Unit rows of one model, and which of them are nearest."""

    def __init__(self, model: str, dimension: int) -> None:
        super().__init__(dimension)
        self.model = model
        self.source = model  # whose rows it takes

    def rank(self, asked: Asked) -> Ranked:
        """The nearest groups to what is asked, of one moment."""
        with self._lock:
            taken = slice(len(self._place))
            rows = UnitVectors(self._rows[taken])
            return rank(
                Rows(rows, Lengths(self._lengths[taken]), self._images[taken], self._items[taken]), asked
            )
