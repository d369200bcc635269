import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE))

from local_cloud import LocalCloud  # noqa: E402


@pytest.fixture(scope="session")
def cloud():
    """One ephemeral local cloud for the tests of a file that leave it as they found it."""
    with LocalCloud() as running:
        yield running
