"""The peers' own environment: what they need never becomes one of the project's dependencies."""

import subprocess
import sys
import sysconfig
from pathlib import Path

# hnswlib comes as source and needs a C++ compiler
PACKAGES = {
    "litserve": "litserve==0.2.19",
    "hnswlib": "hnswlib==0.8.0",
    "usearch": "usearch==2.26.6",
    "faiss": "faiss-cpu==1.15.1",
}


class NoPeer(RuntimeError):
    """A peer that cannot be installed here."""


def python_with(peer: str, folder: Path) -> str:
    """A Python that can import `peer`, and what the project has beside it. Raises NoPeer."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        _lend(folder / "venv")
    if _has(python, peer):
        return str(python)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGES[peer]]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode or not _has(python, peer):
        raise NoPeer(f"{PACKAGES[peer]} cannot be installed: {(done.stderr.splitlines() or ['?'])[-1]}")
    return str(python)


def _lend(venv: Path) -> None:
    """What the project has installed is seen too: TensorFlow is too large to have twice."""
    own = next(venv.glob("lib/python*/site-packages"))
    (own / "project.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")


def _has(python: Path, peer: str) -> bool:
    asked = [str(python), "-c", f"import {peer}"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
