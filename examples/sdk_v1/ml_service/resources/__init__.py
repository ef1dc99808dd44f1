"""The workspace, its cluster and the environment of the scripts."""
