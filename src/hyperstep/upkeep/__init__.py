"""Upkeep: what keeps a workspace sound: checks, clearing up, backups."""
