"""Requirements: the Python and the packages that an environment asks for.

Conda's package specifications become pip's, since what is built is a virtual
environment: `scikit-learn=1.1` is `scikit-learn==1.1.*`, a channel is left
out, `python=3.8` chooses the interpreter. What an index of Python packages
doesn't have, such as compilers and CUDA, is named and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hyperstep.document import digest
from hyperstep.errors import DefinitionError

_CONDA = re.compile(
    r"(?:[\w./:-]+::)?(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<rest>(?:[=<>!~].*)?)", re.ASCII
)  # channel::name, then versions
_OTHER_NAMES = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "py-xgboost": "xgboost",
    "py-opencv": "opencv-python",
    "opencv": "opencv-python",
    "tensorflow-gpu": "tensorflow",
    "tables": "tables",
    "pytables": "tables",
    "matplotlib-base": "matplotlib",
    "seaborn-base": "seaborn",
    "dask-core": "dask",
}
_NOT_PYTHON = {
    "_libgcc_mutex", "_openmp_mutex", "blas", "ca-certificates", "cpuonly", "cudatoolkit", "cudnn", "gcc", "gxx",
    "intel-openmp", "libblas", "libgcc-ng", "libgomp", "libstdcxx-ng", "mkl", "mkl-service", "nomkl", "openmpi",
    "openssl", "pip", "pytorch-cuda", "readline", "sqlite", "tk", "tzdata", "xz", "zlib",
}  # fmt: skip
_ANSWERED = ("azureml", "azure-ml-api-sdk", "inference-schema")  # hyperstep answers `import azureml` itself
_VERSION = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What an environment asks for.

    python: a version, `3.8`, or empty for any. packages: as pip takes them, in the order given.
    left_out: what was asked for and isn't installed, as it was written.
    """

    python: str = ""
    packages: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Equal for equal interpreters and packages, whatever their order."""
        return digest([self.python, sorted(self.packages)])[:16]


def requirements(*, pip: Iterable[str] = (), conda: Iterable[str] = (), python: str = "") -> Requirements:
    """Put pip's and conda's specifications together.

    python: a version that counts more than conda's. Raises DefinitionError for what is no specification.
    """
    packages: list[str] = []
    left_out: list[str] = []
    version = python
    for text in map(str.strip, conda):
        name, rest = _parts(text)
        if name == "python":
            found = _VERSION.search(rest)
            version = version or (found.group() if found else "")
        elif name in _NOT_PYTHON or name.startswith(_ANSWERED):
            left_out += [text] if name != "pip" else []
        else:
            packages.append(_OTHER_NAMES.get(name, name) + _versions(rest))
    for text in map(str.strip, pip):
        if text.lower().startswith(_ANSWERED):
            left_out.append(text)
        elif text and not text.startswith("#"):
            packages.append(text)
    return Requirements(python=version, packages=tuple(dict.fromkeys(packages)), left_out=tuple(left_out))


def _parts(text: str) -> tuple[str, str]:
    found = _CONDA.fullmatch(text)
    if found is None:
        raise DefinitionError(
            f"{text!r} isn't a package as conda names one. Write name, name=1.2, name>=1.2,<2 or channel::name."
        )
    return found["name"].lower(), found["rest"].replace(" ", "")


def _versions(rest: str) -> str:
    """Conda's versions as pip writes them: `=1.2` and `=1.2=build` are any 1.2, `==1.2` is 1.2."""
    fuzzy = re.fullmatch(r"=([^=<>!~,*]+)(?:\.\*)?(?:=.*)?", rest)
    if fuzzy:
        return f"=={fuzzy[1]}.*"
    exact = re.fullmatch(r"==([^=<>!~,]+)(?:=.*)?", rest)
    return f"=={exact[1]}" if exact else rest
