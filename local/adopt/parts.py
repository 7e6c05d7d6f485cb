"""What of the first system lies in a folder: looked for, since nobody's copy is laid out like another's."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.adopt.table import Machines, photo_names
from shared.names import plain_name

DEPTH = 3  # folders below the one that was named
TABLE, BASE, FINETUNED = "tools.csv", "vectors", "finetuned_vectors"
BASE_GRAPH = "classify_image_graph_def.pb"
FROZEN = re.compile(r"freezed_model_(\d+)\.pb")
NAMED = re.compile(r"""^\s*(\w+)\s*=\s*[^#]*?(['"])([^'"#]*vectors[^'"#]*)\2""", re.MULTILINE)


@dataclass(frozen=True)
class Live:
    """The line of config.py that chose the vectors, and the folder's name in it."""

    line: int
    text: str
    folder: str


@dataclass(frozen=True)
class FirstSystem:
    """Its parts; None, or nothing, where one was not found."""

    folder: Path
    table: Path | None
    photos: Path | None
    named: int  # how many photos of the table lie there
    vectors: dict[str, Path]  # BASE and FINETUNED
    graphs: dict[str, list[Path]]  # the same; the newest first
    live: Live | None

    def lines(self) -> Iterator[str]:
        """What was found and what was not, a line each."""
        where = [("the table, tools.csv", self.table), ("photos, static/img", self.photos)]
        where += [(f"vectors, {name}/", self.vectors.get(name)) for name in (BASE, FINETUNED)]
        for what, place in where:
            yield f"{what}: {self._shown(place) if place else 'not found'}"
        for name, graphs in self.graphs.items():
            found = ", ".join(map(self._shown, graphs)) or "not found"
            yield f"the network of {name}/, a frozen graph: {found}"
        if self.live is None:
            yield "config.py: no line says which vectors it searched with"
        else:
            yield f"config.py, line {self.live.line}: {self.live.text}: it searched with {self.live.folder}/"

    def _shown(self, place: Path) -> str:
        return place.relative_to(self.folder).as_posix()


def look(folder: Path) -> FirstSystem:
    """The parts below a folder. Raises BadTable."""
    folders = list(_folders(folder, DEPTH))
    files = [file for place in folders for file in _files(place)]
    table = next((file for file in files if file.name.lower() == TABLE), None)
    wanted = {plain_name(name) for name in photo_names(Machines.read(table))} if table else set[str]()
    photos, named = _photos(folders, wanted)
    live = _live(files)
    return FirstSystem(
        folder=folder,
        table=table,
        photos=photos,
        named=named,
        vectors=_vectors(folders, live),
        graphs={
            BASE: [file for file in files if file.name == BASE_GRAPH],
            FINETUNED: sorted((f for f in files if FROZEN.fullmatch(f.name)), key=_age, reverse=True),
        },
        live=live,
    )


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    """The folder and those below it, the nearest first; links are followed: photos may lie elsewhere."""
    level = [folder]
    for _ in range(depth + 1):
        yield from level
        level = [entry for place in level for entry in _entries(place) if entry.is_dir()]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:  # somebody else's; what is not found is said
        return []


def _files(folder: Path) -> list[Path]:
    wanted = (".csv", ".pb", ".py")
    return [entry for entry in _entries(folder) if entry.suffix.lower() in wanted and entry.is_file()]


def _photos(folders: Sequence[Path], wanted: set[str]) -> tuple[Path | None, int]:
    """The folder that most photos of the table lie in; of two like that static/img, or the first."""
    best: tuple[Path | None, int] = (None, 0)
    for folder in sorted(folders, key=lambda place: place.parts[-2:] != ("static", "img")):
        named = len(wanted & {plain_name(entry.name) for entry in _entries(folder)}) if wanted else 0
        if named > best[1]:
            best = folder, named
    return best


def _vectors(folders: Sequence[Path], live: Live | None) -> dict[str, Path]:
    """By their usual names, or the one that config.py names."""
    found = {}
    for name in (BASE, FINETUNED):
        names = [name]
        if live is not None and kind_of(live.folder) == name:
            names.insert(0, live.folder)
        places = [place for wanted in names for place in folders if place.name == wanted and _has_npy(place)]
        if places:
            found[name] = places[0]
    return found


def _has_npy(folder: Path) -> bool:
    return any(entry.suffix.lower() == ".npy" for entry in _entries(folder))


def kind_of(folder: str) -> str:
    """BASE or FINETUNED, by a folder's name."""
    return FINETUNED if folder.lower().startswith(("finetuned", "fine_tuned", "fine-tuned")) else BASE


def _live(files: Sequence[Path]) -> Live | None:
    """Read, never run: it is somebody's code."""
    for file in files:
        if file.name == "config.py":
            text = file.read_text(encoding="utf-8", errors="replace")
            found = {Path(one[3].replace("\\", "/")).name: one.start(1) for one in NAMED.finditer(text)}
            if len(found) == 1:  # several say nothing: which of them was used is in the code
                ((name, place),) = found.items()
                line = text.count("\n", 0, place) + 1
                return Live(line, text.splitlines()[line - 1].strip(), name)
    return None


def _age(file: Path) -> tuple[str, float, int]:
    """Its folder is named by date; a copy's own times say less."""
    frozen = FROZEN.fullmatch(file.name)
    return file.parent.name, file.stat().st_mtime, int(frozen[1]) if frozen else 0
