"""A table becomes items: by the real worker, over the real interface."""

import io
import unicodedata

import pytest

from tests.search.protocol import claim, lose, post
from tests.tables import listed, send


def test_a_row_becomes_an_item_with_its_photo_and_every_column(service, import_, photo):
    (service.photos / "a.jpg").write_bytes(photo(1))
    job = import_(service, "id,name,image,odd column\n7,金型,a.jpg,x\n8,バイス,,\n")
    assert listed(service)["7"]["fields"] == {"name": "金型", "image": "a.jpg", "odd column": "x"}
    assert service.search(photo(1)).json()["matches"][0]["id"] == "7"
    assert listed(service, "バイス")["8"]["images"] == []
    result = job["result"]
    assert (job["kind"], result["new"], result["rows"], result["with_vector"]) == ("import", 2, 2, 1)
    assert result["missing"] == result["dropped"] == {"count": 0, "first": []}


def test_what_is_wrong_is_listed_and_the_rest_imported(service, import_, photo):
    for name in ("a.jpg", "spare.jpg"):
        (service.photos / name).write_bytes(photo(1))
    (service.photos / "bad.jpg").write_bytes(b"no photo")
    (service.photos / "cut.jpg").write_bytes(photo(2)[:700])
    rows = [
        "1,x,a.jpg",
        "2,,a.jpg",
        ",y,",
        "3,z,gone.jpg",
        "4,w,bad.jpg",
        "5,v,cut.jpg",
        "6,u,a.jpg,more",
        "7,n\0,",
    ]
    job = import_(service, "id,name,image\n" + "\n".join(rows))
    assert set(listed(service)) == {"1", "3", "4", "5"}
    result = job["result"]
    assert [(one["row"], one["id"]) for one in result["dropped"]["first"]] == [
        (3, "2"),
        (4, ""),
        (8, "6"),
        (9, "7"),
    ]
    assert [one["photo"] for one in result["missing"]["first"]] == ["gone.jpg", "bad.jpg"]
    assert result["unlisted"] == ["spare.jpg"]
    assert {error["path"] for error in job["errors"]} == {"bad.jpg", "cut.jpg"}


def test_the_same_file_again_changes_nothing_and_embeds_nothing(service, import_, photo):
    (service.photos / "a.jpg").write_bytes(photo(1))
    text = "id,name,image\n1,x,a.jpg\n2,y,\n"
    before = import_(service, text), listed(service)
    again = import_(service, text)
    assert before[0]["result"]["embedded"] == 1 and again["result"]["embedded"] == 0
    assert (again["result"]["unchanged"], again["result"]["new"], again["result"]["changed"]) == (2, 0, 0)
    assert listed(service) == before[1]


def test_changed_rows_change_and_what_was_sold_goes_only_when_asked(service, import_, photo):
    for name in ("a.jpg", "b.jpg"):
        (service.photos / name).write_bytes(photo(ord(name[0])))
    service.put("by hand", fields='{"name": "mine"}')
    import_(service, "id,name,image\n1,x,a.jpg\n2,y,b.jpg\n")
    job = import_(service, "id,name,image\n1,X,a.jpg\n")
    assert set(listed(service)) == {"1", "2", "by hand"} and job["result"]["changed"] == 1
    job = import_(service, "id,name,image\n1,X,a.jpg\n", delete_missing=True)
    assert set(listed(service)) == {"1", "by hand"} and job["result"]["deleted"] == 1
    assert [match["id"] for match in service.search(photo(ord("b"))).json()["matches"]] == ["1"]
    assert (service.photos / "b.jpg").exists()


def test_several_photos_of_a_row_and_several_rows_of_an_item(service, import_, restart, photo):
    for seed in range(5):
        (service.photos / f"{seed}.jpg").write_bytes(photo(seed))
    text = "id,name,image1,image2\nA,x,0.jpg,1.jpg\nB,y,2.jpg;3.jpg,\nA,x,4.jpg,\n"
    for _ in range(2):
        job = import_(service, text)
        assert [len(listed(service)[one]["images"]) for one in "AB"] == [3, 2]
        assert job["result"]["conflicts"]["count"] == 0
    assert job["result"]["embedded"] == 0
    for seed, item in enumerate("AABBA"):
        assert restart().search(photo(seed)).json()["matches"][0]["id"] == item


