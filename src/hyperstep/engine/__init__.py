"""Turns a pipeline into jobs; pure, but for driver.py."""
