import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from local_cloud import LocalCloud  # noqa: E402


@pytest.fixture(scope="session")
def cloud():
    """One local cloud for all tests of the run; each test makes pools and users of its own."""
    with LocalCloud() as running:
        yield running
