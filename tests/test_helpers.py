"""The helper that hides packages hides them as if they were not installed."""

from __future__ import annotations

from tests.helpers.isolated import run_command, run_python


def test_a_hidden_package_is_not_found() -> None:
    code = """
import importlib.util
assert importlib.util.find_spec("torch") is None
assert "torch" not in sys.modules
try:
    import torch.nn
except ModuleNotFoundError as error:
    print(error)
"""
    done = run_python(code, without=["torch"])
    assert done.returncode == 0, done.stderr
    assert done.stdout == "No module named 'torch'\n"


def test_other_packages_still_import() -> None:
    done = run_python("import numpy, scipy.linalg; print(numpy.sqrt(4.0))", without=["torch"])
    assert (done.returncode, done.stdout) == (0, "2.0\n"), done.stderr


def test_array_code_takes_numpy_without_torch() -> None:
    code = """
import numpy
from array_api_compat import array_namespace
print(array_namespace(numpy.ones(2)).__name__)
"""
    done = run_python(code, without=["torch"])
    assert done.returncode == 0, done.stderr
    assert "numpy" in done.stdout


def test_a_command_gets_its_arguments_and_exit_code() -> None:
    done = run_command("platform:platform", "ignored", without=["torch"])
    assert done.returncode == 1  # sys.exit of a string prints it and exits 1
    assert done.stderr.strip()
