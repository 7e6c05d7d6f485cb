"""Tables as they are sent to the search service, and what became of them."""


def send(service, text: str | bytes, name: str = "goods.csv", **options) -> str:
    """The id of an import job."""
    content = text.encode() if isinstance(text, str) else text
    data = {key: str(value) for key, value in options.items()}
    answer = service.client.post("/items/import", files={"file": (name, content)}, data=data)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def listed(service, keyword: str = "") -> dict[str, dict]:
    items = service.client.get("/items", params={"keyword": keyword, "limit": 1000}).json()["items"]
    return {item["id"]: item for item in items}
