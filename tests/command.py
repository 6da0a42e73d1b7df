"""The command as a user runs it, in a process of its own."""

import subprocess
import sys


def edaphon(*words, cwd=None):
    """Run ``edaphon`` with these words; its exit code, stdout and stderr."""
    return subprocess.run(
        [sys.executable, "-m", "edaphon", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
