"""Judged queries as a worker gets them: photos that are still there."""

from services.search.database import Database
from shared.leases import JudgedQuery, RootedPath

# the first photo of an item that is there
FIRST = "(SELECT min(f.id) FROM images f WHERE f.gone = 0 AND f.item_key = {})"


def judged_queries(database: Database) -> list[JudgedQuery]:
    """Each with the first photo of every answer; without a right one a query says nothing of a model."""
    read = database.read()
    queries = read.execute(
        "SELECT e.id, i.root, i.path FROM evaluations e JOIN images i"
        f" ON i.id = coalesce(e.image_id, {FIRST.format('e.item_key')}) WHERE i.gone = 0 ORDER BY e.id"
    )
    found = {
        row["id"]: JudgedQuery(
            id=row["id"], query=RootedPath(root=row["root"], path=row["path"]), right=[], wrong=[]
        )
        for row in queries.fetchall()
    }
    answers = read.execute(
        "SELECT j.evaluation_id, j.is_right, i.root, i.path FROM judgements j JOIN images i"
        f" ON i.id = {FIRST.format('j.item_key')} ORDER BY i.id"
    )
    for row in answers.fetchall():
        if (one := found.get(row["evaluation_id"])) is not None:
            place = RootedPath(root=row["root"], path=row["path"])
            (one.right if row["is_right"] else one.wrong).append(place)
    return [one for one in found.values() if one.right]
