import subprocess
import sys

CODE = """
import uvicorn, logging
from shared import logs
uvicorn.Config(None)  # as uvicorn does before it makes the application
logs.configure()
logging.getLogger("uvicorn.error").info("started")
logging.getLogger("nitari.search").error("not ready")
"""


def test_every_line_has_its_time_and_zone():
    done = subprocess.run(
        [sys.executable, "-c", CODE], env={"TZ": "Asia/Tokyo"}, capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "INFO uvicorn.error: started",
        "ERROR nitari.search: not ready",
    ]
    assert all(line.split(" ", 1)[0].endswith("+0900") for line in lines)
