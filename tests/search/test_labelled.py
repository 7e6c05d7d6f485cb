"""Classes from the catalogue: what a field says of each photo."""

import json

import pytest

from services.search.datasets.folders import UnusableDataset
from services.search.datasets.labelled import Labelled


@pytest.fixture
def labelled(service):
    return service.client.app.state.parts.datasets.labelled


@pytest.fixture
def items(service, photo):
    """items({id: fields}) puts items of one photo each."""

    def put(fields: dict[str, dict], seed: int = 0) -> None:
        for number, (item, values) in enumerate(fields.items(), seed):
            assert service.put(item, photo(number), fields=json.dumps(values)).status_code == 201

    return put


def test_a_class_is_a_value_and_its_photos_are_those_of_its_items(service, labelled, items, photo):
    items({"1": {"genre": 15}, "2": {"genre": "15"}, "3": {"genre": "金型"}, "4": {"genre": 1.5}})
    service.put("3", photo(2), photo(9), fields='{"genre": "金型"}')
    found = labelled.images("genre", 1)
    assert [one.label for one in found] == ["1.5", "15", "15", "金型", "金型"]
    assert found == sorted(found, key=lambda one: (one.label, one.root, one.path))
    assert {one.root for one in found} == {"uploads"} and len({one.path for one in found}) == 5
    assert [one.label for one in labelled.images("genre", 2)] == ["15", "15", "金型", "金型"]
    labelled.check("genre", 2)


def test_what_is_no_text_and_no_number_is_no_class(labelled, items):
    values = [None, True, [], {}, ["a"], "", "  "]
    items({str(number): {"x": value} for number, value in enumerate(values)})
    assert labelled.images("x", 1) == []
    with pytest.raises(UnusableDataset, match="as 'x'"):
        labelled.check("x", 1)


def test_a_photo_whose_file_has_gone_is_left_out(service, labelled, import_, photo):
    for name in "ab":
        (service.photos / f"{name}.jpg").write_bytes(photo(ord(name)))
    table = "id,name,image,kind\n1,x,a.jpg,A\n2,y,b.jpg,B\n"
    import_(service, table)
    assert [(one.label, one.root, one.path) for one in labelled.images("kind", 1)] == [
        ("A", "photos", "a.jpg"),
        ("B", "photos", "b.jpg"),
    ]
    (service.photos / "a.jpg").unlink()
    import_(service, table)
    assert [one.label for one in labelled.images("kind", 1)] == ["B"]


def test_too_few_classes_are_refused_with_counts(labelled, items):
    items({str(number): {"genre_id": number // 2} for number in range(5)})
    with pytest.raises(UnusableDataset) as refused:
        labelled.check("genre_id", 20)
    said = str(refused.value)
    assert "0 of 3 values of 'genre_id' have 20 photos or more" in said and "'0' 2, '1' 2, '2' 1" in said
    assert refused.value.field == "dataset" and "min_images" in said
    labelled.check("genre_id", 2)
    with pytest.raises(UnusableDataset, match="0 of 3 values"):
        labelled.check("genre_id", 3)


def test_one_class_is_too_few(labelled, items):
    items({"1": {"k": "a"}, "2": {"k": "a"}, "3": {"k": "b"}})
    with pytest.raises(UnusableDataset, match="1 of 2 values of 'k' has 2 photos or more; it takes two"):
        labelled.check("k", 2)


@pytest.mark.parametrize("field", ["gener", "", "$.genre", 'a"b', "'; DROP TABLE items; --", "\0"])
def test_a_field_that_no_item_has_is_refused_with_those_there_are(labelled, items, field):
    items({"1": {"genre": 1, "name": "x"}, "2": {"genre": 2}})
    assert labelled.images(field, 1) == []
    with pytest.raises(UnusableDataset, match="there are genre, name"):
        labelled.check(field, 2)


@pytest.mark.parametrize("field", ['a"b', "金型 (種類)", "a.b", "a[0]"])
def test_a_field_may_be_called_anything(labelled, items, field):
    items({"1": {field: "x"}, "2": {field: "y"}})
    assert [one.label for one in labelled.images(field, 1)] == ["x", "y"]


def test_an_empty_catalogue_says_what_to_do(labelled: Labelled):
    with pytest.raises(UnusableDataset, match="Import a table"):
        labelled.check("genre_id", 2)


def test_more_classes_than_a_model_can_have_are_refused(service, labelled):
    with service.client.app.state.parts.jobs._database.write() as write:
        for number in range(5001):
            write.execute(
                "INSERT INTO items (key, id, fields) VALUES (?, ?, ?)",
                (number + 1, str(number), json.dumps({"no": number})),
            )
            write.executemany(
                "INSERT INTO images (item_key, root, path, size, mtime_ns) VALUES (?, 'photos', ?, 0, 0)",
                [(number + 1, f"{number}-{side}.jpg") for side in range(2)],
            )
    with pytest.raises(
        UnusableDataset, match="5001 of 5001 values of 'no' have 2 photos or more; at most 5000"
    ):
        labelled.check("no", 2)
    assert len(labelled.images("no", 2)) == 10_002
