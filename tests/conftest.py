"""What all tests stand on: Ctrl-C reaches what they start, also when they were themselves started in the background.

A shell has what it starts with `&` ignore SIGINT, and whatever that starts in turn.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
