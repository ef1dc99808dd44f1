"""How good the samplers and policies are; README.md says how to run and read it."""
