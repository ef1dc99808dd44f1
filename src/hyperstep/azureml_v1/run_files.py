"""Files of a run: what it made and handed over, and the models that are registered from it."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from hyperstep.azureml_v1.recorded import Logged, Recorder

INSIDE = "azureml_v1/"


class Files:
    """The part of a Run that keeps files, and gives them back."""

    id: str

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        """Keep a file, or what a stream holds, as it is now, under a name."""
        if hasattr(path_or_stream, "read"):
            self._upload_stream(name, path_or_stream)
            return
        if not os.path.exists(path_or_stream):
            _refuse("File path(s) not found: %s. It is seen from %s." % (path_or_stream, os.getcwd()))
        self._recorder.wire.artifact(name, path_or_stream)

    def upload_files(
        self,
        names: List[str],
        paths: List[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[int] = None,
        datastore_name: Optional[str] = None,
    ) -> None:
        """Keep several files under as many names."""
        if len(names) != len(paths):
            _refuse("There are %d names for %d paths. Give as many of each." % (len(names), len(paths)))
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> None:
        """Keep a folder as it is now, under a name."""
        if not os.path.isdir(path):
            _refuse("Folder path not found: %s. It is seen from %s." % (path, os.getcwd()))
        self._recorder.wire.artifact(name, path)

    def get_file_names(self) -> List[str]:
        """The files that the run made, handed over or logged to."""
        added = (name for at, place in self._handed_over().items() for name in _below(at, place))
        return sorted({*added, *self._lying(), *self._stored()})

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        """Copy a file of the run here. output_file_path: a file's path, or a folder; the file's own name by default."""
        target = output_file_path or _inner(os.path.basename(name))
        if target.endswith(("/", os.sep)) or os.path.isdir(target):
            target = os.path.join(target, _inner(os.path.basename(name)))
        if os.path.exists(target):
            os.remove(target)  # a newer copy takes the place of an older, as in Azure
        self._save(name, target)

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: Optional[List[str]] = None,
        batch_size: int = 100,
        append_prefix: Optional[bool] = None,
        timeout_seconds: Optional[int] = None,
    ) -> None:
        """Copy the files whose names begin with a prefix into a folder, with their paths.

        append_prefix: False to leave the prefix out of the copies' paths.
        """
        names = [name for name in self.get_file_names() if name.startswith(prefix or "")]
        if output_paths is not None and len(output_paths) != len(names):
            _refuse("There are %d output_paths for %d files. Give as many." % (len(output_paths), len(names)))
        for number, name in enumerate(names):
            path = name if append_prefix is not False else name[len(prefix or "") :].lstrip("/") or name
            chosen = output_paths[number] if output_paths is not None else _inner(path)
            target = os.path.join(output_directory or "", chosen)
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            self.download_file(name, target)

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Register a file or folder of the run as a model's next version. model_path: its name among the files."""
        from hyperstep.azureml_v1 import registration

        name = model_path or model_name
        notes = registration.notes(
            properties, description, model_framework, model_framework_version, datasets, self.id, os.path.basename(name)
        )
        place = self._handed_over().get(name) or self._lying().get(name)
        if self._here and place is None and os.path.exists(name):
            place = name
        workspace = self.experiment.workspace
        if place is not None:
            return registration.register(workspace, model_name, place, tags, notes, self)
        job = self._job
        if job is None or self._here:
            raise registration.nothing_at(name, self.get_file_names())
        return registration.register_made(workspace, model_name, job, name, tags, notes)

    def get_snapshot_id(self) -> Optional[str]:
        """Which copy of its source folder the run has: equal files have the same; None for a run without any."""
        import uuid

        digest = self._of_snapshot("files.snapshot")
        return str(uuid.UUID(digest[:32])) if digest else None

    def restore_snapshot(self, snapshot_id: Optional[str] = None, path: Optional[str] = None) -> str:
        """Write the run's copy of its source folder as a zip file; returns its path. path: the folder to write to."""
        own = self.get_snapshot_id()
        if own is None or snapshot_id not in (None, own):
            _refuse("Run %s has the snapshot %s, not %s." % (self.id, own, snapshot_id or "another"))
        target = os.path.abspath(os.path.join(path or ".", "%s.zip" % own))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        return self._of_snapshot("files.save_snapshot", to=target)

    def _of_snapshot(self, question: str, **given: Any) -> str:
        from hyperstep.azureml_v1 import identity
        from hyperstep.azureml_v1.ask import ask

        named = identity.parse(self.id)
        return "" if named.position is None else str(ask(question, run=named.run, position=named.position, **given))

    def _upload_stream(self, name: str, stream: Any) -> None:
        import tempfile

        with tempfile.NamedTemporaryFile() as file:
            content = stream.read()
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            self._recorder.wire.artifact(name, file.name)

    def _handed_over(self) -> Dict[str, str]:
        """Where the copies lie of what was uploaded, by name, of all that the engine doesn't have."""
        return {name: place for name, place in self._logged().files.items() if not name.startswith(INSIDE)}

    def _lying(self) -> Dict[str, str]:
        """Files of the running job itself: `outputs/` and `logs/` are kept when it ends."""
        if not self._here:
            return {}
        folder = os.path.join(os.path.dirname(os.environ["HYPERSTEP_WIRE"]), "work")
        return {
            name: place for at in ("outputs", "logs") for name, place in _places(at, os.path.join(folder, at)).items()
        }

    def _stored(self) -> List[str]:
        """Files of a job that the engine knows."""
        from hyperstep.azureml_v1.ask import ask

        job = self._job
        return list(ask("files.names", job=job)) if job and not self._here else []

    def _save(self, name: str, target: str) -> None:
        from hyperstep.azureml_v1.ask import ask
        from hyperstep.errors import NotFound

        places = {**self._lying()}
        for at, place in self._handed_over().items():
            places.update(_places(at, place))
        job = self._job
        if name in places:
            import shutil

            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            shutil.copyfile(places[name], target)
        elif job and not self._here:
            try:
                ask("files.save", job=job, name=name, to=os.path.abspath(target))
            except NotFound as error:
                _refuse("File with path %s was not found: %s" % (name, error))
        else:
            _refuse(
                "File with path %s was not found: the run has %s." % (name, ", ".join(self.get_file_names()) or "none")
            )

    @property
    def experiment(self) -> Any:
        raise NotImplementedError

    @property
    def _here(self) -> bool:
        raise NotImplementedError

    @property
    def _job(self) -> Optional[str]:
        raise NotImplementedError

    def _logged(self) -> Logged:
        raise NotImplementedError

    @property
    def _recorder(self) -> Recorder:
        raise NotImplementedError


def _places(at: str, place: str) -> Dict[str, str]:
    """Each file by its name: of a folder all that lie in it."""
    if os.path.isfile(place):
        return {at: place}
    found = {}
    for above, _, files in os.walk(place):
        for file in files:
            path = os.path.join(above, file)
            found["%s/%s" % (at, os.path.relpath(path, place).replace(os.sep, "/"))] = path
    return found


def _below(at: str, place: str) -> List[str]:
    return list(_places(at, place))


def _inner(name: str) -> str:
    """A name that a script chose, as a path below the folder that a file is copied to."""
    if "\0" in name or not {"", ".", ".."}.isdisjoint(name.split("/")):
        _refuse(
            "The run has a file that it calls %r, which names no file below a folder. Choose where it goes: "
            "download_file(name, output_file_path='...')." % name
        )
    return name


def _refuse(message: str) -> None:
    from hyperstep.azureml_v1.exceptions import UserErrorException

    raise UserErrorException(message)
