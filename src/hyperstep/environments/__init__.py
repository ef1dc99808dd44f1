"""Environments by name: what packages one asks for, and the interpreter that its steps run in."""
