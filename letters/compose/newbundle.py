"""A new template version as a copy of an existing one: for a firm to edit, lint, approve and file. Approvals don't carry over."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from letters.compose.bundle import BUNDLE_FILES, REFERENCE, folder_of, load_bundle
from records.errors import WrongUsage
from records.files import disk_faults, sync_folder, write_atomic

NO_APPROVALS: Final = "# 律所审批记录（不计入模板哈希）；审定请用 handa template approve。\napproval = []\n"


def copy_bundle(source: str, reference: str, root: Path) -> Path:
    """Copy the bundle ``source`` to ``root/name/version`` as ``reference``; returns the folder.

    Raises:
        WrongUsage: ``reference`` is no name@version, or there is such a template already.
        BundleUnusable: the source can't be read.
    """
    if REFERENCE.fullmatch(reference) is None:
        raise WrongUsage(f"模板名称“{reference}”无法使用。", "请写成 名称@版本，名称用小写字母、数字与连字符，如 consumer@2。")
    load_bundle(source)
    if folder_of(reference).exists():
        raise WrongUsage(f"模板 {reference} 已存在：{folder_of(reference)}。", "已印发的版本不要改；请换一个版本号。")
    name, version = reference.split("@")
    folder = root / name / version
    making = folder.with_name(f".{version}.new")
    with disk_faults(folder):
        shutil.rmtree(making, ignore_errors=True)  # of a run that was killed
        making.mkdir(parents=True)
        for file in BUNDLE_FILES:
            write_atomic(making / file, (folder_of(source) / file).read_bytes())
        head = (making / "bundle.toml").read_text("utf-8")
        head = re.sub(r'(?m)^name\s*=.*$', f'name = "{name}"', head, count=1)
        head = re.sub(r'(?m)^version\s*=.*$', f'version = "{version}"', head, count=1)
        write_atomic(making / "bundle.toml", head.encode())
        write_atomic(making / "approvals.toml", NO_APPROVALS.encode())
        making.rename(folder)
        sync_folder(folder.parent)
    return folder
