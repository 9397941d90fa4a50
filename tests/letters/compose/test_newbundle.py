"""A firm's own template: copied into the workspace, found by name and version, never over a shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest

from letters.compose.bundle import OWN_TEMPLATES, folder_of, load_bundle, references
from letters.compose.errors import BundleUnusable
from letters.compose.newbundle import copy_bundle
from records.errors import WrongUsage


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(OWN_TEMPLATES, str(tmp_path))
    return tmp_path


def test_a_copy_is_another_version_with_no_approvals(root: Path) -> None:
    folder = copy_bundle("consumer@1", "consumer@901", root)
    assert folder == root / "consumer" / "901" == folder_of("consumer@901") and "consumer@901" in references()
    copied, shipped = load_bundle(folder), load_bundle("consumer@1")
    assert (copied.reference, copied.text, copied.approvals) == ("consumer@901", shipped.text, ())
    assert copied.sha256 != shipped.sha256
    assert copy_bundle("consumer@1", "own@1", root).parent.name == "own"


def test_what_is_there_is_never_overwritten_or_shadowed(root: Path) -> None:
    copy_bundle("consumer@1", "consumer@902", root)
    for reference in ("consumer@1", "consumer@902", "Consumer", "a/b@1"):
        with pytest.raises(WrongUsage):
            copy_bundle("consumer@1", reference, root)
    (root / "consumer" / "1").mkdir()
    assert folder_of("consumer@1").parents[1].name == "letters"


def test_a_template_that_lacks_a_part_names_it_in_chinese(root: Path) -> None:
    folder = copy_bundle("consumer@1", "consumer@903", root)
    text = (folder / "letter.jinja").read_text("utf-8")
    (folder / "letter.jinja").write_text(text.replace("part=query_route", "part=reservation"), "utf-8")
    with pytest.raises(BundleUnusable, match="查询、异议与投诉途径"):
        load_bundle(folder)
