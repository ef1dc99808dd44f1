"""Telemetry: nothing is sent, and programs that switch it on or off go on."""

from __future__ import annotations

from typing import Any


def set_diagnostics_collection(send_diagnostics: bool = True, verbosity: Any = None) -> None:
    """Taken note of by nobody: hyperstep sends nothing anywhere."""


def get_diagnostics_collection_info(*_: Any, **__: Any) -> Any:
    """Whether diagnostics are sent, and how much: never, nothing."""
    return False, None
