"""How workers are told that there is work."""

from typing import Protocol


class Bell(Protocol):
    """Tells the workers that there is work."""

    async def ring(self, task: str, job_id: str, *, again: bool = False) -> None:
        """Raises BrokerUnavailable within 3 seconds. `again`: only to the workers that are there now."""
