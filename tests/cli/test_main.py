import os
import re
import subprocess
import sys

import click
import pytest

from hyperstep.cli.main import COMMANDS, program

NAMES = [name for section in COMMANDS.values() for name in section]


def hyperstep(*arguments, **options):
    command = [sys.executable, "-m", "hyperstep", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def test_help_lists_every_command_and_loads_none():
    script = (
        "import sys; from hyperstep.cli.main import main\n"
        "try: main(['--help'])\n"
        "finally: print([name for name in sys.modules if name.startswith(('hyperstep', 'sqlite3', 'rich', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert all(re.search(rf"^  {name}  ", done.stdout, re.MULTILINE) for name in NAMES)
    assert done.stdout.splitlines()[-1] == (
        "['hyperstep', 'hyperstep.cli', 'hyperstep.cli.output', 'hyperstep.errors', 'hyperstep.cli.main']"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_command_says_in_its_help_what_the_list_says_and_gives_examples(name):
    context = click.Context(program, info_name="hyperstep")
    command = program.get_command(context, name)
    text = command.get_help(click.Context(command, parent=context, info_name=name))

    assert f"hyperstep {name}" in text
    assert "Examples:" in text
    assert command.name == name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], "There is no command 'runn'. Did you mean 'run'?"),
        (["--fast"], "No such option"),
        (["run"], "Missing argument"),
        (["show", "1", "2"], "unexpected extra argument"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_what_is_wrong(arguments, words):
    done = hyperstep(*arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_printed():
    assert re.fullmatch(r"hyperstep \d+\.\d+\.\d+\n", hyperstep("--version").stdout)


def test_a_terminal_that_lacks_letters_gets_escapes(tmp_path):
    done = hyperstep("init", "漢", cwd=tmp_path, env={**os.environ, "PYTHONIOENCODING": "latin-1"})

    assert (done.returncode, done.stderr) == (0, "")
    assert "  cd '\\u6f22'\n" in done.stdout
    assert (tmp_path / "漢" / "pipeline.py").exists()
