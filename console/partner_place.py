"""``handa partner place``: where a partner's batches go, a folder or an account on its SFTP server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.files import demand_readable
from console.house import actor, locked
from console.options import Code, Json
from console.speech import done
from records.errors import WrongUsage


def partner_place(
    code: Code,
    folder: Annotated[Path | None, typer.Option("--folder", metavar="目录", help="交寄文件夹")] = None,
    sftp: Annotated[str | None, typer.Option("--sftp", metavar="地址", help="SFTP 地址 sftp://用户@主机:端口/文件夹")] = None,
    host_key: Annotated[
        list[Path] | None, typer.Option("--host-key", metavar="文件", help="合作方给的主机公钥文件（OpenSSH 形式），可重复；连接时必须相符")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="文件", help="登录用的私钥文件（不读入，只记其位置）")] = None,
    password_env: Annotated[
        str | None, typer.Option("--password-env", metavar="变量名", help="存放登录口令的环境变量名；口令本身不登记")
    ] = None,
    also_look_in: Annotated[
        list[str] | None, typer.Option("--also-look-in", metavar="文件夹", help="合作方把收下的批次移到哪个子文件夹，可重复；核实时也去那里找")
    ] = None,
    as_json: Json = False,
) -> None:
    """登记交件处：文件夹或 SFTP。示例：handa partner place POST --sftp sftp://handa@sftp.example.cn/inbox --host-key host_key.pub --key ~/.ssh/handa"""
    from letters.batch.handover_place import set_place, sftp_place
    from letters.batch.parties import partner_by_code

    if (folder is None) == (sftp is None):
        raise WrongUsage("请写明 --folder 或 --sftp 之一。", "一个合作方只有一个交件处。")
    looked = list(also_look_in or ())
    if sftp is None:
        assert folder is not None
        if host_key or key or password_env:
            raise WrongUsage("--host-key、--key、--password-env 只用于 SFTP。", "文件夹交件处不需要登录。")
        place: dict[str, object] = {"kind": "folder", "path": str(folder.expanduser().absolute())}
    else:
        if (key is None) == (password_env is None):
            raise WrongUsage("SFTP 须写明 --key 或 --password-env 之一。", "私钥文件或存放口令的环境变量。")
        lines = []
        for path in host_key or ():
            demand_readable(path)
            lines += [line.strip() for line in path.read_text("utf-8", errors="replace").splitlines() if line.strip()]
        place = sftp_place(sftp, lines, key.expanduser().absolute() if key else None, password_env)
    with locked(as_json) as db, db.session() as session:
        partner = partner_by_code(session, code)
        where = set_place(session, partner, place | {"also_look_in": looked}, db.settings, actor=actor(), clock=db.clock)
    done(as_json, {"code": code, "place": where}, f"合作方 {code} 的交件处：{where}")


PARTNER_PLACE = {"place": partner_place}
"""Commands of this module by name."""
