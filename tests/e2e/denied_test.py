"""examples/denied does what its README quotes, word by word."""

import os
import subprocess

from local_cloud import BINARY, ROOT

DENIED = ROOT / "examples" / "denied"


def test_the_readme_quotes_what_the_cases_really_say():
    done = subprocess.run([str(DENIED / "run.sh")], env=os.environ | {"COGNIOT": BINARY},
                          capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    _, quoted = (DENIED / "README.md").read_text().split("<!-- run.sh -->\n\n")
    assert done.stdout.splitlines() == quoted.splitlines(), \
        "examples/denied/run.sh --write writes what it says now"
    # Not only alike: each case is refused, and each log line says why.
    assert quoted.count("\nexplanation: ") == 4
    assert quoted.count("REFUSED") >= 4 and "a comma before the closing `]`" in quoted
