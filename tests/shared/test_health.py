import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


@pytest.fixture(params=[200, 503])
def served(request):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(b"because")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever).start()
    yield request.param, server.server_address[1]
    server.shutdown()
    server.server_close()


def ask(port: int) -> subprocess.CompletedProcess:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "shared.health", str(port)]
    return subprocess.run(command, env=proxies, capture_output=True, text=True, check=False)


def test_a_service_is_asked_without_a_proxy_and_its_reason_is_shown(served):
    status, port = served
    done = ask(port)
    assert done.returncode == (0 if status == 200 else 1)
    assert done.stdout == f"{status} because\n"


def test_a_service_that_is_away_is_not_ready():
    done = ask(1)
    assert done.returncode == 1 and "refused" in done.stdout
