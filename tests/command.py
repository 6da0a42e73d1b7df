"""The command as a user runs it, in this process: what it imports is loaded once for all tests."""

from contextlib import chdir, nullcontext

from typer.testing import CliRunner

from edaphon.cli import app


def edaphon(*words, cwd=None):
    """Run ``edaphon`` with these words; the result has exit_code, stdout and stderr."""
    with chdir(cwd) if cwd else nullcontext():
        return CliRunner().invoke(app, [str(word) for word in words])
