"""Every source in its own words: what is told, turned into the payload that the real system sends."""

from pipeline.simulator.voices.speaking import Spoken, speak

__all__ = ["Spoken", "speak"]
