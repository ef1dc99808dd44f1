"""The engine's side of the v1 layer: questions in JSON, answered from the store or by recording a run."""
