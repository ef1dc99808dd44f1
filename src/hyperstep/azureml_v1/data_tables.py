"""Tables: files read with pandas as v1's tabular data sets are.

options (JSON): format: delimited, parquet, json_lines or frame; separator, header, encoding, infer, empty_as_string,
types; columns: the types of a frame's; include_path; keep_columns, drop_columns; rows: what was taken of the rows, in
order, ["take", n], ["skip", n] or ["split", share, seed, the other part?].
"""

from __future__ import annotations

import math
import random
from typing import Any, Dict, List, Tuple

from hyperstep.azureml_v1.exceptions import UserErrorException

Options = Dict[str, Any]
NO_HEADERS = "NO_HEADERS"
FIRST_ONLY = "ONLY_FIRST_FILE_HAS_HEADERS"
MISSING = "\\N"
"""How a missing value of a data frame is written, so that empty text stays what it is."""


def chosen(count: int, rows: List[List[Any]]) -> List[int]:
    """Which of so many rows, or files, are left."""
    left = list(range(count))
    for row in rows:
        if row[0] == "take":
            left = left[: row[1]]
        elif row[0] == "skip":
            left = left[row[1] :]
        else:
            share, seed, other = row[1:]
            draw = random.Random(seed)  # noqa: S311 (a sample of rows, not a secret)
            left = [item for item in left if (draw.random() < share) is not other]
    return left


def read(files: List[Tuple[str, str]], options: Options) -> Any:
    """The data frame of these files, (name, path) each."""
    import pandas

    frames: List[Any] = []
    for name, path in files:
        frame = _read(path, options, frames[0].columns if frames else None)
        if options.get("include_path"):
            frame.insert(0, "Path", "/" + name)
        frames.append(frame)
    whole = frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
    rows = options.get("rows") or []
    if rows:
        whole = whole.iloc[chosen(len(whole), rows)].reset_index(drop=True)
    for name, wanted in (options.get("types") or {}).items():
        whole[name] = _typed(whole[_known(whole, [name])[0]], wanted)
    if options.get("keep_columns"):
        whole = whole[_known(whole, options["keep_columns"])]
    return whole.drop(columns=[name for name in options.get("drop_columns") or [] if name in whole.columns])


def _read(path: str, options: Options, first: Any) -> Any:
    import pandas

    kind = options["format"]
    if kind == "parquet":
        return pandas.read_parquet(path)
    if kind == "frame":
        return _frame(path, options["columns"])
    encoding = options.get("encoding") or "utf8"
    if kind == "json_lines":
        return pandas.read_json(path, lines=True, encoding=encoding)
    header = options.get("header", True)
    headless = header in (False, None, NO_HEADERS) or (header == FIRST_ONLY and first is not None)
    frame = pandas.read_csv(
        path,
        sep=options.get("separator", ","),
        header=None if headless else 0,
        encoding=encoding,
        dtype=None if options.get("infer", True) else str,
        keep_default_na=not options.get("empty_as_string"),
    )
    if headless:
        names = first if header == FIRST_ONLY else ["Column%d" % (number + 1) for number in range(frame.shape[1])]
        frame.columns = list(names)
    return frame


def write_frame(frame: Any, path: str) -> Options:
    """Write a data frame as text that is read again as it was; returns the options to read it with."""
    frame.to_csv(path, index=False, na_rep=MISSING)
    return {"format": "frame", "columns": {str(name): str(kind) for name, kind in frame.dtypes.items()}}


def _frame(path: str, columns: Dict[str, str]) -> Any:
    import pandas

    times = [name for name, kind in columns.items() if kind.startswith("datetime64")]
    numbers = {name: kind for name, kind in columns.items() if kind.startswith("float")}
    frame = pandas.read_csv(
        path,
        dtype={name: kind for name, kind in columns.items() if name not in times and name not in numbers},
        converters=dict.fromkeys(numbers, _number),
        parse_dates=times,
        na_values=[MISSING],
        keep_default_na=False,
    )
    return frame.astype(numbers)


def _number(text: str) -> float:
    """The very number that was written, which pandas' own reading may miss by the last bit."""
    return math.nan if text == MISSING else float(text)


def _known(frame: Any, names: List[str]) -> List[str]:
    for name in names:
        if name not in frame.columns:
            raise UserErrorException(
                "The data set has no column %r; its columns are %s." % (name, ", ".join(map(repr, frame.columns)))
            )
    return names


def _typed(column: Any, wanted: Dict[str, Any]) -> Any:
    """The column in its type; what can't be read as a number or a time becomes missing, as in v1."""
    import pandas

    kind = wanted["type"]
    if kind == "string":
        return column.where(column.isna(), column.astype(str))
    if kind == "datetime":
        return _times(column, wanted.get("formats") or [])
    if kind == "bool":
        told = {"true": True, "yes": True, "1": True, "1.0": True}
        told.update({"false": False, "no": False, "0": False, "0.0": False})
        known = column.astype(str).str.lower().map(told)
        return known if known.isna().any() else known.astype(bool)
    numbers = pandas.to_numeric(column, errors="coerce")
    return numbers.astype("float64") if kind == "float" or numbers.isna().any() else numbers.astype("int64")


def _times(column: Any, formats: List[str]) -> Any:
    import pandas

    if not formats:
        return pandas.to_datetime(column, errors="coerce")
    times = pandas.to_datetime(column, format=formats[0], errors="coerce")
    for other in formats[1:]:
        times = times.fillna(pandas.to_datetime(column, format=other, errors="coerce"))
    return times
