"""Lets the engine's tests share their world and pipelines."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
