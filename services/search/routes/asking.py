"""What a search request sends: a query, photos that are right and photos that are wrong."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from services.search.asking.query import Query
from services.search.items import Image
from services.search.routes.dependencies import Parts
from services.search.routes.forms import UnknownName, form_of, media_type_of, text_of
from services.search.routes.inputs import MAX_IMAGES, Photo, TooManyImages, photos_in, photos_of, query_in
from services.search.uploads import ImageGone
from shared.vectors import Pixels

KNOWN = ("image", "negative_image", "query")  # fields of the form


class NotOnePhoto(ValueError):
    """A box, and not the one photo that it could be a part of."""

    field = "box"


@dataclass(frozen=True)
class Asking:
    """A query and the photos that came with it."""

    query: Query
    photos: list[Photo]
    negatives: list[Photo]

    @property
    def right(self) -> int:
        """How many photos to be embedded are right; with a box one is, whether sent or of the catalogue."""
        return 1 if self.query.box else len(self.photos)

    @property
    def compares(self) -> bool:
        """Whether anything is to be looked like, or not."""
        query = self.query
        shown = self.photos or self.negatives or query.vector
        return bool(shown or query.ids or query.image_ids)


async def read(request: Request) -> Asking:
    """A form or JSON. Raises UnknownName, TooManyImages, NotOnePhoto, and what reading raises."""
    if request.query_params:
        raise UnknownName(list(request.query_params), KNOWN)
    if media_type_of(request) in ("", "application/json"):
        query = await run_in_threadpool(query_in, await request.body() or b"{}")
        return await run_in_threadpool(_asking, query, [], [])
    async with form_of(request, known=KNOWN) as form:
        query = query_in((text_of(form, "query") or "{}").encode())
        return _asking(query, await photos_of(form), await photos_of(form, "negative_image"))


def _asking(query: Query, photos: list[Photo], negatives: list[Photo]) -> Asking:
    photos = [*photos, *photos_in(query.images)]
    negatives = [*negatives, *photos_in(query.negative_images, "negative_images")]
    if len(photos) + len(negatives) > MAX_IMAGES:
        raise TooManyImages(f"{len(photos) + len(negatives)} images; at most {MAX_IMAGES} a request.")
    examples = len(photos) + len(query.ids) + len(query.image_ids) + (query.vector is not None)
    if query.box and (examples != 1 or query.vector is not None):
        raise NotOnePhoto("A box is a part of one photo: send one, or one of 'ids' or 'image_ids'.")
    return Asking(query, photos, negatives)


async def decoded(asking: Asking, parts: Parts) -> list[Pixels]:
    """What is right, then what is wrong. Raises InvalidImage, MachineBusy, UnknownItem, ImageGone."""
    if asking.query.box is None:
        return await parts.decoders.decode([*asking.photos, *asking.negatives])
    photos = asking.photos or [await run_in_threadpool(_of_catalogue, asking.query, parts)]
    left, top, right, bottom = asking.query.box
    pixels = await parts.decoders.decode(photos, (left, top, right, bottom))
    return pixels + await parts.decoders.decode(asking.negatives)


def _of_catalogue(query: Query, parts: Parts) -> Photo:
    if query.image_ids:
        return "image_ids.0", parts.photos.read(parts.catalogue.image(query.image_ids[0]))
    item = parts.catalogue.get(query.ids[0])
    there: list[Image] = [image for image in item.images if not image.gone]
    if not there:
        raise ImageGone(f"The item {item.id!r} has no photo that a box could be a part of.")
    return "ids.0", parts.photos.read(there[0])
