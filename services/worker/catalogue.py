"""The catalogue as a worker sees it: claims pages and reports on them over HTTP."""

import base64
from collections.abc import Mapping, Sequence
from typing import Protocol

import httpx2
import numpy as np
from pydantic import BaseModel, TypeAdapter

from services.worker.line import CatalogueRefused as CatalogueRefused
from services.worker.line import CatalogueUnavailable as CatalogueUnavailable
from services.worker.line import LeaseLost as LeaseLost
from services.worker.line import Line
from services.worker.paths import PATHS, Report
from shared.finetuning import FromField
from shared.leases import (
    INTERNAL_TOKEN,
    Claim,
    Holding,
    ImageRef,
    JudgedQuery,
    Known,
    KnownVectors,
    LabelledImage,
    Page,
    Renewal,
)
from shared.reports import EmbeddedImage, PageVectors
from shared.settings import Settings
from shared.vector_reports import Images, ImagesAfter, RowsOf, StoredRows
from shared.vectors import UnitVectors, Vectors, from_npy, to_npy

PATIENCE_S = 600  # how long a child waits for a search service that is away, before it gives up its work
KNOWN_AT_ONCE = 512  # photos that are asked for in a request: 6 MB of vectors come back


class Catalogue(Protocol):
    """What the work needs of the catalogue. Every method may raise LeaseLost and CatalogueUnavailable."""

    def claim(self, claim: Claim) -> Page | None:
        """A page of a job, or None when nothing is to do (now)."""

    def report(self, what: Report) -> None:
        """Says how a page goes."""

    def store(
        self, page: Page, holder: str, images: list[EmbeddedImage], rows: Mapping[str, Vectors]
    ) -> None:
        """Hands a page's vectors of each model, and its errors, over."""

    def images(self, asked: ImagesAfter) -> list[ImageRef]:
        """Photos that a job is about, some at a time."""

    def stored_rows(self, asked: RowsOf) -> StoredRows:
        """Vectors that the catalogue has of a job's model."""


def client_of(settings: Settings) -> httpx2.Client:
    """A client of the search service, with the internal token."""
    headers = {INTERNAL_TOKEN: settings.internal_token.get_secret_value()}
    return httpx2.Client(base_url=settings.search_url, headers=headers, timeout=30, trust_env=False)


class HttpCatalogue:
    """Speaks to the search service; `patience_s` 0 tries once."""

    def __init__(self, client: httpx2.Client, *, patience_s: float = 0) -> None:
        self._client = client
        self._send = Line(patience_s=patience_s).send

    def claim(self, claim: Claim) -> Page | None:
        """POST /internal/claims."""
        answer = self._send(lambda: self._client.post("/internal/claims", json=claim.model_dump()))
        return None if answer.status_code == 204 else Page.model_validate_json(answer.content)

    def renew(self, job_id: str, holder: str) -> Renewal:
        """POST /internal/leases/{holder}."""
        body = Holding(job_id=job_id).model_dump()
        answer = self._send(lambda: self._client.post(f"/internal/leases/{holder}", json=body))
        return Renewal.model_validate_json(answer.content)

    def lose(self, holder: str) -> None:
        """DELETE /internal/leases/{holder}: what it held is anybody's."""
        self._send(lambda: self._client.delete(f"/internal/leases/{holder}"))

    def give_back(self, holder: str) -> None:
        """The same, but nothing went wrong."""
        self._send(lambda: self._client.delete(f"/internal/leases/{holder}", params={"lost": False}))

    def report(self, what: Report) -> None:
        """POST to the report's path."""
        self._send(lambda: self._client.post(PATHS[type(what)], json=what.model_dump()))

    def store(
        self, page: Page, holder: str, images: list[EmbeddedImage], rows: Mapping[str, Vectors]
    ) -> None:
        """PUT /internal/vectors."""
        more = {model: base64.b64encode(to_npy(some)).decode() for model, some in rows.items()}
        npy = more.pop(page.model)
        body = PageVectors(
            page_id=page.id, holder=holder, model=page.model, images=images, npy=npy, more=more
        )
        self._send(lambda: self._client.put("/internal/vectors", json=body.model_dump()))

    def images(self, asked: ImagesAfter) -> list[ImageRef]:
        """POST /internal/images."""
        return Images.model_validate_json(self.ask("/internal/images", asked)).images

    def stored_rows(self, asked: RowsOf) -> StoredRows:
        """POST /internal/stored-rows."""
        return StoredRows.model_validate_json(self.ask("/internal/stored-rows", asked))

    def labelled(self, field: FromField) -> list[LabelledImage]:
        """POST /internal/labelled: the photos of a dataset that is a field's values."""
        return TypeAdapter(list[LabelledImage]).validate_json(self.ask("/internal/labelled", field))

    def judged(self) -> list[JudgedQuery]:
        """GET /internal/judged."""
        answer = self._send(lambda: self._client.get("/internal/judged"))
        return TypeAdapter(list[JudgedQuery]).validate_json(answer.content)

    def known(self, model: str, sha256: Sequence[str]) -> tuple[list[str], UnitVectors]:
        """POST /internal/known: which of the photos the catalogue has a vector of, and a row each."""
        found: list[str] = []
        parts: list[UnitVectors] = []
        for begin in range(0, max(len(sha256), 1), KNOWN_AT_ONCE):
            asked = Known(model=model, sha256=list(sha256[begin : begin + KNOWN_AT_ONCE]))
            some = KnownVectors.model_validate_json(self.ask("/internal/known", asked))
            found += some.sha256
            parts.append(UnitVectors(from_npy(base64.b64decode(some.npy))))
        return found, UnitVectors(np.concatenate(parts))

    def ask(self, path: str, body: BaseModel) -> bytes:
        """The answer to a POST."""
        return self._send(lambda: self._client.post(path, json=body.model_dump())).content
