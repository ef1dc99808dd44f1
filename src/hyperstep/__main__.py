"""`python -m hyperstep` is the program `hyperstep`."""

from hyperstep.cli.main import main

main()
