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
