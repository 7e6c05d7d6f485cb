"""demo.html: each query and its matches side by side, in one file that needs no server."""

import base64
import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from shared.images import thumbnail

HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Nitari: look-alikes</title>
<style>
body { font: 16px/1.4 system-ui, "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", sans-serif;
  margin: 2rem; color: #222; background: #fafafa }
section { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr));
  gap: 1rem; margin: 2rem 0 }
figure { margin: 0; max-width: 220px }
img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #fff; border: 1px solid #ddd }
.query img { border: 3px solid #b5432a }
figcaption { overflow-wrap: anywhere; font-size: .9rem } .score { color: #666 }
</style>
<h1>似ているもの · Look-alikes</h1>
"""


@dataclass(frozen=True)
class Answer:
    """A query and what the search service said."""

    query: Path
    body: dict[str, Any]


def write_page(path: Path, client: httpx2.Client, answers: list[Answer]) -> Path:
    """Writes the page."""
    parts = [HEAD, f"<p>Model: {html.escape(answers[0].body['model'])}</p>"]
    for answer in answers:
        parts.append("<section>")
        parts.append(
            _figure(thumbnail(answer.query.read_bytes()), f"Query: {answer.query.name}", "", "query")
        )
        for match in answer.body["matches"]:
            small = client.get(f"/images/{match['image_id']}", params={"size": "thumbnail"}).content
            parts.append(_figure(small, match["id"], f"{match['score']:.3f}", "match"))
        parts.append("</section>")
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _figure(jpeg: bytes, name: str, score: str, kind: str) -> str:
    source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    name = html.escape(name)
    return (
        f'<figure class="{kind}"><img src="{source}" alt="{name}">'
        f'<figcaption>{name} <span class="score">{score}</span></figcaption></figure>'
    )
