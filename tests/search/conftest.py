"""Hypothesis counts examples here, not milliseconds: the machine may be busy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("busy machine", deadline=None, max_examples=60)
settings.load_profile("busy machine")
