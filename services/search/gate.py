"""The gate: a model that was learnt becomes live only where it is better than the one it was learnt from."""

from shared.store import Gate, Manifest

JUDGED_BY = {"held_out": "held-out photos", "judged_queries": "judged queries"}


class GateFailed(RuntimeError):
    """The model is not better than its base; the message has the numbers and says how to force it."""


def check(manifest: Manifest) -> None:
    """Raises GateFailed."""
    if manifest.gate is not None and not manifest.gate.passed:
        raise GateFailed(
            f"{manifest.name!r} is not better than {manifest.base!r}: {numbers(manifest.gate)}"
            f' POST /models/{manifest.name}/activate with {{"force": true}} makes it live all the same.'
        )


def numbers(gate: Gate) -> str:
    """What was measured, in a sentence."""
    judged_by = f"{gate.queries} {JUDGED_BY[gate.judged_by]}"
    return (
        f"mAP {gate.base:.4f} before and {gate.candidate:.4f} now on {judged_by};"
        f" the difference is {gate.difference:+.4f}, its 95% interval {gate.low:+.4f} to {gate.high:+.4f}."
    )
