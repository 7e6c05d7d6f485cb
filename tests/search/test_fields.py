import json

import pytest

LABELS = {
    "fields": [
        {
            "field": "genre_id",
            "label": {"ja": "ジャンル", "en": "Genre"},
            "values": {"18": {"ja": "板金用品", "en": "Sheet metal"}, "14": "テーブル各種"},
        },
        {"field": "price", "label": {"ja": "価格", "en": "Price"}, "type": "number", "hide_empty": False},
    ],
    "link": "url",
}


def test_without_a_file_usual_fields_have_their_names(service):
    body = service.client.get("/fields").json()
    labels = {field["field"]: field["label"]["ja"] for field in body["fields"]}
    assert labels["name"] == "名称" and labels["company"] == "出品会社" and labels["lot"] == "一山"


def test_labels_are_put_and_kept_in_a_file_that_can_be_edited(service, restart, settings):
    assert service.client.put("/fields", json=LABELS).status_code == 200
    file = settings.data / "fields.json"
    text = file.read_text(encoding="utf-8")
    assert "板金用品" in text
    # as an editor on Windows saves it
    file.write_text(text.replace("板金用品", "板金"), encoding="utf-8-sig")
    body = restart().client.get("/fields").json()
    assert body["fields"][0]["values"]["18"]["ja"] == "板金" and body["link"] == "url"


@pytest.mark.parametrize("text", ["{", "[]", '{"fields": [{"field": "x"}]}', "\udcff"])
def test_a_file_that_was_edited_wrongly_says_where_and_stops_nothing_else(service, settings, text):
    (settings.data / "fields.json").write_bytes(text.encode(errors="surrogateescape"))
    answer = service.client.get("/fields")
    assert (answer.status_code, answer.json()["type"]) == (503, "damaged_fields")
    assert "fields.json" in answer.json()["detail"]
    assert service.client.get("/items").status_code == 200
    assert service.client.put("/fields", json=LABELS).status_code == 200
    assert service.client.get("/fields").status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"fields": None},
        {"linck": "url"},
        {"fields": [{"field": "x", "label": {"ja": "x", "en": "x"}, "type": "date"}]},
    ],
)
def test_labels_that_cannot_be_are_refused(service, settings, change):
    assert service.client.put("/fields", json=LABELS | change).status_code == 422
    assert not (settings.data / "fields.json").exists()


def test_fields_are_listed_with_their_types_and_commonest_values(service):
    for number in range(30):
        fields = {"maker": "ABC"[number % 3 if number < 29 else 0], "price": str(number), "n": number / 2}
        fields |= {"size": {"w": 1}, "none": "", "long": "x" * 300}
        fields |= {"day": f"2026-04-{number + 1:02}", "new": number < 4, "any": ["x", 1, None][number % 3]}
        service.put(f"item{number}", fields=json.dumps(fields))
    known = {one["field"]: one for one in service.client.get("/fields").json()["known"]}
    assert [*known] == ["any", "day", "long", "maker", "n", "new", "price", "size.w"]
    assert known["maker"] == {
        "field": "maker",
        "type": "text",
        "items": 30,
        "distinct": 3,
        "min": None,
        "max": None,
        "values": [{"value": "A", "count": 11}, {"value": "B", "count": 10}, {"value": "C", "count": 9}],
    }
    price = known["price"]
    assert (price["type"], price["distinct"], price["min"], price["max"]) == ("number", 30, 0, 29)
    assert len(price["values"]) == 30
    assert (known["n"]["type"], known["n"]["max"]) == ("number", 14.5)
    assert (known["day"]["type"], known["day"]["max"]) == ("date", "2026-04-30")
    assert (known["new"]["type"], known["new"]["values"][1]) == ("bool", {"value": True, "count": 4})
    assert (known["any"]["type"], known["any"]["items"]) == ("mixed", 20)
    assert (known["long"]["distinct"], known["long"]["values"]) == (1, [])


def test_what_was_got_can_be_put_back(service):
    service.put("a", fields='{"maker": "A"}')
    whole = service.client.get("/fields").json()
    assert whole["known"]
    assert service.client.put("/fields", json=whole).status_code == 200
    assert service.client.get("/fields").json() == whole
