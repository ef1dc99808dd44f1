"""The server: pages, the REST interface and live events of one workspace, for whoever holds its token."""
