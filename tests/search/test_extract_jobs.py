from concurrent.futures import ThreadPoolExecutor


def first(service, data: bytes) -> str:
    return service.search(data).json()["matches"][0]["id"]


def test_a_folder_is_indexed_by_relative_path(service, folder, extract, photo):
    job = extract(service)
    assert job["state"] == "succeeded" and (job["done"], job["total"]) == (10, 10)
    assert job["rate"] > 0 and job["started"] and job["finished"]
    assert job["result"]["with_vector"] == 10 and job["result"]["model"] == "small"
    assert first(service, photo(7, noise=15)) == "kind1/写真 7.jpg"
    assert set(service.bell.rung) == {("nitari.extract", job["id"])}


def test_twice_embeds_nothing_the_second_time(service, folder, extract):
    extract(service)
    again = extract(service)
    assert (again["state"], again["total"], again["result"]["embedded"]) == ("succeeded", 0, 0)
    assert service.client.get("/items").json()["total"] == 10


def test_rewrite_embeds_everything_again(service, folder, extract, photo):
    extract(service)
    again = extract(service, rewrite=True)
    assert (again["total"], again["result"]["embedded"], again["result"]["with_vector"]) == (10, 10, 10)
    assert service.search(photo(1)).json()["total"] == 10


def test_only_the_folder_that_was_named_is_indexed(service, folder, extract):
    assert extract(service, images_dir="kind1")["total"] == 5
    assert extract(service, images_dir=str(folder / "kind0"))["total"] == 5
    ids = [item["id"] for item in service.client.get("/items").json()["items"]]
    assert len(ids) == 10 and all(item.startswith("kind") for item in ids)


def test_changed_bytes_replace_the_vector(service, folder, extract, photo):
    extract(service)
    changed = folder / "kind0" / "写真 0.jpg"
    changed.write_bytes(photo(77, size=(200, 200)))
    job = extract(service)
    assert (job["total"], job["result"]["images"]) == (1, 10)
    match = service.search(photo(77)).json()["matches"][0]
    assert match["id"] == "kind0/写真 0.jpg" and match["score"] > 0.99


def test_vanished_files_are_listed_and_return_with_their_vectors(service, folder, extract, photo, restart):
    extract(service)
    gone = folder / "kind1" / "写真 3.jpg"
    gone.rename(folder.parent / "aside.jpg")
    job = extract(service)
    assert job["result"]["vanished"] == ["kind1/写真 3.jpg"] and job["result"]["vanished_count"] == 1
    assert service.search(photo(3)).json()["total"] == 9
    (folder.parent / "aside.jpg").rename(gone)
    assert extract(service)["total"] == 0  # its vector was kept
    assert first(service, photo(3)) == "kind1/写真 3.jpg"
    assert first(restart(), photo(3)) == "kind1/写真 3.jpg"


def test_two_jobs_at_once_embed_each_image_once(service, folder, work, engine):
    jobs = [service.client.post("/jobs/extract").json()["id"] for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(work, service, job, worker=job, holder=job) for job in jobs]
        for run in runs:
            run.result()
    ended = [work(service, job, worker=job, holder=job) for job in jobs]
    assert [job["state"] for job in ended] == ["succeeded"] * 2
    assert sum(job["done"] for job in ended) == 10
    assert [job["result"]["with_vector"] for job in ended] == [10, 10]


def test_without_redis_a_job_is_refused_and_leaves_no_trace(service, folder, photo):
    service.bell.away = True
    answer = service.client.post("/jobs/extract")
    assert (answer.status_code, answer.json()["type"]) == (503, "broker_unavailable")
    assert "retry-after" in answer.headers
    assert service.client.get("/jobs").json()["jobs"] == []
    assert service.search(photo(1)).status_code == 200


def test_a_cancelled_job_hands_out_nothing_more(service, folder, work):
    job = service.client.post("/jobs/extract").json()["id"]
    assert service.client.delete(f"/jobs/{job}").json()["state"] == "cancelled"
    assert work(service, job)["done"] == 0
    assert service.client.delete(f"/jobs/{job}").json()["state"] == "cancelled"  # twice is no error


def test_an_unknown_job_is_404(service):
    assert service.client.get("/jobs/none").json()["type"] == "unknown_job"
    assert service.client.delete("/jobs/none").status_code == 404


def test_uploads_get_vectors_of_another_model_too(service, extract, photo, publish):
    publish("other")
    service.put("a", photo(1))
    job = extract(service, model="other")
    assert job["result"] == job["result"] | {"model": "other", "with_vector": 1}
    assert service.search(photo(1), query='{"model": "other"}').json()["model"] == "other"
