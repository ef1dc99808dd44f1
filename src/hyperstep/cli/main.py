"""The program `hyperstep`: its commands, one line each; a command's module is loaded when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper

import click

import hyperstep
from hyperstep.cli.output import let_go, open_closed
from hyperstep.errors import HyperstepError

UNREAD = 1
USAGE = 2
INTERRUPTED = 130

COMMANDS = {
    "Make and run": {
        "init": ("init:init", "Write a small project of your own, ready to run."),
        "run": ("run:run", "Run a pipeline and watch it."),
        "resume": ("resume:resume", "Go on with a run that was interrupted."),
        "cancel": ("resume:cancel", "End a run; what runs is stopped."),
        "extend": ("extend:extend", "Add trials to a finished search."),
        "publish": ("publish:publish", "Keep a pipeline under a name, to be run from the web or by programs."),
    },
    "From Azure": {
        "v1": ("v1:v1", "Run programs written for the Azure ML SDK v1."),
        "env": ("env:env", "Choose the Python that a named environment's steps run in."),
    },
    "Look": {
        "up": ("up:up", "Open the web interface and the REST endpoint."),
        "runs": ("runs:runs", "List the runs, newest first."),
        "show": ("runs:show", "Show a run, a step, a trial or a job."),
        "trials": ("trials:trials", "List a tuning step's trials, best first."),
        "best": ("trials:best", "Show the best trial: its values, files and model."),
        "logs": ("logs:logs", "Print what a script printed."),
        "models": ("models:models", "List the registered models, or a model's versions."),
        "why": ("why:why", "Say why a step ran or was reused, or why a trial was stopped."),
        "importance": ("importance:show_importance", "Show which parameters mattered in a search."),
        "report": ("report:report", "Write a run as one HTML file, with charts and tables."),
        "what-if": ("what_if:what_if", "Say what another policy would have stopped."),
    },
    "Keep in order": {
        "doctor": ("doctor:doctor", "Say what is wrong here, and what to do about it."),
        "backup": ("backup:backup", "Copy the workspace, also while runs go on."),
        "restore": ("backup:restore", "Make a workspace from a backup."),
        "gc": ("gc:gc", "Show what nothing needs any more, and remove it."),
    },
}


class Program(click.Group):
    """The commands of `COMMANDS`; `--help` reads that table and loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        for section in COMMANDS.values():
            if cmd_name in section:
                module, _, attribute = section[cmd_name][0].partition(":")
                command: click.Command = getattr(import_module(f"hyperstep.cli.{module}"), attribute)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from hyperstep.pipeline.names import did_you_mean

            near = did_you_mean(args[0], self.list_commands(ctx))
            ctx.fail(f"There is no command {args[0]!r}.{near or ' See hyperstep --help.'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        for title, section in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, line) for name, (_, line) in section.items()])


HELP = """Run ML pipelines whose training step tunes itself.

A run is a number, and all that belongs to it is a path below: 1 is a run, 1/tune a step of it, 1/tune/3 a trial of
that step.

\b
First steps:
  hyperstep init first        write a project
  cd first
  hyperstep run pipeline.py
  hyperstep best              the best values as a command line
"""


@click.group(cls=Program, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(hyperstep.__version__, "-V", "--version", message="hyperstep %(version)s")
def program() -> None:
    """Choose a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process.

    Exit codes: 0 for success, 1 for a run that was cancelled, 2 for what the user can put right (a call, a pipeline, a
    script that failed, a disk), 130 for Ctrl-C, 143 for SIGTERM.
    """
    sys.exit(_exit_code(sys.argv[1:] if arguments is None else list(arguments)))


def _exit_code(arguments: list[str]) -> int:
    open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no reason to fail
    try:
        code = program.main(arguments, prog_name="hyperstep", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        let_go()
        return UNREAD
    except HyperstepError as error:
        _complain(str(error))
        return USAGE
    except _storage_faults() as error:
        from hyperstep.cli.faults import told

        _complain(told(error))
        let_go()
        return USAGE
    return code if isinstance(code, int) else 0


def _storage_faults() -> tuple[type[Exception], ...]:
    """Looked up when something is raised, since `--help` has no use for SQLite."""
    from hyperstep.cli.faults import storage_faults

    return storage_faults()


def _complain(text: str) -> None:
    from hyperstep.cli.text import visible

    with suppress(OSError):  # standard error may be lost as well
        click.echo(f"Error: {visible(text)}", err=True)
