"""``handa models train address`` and the models it makes: where they are used, and what is said of one that cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from locate.address import parse, reader_version
from locate.address.gazetteer import DATA
from locate.address.labelled import Labelled, labelled_line
from locate.address.tagging import use
from locate.tables import BaseAddress
from models.address_tagger.labels import LABEL_IDS
from models.address_tagger.weights import MAGIC, Weights
from records.database import Database
from records.settings import load_settings
from tests.console.conftest import Handa

ROADS = ("文三路", "人民路", "解放大道", "建设街", "中山路", "滨江路")
ESTATES = ("幸福里", "阳光花园", "金色家园", "星河湾")
PROBE = "浙江省杭州市西湖区文三路90号幸福里3幢"


@pytest.fixture(autouse=True)
def shipped_model() -> Iterator[None]:
    """The model of this process is chosen anew in every test."""
    use(None)
    yield
    use(None)


def composed(count: int) -> list[Labelled]:
    """Addresses of one pattern, all different."""
    out = []
    for n in range(count):
        parts = [("杭州市", "city"), ("西湖区", "district"), (ROADS[n % 6], "road"), (f"{n + 1}号", "roadno"), (ESTATES[n % 4], "poi"), (f"{n % 9 + 1}幢", "houseno")]
        text, spans = "", []
        for part, label in parts:
            spans.append((len(text), len(text) + len(part), label))
            text += part
        out.append(Labelled(text, tuple(spans), f"{n:04d}"))
    return out


def one_a_line(addresses: list[Labelled]) -> str:
    return "".join(labelled_line(one) + "\n" for one in addresses)


def sign_a_line(addresses: list[Labelled]) -> str:
    return "\n".join(
        "".join(f"{one.text[i]} {'B' if i == start else 'I'}-{label}\n" for start, end, label in one.spans for i in range(start, end)) for one in addresses
    )


def written(folder: Path, text: str) -> Path:
    path = folder / "标注.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def other_model(path: Path) -> Path:
    """The shipped model, but that it takes no number after a road for its house number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shipped = Weights.load(DATA / "tagger.bin")
    moves = shipped.moves.copy()
    moves[LABEL_IDS["road"], LABEL_IDS["roadno"]] = -30_000
    replace(shipped, moves=moves).save(path)
    return path


def test_both_ways_of_writing_labels_teach_the_same_model(bare: Handa, tmp_path: Path) -> None:
    model = load_settings(Path(bare.env["HANDA_HOME"]), {}).workspace.address_model_file
    said = bare("models", "train", "address", "--data", written(tmp_path, one_a_line(composed(80))), "--json")
    assert (said.code, said.err) == (0, "")
    figures = said.document
    assert figures["trained"] + figures["held_out"] == 80
    assert figures["held_out"] > 0
    assert figures["span_f1_after"] >= figures["span_f1_before"]
    assert figures["file"] == str(model)
    first = model.read_bytes()
    assert Weights.load(model).about["started_from"] == Weights.load(DATA / "tagger.bin").version
    spoken = bare("models", "train", "address", "--data", written(tmp_path, sign_a_line(composed(80))))
    assert spoken.code == 0
    assert f"训练 {figures['trained']} 条，留出 {figures['held_out']} 条检验" in spoken.out
    assert model.read_bytes() == first
    assert [one.name for one in model.parent.iterdir()] == [model.name]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (one_a_line(composed(60)) + "0061 没有制表符\n", "第 61 行"),
        (one_a_line(composed(60)) + "0061\t文三路/street\n", "第 61 行"),
        ("文 B-road\n三 I-road\n路 I-大路\n", "第 3 行"),
        (one_a_line(composed(49)), "只有 49 条"),
        ("", "只有 0 条"),
    ],
)
def test_what_cannot_be_learned_from_is_said_and_writes_nothing(bare: Handa, tmp_path: Path, text: str, told: str) -> None:
    said = bare("models", "train", "address", "--data", written(tmp_path, text), "--json")
    assert said.code == 2
    assert told in said.document["error"]["message"]
    assert said.document["error"]["advice"]
    assert not load_settings(Path(bare.env["HANDA_HOME"]), {}).workspace.address_model_file.exists()


