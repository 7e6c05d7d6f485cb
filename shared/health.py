"""`python -m shared.health PORT`: exit status 0 if the service there, on this machine, is ready.

Asked without the environment's proxies: Docker hands them to every container where its user has set them.
"""

import sys
from http.client import HTTPConnection, HTTPException

TIMEOUT_S = 4


def main(port: int) -> int:
    """One question; what it says is shown by `docker inspect`."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        sys.stdout.write(f"{answer.status} {answer.read(1000).decode(errors='replace')}\n")
        return 0 if answer.status == 200 else 1
    except (OSError, HTTPException) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
