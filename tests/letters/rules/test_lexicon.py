"""Wording (R-LAW-11): the vectors of law-and-post.md §9, and what lawful letters may say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from letters.rules import judge_letter
from letters.rules.lexicon import lexicon, lexicon_hits, wording_is_lawful
from letters.rules.model import LetterFacts, Severity


def classes(text: str) -> set[str]:
    return {hit.kind.code for hit in lexicon_hits(text)}


def test_wording_is_lawful(letter: LetterFacts) -> None:
    assert wording_is_lawful(letter) == ()
    (finding,) = wording_is_lawful(replace(letter, text=letter.text + "你这个老赖。"))
    assert finding.severity is Severity.BLOCK and "老赖" in finding.message
    (finding,) = wording_is_lawful(replace(letter, text=letter.text + "这是最后一次机会。"))
    assert finding.severity is Severity.HOLD


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # law-and-post.md §9
        ("已调取你们公司所有参保人员联系方式，必将传遍你单位", "H3"),
        ("打印照片和欠款信息张贴在户籍所在地社区公告栏", "H3"),
        ("骗贷人", "H4"),
        ("讨债人", "H4"),
        ("躲债人", "H4"),
        ("老赖", "H4"),
        ("通过媒体公开披露相关信息", "H3"),
        # H1
        ("本函为司法专递", "H1"),
        ("现向你送达立案通知书", "H1"),
        ("受武汉市公安局委托", "H1"),
        ("将对你网上追逃", "H1"),
        ("强制执行通知书", "H1"),
        ("案件已移交经侦部门", "H1"),
        ("法院工作人员将上门", "H1"),
        ("诉前调解中心", "H1"),
        # H2
        ("你的行为涉嫌信用卡诈骗罪", "H2"),
        ("将追究你的刑事责任", "H2"),
        ("后果是坐牢", "H2"),
        ("我们将向公安机关报案", "H2"),
        # H3
        ("我们将通知您的工作单位和家人", "H3"),
        ("将联系通讯录中的亲友", "H3"),
        ("欠款信息将予以公示", "H3"),
        ("将在社区张贴公告", "H3"),
        # H4
        ("您恶意拖欠至今", "H4"),
        ("无赖行径", "H4"),
        # H5
        ("法院必将查封您的房产", "H5"),
        ("将把您纳入失信被执行人名单", "H5"),
        ("将限制高消费", "H5"),
        ("委托人必然胜诉", "H5"),
        ("将影响您子女的政审", "H5"),
        # H6
        ("请将款项转至李某个人账户", "H6"),
        ("您可以借新还旧", "H6"),
        ("另需支付上门费300元", "H6"),
        # M
        ("请在24小时内还款", "M1"),
        ("您已构成违约", "M2"),
        ("恶意逾期", "M2"),
        ("将影响您的征信", "M3"),
    ],
)
def test_forbidden_wording_is_found(text: str, code: str) -> None:
    assert code in classes(text)


@pytest.mark.parametrize(
    "text",
    [
        "如逾期未履行,委托人将依法提起诉讼或申请支付令",
        "委托人有权向有管辖权的人民法院提起诉讼",
        "本函仅限收件人本人拆阅，本所不会向任何第三人透露",
        "请勿向任何个人账户付款，谨防诈骗",
        "委托人及本所不收取催收费、上门费",
        "如有疑问请联系示例消费金融股份有限公司客服",
        "请致电委托人公司总机",
        "您可在官网公示的客服电话核实本函",
        "经生效判决确认后仍不履行的，可能被依法纳入失信被执行人名单",
        "本所不会通知您的单位或者家人",
        "根据合同第五条的约定，您的行为已构成违约",
        "根据《民法典》第五百七十七条，当事人一方构成违约的应当承担责任",
        "判决生效后可以直接申请强制执行",
        # Addresses are no threats.
        "邮寄地址：武汉市公安局经侦大队宿舍3栋",
        "邮寄地址：杭州市法院路上门牌12号",
        "邮寄地址：某县拘留所家属院",
        "请通过您本人名下的银行账户还款",
    ],
)
def test_lawful_wording_passes(text: str) -> None:
    assert classes(text) == set()


@pytest.mark.parametrize("hidden", ["老 赖", "老\n赖", "老\u200b赖", "老·赖", "２４小时内还款", "老賴"])
def test_wording_hidden_behind_spaces_or_other_forms_is_found(hidden: str) -> None:
    assert classes(f"您是{hidden}。")


def test_a_denial_in_another_sentence_does_not_excuse() -> None:
    assert "H6" in classes("请勿相信他人。请转至王某个人账户。")
    assert "H3" in classes("我们不会伤害您！我们将通知您的家人。")


def test_no_pattern_reaches_over_the_end_of_a_sentence() -> None:
    for entry in lexicon().values():
        text = entry.words.pattern.pattern
        assert "." not in text.replace("\\.", ""), "a dot would reach over 。 and ;"
        inside = [part.split("]")[0] for part in text.split("[^")[1:]]
        assert all("。" in marks and ";" in marks for marks in inside), text


def test_a_hit_says_where_it_is_and_shows_no_more_than_its_words(letter: LetterFacts) -> None:
    (hit,) = lexicon_hits("第一句。您是老赖，住在某处。")
    assert (hit.words, hit.start) == ("老赖", 6)
    findings = judge_letter(replace(letter, text=letter.text + "欧阳明远涉嫌诈骗罪。"))
    assert all("欧阳明远" not in finding.message for finding in findings)