def test_a_file_that_is_not_there_or_no_text_is_said(bare: Handa, tmp_path: Path) -> None:
    for path in (tmp_path / "无.tsv", tmp_path):
        said = bare("models", "train", "address", "--data", path)
        assert (said.code, said.out) == (2, "")
        assert "没有文件" in said.err
    path = tmp_path / "gb.tsv"
    path.write_bytes(one_a_line(composed(60)).encode("gb18030"))
    said = bare("models", "train", "address", "--data", path, "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "E-UNREADABLE")


def test_the_model_of_the_workspace_reads_in_its_commands_and_no_others(handa: Handa, db: Database, tmp_path: Path) -> None:
    shipped = reader_version()
    model = other_model(db.settings.workspace.address_model_file)
    texts = tmp_path / "地址.txt"
    texts.write_text(PROBE + "\n", encoding="utf-8")
    assert json.loads(handa("address", "parse", PROBE, "--json").out)["spans"] == [list(span) for span in parse(PROBE).spans]
    use(None)
    said = handa("address", "base", "load", texts, "--json")
    assert said.code == 0, said.err
    with db.session() as session:
        [version] = session.scalars(select(BaseAddress.reader_version))
    assert version != shipped
    assert version.endswith(Weights.load(model).version)


def test_another_model_is_used_anywhere_by_its_variable_and_before_the_workspace_s_own(bare: Handa, tmp_path: Path) -> None:
    shipped = bare("address", "parse", PROBE, "--json").document
    model = other_model(tmp_path / "别的.bin")
    use(None)
    assert bare.with_env(HANDA_ADDRESS_MODEL=str(model))("address", "parse", PROBE, "--json").document["spans"] != shipped["spans"]
    home = Path(bare.env["HANDA_HOME"])
    own = other_model(load_settings(home, {}).workspace.address_model_file)
    assert load_settings(home, {}).address_model == own
    assert load_settings(home, {"HANDA_ADDRESS_MODEL": str(model)}).address_model == model


def spoiled(folder: Path, how: str) -> Path:
    path = folder / "坏.bin"
    whole = other_model(folder / "好.bin").read_bytes()
    if how == "folder":
        path.mkdir()
    elif how != "missing":
        content = {"text": "不是模型\n".encode(), "cut": whole[:-1], "empty": b"", "version": MAGIC.replace(b"1", b"9") + whole[len(MAGIC) :],
                   "features": whole.replace(b'"features": 1', b'"features": 9')}  # fmt: skip
        path.write_bytes(content[how])
    return path


@pytest.mark.parametrize(
    ("how", "why"),
    [("missing", "打不开"), ("folder", "打不开"), ("empty", "不是地址模型"), ("text", "不是地址模型"), ("cut", "不完整"), ("version", "另一个版本"), ("features", "另一个版本")],
)
def test_a_model_that_cannot_be_used_is_said_in_a_sentence(bare: Handa, tmp_path: Path, how: str, why: str) -> None:
    path = spoiled(tmp_path, how)
    said = bare.with_env(HANDA_ADDRESS_MODEL=str(path))("address", "parse", PROBE, "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "E-UNREADABLE")
    assert why in said.document["error"]["message"]
    assert str(path) in said.document["error"]["message"]
    assert "Traceback" not in said.err


def test_worker_processes_say_the_same(bare: Handa, tmp_path: Path) -> None:
    texts = tmp_path / "地址.txt"
    texts.write_text(f"{PROBE}\n" * 8001, encoding="utf-8")
    said = bare.with_env(HANDA_ADDRESS_MODEL=str(spoiled(tmp_path, "cut")))("address", "parse", texts, "--workers", "2", "-o", tmp_path / "出.jsonl", "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "E-UNREADABLE")
    assert not (tmp_path / "出.jsonl").exists()


def test_a_spoiled_model_of_the_workspace_is_said_and_training_anew_mends_it(handa: Handa, db: Database, tmp_path: Path) -> None:
    model = db.settings.workspace.address_model_file
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_bytes(b"HANDATAG9\n{}\n")
    texts = tmp_path / "地址.txt"
    texts.write_text(PROBE + "\n", encoding="utf-8")
    said = handa("address", "base", "load", texts, "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "E-UNREADABLE")
    assert "另一个版本" in said.document["error"]["message"]
    assert handa("models", "train", "address", "--data", written(tmp_path, one_a_line(composed(60)))).code == 0
    use(None)
    assert handa("address", "base", "load", texts, "--json").code == 0
