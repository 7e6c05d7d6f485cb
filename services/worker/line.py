"""The line to the search service: tries again while it is away, and names what it answers."""

from collections.abc import Callable

import httpx2
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter


class CatalogueUnavailable(ConnectionError):
    """The search service does not answer, or cannot now."""


class LeaseLost(RuntimeError):
    """The page, or the whole job, is not this worker's any more."""


class CatalogueRefused(RuntimeError):
    """The search service does not accept what the worker says: they do not fit together."""


class Line:
    """`patience_s` 0 tries once."""

    def __init__(self, *, patience_s: float) -> None:
        self._retrying = Retrying(
            retry=retry_if_exception_type(CatalogueUnavailable),
            stop=stop_after_delay(patience_s),
            wait=wait_exponential_jitter(multiplier=0.2, max=5),
            reraise=True,
        )

    def send(self, call: Callable[[], httpx2.Response]) -> httpx2.Response:
        """The answer. Raises CatalogueUnavailable, LeaseLost, CatalogueRefused."""
        return self._retrying(self._once, call)

    def _once(self, call: Callable[[], httpx2.Response]) -> httpx2.Response:
        try:
            answer = call()
        except httpx2.HTTPError as error:
            raise CatalogueUnavailable(f"The search service does not answer: {error}") from error
        if answer.status_code in (404, 409):
            raise LeaseLost(answer.text)
        if answer.status_code >= 500:
            raise CatalogueUnavailable(f"The search service says {answer.status_code}.")
        if answer.status_code >= 400:
            raise CatalogueRefused(f"{answer.status_code} {answer.text}")
        return answer
