"""Tags and properties of a run, and what people call it."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing typing takes longer than all that a script's run needs

if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from hyperstep.azureml_v1.recorded import Logged, Recorder


class Notes:
    """The part of a Run that holds tags, which may change, and properties, which may not."""

    id: str

    @property
    def name(self) -> Optional[str]:
        raise NotImplementedError

    @property
    def display_name(self) -> str:
        return self._note("display_name") or self.name or self.id

    @display_name.setter
    def display_name(self, value: str) -> None:
        self._recorder.record("display_name", "note", str(value))

    @property
    def description(self) -> str:
        return self._note("description") or self._given_description()

    @description.setter
    def description(self, value: str) -> None:
        self._recorder.record("description", "note", str(value))

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Set a tag; the value may be None."""
        text = None if value is None else str(value)
        if text is None or any(record["name"] == key for record in self._logged().of_kind("tag")):
            # The engine's tags have a text and stay; so a record says what they can't, and then all that follows.
            self._recorder.record(key, "tag", {"value": text})
        if text is not None:
            self._recorder.wire.tag(key, text)

    def set_tags(self, tags: Dict[str, Optional[str]]) -> None:
        for key, value in tags.items():
            self.tag(key, value)

    def remove_tags(self, tags: List[str]) -> Dict[str, Any]:
        """Take tags away; returns those that are left."""
        for key in tags:
            self._recorder.record(key, "tag", {})
        return self.get_tags()

    def get_tags(self) -> Dict[str, Any]:
        logged = self._logged()
        found: Dict[str, Any] = {**self._given_tags(), **logged.tags}
        for record in logged.of_kind("tag"):
            found.pop(record["name"], None)
            found.update({record["name"]: value for value in record["value"].values()})
        return found

    @property
    def tags(self) -> Dict[str, Any]:
        return self.get_tags()

    def add_properties(self, properties: Dict[str, Any]) -> None:
        """Set properties; one that is there keeps its value, and giving it another is an error."""
        known = self.get_properties()
        for key, value in properties.items():
            if key in known and known[key] != str(value):
                from hyperstep.azureml_v1.exceptions import UserErrorException

                raise UserErrorException(
                    "The property %r is %r already, and properties don't change. Use tag() for what may change."
                    % (key, known[key])
                )
            self._recorder.record(key, "property", str(value))

    def get_properties(self) -> Dict[str, str]:
        added = {record["name"]: record["value"] for record in self._logged().of_kind("property")}
        return {**self._given_properties(), **added}

    @property
    def properties(self) -> Dict[str, str]:
        return self.get_properties()

    def _note(self, name: str) -> Optional[str]:
        """What was said last under a name."""
        said = [record["value"] for record in self._logged().of_kind("note") if record["name"] == name]
        return said[-1] if said else None

    def _given_description(self) -> str:
        raise NotImplementedError

    def _given_tags(self) -> Dict[str, Any]:
        raise NotImplementedError

    def _given_properties(self) -> Dict[str, str]:
        raise NotImplementedError

    def _logged(self) -> Logged:
        raise NotImplementedError

    @property
    def _recorder(self) -> Recorder:
        raise NotImplementedError
