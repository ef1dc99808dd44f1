"""The REST interface: the same as the pages show and do, as JSON for programs."""
