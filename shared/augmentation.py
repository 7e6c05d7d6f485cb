"""How photos are varied while a model learns."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.schemas import Strict


class Augmentation(Strict):
    """Ranges that chance draws from; the defaults are those of the first system of this kind."""

    flip: bool = Field(True, description="Left and right changed, half of the time")
    shift: float = Field(4 / 32, ge=0, le=1, description="Part of the side, to each direction")
    zoom: tuple[Annotated[float, Field(gt=0, le=10)], Annotated[float, Field(gt=0, le=10)]] = Field(
        (0.75, 1.25), description="Height and width, each on its own"
    )
    channel_shift: float = Field(50, ge=0, le=255, description="Red, green and blue, each on its own")
    rotation: float = Field(10, ge=0, le=180, description="Degrees, to each direction")

    @model_validator(mode="after")
    def _low_before_high(self) -> Self:
        if self.zoom[0] > self.zoom[1]:
            raise ValueError("zoom is the smallest, then the largest")
        return self
