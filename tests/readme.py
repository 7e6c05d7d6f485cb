"""The README's curl lines, as its readers copy them."""

import os
import re
import subprocess
from pathlib import Path

import numpy as np

from shared.exports import EXPORTS
from shared.learnt import REPORT_JSON, report_folder

ROOT = Path(__file__).parents[1]
LANGUAGES = ("README.md", "README.ja.md")


def curl_lines(name: str) -> list[str]:
    """Every line of a README that begins with curl."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("curl ")]


def run(line: str, folder: Path, *, search: str, embedding: str, job: str, model: str) -> None:
    """Runs a line in `folder` as written, but for where the services are. Raises AssertionError."""
    here = line.replace("127.0.0.1:8000", search).replace("127.0.0.1:8001", embedding)
    command = here.replace("curl ", "curl --silent --show-error --fail-with-body --noproxy '*' ", 1)
    environment = {**os.environ, "JOB": job, "MODEL": model}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def prepare(data: Path, model: str, job: str) -> list[Path]:
    """What the lines about a report, an export and vectors need: a file each. Every path made."""
    report, export, vector = (
        report_folder(data, model) / REPORT_JSON,
        data / EXPORTS / f"{job}.npz",
        data / "demo" / "vectors" / "coffee.png.npy",
    )
    for file in (report, export, vector):
        file.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("{}", encoding="utf-8")
    export.touch()
    np.save(vector, np.ones(2048, np.float32))
    paths = [path for file in (report, export, vector) for path in (*file.parents, file)]
    return [path for path in dict.fromkeys(paths) if data in path.parents]
