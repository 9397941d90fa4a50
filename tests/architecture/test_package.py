"""What is installed is whole: a wheel holds every data file that the packages read."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.architecture.test_house import ROOT, kept_files, name_of

PACKAGED = ("records", "models", "locate", "letters", "console", "templates")


def test_a_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    # Built from a copy: setuptools leaves build folders behind, and a build must not see what git doesn't keep.
    source = tmp_path / "source"
    for path in kept_files():
        relative = path.relative_to(ROOT)
        if relative.parts[0] in PACKAGED or len(relative.parts) == 1:
            (source / relative).parent.mkdir(parents=True, exist_ok=True)
            (source / relative).write_bytes(path.read_bytes())
    command = [sys.executable, "-c", "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))", str(tmp_path)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    wheel = tmp_path / done.stdout.strip().splitlines()[-1]
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name_of(p) for p in kept_files() if p.relative_to(ROOT).parts[0] in PACKAGED}
    assert sorted(wanted - inside) == []
