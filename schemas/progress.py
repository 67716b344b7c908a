"""How far a worker has come with what it reads in step, for the other workers of its group."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.base import Message

Ends = dict[NonNegativeInt, NonNegativeInt]


class WorkerReached(Message):
    """What lies before `front_at` in the partitions of this worker is read and passed on; null: all of it.

    `partitions` are its partitions' numbers, the same of every topic, in this `generation` of its group.
    `done` has, of topics that are passed on, the offset after the last record it is done with, by partition.
    `waits`: it had to wait for somebody within the last second, so the others should speak up at once.
    """

    KEY: ClassVar[str] = "worker"
    type: Literal["worker.reached"] = "worker.reached"
    worker: Annotated[str, Field(min_length=1, max_length=128)]
    generation: int
    partitions: tuple[NonNegativeInt, ...]
    front_at: AwareDatetime | None = None
    waits: bool = False
    done: dict[str, Ends] = Field(default_factory=dict)
