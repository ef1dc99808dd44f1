"""Azure ML SDK v1 code, unmodified, on this machine."""

from __future__ import annotations


def enable() -> None:
    """Let this process and those it starts import `azureml`.

    Raises UnsupportedV1 if Azure's own SDK is installed here.
    """
    from hyperstep.azureml_v1 import hook

    hook.install()
    hook.share()