def test_a_row_that_repeats_an_id_and_says_something_else_is_listed(service, import_):
    job = import_(service, "id,name\n1,x\n1,y\n")
    assert listed(service)["1"]["fields"]["name"] == "x"
    assert [(one["row"], one["id"]) for one in job["result"]["conflicts"]["first"]] == [(3, "1")]


def test_photos_that_lay_there_are_adopted_with_their_vectors(service, import_, extract, photo):
    (service.photos / "shelf").mkdir()
    (service.photos / "shelf" / "a.jpg").write_bytes(photo(1))
    extract(service)
    assert set(listed(service)) == {"shelf/a.jpg"}
    job = import_(service, "id,name,image\n1,x,a.jpg\n")
    assert set(listed(service)) == {"1"} and job["result"]["embedded"] == 0
    assert service.search(photo(1)).json()["matches"][0]["id"] == "1"
    assert extract(service)["state"] == "succeeded" and set(listed(service)) == {"1"}


def test_a_photo_of_two_items_belongs_to_the_first(service, import_, photo):
    (service.photos / "none.jpg").write_bytes(photo(1))
    for _ in range(2):
        job = import_(service, "id,name,image\n1,x,none.jpg\n2,y,none.jpg\n")
        assert job["result"]["shared"] == [{"path": "none.jpg", "id": "1"}]
        assert [len(listed(service)[one]["images"]) for one in "12"] == [1, 0]


def test_a_photo_that_is_gone_comes_back_with_its_file_and_a_replaced_one_goes(service, import_, photo):
    (service.photos / "a.jpg").write_bytes(photo(1))
    (service.photos / "b.jpg").write_bytes(photo(2))
    text = "id,name,image\n1,x,a.jpg\n"
    import_(service, text)
    (service.photos / "a.jpg").rename(service.photos / ".away")
    job = import_(service, text)
    assert job["result"]["missing"]["count"] == 1 and service.search(photo(1)).json()["matches"] == []
    (service.photos / ".away").rename(service.photos / "a.jpg")
    assert import_(service, text)["result"]["embedded"] == 0
    assert service.search(photo(1)).json()["matches"][0]["score"] > 0.99
    import_(service, text.replace("a.jpg", "b.jpg"))
    (image,) = listed(service)["1"]["images"]
    assert image["path"] == "b.jpg"


@pytest.mark.parametrize(
    "written", ["Ｆｏｔｏ.JPG", "が 写真(1).jpg", "a;b.jpg", "ümlaut 😀.jpg", "-rf.jpg", "'\"<b>.jpg"]
)
def test_photos_are_found_by_names_in_any_form_and_case(service, import_, photo, written):
    folder = service.photos / "2026"
    folder.mkdir()
    (folder / unicodedata.normalize("NFD", written.swapcase())).write_bytes(photo(1))
    quoted = '"' + written.replace('"', '""') + '"'
    job = import_(service, f"id,name,image\n1,x,{quoted}\n", images_dir="2026")
    assert job["result"]["missing"]["count"] == 0, job["result"]
    assert len(listed(service)["1"]["images"]) == 1


def test_names_may_hold_anything_and_come_back_as_they_were(service, import_):
    names = [
        "<script>alert(1)</script>",
        "😀 \u202eabc",
        '=HYPERLINK("http://x")',
        'a,b "c"\nd',
        "'; DROP TABLE items",
    ]
    rows = [f'{number},"{name.replace(chr(34), chr(34) * 2)}"' for number, name in enumerate(names)]
    import_(service, "id,name\n" + "\n".join(rows))
    assert [item["fields"]["name"] for item in listed(service).values()] == names


