"""Exit status 0 while Redis answers this worker; a worker that hangs ends itself (watchdog.py)."""

import sys

from redis import Redis
from redis.exceptions import RedisError

from shared.settings import Settings


def main() -> int:
    """One round trip."""
    url = Settings().redis_url.get_secret_value()
    try:
        return 0 if Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3).ping() else 1
    except RedisError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
