"""What is deleted while a folder or a table is being read is not brought back by that."""

from tests.search.protocol import claim, post
from tests.tables import send


def ids(service) -> set[str]:
    return {item["id"] for item in service.client.get("/items").json()["items"]}


def test_a_photo_that_is_deleted_while_its_folder_is_listed_is_left_to_the_next_job(service, extract, photo):
    for name in "ab":
        (service.photos / f"{name}.jpg").write_bytes(photo(ord(name)))
    extract(service)
    job = service.client.post("/jobs/extract").json()["id"]
    held = {"page_id": claim(service, job, "w").json()["id"], "holder": "w"}
    assert service.client.delete("/items/a.jpg").status_code == 204
    photos = [{"path": f"{name}.jpg", "size": 1, "mtime_ns": 1} for name in "ab"]
    assert post(service, "photos", {**held, "root": "photos", "photos": photos}) == 204
    assert post(service, "listed", held) == 204
    assert ids(service) == {"b.jpg"}
    assert extract(service)["state"] == "succeeded" and ids(service) == {"a.jpg", "b.jpg"}


def test_an_item_that_is_deleted_while_its_table_is_imported_is_left_to_the_next(service, import_, photo):
    text = "id,name\n1,x\n2,y\n"
    import_(service, text)
    job = send(service, text)
    held = {"page_id": claim(service, job, "w").json()["id"], "holder": "w"}
    for item in "12":
        assert service.client.delete(f"/items/{item}").status_code == 204
    service.put("2", fields='{"name": "by hand"}')  # this one came after that
    rows = [{"id": item, "fields": {"name": "x"}} for item in "12"]
    assert post(service, "rows", {**held, "rows": rows, "done": 2, "total": 2, "found": False}) == 204
    assert ids(service) == {"2"}
    assert service.client.delete(f"/jobs/{job}").status_code in (200, 202, 204)
    import_(service, text)
    assert ids(service) == {"1", "2"}
    service.client.delete("/items/1")  # nothing is being read: nothing is noted, and what was is forgotten
    read = service.client.app.state.parts.vectors._database.read()
    assert not read.execute("SELECT id FROM deleted_items UNION SELECT path FROM deleted_photos").fetchall()
