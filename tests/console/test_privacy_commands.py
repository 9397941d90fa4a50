"""Privacy, published rates and the named operator as their users meet them: words in, exit code and document out."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from records.database import Database
from records.tables import AuditEntry
from scripts.world.compose_lender import Composed
from tests.console.conftest import DAY, Handa

WHO = ("--by", "张三", "--reason", "本人书面申请")


@pytest.fixture
def kept(parties: Handa, case_file: Composed) -> tuple[Handa, str]:
    """A workspace with cases, and the number of one."""
    parties("cases", "import", case_file.path, "--lender", "DEMO", "--as-of", DAY)
    return parties, parties("cases", "list", "--lender", "DEMO", "--json").document["cases"][0]["case_no"]


def actors(db: Database, action: str) -> list[str]:
    with db.session() as session:
        return list(session.scalars(select(AuditEntry.actor).where(AuditEntry.action == action).order_by(AuditEntry.seq)))


def test_a_case_is_unmasked_exported_and_erased_with_a_name_and_a_reason(kept: tuple[Handa, str], db: Database, tmp_path: Path) -> None:
    handa, case_no = kept
    assert handa("privacy", "unmask", case_no, "--lender", "DEMO").code == 2
    shown = handa("privacy", "unmask", case_no, "--lender", "DEMO", *WHO, "--json").document
    assert len(shown["id_number"]) == 18 and shown["debtor_name"]
    assert shown["id_number"] in handa("privacy", "unmask", case_no, "--lender", "DEMO", *WHO).out
    out = tmp_path / "本人.zip"
    assert handa("privacy", "export", case_no, "--lender", "DEMO", *WHO, "-o", out).code == 0
    with zipfile.ZipFile(out) as archive:
        document = json.loads(archive.read("本人信息.json"))
    assert document["person"]["mobile"] == shown["mobile"] and document["lender"]["code"] == "DEMO"
    assert handa("privacy", "erase", case_no, "--lender", "DEMO", *WHO, "--dry-run", "--json").document["erased"] == 0
    assert handa("privacy", "erase", case_no, "--lender", "DEMO", *WHO, "--json").document["erased"] == 1
    for words in (("privacy", "erase", case_no), ("privacy", "unmask", case_no)):
        assert handa(*words, "--lender", "DEMO", *WHO, "--json").document["error"]["code"] == "E-USAGE"
    assert "已于" in handa("cases", "show", case_no, "--lender", "DEMO").err
    assert len(actors(db, "privacy.unmasked")) == 2 and len(actors(db, "privacy.exported")) == len(actors(db, "privacy.erased")) == 1
    assert handa("privacy", "purge", *WHO, "--dry-run").out.strip() == "没有保存期限已满的内容。"
    assert handa("audit", "verify").code == 0


def test_a_case_under_way_is_not_erased_and_says_why(kept: tuple[Handa, str]) -> None:
    handa, case_no = kept
    assert handa("complaint", "add", case_no, "--lender", "DEMO", "--kind", "objection", "--channel", "来电", "--text", "已还清").code == 0
    refused = handa("privacy", "erase", case_no, "--lender", "DEMO", *WHO, "--json")
    assert (refused.code, refused.document["error"]["code"]) == (3, "E-HOLD") and "尚未办结" in refused.document["error"]["message"]


def test_the_named_person_stands_in_the_chain(kept: tuple[Handa, str], db: Database) -> None:
    handa, case_no = kept
    stop = ("cases", "stop", case_no, "--lender", "DEMO", "--reason", "来电")
    handa(*stop, "--kind", "settled")
    handa.with_env(HANDA_ACTOR="李四")(*stop, "--kind", "withdrawn")
    handa.with_env(HANDA_ACTOR="李四")(*stop, "--kind", "bankrupt", "--actor", "王五")
    found = actors(db, "case.stop")[-3:]
    assert found[0].startswith("cli:") and found[1].startswith("operator:李四/") and found[2].startswith("operator:王五/")
    assert handa(*stop, "--kind", "deceased", "--actor", "a/b").code == 2
    assert "李四" in handa.with_env(HANDA_ACTOR="李四")("settings").out


def test_a_published_rate_is_entered_by_a_person_with_its_source(parties: Handa) -> None:
    add = ("policy", "lpr", "add", "2026-01", "--percent", "3.00", "--published", "2026-01-20", "--by", "张三")
    assert parties(*add).code == 2, "no source"
    assert parties("policy", "lpr", "add", "2026-02", *add[4:6], "--published", "2026-02-24", "--source", "公告", *add[8:]).code == 2
    assert parties(*add, "--source", "拆借中心公告", "--json").document["version"] == 1
    assert parties(*add, "--source", "拆借中心公告", "--json").document["version"] == 1, "the same again changes nothing"
    last = parties("policy", "lpr", "list", "--json").document["months"][-1]
    assert last == {"month": "2026-01", "percent": "3.00", "published_on": "2026-01-20", "from": "登记"}
    (version,) = parties("policy", "history", "--json").document["versions"]
    assert version["by"] == "张三" and "拆借中心公告" in version["reason"]
