"""What of a source folder counts as a step's code."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from hyperstep.engine.artifact import Member
from hyperstep.store.code import code_digest

APART = {"prep.py", "train.py", "pipeline.py"}


def of(files: dict[str, str], script: str = "train.py") -> str:
    members = [
        Member(path=path, size=len(text), digest=hashlib.sha256(text.encode()).hexdigest())
        for path, text in files.items()
    ]
    return code_digest(members, lambda member: files[member.path].encode(), script, APART)


FILES = {
    "prep.py": "import numpy",
    "train.py": "import model",
    "model.py": "x = 1",
    "pipeline.py": "Limits(trials=4)",
    "settings.yml": "depth: 3",
}


def test_another_steps_script_and_the_pipeline_file_do_not_count():
    assert of({**FILES, "prep.py": "changed", "pipeline.py": "Limits(trials=8)"}) == of(FILES)


def test_the_own_script_its_modules_and_its_settings_count():
    for path in ("train.py", "model.py", "settings.yml"):
        assert of({**FILES, path: "changed"}) != of(FILES)


def test_a_new_file_beside_the_scripts_counts():
    assert of({**FILES, "extra.py": ""}) != of(FILES)


def test_another_steps_script_counts_if_this_one_imports_it():
    files = {**FILES, "train.py": "from prep import clean"}

    assert of({**files, "prep.py": "changed"}) != of(files)


def test_another_steps_script_counts_if_a_module_in_between_names_it():
    files = {**FILES, "model.py": "subprocess.run(['python', 'prep.py'])"}

    assert of({**files, "prep.py": "changed"}) != of(files)


def test_what_a_script_that_counts_names_counts_too():
    files = {**FILES, "train.py": "import prep", "prep.py": "import pipeline"}

    assert of({**files, "pipeline.py": "Limits(trials=8)"}) != of(files)


def test_a_module_of_a_library_with_the_name_of_the_pipeline_file_errs_to_the_safe_side():
    files = {**FILES, "train.py": "from sklearn.pipeline import make_pipeline"}

    assert of({**files, "pipeline.py": "Limits(trials=8)"}) != of(files)


@given(st.permutations(list(FILES)))
def test_the_order_of_the_files_does_not_matter(order):
    assert of({path: FILES[path] for path in order}) == of(FILES)
