"""A job as it changes, as server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from services.search.jobs import ACTIVE
from services.search.routes.dependencies import PartsDep
from services.search.streams import Streams, mark_of

router = APIRouter(tags=["jobs"])
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would keep events back
RESPONSES: dict[int | str, dict[str, object]] = {
    200: {"description": "Events `job` whose data is the job as JSON", "content": {"text/event-stream": {}}},
    204: {"description": "It has ended, and Last-Event-ID is its last event: come back no more"},
}


class JobEvents(EventSourceResponse):
    """Takes a place among the streams for as long as it is sent. Raises TooManyStreams."""

    def __init__(self, streams: Streams, job_id: str, seen: str | None) -> None:
        super().__init__(_events(streams, job_id, seen), headers=HEADERS)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.place():
            await super().__call__(scope, receive, send)


@router.get("/jobs/{id}/events", response_class=Response, responses=RESPONSES)
async def watch_job(
    id: str, parts: PartsDep, last_event_id: Annotated[str | None, Header()] = None
) -> Response:
    """The job at once and whenever it changes, until it ends: `curl -N`, or an EventSource in a browser."""
    job = await run_in_threadpool(parts.jobs.get, id)
    if job.state not in ACTIVE and mark_of(job) == last_event_id:
        return Response(status_code=204)
    return JobEvents(parts.streams, id, last_event_id)


async def _events(streams: Streams, job_id: str, seen: str | None) -> AsyncIterator[bytes]:
    async for job in streams.follow(job_id, seen):
        if job is None:
            yield KEEPALIVE_COMMENT
        else:
            yield format_sse_event(event="job", id=mark_of(job), data_str=job.model_dump_json())
