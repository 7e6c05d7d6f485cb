"""What a caller asks of an item's state before it is read or changed (RFC 9110, section 13)."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.search.items import Item

WEAK = "W/"


class PreconditionFailed(RuntimeError):
    """The item is not in the state that the caller asked for; `headers` say in which it is."""

    def __init__(self, detail: str, tag: str | None) -> None:
        super().__init__(detail)
        self.headers = {} if tag is None else {"ETag": tag}


@dataclass(frozen=True)
class Precondition:
    """Entity tags as they came, quotes and `W/` included, or `*`; None where the caller says nothing."""

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    def check(self, item_id: str, item: Item | None) -> None:
        """Whether the item of that id, if there is one, may be changed. Raises PreconditionFailed."""
        self.check_match(item_id, item)
        if item is not None and self.excludes(item.tag):
            raise PreconditionFailed(
                f"There is an item {item_id!r} already. To change it, send its ETag in If-Match and no"
                " If-None-Match; to make another, choose another id.",
                item.tag,
            )

    def check_match(self, item_id: str, item: Item | None) -> None:
        """Whether the item is in a state of If-Match. Raises PreconditionFailed."""
        tag = None if item is None else item.tag
        if self.match is not None and not (tag is not None and self.match & {tag, "*"}):
            raise PreconditionFailed(_not_that(item_id, tag, self.match), tag)

    def excludes(self, tag: str) -> bool:
        """Whether If-None-Match names that state; there a weak tag is as good as a strong one."""
        return any(one.removeprefix(WEAK) in (tag, "*") for one in self.none_match or ())


ALWAYS = Precondition()


def _not_that(item_id: str, tag: str | None, asked: Iterable[str]) -> str:
    if tag is None:
        return f"There is no item {item_id!r}; send it without If-Match to make it."
    if f"{WEAK}{tag}" in asked:
        return f"If-Match needs the strong tag: send {tag} without {WEAK}."
    return (
        f"The item {item_id!r} has changed. Get it again, make the change anew, and send its ETag, {tag}, in"
        " If-Match."
    )
