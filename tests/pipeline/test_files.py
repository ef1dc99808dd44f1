import pytest

from hyperstep.errors import DefinitionError
from hyperstep.pipeline.data import Dataset
from hyperstep.pipeline.files import check_sources
from hyperstep.pipeline.pipeline import Pipeline
from hyperstep.pipeline.step import Step


@pytest.fixture
def base(tmp_path):
    (tmp_path / "src" / "steps").mkdir(parents=True)
    (tmp_path / "src" / "steps" / "prep.py").write_text("")
    (tmp_path / "data.csv").write_text("")
    return tmp_path


def check(base, *steps):
    check_sources(Pipeline("p", steps), base)


def test_scripts_folders_and_data_that_are_there_pass(base):
    check(base, Step("steps/prep.py", source="src", arguments=[Dataset("data.csv"), Dataset(base / "src")]))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Step("steps/perp.py", source="src"), r"Step 'perp' runs 'steps/perp\.py', .*Did you mean 'steps/prep\.py'"),
        (Step("prep.py", source="src"), r"Did you mean 'steps/prep\.py'"),
        (Step("steps", source="src"), r"no such file"),
        (Step("prep.py", source="scr"), r"from 'scr', but there is no .*Did you mean 'src'"),
        (Step("prep.py", source="data.csv"), r"is a file, not a folder"),
        (Step("prep.py", source="a/b"), r"there is no folder"),
        (
            Step("steps/prep.py", source="src", arguments=[Dataset("date.csv")]),
            r"'date\.csv', but .*Did you mean 'data\.csv'",
        ),
    ],
)
def test_what_is_missing_is_named_with_its_nearest_neighbour(base, step, message):
    with pytest.raises(DefinitionError, match=message):
        check(base, step)
