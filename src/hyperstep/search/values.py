"""Values: what one trial tries, by name."""

from __future__ import annotations

from collections.abc import Mapping

Value = None | bool | int | float | str
Values = Mapping[str, Value]
