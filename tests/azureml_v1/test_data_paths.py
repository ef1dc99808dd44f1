"""Paths, patterns, places in stores and URLs become files of this machine."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperstep.azureml_v1.data_paths import files, gathered, located, map_url, mapped_urls, plain
from hyperstep.azureml_v1.data_reference import DataPath
from hyperstep.azureml_v1.exceptions import UserErrorException

URL = "https://example.org/data/iris.csv"


@pytest.fixture
def data(here):
    for name in ("a.csv", "b.txt", "in/c.csv", "in/er/d.csv"):
        file = here / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return here / "data"


def names(*paths):
    return [name for name, _ in files(located(list(paths)))]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data", ["a.csv", "b.txt", "in/c.csv", "in/er/d.csv"]),
        ("data/a.csv", ["a.csv"]),
        ("data/*.csv", ["a.csv"]),
        ("data/*", ["a.csv", "b.txt"]),
        ("data/**", ["a.csv", "b.txt", "in/c.csv", "in/er/d.csv"]),
        ("data/**/*.csv", ["a.csv", "in/c.csv", "in/er/d.csv"]),
        ("data/in/?.csv", ["c.csv"]),
        ("data/[ab].*", ["a.csv", "b.txt"]),
    ],
)
def test_a_path_leads_to_its_files_by_their_names_below_it(data, path, found):
    assert names(path) == found


def test_several_paths_are_named_below_the_folder_they_share(data):
    assert names("data/in/er", "data/a.csv", "data/*.csv") == ["a.csv", "in/er/d.csv"]


def test_a_file_whose_name_has_the_signs_of_a_pattern_is_itself(here):
    (here / "a[1].csv").write_text("")

    assert names("a[1].csv") == ["a[1].csv"]


def test_places_in_stores_are_found_in_each_form(local):
    store = local.get_default_datastore()
    Path(store._local("x.csv")).write_text("x")
    forms = [(store, "x.csv"), (store, "/*.csv"), DataPath(store, "x.csv"), store.path("x.csv")]

    assert [files(located(form)) for form in forms] == [[("x.csv", store._local("x.csv"))]] * 4


@pytest.mark.parametrize("path", ["missing.csv", "data/*.parquet", ["data/a.csv", "missing.csv"]])
def test_a_path_that_leads_nowhere_is_told_unless_it_is_not_checked(data, path):
    with pytest.raises(UserErrorException, match="No file is found at"):
        located(path)
    assert located(path, check=False)


@pytest.mark.parametrize("path", [[], None, 3, ("a", "b")])
def test_what_is_no_path_is_refused(here, path):
    with pytest.raises(UserErrorException):
        located(path)


def test_a_url_nothing_stands_for_names_the_command(here):
    with pytest.raises(UserErrorException) as caught:
        located(URL)

    assert caught.value.message.endswith(f"hyperstep v1 data '{URL}' FILE")


@pytest.mark.parametrize("asked", [URL, URL + "?sv=1&sig=a/b", URL + "?"])
def test_a_file_stands_for_a_url_with_any_query(data, asked):
    map_url(URL, "data/a.csv")

    assert located(asked) == [str(data / "a.csv")]
    assert mapped_urls() == {URL: str(data / "a.csv")}


@pytest.mark.parametrize("given", ["https://example.org/data/", "https://example.org/data", "https://example.org"])
def test_a_folder_stands_for_all_urls_that_begin_with_its_own(here, given):
    inner = "data" if given.endswith("org") else "."
    file = here / "files" / inner / "my iris.csv"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    map_url(given, "files")

    assert [Path(path) for path in located("https://example.org/data/my%20iris.csv?x=1")] == [file]


def test_a_file_stands_for_a_url_that_is_too_long_for_a_name(data):
    url = URL + "?sig=" + "/x" * 300
    map_url(url, "data/a.csv")

    assert located(url) == [str(data / "a.csv")]
    assert mapped_urls() == {url: str(data / "a.csv")}


def test_the_longest_beginning_of_a_url_counts(data):
    map_url("https://example.org/", "data")
    map_url("https://example.org/in/er/", "data/in")

    assert located("https://example.org/in/er/c.csv") == [str(data / "in" / "c.csv")]
    assert located("https://example.org/in/c.csv") == [str(data / "in" / "c.csv")]


def test_only_a_file_that_is_there_stands_for_a_url(here):
    with pytest.raises(UserErrorException, match="to stand for https"):
        map_url(URL, "missing.csv")


def test_a_local_url_is_a_path(data):
    assert located((data / "a.csv").as_uri()) == [str(data / "a.csv")]


def test_gathered_files_lie_together_until_one_changes(data):
    chosen = files(located("data/**/*.csv"))
    folder = gathered(chosen)

    assert [name for name, _ in files([folder])] == [name for name, _ in chosen]
    assert (Path(folder) / "in/er/d.csv").read_text() == "in/er/d.csv"
    assert gathered(chosen) == folder
    (data / "a.csv").write_text("longer than before")
    assert gathered(chosen) != folder


def test_a_link_is_gathered_as_the_file_that_it_leads_to(data):
    (data / "link.csv").symlink_to(data / "a.csv")
    folder = gathered(files(located("data/link.csv")))

    assert not (Path(folder) / "link.csv").is_symlink()
    assert (Path(folder) / "link.csv").read_text() == "a.csv"


@settings(max_examples=25)
@given(names=st.sets(st.sampled_from(["a", "b", "x/a", "x/b", "x/y/a", "z/a"]), min_size=1))
def test_gathered_files_have_the_names_and_order_that_they_had(names, tmp_path_factory):
    root = tmp_path_factory.mktemp("any")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPERSTEP_WORKSPACE", str(root / "home"))
        chosen = files([str(root / name) for name in names])
        again = files([gathered(chosen)]) if len(chosen) > 1 else chosen

    assert [Path(path).read_text() for _, path in again] == [Path(path).read_text() for _, path in chosen]


def test_only_one_place_without_a_pattern_is_plain(data):
    assert plain(located("data")) == str(data)
    assert plain(located("data/*")) is plain(located(["data/a.csv", "data/b.txt"])) is None
