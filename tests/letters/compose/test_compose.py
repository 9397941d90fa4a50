"""What a composed letter says, and what no field can do to it."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.compose import FieldRefused, compose, field_problems, load_bundle
from letters.compose.fieldcheck import (
    LONGEST,
    MAY_BE_EMPTY,
    TITLES,
    _clean,
    _text_problems,
    _texts,
    refused_characters,
)
from letters.compose.form import BlockKind, SlotKind
from letters.compose.model import ClaimLine, LetterFields
from letters.compose.parts import CARD_PARTS, LETTER_PARTS
from records.money import yuan

BUNDLE = load_bundle("consumer@1")
SAMPLE = BUNDLE.sample
CARD = replace(SAMPLE, is_card=True)

TEXT_FIELDS = [field.name for field in fields(LetterFields) if isinstance(getattr(SAMPLE, field.name), str)]
PRINTED_FIELDS = [name for name in TEXT_FIELDS if name not in ("template", "postal_product", "office_name", "verification_url", "relay_for")]

HOSTILE = [
    "{{7*7}}", "{% for x in ().__class__.__bases__ %}", "{{ firm_name }}", "<b>张</b>", "<img src='file:///etc/passwd'>",
    "**粗体**", "::table", "| 单元 |", "= 合计", "! 表头", "(Tj", "\\) Tj ET Q", "100%s%d%n", "张\\三(四)", "%PDF-1.7",
    "&lt;&amp;", "'\" OR 1=1 --", "endstream endobj", "尨⠨⠩尩", "${jndi:ldap}", "`id`", "#{7*7}", "＜ＸＸ＞",
]


def test_every_required_part_is_there() -> None:
    assert compose(BUNDLE, SAMPLE).parts >= LETTER_PARTS


def test_a_card_letter_has_the_six_items_of_article_69() -> None:
    assert compose(BUNDLE, CARD).parts >= LETTER_PARTS | CARD_PARTS


def test_a_letter_that_is_not_a_cards_does_not_claim_the_card_items() -> None:
    assert compose(BUNDLE, SAMPLE).parts == LETTER_PARTS


@pytest.mark.parametrize("letter_fields", [SAMPLE, CARD], ids=["loan", "card"])
def test_the_text_says_every_field_and_amount(letter_fields: LetterFields) -> None:
    text = compose(BUNDLE, letter_fields).text
    for name in PRINTED_FIELDS:
        assert getattr(letter_fields, name) in text, name
    assert "".join(letter_fields.addressee_address) in text
    for line in letter_fields.claim_lines:
        assert line.label in text
        assert yuan(line.amount_fen) in text
    assert yuan(letter_fields.total_fen) in text
    assert "2026年12月5日" in text


@pytest.mark.parametrize("letter_fields", [SAMPLE, CARD], ids=["loan", "card"])
def test_no_placeholder_or_token_is_left(letter_fields: LetterFields) -> None:
    text = compose(BUNDLE, letter_fields).text
    text = text.replace(letter_fields.addressee_phone_masked, "")
    for left in ("{{", "}}", "{%", "%}", "::", "**", "None", "Undefined"):
        assert left not in text
    assert not any("\ue000" <= char <= "\uf8ff" for char in text)


@pytest.mark.parametrize("letter_fields", [SAMPLE, CARD], ids=["loan", "card"])
def test_the_letter_threatens_and_insults_nobody(letter_fields: LetterFields) -> None:
    """law-and-post.md §2.3, classes H1 to H6 and M1, M2."""
    text = compose(BUNDLE, letter_fields).text
    for word in (
        "公安", "法院", "检察", "经侦", "传票", "立案", "拘", "追逃", "强制执行", "诈骗", "刑事", "坐牢", "公示", "张贴", "曝光",
        "媒体", "村委", "居委", "同事", "家人", "通讯录", "老赖", "骗", "无赖", "恶意", "蓄意", "查封", "冻结", "拍卖", "失信",
        "限制高消费", "胜诉", "政审", "以贷还贷", "借新还旧", "催收费", "上门", "最后一次", "24小时", "构成违约", "征信", "必将",
    ):
        assert word not in text, word


def test_consequences_are_conditional_and_only_possible() -> None:
    blocks = [block for block in compose(BUNDLE, SAMPLE).blocks if "consequences" in block.parts]
    assert blocks
    assert all(line.startswith("如您") and "可能依法" in line for block in blocks for line in block.lines)


def test_statutes_are_quoted_word_for_word() -> None:
    """民法典 arts 675, 676, 577, 579."""
    text = compose(BUNDLE, SAMPLE).text
    for words in (
        "第六百七十五条规定：“借款人应当按照约定的期限返还借款。”",
        "第六百七十六条规定：“借款人未按照约定的期限返还借款的，应当按照约定或者国家有关规定支付逾期利息。”",
        "第五百七十七条规定：“当事人一方不履行合同义务或者履行合同义务不符合约定的，应当承担继续履行、采取补救措施或者赔偿损失等违约责任。”",
        "第五百七十九条规定：“当事人一方未支付价款、报酬、租金、利息，或者不履行其他金钱债务的，对方可以请求其支付。”",
        "第一百九十五条第一项",
    ):
        assert words in text


PRINTED_BY = {"original_creditor": "assigned@1", "earlier_letter_no": "second@1", "earlier_result": "second@1"}
"""Which bundle prints a field that the consumer letter does not."""


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", PRINTED_FIELDS)
def test_hostile_text_is_literal_and_changes_no_structure(name: str, hostile: str) -> None:
    bundle = load_bundle(PRINTED_BY.get(name, "consumer@1"))
    changed = replace(bundle.sample, **{name: hostile[: LONGEST.get(name, 80)]})
    letter = compose(bundle, changed)
    plain = compose(bundle, bundle.sample)
    assert getattr(changed, name) in letter.text
    assert letter.form is plain.form
    assert [(block.kind, len(block.lines)) for block in letter.blocks] == [(b.kind, len(b.lines)) for b in plain.blocks]


@given(text=st.text(min_size=1, max_size=60), name=st.sampled_from(PRINTED_FIELDS))
@settings(max_examples=400, deadline=None)
def test_any_text_is_literal_or_refused(text: str, name: str) -> None:
    bundle = load_bundle(PRINTED_BY.get(name, "consumer@1"))
    changed = replace(bundle.sample, **{name: text})
    try:
        letter = compose(bundle, changed)
    except FieldRefused as refused:
        assert refused.problems
        assert {problem.field for problem in refused.problems} == {name}
        return
    assert not refused_characters(text)
    assert text in letter.text
    assert letter.form is compose(bundle, bundle.sample).form


@pytest.mark.parametrize("char", [
    "\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u200b", "\u200d", "\u202e", "\u2066", "\u2028", "\ufeff", "\ue000",
    "\uf8ff", "\U000f0000", "\ufe0f", "\U000e0100", "\u0301", "\u20dd", "\ufffd", "\u061c", "\u3164", "\ud800",
])
@pytest.mark.parametrize("name", ["addressee_name", "contract_no", "client_name", "firm_name"])
def test_characters_that_deceive_are_refused_by_name(name: str, char: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        compose(BUNDLE, replace(SAMPLE, **{name: f"张{char}三"}))
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [(name, "CHARACTER")]
    assert f"U+{ord(char):04X}" in str(refused.value)
    assert TITLES[name] in str(refused.value)


def test_hidden_characters_in_address_lines_and_claim_lines_are_refused() -> None:
    with pytest.raises(FieldRefused):
        compose(BUNDLE, replace(SAMPLE, addressee_address=("湖北省", "武汉市\u202e")))
    lines = (replace(SAMPLE.claim_lines[0], note="一\n二"), *SAMPLE.claim_lines[1:])
    with pytest.raises(FieldRefused):
        compose(BUNDLE, replace(SAMPLE, claim_lines=lines))


def test_a_name_of_ten_thousand_characters_is_refused() -> None:
    problems = field_problems(replace(SAMPLE, addressee_name="张" * 10_000))
    assert [(problem.field, problem.code) for problem in problems] == [("addressee_name", "TOO_LONG")]


def test_an_empty_name_is_refused() -> None:
    assert [problem.code for problem in field_problems(replace(SAMPLE, addressee_name=""))] == ["EMPTY"]


def test_lines_that_do_not_add_up_to_the_total_are_refused() -> None:
    problems = field_problems(replace(SAMPLE, total_fen=SAMPLE.total_fen - 1))
    assert [problem.code for problem in problems] == ["SUM"]


def test_every_text_field_has_a_title_for_operators() -> None:
    assert set(TEXT_FIELDS) <= set(TITLES)


def test_letters_that_take_the_same_way_share_one_form() -> None:
    other = replace(SAMPLE, addressee_name="李四", claim_lines=tuple(
        replace(line, label=f"第{number}项") for number, line in enumerate(SAMPLE.claim_lines)
    ))
    assert compose(BUNDLE, other).form is compose(BUNDLE, SAMPLE).form
    assert compose(BUNDLE, CARD).form is not compose(BUNDLE, SAMPLE).form


def test_values_know_what_may_be_shared_and_what_may_not_be_broken() -> None:
    form = compose(BUNDLE, SAMPLE).form
    letter = compose(BUNDLE, SAMPLE)
    kinds: dict[str, set[SlotKind]] = {}
    for block in form.blocks:
        for line in block.lines:
            for span in line:
                if span.slot >= 0:
                    kinds.setdefault(letter.values[span.slot], set()).add(span.kind)
    assert kinds[SAMPLE.addressee_name] == {SlotKind.KEPT}
    assert kinds[SAMPLE.firm_name] == {SlotKind.BATCH}
    assert kinds["2024年2月15日"] == {SlotKind.CASE}


@pytest.mark.parametrize("count", [1, 2, 12, 40])
def test_the_table_has_a_row_for_each_line(count: int) -> None:
    lines = tuple(ClaimLine(f"第{number}笔", 100 * number + 1) for number in range(count))
    letter = compose(BUNDLE, replace(SAMPLE, claim_lines=lines, total_fen=sum(line.amount_fen for line in lines)))
    table = next(block for block in letter.blocks if block.kind is BlockKind.TABLE)
    assert len(table.lines) == count + 2


def test_the_sample_survives_its_json() -> None:
    assert LetterFields.from_json(SAMPLE.to_json()) == SAMPLE


_TEXTS = st.sampled_from(["", " ", "　", "张三", "a" * 81, "长" * 200, "甲\u202e乙", "x\u0301", "2026", "\ue001"])


@given(changes=st.dictionaries(st.sampled_from(TEXT_FIELDS), _TEXTS, max_size=3), address=st.lists(_TEXTS, max_size=2).map(tuple), label=_TEXTS, note=_TEXTS)
def test_what_one_look_finds_clean_has_no_problem_when_looked_at_one_by_one(
    changes: dict[str, str], address: tuple[str, ...], label: str, note: str
) -> None:
    line = replace(SAMPLE.claim_lines[0], label=label, note=note)
    letter = replace(SAMPLE, **changes, addressee_address=address, claim_lines=(line, *SAMPLE.claim_lines[1:]))
    if _clean(letter):
        assert _text_problems(_texts(letter), MAY_BE_EMPTY) == ()
