"""Two people and one item: ETag, If-Match and If-None-Match."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

WEB = "application/problem+json"


def put(service, item: str, fields: dict, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.put(f"/items/{item}", data={"fields": json.dumps(fields)}, headers=named)


def tag_of(service, item: str) -> str:
    return service.client.get(f"/items/{item}").headers["etag"]


def test_a_tag_is_strong_and_changes_with_fields_and_photos_alone(service, restart, photo):
    tags = [put(service, "a", {"x": 1}).headers["etag"]]
    tags.append(put(service, "a", {"x": 2}).headers["etag"])
    tags.append(service.put("a", photo(1)).headers["etag"])
    tags.append(service.put("a", photo(2)).headers["etag"])
    tags.append(service.put("a", photo(2)).headers["etag"])  # the same bytes are another image
    assert len(set(tags)) == 5 and all(tag[0] == tag[-1] == '"' for tag in tags)
    put(service, "a", {"x": 2})
    put(service, "b", {"x": 2})
    assert tag_of(service, "a") == tag_of(restart(), "a") == tags[-1]


def test_a_tag_changes_with_the_bytes_of_a_photo_in_a_folder_and_when_it_goes(service, extract, photo):
    file = service.photos / "a.jpg"
    tags = []
    for change in (lambda: file.write_bytes(photo(1)), lambda: file.write_bytes(photo(20)), file.unlink):
        change()
        (service.photos / "b.jpg").write_bytes(photo(3))
        extract(service)
        tags.append(tag_of(service, "a.jpg"))
    assert len(set(tags)) == 3


def test_who_has_an_item_is_not_sent_it_again(service):
    put(service, "a", {"x": 1})
    tag = tag_of(service, "a")
    for named in (tag, f"W/{tag}", "*", f'"other", {tag}', f',"o,ther" , {tag},'):
        answer = service.client.get("/items/a", headers={"If-None-Match": named})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["cache-control"] == "no-cache"
    put(service, "a", {"x": 2})
    answer = service.client.get("/items/a", headers={"If-None-Match": tag})
    assert answer.status_code == 200 and answer.headers["etag"] != tag
    assert service.client.get("/items/none", headers={"If-None-Match": "*"}).status_code == 404


def test_a_change_of_what_has_changed_meanwhile_is_refused_and_loses_nothing(service, photo):
    tag = put(service, "a", {"x": 1}).headers["etag"]
    now = put(service, "a", {"x": 2}, If_Match=tag).headers["etag"]
    refused = [put(service, "a", {"x": 3}, If_Match=tag)]
    refused.append(service.client.delete("/items/a", headers={"If-Match": tag}))
    refused.append(service.client.get("/items/a", headers={"If-Match": tag}))
    files = [("image", ("a.jpg", photo(1)))]
    service.embedder.away = True  # it is seen before anybody works on the photo
    refused.append(service.client.put("/items/a", files=files, headers={"If-Match": tag}))
    for answer in refused:
        body = answer.json()
        assert (answer.status_code, answer.headers["etag"], answer.headers["content-type"]) == (412, now, WEB)
        assert (body["type"], body["title"]) == ("precondition_failed", "Precondition failed")
        assert now in body["detail"]
    assert service.client.get("/items/a").json()["fields"] == {"x": 2}
    assert put(service, "a", {"x": 3}, If_Match=f'"other", {now}').status_code == 200
    assert service.client.delete("/items/a", headers={"If-Match": tag_of(service, "a")}).status_code == 204


def test_a_star_means_any_state_and_no_state(service):
    assert put(service, "a", {}, If_Match="*").status_code == 412
    assert "ETag" not in put(service, "a", {}, If_Match='"x"').headers
    assert put(service, "a", {"x": 1}, If_None_Match="*").status_code == 201
    again = put(service, "a", {"x": 2}, If_None_Match="*")
    assert (again.status_code, again.headers["etag"]) == (412, tag_of(service, "a"))
    assert put(service, "a", {"x": 3}, If_Match="*").status_code == 200
    assert service.client.delete("/items/a", headers={"If-Match": "*"}).status_code == 204
    assert service.client.delete("/items/a", headers={"If-Match": "*"}).status_code == 404
    assert service.client.get("/items").json()["total"] == 0


def test_a_weak_tag_never_matches_and_the_answer_says_so(service):
    tag = put(service, "a", {"x": 1}).headers["etag"]
    answer = put(service, "a", {"x": 2}, If_Match=f"W/{tag}")
    assert answer.status_code == 412 and "without W/" in answer.json()["detail"]
    assert put(service, "a", {"x": 2}, If_None_Match=f"W/{tag}").status_code == 412


@pytest.mark.parametrize("value", ["", "x", '"', '"a" "b"', "'a'", '*, "a"', "w/'a'", 'w/"a"', '"a b"', ","])
def test_a_header_that_cannot_be_one_is_said(service, value):
    put(service, "a", {"x": 1})
    for name in ("If-Match", "If-None-Match"):
        answer = service.client.put("/items/a", data={"fields": "{}"}, headers={name: value})
        assert (answer.status_code, answer.json()["type"]) == (400, "invalid_precondition")
        assert answer.json()["field"] == name
    assert service.client.delete("/items/a", headers={"If-Match": value}).status_code == 400
    assert service.client.get("/items/a").json()["fields"] == {"x": 1}


def test_tags_in_several_headers_are_one_list(service):
    tag = put(service, "a", {"x": 1}).headers["etag"]
    headers = [("If-Match", '"other"'), ("If-Match", tag)]
    assert service.client.delete("/items/a", headers=headers).status_code == 204


@pytest.mark.parametrize("create", [False, True])
def test_of_many_at_once_with_one_tag_exactly_one_wins(service, create):
    for turn in range(8):
        if create:
            headers = {"If_None_Match": "*"}
        else:
            headers = {"If_Match": put(service, f"item{turn}", {"writer": "nobody"}).headers["etag"]}
        together = threading.Barrier(4)

        def write(number: int, turn=turn, headers=headers, together=together) -> int:
            together.wait()
            return put(service, f"item{turn}", {"writer": number}, **headers).status_code

        with ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(write, range(4)))
        assert sorted(codes) == [201 if create else 200, 412, 412, 412]
        won = service.client.get(f"/items/item{turn}").json()["fields"]["writer"]
        assert codes[won] in (200, 201)


def test_of_a_change_and_a_deletion_with_one_tag_one_wins(service):
    for turn in range(8):
        tag = put(service, "a", {"turn": turn}).headers["etag"]
        with ThreadPoolExecutor(2) as pool:
            gone = pool.submit(service.client.delete, "/items/a", headers={"If-Match": tag})
            kept = pool.submit(put, service, "a", {"kept": turn}, If_Match=tag)
        codes = (gone.result().status_code, kept.result().status_code)
        there = service.client.get("/items/a").status_code
        assert (*codes, there) in ((204, 412, 404), (412, 200, 200))