def test_a_table_below_a_root_is_imported_from_where_it_lies(service, work, settings):
    (service.photos / "stock").mkdir()
    for place in (service.photos / "stock" / "a.csv", settings.data / "b.csv"):
        place.write_text(f"id,name\n{place.stem},x\n")
    for path in ("stock/a.csv", "b.csv", str(service.photos / "stock" / "a.csv")):
        answer = service.client.post("/items/import", json={"path": path})
        assert work(service, answer.json()["id"])["state"] == "succeeded"
    assert set(listed(service)) == {"a", "b"}


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("../x.csv", 400, "path_not_allowed"),
        ("/etc/passwd", 422, "not_a_table"),
        ("/etc/x.csv", 400, "path_not_allowed"),
        ("secrets/api_key", 422, "not_a_table"),
        ("none.csv", 404, "table_not_found"),
        ("a\0.csv", 400, "path_not_allowed"),
        ("a" * 300 + ".csv", 404, "table_not_found"),
    ],
)
def test_a_path_that_must_not_be_read_is_refused(service, path, status, kind):
    answer = service.client.post("/items/import", json={"path": path})
    assert (answer.status_code, answer.json()["type"]) == (status, kind)


@pytest.mark.parametrize(
    ("files", "data", "status", "field"),
    [
        ({}, {"file": "text"}, 400, None),
        ({}, {"delete_missing": "true"}, 400, None),
        ({"file": ("x.exe", b"")}, {}, 422, "file"),
        ({"file": ("x.csv", b"id,name\n1,x\n")}, {"images_dir": "none"}, 404, None),
        ({"file": ("x.csv", b"id,name\n1,x\n")}, {"delete_missing": "perhaps"}, 422, "delete_missing"),
        ({"file": ("x.csv", b"id,name\n1,x\n")}, {"delet": "true"}, 422, "delet"),
    ],
)
def test_a_request_that_cannot_be_is_refused(service, files, data, status, field):
    answer = service.client.post("/items/import", files=files or {"y": b""}, data=data)
    if not files:
        answer = service.client.post("/items/import", data=data)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", {}, "empty"),
        ("id,name\n", {}, "No row"),
        ("id,name\n1,\n2,\n", {}, "no name"),
        ("key,name\n1,x\n", {}, "id_column"),
        ("id,name\n1,x\n", {"id_column": "key"}, "There is no column 'key'"),
        ("id,name\n1,x\n", {"image_columns": "photo,img"}, "'photo'"),
        ('id,name\n1,x\n2,"y\n3,z\n', {}, "quote"),
        (b"id,name\n1,\x81\xff\xfe\n", {}, "Shift-JIS"),
    ],
)
def test_a_table_that_cannot_be_read_fails_its_job_and_changes_nothing(
    service, work, import_, text, options, says
):
    import_(service, "id,name\n9,old\n")
    job = work(service, send(service, text, delete_missing=True, **options))
    assert job["state"] == "failed" and says in job["error"]
    assert set(listed(service)) == {"9"}


def test_without_redis_nothing_is_imported_and_the_caller_is_told(service):
    service.bell.away = True
    answer = service.client.post("/items/import", files={"file": ("a.csv", io.BytesIO(b"id,name\n1,x\n"))})
    assert (answer.status_code, answer.json()["type"]) == (503, "broker_unavailable")


def test_an_uploaded_table_is_kept_no_longer_than_its_job(service, import_, restart, settings):
    import_(service, "id,name\n1,x\n")
    import_(restart(), "id,name\n1,x\n")
    assert len(list((settings.data / "imports").iterdir())) <= 1


def test_a_worker_that_is_lost_in_the_middle_is_followed_by_another_and_the_third_loss_says_so(
    service, work, photo
):
    (service.photos / "a.jpg").write_bytes(photo(1))
    rows = [{"id": "1", "fields": {"name": "x"}, "photos": [], "absent": []}]
    for lost, after in ((1, "succeeded"), (3, "failed")):
        job = send(service, "id,name,image\n1,x,a.jpg\n2,y,\n")
        for number in range(lost):
            page = claim(service, job, f"dead{number}").json()
            report = {
                "page_id": page["id"],
                "holder": f"dead{number}",
                "rows": rows,
                "found": 1,
                "done": 1,
                "total": 2,
            }
            assert post(service, "rows", report) == 204
            lose(service, f"dead{number}")
            assert post(service, "rows", report) == 409  # a dead man's word comes too late
        done = work(service, job)
        assert done["state"] == after, done["error"]
        if lost == 1:  # what the dead one stored is counted once
            assert (done["result"]["new"], done["result"]["unchanged"]) == (2, 0)
    assert done["error"] == "The worker was lost 3 times."
    assert {one: len(item["images"]) for one, item in listed(service).items()} == {"1": 1, "2": 0}
