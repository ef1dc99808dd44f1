"""What the user declares: frozen, comparable, printable."""
