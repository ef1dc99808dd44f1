"""The lines on the wire between a script and the driver.

A script appends lines to `wire.jsonl` in its job's folder, each by one write:
the CRC-32 of what follows in eight hexadecimal digits, a blank, a JSON object
in ASCII and a newline. A message's number is the number of its line, from 1,
so that several processes of a job need no agreement. A last line without its
newline isn't there yet. A line that was cut off by a kill and then grew
another message at its end counts once, as the later message.

To the one kind that waits for an answer, `register`, the driver answers with a
file `answers/<number>.json` beside the wire, made by renaming.

JSON has no NaN and no infinities; such values are written as text.
"""

from __future__ import annotations

from zlib import crc32

try:
    from _json import encode_basestring_ascii as quote  # all of json that is needed to write, at a tenth of its import
except ImportError:
    from json.encoder import encode_basestring_ascii as quote

METRIC = "metric"
TAG = "tag"
ARTIFACT = "artifact"
REGISTER = "register"

WIRE = "wire.jsonl"
ANSWERS = "answers"


def metric(name: str, value: float, step: int | None, at: float) -> bytes:
    """A line that logs a value; at: seconds since the epoch."""
    number = repr(value) if value - value == 0.0 else f'"{value!r}"'  # inf - inf and nan - nan are nan
    count = "null" if step is None else repr(step)
    return _line(f'{{"kind":"{METRIC}","name":{quote(name)},"value":{number},"step":{count},"at":{at!r}}}')


def tag(key: str, value: str) -> bytes:
    """A line that sets a tag."""
    return _line(f'{{"kind":"{TAG}","key":{quote(key)},"value":{quote(value)}}}')


def artifact(name: str, path: str) -> bytes:
    """A line that hands over a file or folder; path: below the job's folder."""
    return _line(f'{{"kind":"{ARTIFACT}","name":{quote(name)},"path":{quote(path)}}}')


def register(name: str, path: str, aliases: tuple[str, ...], tags: dict[str, str]) -> bytes:
    """A line that asks for a new version of a model; path: below the job's folder."""
    labels = ",".join(map(quote, aliases))
    pairs = ",".join(f"{quote(key)}:{quote(value)}" for key, value in tags.items())
    body = f'"name":{quote(name)},"path":{quote(path)},"aliases":[{labels}],"tags":{{{pairs}}}'
    return _line(f'{{"kind":"{REGISTER}",{body}}}')


def _line(body: str) -> bytes:
    text = body.encode("ascii")
    return b"%08x %b\n" % (crc32(text), text)


def read(data: bytes) -> tuple[list[dict[str, object] | None], int]:
    """The messages in `data`, which begins at a line's start, and how many bytes their lines take.

    A line that can't be read is None: it counts, and says nothing.
    """
    lines = data.split(b"\n")
    unfinished = lines.pop()
    return [_message(line) for line in lines], len(data) - len(unfinished)


def _message(line: bytes) -> dict[str, object] | None:
    import json

    start = 0
    while start >= 0:
        text = line[start + 9 :]
        if line[start : start + 9] == b"%08x " % crc32(text):
            try:
                message = json.loads(text)
            except (ValueError, RecursionError):
                return None
            return message if isinstance(message, dict) else None
        brace = line.find(b' {"kind":', start + 9)  # an earlier message may have been cut off in front of this one
        start = brace - 8 if brace >= 8 else -1
    return None


def answer(version: int) -> bytes:
    """What the file holds that answers a `register`."""
    return b'{"version":%d}\n' % version


def version(document: bytes) -> int:
    """The version that an answer tells."""
    import json

    return int(json.loads(document)["version"])
