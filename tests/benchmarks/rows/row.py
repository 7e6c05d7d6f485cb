"""What a benchmark says: rows of the table, and tables of growth."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Ours beside a peer's, in one run on one machine; `met`: None where no target is set."""

    what: str
    against: str
    ours: str
    peer: str
    ratio: str
    target: str
    met: bool | None
    limit: str  # what physically bounds it
    meaning: str  # one sentence for a buyer


@dataclass(frozen=True)
class Growth:
    """One thing measured over sizes, and a sentence on where its curve bends."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    why: str


@dataclass(frozen=True)
class NotMeasured:
    """In a row's place: why it is not there."""

    what: str
    why: str


Measured = list[Row | Growth | NotMeasured]
