"""What of v1 isn't done on this machine: it is imported like anything else, and using it raises.

Programs import such names in the same cell as all others, so the import has to
succeed; the sentence comes when a name is called, or an attribute of it is
asked for, and says the name, why, and what to use.
"""

from __future__ import annotations

from typing import Any, Dict, List, NoReturn, Tuple

from hyperstep.errors import UnsupportedV1

LEAVE_OUT = ""
"""Stands in place of what to use where nothing is."""

REASONS: Dict[str, Tuple[str, str]] = {
    "deployment": (
        "hyperstep trains models and keeps them, and serves none",
        "take the files with Model(workspace, name).download(), and serve them with a web framework",
    ),
    "automl": (
        "it chooses models in Azure's service",
        "a HyperDriveConfig over the models you would let it try, with choice(...) for the model",
    ),
    "spark": (
        "there is no Spark cluster here",
        "a PythonScriptStep whose script uses pyspark or pandas on this machine",
    ),
    "cloud data": (
        "the data lies in an Azure service that can't be reached from here",
        "a copy of the data in a folder or file, with Dataset.File.from_files or Dataset.Tabular.from_delimited_files",
    ),
    "moving data": (
        "it copies between Azure's stores, and here all data lies on this machine",
        "a PythonScriptStep whose script copies the files",
    ),
    "parallel": (
        "it splits data over the nodes of a cluster",
        "a PythonScriptStep whose script goes over the data, with concurrent.futures or joblib for more processes",
    ),
    "other languages": (
        "its program isn't Python",
        "a CommandStep with the command line that runs the program",
    ),
    "modules": (
        "shared modules live in Azure's registry",
        "a PythonScriptStep with the module's script",
    ),
    "drafts": (
        "drafts are edited in Azure's portal",
        "Pipeline.publish, and PipelineEndpoint.add_default for another version",
    ),
    "distributed": (
        "jobs run on this machine, each as one process",
        "a ScriptRunConfig(command=...) with the launcher's own command line, such as torchrun or mpirun",
    ),
    "explain": (
        "explanations are kept and shown by Azure's service",
        "the packages shap or interpret in the script, with run.log_image or run.upload_file for what they make",
    ),
    "drift": (
        "it watches services that run in Azure",
        "a pipeline that compares the two data sets",
    ),
    "open data": (
        "the data is loaded from Azure's public store",
        "a copy of the data, with Dataset.Tabular.from_delimited_files, or sklearn.datasets",
    ),
    "dataprep": (
        "its engine is a program of Azure's",
        "Dataset for files and tables, and pandas for what is done with them",
    ),
    "designer": (
        "it is the inside of Azure's designer",
        "a PythonScriptStep with the same work in a script",
    ),
    "mlflow": (
        "there is no MLflow server of Azure's here",
        "Run.get_context().log, or mlflow with a tracking folder of its own",
    ),
    "tensorboard": (
        "it fetches logs from Azure",
        "tensorboard --logdir with the folder that the script writes to",
    ),
    "yaml": (
        "it reads a pipeline that is written as YAML",
        "Pipeline(workspace, steps=[...]), with the steps in Python",
    ),
    "deleting": (
        "the workspace holds all runs and models of its folder",
        "your own hands on the folder .hyperstep, if nothing in it is needed",
    ),
    "network": (
        "it sets up Azure's network, and nothing here leaves this machine",
        LEAVE_OUT,
    ),
    "account": (
        "it is about the account in Azure and its resources, and here there is none",
        LEAVE_OUT,
    ),
    "cluster": (
        "jobs run on this machine, and a cluster is no more than a name",
        LEAVE_OUT,
    ),
    "images": (
        "no image is built or fetched, and scripts run in a Python of this machine",
        "Environment.from_conda_specification or from_pip_requirements, and `hyperstep env build NAME`",
    ),
    "snapshots": (
        "a run's sources are copied once, when it is submitted",
        "run.upload_file or run.upload_folder for other files, and run.restore_snapshot() for its sources",
    ),
    "old data": (
        "this form was taken out of the SDK in 2019",
        "Dataset.Tabular.from_delimited_files, Dataset.File.from_files or Dataset.get_by_name",
    ),
    "tables": (
        "a table here is files and which of their columns and rows are taken",
        "to_pandas_dataframe(), and pandas for the rest",
    ),
    "settings in files": (
        "files of run configurations are neither read nor written",
        "RunConfiguration() in the program, with its target and its environment",
    ),
    "one at a time": (
        "the submitted runs of a workspace follow each other, so the child would wait for the script that waits for it",
        "experiment.submit(...) in the program, another step, or run.child_run() for a part of the script",
    ),
    "preview": (
        "it was a preview of Azure's and needs the service",
        "the class of azureml.core, azureml.pipeline or azureml.train that took its place",
    ),
    "insides": (
        "it is the inside of Azure's SDK and talks to the service",
        "the public class for the same thing, such as Run, Workspace or PipelineRun",
    ),
}


def sentence(name: str, reason: str) -> str:
    """Name, why, and what to use."""
    why, instead = REASONS[reason]
    hint = "Use instead: %s." % instead if instead != LEAVE_OUT else "Nothing takes its place: leave the line out."
    return "%s isn't available on this machine: %s. %s" % (name, why, hint)


def refuse(name: str, reason: str) -> NoReturn:
    """Raise UnsupportedV1 for a use of a name."""
    raise UnsupportedV1(sentence(name, reason))


class Refused(type):
    """The class of names that are refused: they can be passed around, asked isinstance of, and not used."""

    _reason: str

    def __call__(cls, *_: Any, **__: Any) -> Any:
        refuse(cls.__name__, cls._reason)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):  # what programs that print, complete or pickle ask of any object
            raise AttributeError(name)
        refuse("%s.%s" % (cls.__name__, name), cls._reason)

    def __dir__(cls) -> List[str]:
        return []


_MADE: Dict[Tuple[str, str], Refused] = {}


def refused(name: str, reason: str) -> Refused:
    """The class that stands for a name, one for each name and reason, so that short and long paths are the same."""
    if (name, reason) not in _MADE:
        _MADE[name, reason] = Refused(name, (), {"_reason": reason, "__doc__": sentence(name, reason)})
    return _MADE[name, reason]


class RefusedAttribute(UnsupportedV1, AttributeError):
    """What v1 has of a class and isn't done here; to hasattr() it isn't there."""
