"""What the first system of this kind did, and must keep working; and its traps. One test each.

What it did in the browser is in end_to_end/page/test_ancestor_page.py.
"""

import json
import shutil
import time

import numpy as np
import pytest

from services.worker.tables.reader import rows
from shared.images import decode
from shared.vectors import PixelBatch
from tests import machines
from tests.small import small_vectors


def send(service, content: bytes, **options) -> str:
    answer = service.client.post("/items/import", files={"file": ("machines.csv", content)}, data=options)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


@pytest.fixture
def dealer(service, work):
    """The dealer's catalogue, imported as it is; nothing of its photos."""
    job = work(service, send(service, machines.table()))
    assert job["state"] == "succeeded", job["error"]
    service.job = job
    return service


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Where the catalogue of `turning` is kept once it was made."""
    return tmp_path_factory.mktemp("turning")


@pytest.fixture
def turning(made, settings, restart, work, photo):
    """The same with a photo for each of the 901 items of the genre that end mills are in."""
    if not (made / "photos").exists():
        _make_turning(restart(), work, photo)
        restart().client.__exit__(None, None, None)
        shutil.copytree(settings.photos, made / "photos")
        shutil.copy(settings.data / "catalogue.sqlite3", made)
    shutil.copytree(made / "photos", settings.photos, dirs_exist_ok=True)
    shutil.copy(made / "catalogue.sqlite3", settings.data)
    return restart()


def _make_turning(service, work, photo) -> None:
    for row in machines.table().decode("utf-8-sig").splitlines()[1:]:
        cells = row.split(",")
        if cells[1] == machines.TURNING[0]:
            (service.photos / cells[3]).write_bytes(photo(int(cells[0]), size=(16, 12), kind="PNG"))
    service.client.app.state.parts.pages._size = 500
    assert work(service, send(service, machines.table()))["result"]["with_vector"] == 901


def ask(service, keyword: str, **query) -> dict:
    return service.client.get("/items", params={"keyword": keyword, **query}).json()


def search(service, **query) -> dict:
    answer = service.client.post("/search", json=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_catalogue_machines_csv_is_imported_as_it_is_and_says_what_it_left_out(service, work):
    begun = time.monotonic()
    result = work(service, send(service, machines.table()))["result"]
    assert time.monotonic() - begun < 60  # measured: 1.3 s
    assert (result["rows"], result["new"]) == (machines.ROWS, machines.NAMED)
    (dropped,) = result["dropped"]["first"]
    assert (dropped["id"], dropped["why"]) == (machines.NAMELESS, "It has no name.")
    assert result["missing"]["count"] == machines.NAMED and len(result["missing"]["first"]) == 1000


def test_catalogue_columns_are_kept(dealer):
    fields = dealer.client.get("/items/1").json()["fields"]
    assert list(fields) == [name for name in machines.HEADER if name != "id"]


def test_catalogue_an_item_without_a_photo_is_left_out_of_similarity_only(turning):
    assert search(turning, keyword="金型")["total"] == machines.COUNTS["金型"]
    (end_mill, *_) = ask(turning, "エンドミル")["items"]
    body = search(turning, ids=[end_mill["id"]])
    assert (body["candidates"], body["total"]) == (machines.NAMED, 901)


@pytest.mark.parametrize(("keyword", "count"), machines.COUNTS.items())
def test_keyword_search_matches_parts_of_names_literally(dealer, keyword, count):
    assert ask(dealer, keyword)["total"] == count


@pytest.mark.parametrize("keyword", ["all", ""])
def test_keyword_all_lists_everything_sixty_at_a_time(dealer, keyword):
    body = ask(dealer, keyword)
    assert (body["total"], len(body["items"])) == (machines.NAMED, 60)


def test_keyword_scope_partial_match_looks_everywhere_and_same_genre_at_its_genres(turning):
    body = ask(turning, "エンドミル", scope="same")
    assert (body["total"], body["candidates"]) == (3, 901)
    assert {item["fields"]["genre_id"] for item in body["items"]} == {machines.TURNING[0]}
    ticked = [item["id"] for item in body["items"]]
    everywhere = search(turning, ids=ticked, keyword="エンドミル", scope="all")
    assert everywhere["candidates"] == machines.NAMED and len(everywhere["matches"]) == 20


def test_similar_search_is_the_mean_of_raw_vectors_and_euclidean_with_the_ticked_included(turning, photo):
    ticked = [item["id"] for item in ask(turning, "エンドミル")["items"]]
    body = search(turning, ids=ticked, metric="euclidean", limit=1000)
    names = [match["id"] for match in body["matches"]]
    assert len(names) == 901 and set(ticked) <= set(names)
    pixels = [decode(photo(int(name), size=(16, 12), kind="PNG")) for name in names]
    raw = small_vectors(PixelBatch(np.stack(pixels)))
    mean = np.mean([raw[names.index(name)] for name in ticked], axis=0)
    distances = np.linalg.norm(raw - mean, axis=1)
    assert [match["distance"] for match in body["matches"]] == pytest.approx(distances, rel=2e-3)
    assert np.all(np.diff([match["distance"] for match in body["matches"]]) >= 0)


def test_details_hold_every_field_with_its_name_in_both_languages(dealer):
    labels = {field["field"]: field["label"] for field in dealer.client.get("/fields").json()["fields"]}
    wanted = {"company": "出品会社", "no": "管理番号", "genre_id": "ジャンル", "name": "名称"}
    wanted |= {"maker": "メーカー", "model": "型式", "spec": "仕様", "lot": "一山"}
    assert {field: labels[field]["ja"] for field in wanted} == wanted
    assert all(labels[field]["en"].isascii() for field in wanted)


def test_choosing_the_features_is_a_part_of_the_query_without_restart(service, publish, photo):
    service.put("a", photo(1))
    publish("finetuned")
    assert search(service, ids=["a"], model="small")["model"] == "small"
    assert service.client.post("/search", json={"ids": ["a"], "model": "finetuned"}).status_code == 409


def test_re_ranking_button_exists_on_the_server_and_moves_the_answers(turning):
    ticked = [item["id"] for item in ask(turning, "エンドミル")["items"]]
    found = [match["id"] for match in search(turning, ids=ticked, limit=6)["matches"]]
    first = [name for name in found if name not in ticked]
    body = search(turning, ids=[*ticked, first[0]], negative_ids=[first[1]], limit=20)
    after = [match["id"] for match in body["matches"]]
    assert first[1] not in after and after != first and body["total"] == 900


def test_trap_the_search_state_was_one_global_object(dealer):
    one, other = ask(dealer, "金型", scope="same"), ask(dealer, "エンドミル", scope="same")
    assert (ask(dealer, "金型", scope="same"), ask(dealer, "エンドミル", scope="same")) == (one, other)
    assert one["total"] != other["total"]


def test_trap_same_genre_raised_an_error_on_every_call(turning):
    ticked = [item["id"] for item in ask(turning, "エンドミル")["items"]]
    body = search(turning, ids=ticked, keyword="エンドミル", scope="same")
    assert (body["candidates"], body["total"], len(body["matches"])) == (901, 901, 20)


def test_trap_the_comment_said_cosine_and_the_code_computed_euclidean(service, photo):
    for seed in range(4):
        service.put(str(seed), photo(seed))
    for metric in ("cosine", "euclidean"):
        for match in search(service, ids=["1"], metric=metric)["matches"]:
            expected = 1 - match["score"] if metric == "cosine" else 1 / match["score"] - 1
            assert match["distance"] == pytest.approx(expected, rel=0.05, abs=1e-3)


def test_trap_every_keyword_search_read_every_vector_from_disk(turning, settings):
    model = turning.client.app.state.parts.models.live()
    turning.client.app.state.parts.indexes.get(model)
    with turning.client.app.state.parts.vectors._database.write() as write:
        write.execute("UPDATE vectors SET row = x'00'")  # whoever read them now would be told of damage
    ticked = [item["id"] for item in ask(turning, "エンドミル")["items"]]
    assert len(search(turning, ids=ticked)["matches"]) == 20


def test_trap_a_name_is_no_regular_expression(dealer):
    for keyword in ("金.", "^金", "(", "[", "*", "金|刃"):
        assert ask(dealer, keyword)["total"] == machines.COUNTS.get(keyword, 0) or keyword in "[*"


def test_the_file_itself_has_the_counts_that_are_promised(tmp_path):
    file = tmp_path / "m.csv"
    file.write_bytes(machines.table())
    names = [cells[2] for _, cells in list(rows(file))[1:]]
    assert {word: sum(word in name for name in names) for word in machines.COUNTS} == machines.COUNTS
    assert json.dumps(len(names)) == "8731"
