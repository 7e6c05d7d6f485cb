"""Pixels -> vectors, by the embedding service."""

from dataclasses import dataclass
from typing import Protocol

import httpx2
import numpy as np

from shared.projected import NotANetwork
from shared.store import UnknownModel
from shared.vectors import NotAnArray, Pixels, UnitVectors, from_npy

TIMEOUT = httpx2.Timeout(30, connect=2)  # a full queue answers at once; a model that loads takes some seconds


class EmbeddingUnavailable(ConnectionError):
    """The embedding service does not answer, or says it cannot now."""


@dataclass(frozen=True)
class Embedding:
    """Rows of one model, and the lengths they had."""

    rows: UnitVectors
    lengths: list[float]


class Embedder(Protocol):
    """Turns pixels into vectors."""

    async def embed(self, images: list[Pixels], *, model: str) -> Embedding:
        """One row per image. Raises EmbeddingUnavailable, UnknownModel, NotANetwork."""

    async def ready(self, model: str) -> bool:
        """Is the model loaded there? Asking begins to load it."""

    async def engines(self) -> dict[str, str]:
        """What runs each of the models that are loaded there."""


class HttpEmbedder:
    """Speaks to the embedding service."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def embed(self, images: list[Pixels], *, model: str) -> Embedding:
        """One request for all images."""
        body = np.stack(images).tobytes()
        headers = {"Content-Type": "application/octet-stream", "Accept": "application/x-npy"}
        try:
            answer = await self._client.post(f"/models/{model}/embed", content=body, headers=headers)
        except httpx2.HTTPError as error:
            raise EmbeddingUnavailable("The embedding service does not answer.") from error
        if answer.status_code == 404:
            raise UnknownModel(f"The embedding service has no model {model!r}.")
        if answer.status_code == 409:
            raise NotANetwork(model)
        if answer.status_code != 200:
            raise EmbeddingUnavailable(f"The embedding service says {answer.status_code}: {_why(answer)}")
        try:
            rows = UnitVectors(from_npy(answer.content))
            return Embedding(rows, [float(length) for length in answer.headers["X-Lengths"].split(",")])
        except (NotAnArray, KeyError, ValueError) as error:
            raise EmbeddingUnavailable("The embedding service answered with something else.") from error

    async def ready(self, model: str) -> bool:
        """False also when the service is away."""
        try:
            answer = await self._client.get("/readyz", params={"model": model}, timeout=5)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200

    async def engines(self) -> dict[str, str]:
        """Empty when the service is away."""
        try:
            answer = await self._client.get("/models", timeout=2)
            return {one["name"]: one["engine"] for one in answer.json()["models"] if one["engine"]}
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return {}


def _why(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return "nothing more."
