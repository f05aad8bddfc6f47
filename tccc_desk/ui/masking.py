"""The pseudonyms of the screen are those of every export: `trace.masking`."""

from tccc_desk.trace.masking import Masker

__all__ = ["Masker"]
