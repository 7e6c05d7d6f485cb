import time

from services.worker.watchdog import EXIT, Watchdog


def test_the_watchdog_ends_a_worker_whose_heart_stopped_while_redis_answers():
    ends: list[int] = []
    answers = [True]
    dog = Watchdog(lambda: answers[0], stale_s=0.05, end=ends.append)
    dog.beat()
    dog.look()
    assert ends == []
    time.sleep(0.1)
    answers[0] = False  # Redis is away for everybody: the worker reconnects by itself
    dog.look()
    assert ends == []
    answers[0] = True
    dog.look()
    assert ends == []
    time.sleep(0.1)
    dog.look()
    assert ends == [EXIT]
