import httpx2
import pytest

from services.worker.catalogue import CatalogueRefused, CatalogueUnavailable, HttpCatalogue, LeaseLost


def answering(status: int) -> httpx2.Client:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, text="said"))
    return httpx2.Client(transport=transport, base_url="http://search")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, LeaseLost),
        (409, LeaseLost),
        (422, CatalogueRefused),
        (401, CatalogueRefused),
        (503, CatalogueUnavailable),
    ],
)
def test_each_answer_has_its_meaning(status, error):
    with pytest.raises(error):
        HttpCatalogue(answering(status)).lose("h")


def test_a_patient_catalogue_waits_for_a_service_that_comes_back():
    answers = iter([httpx2.ConnectError("down"), httpx2.Response(503), httpx2.Response(204)])

    def answer(_: httpx2.Request) -> httpx2.Response:
        one = next(answers)
        if isinstance(one, Exception):
            raise one
        return one

    client = httpx2.Client(transport=httpx2.MockTransport(answer), base_url="http://search")
    HttpCatalogue(client, patience_s=30).lose("h")
    assert next(answers, None) is None
