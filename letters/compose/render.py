"""Fields + bundle → composed letter. The template runs in a sandbox; values never pass through it as text.

Each printed value is replaced by a one-character token while the template renders, so no value can become markup, a
block line or a placeholder. Letters that take the same way through the conditions share one form.
"""

from __future__ import annotations

from typing import Final

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from letters.compose.bundle import Bundle, LetterType
from letters.compose.errors import FieldRefused, TemplateFault
from letters.compose.facts import fact_problems, names_without
from letters.compose.fieldcheck import field_problems
from letters.compose.form import ComposedLetter, LetterForm, SlotKind
from letters.compose.formtext import TOKEN_BASE, TOKEN_RANGE, has_token, read_form
from letters.compose.model import LetterFields
from letters.compose.wording import (
    NAMES,
    RELAY_NAMES,
    BatchText,
    KeptText,
    batch_key,
    batch_words,
    case_words,
)

_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.If, nodes.For,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.CondExpr,
)
"""What a letter's template needs. No calls, filters, macros, includes or assignments: a letter computes nothing."""

_FORMS_KEPT: Final = 256
_SLOTS: Final = "slots of this letter"
"""Key of the value list in the render context; no template name can spell it."""

_TOKENS: Final[dict[type, str]] = {
    text: "".join(map(chr, range(TOKEN_BASE[kind], TOKEN_BASE[kind] + TOKEN_RANGE)))
    for text, kind in ((str, SlotKind.CASE), (KeptText, SlotKind.KEPT), (BatchText, SlotKind.BATCH))
}
"""By the type of a value: the tokens of its kind, one a slot."""


@pass_context
def _take(context: Context, value: object) -> str:
    """jinja's finalize: keep the value, print its token."""
    values: list[str] = context.parent[_SLOTS]
    tokens = _TOKENS.get(type(value))
    if tokens is None:
        # an undefined name raises here; anything that is not text has no business in a letter
        raise TemplateFault(f"not text: {str(value)!r} ({type(value).__name__})")
    number = len(values)
    if number >= TOKEN_RANGE:
        raise TemplateFault(f"more than {TOKEN_RANGE} values in one letter")
    values.append(value)  # type: ignore[arg-type]
    return tokens[number]


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=_take, autoescape=False, trim_blocks=True, lstrip_blocks=True, loader=None,
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    return environment


class Composer:
    """A bundle's compiled template with the forms seen so far. One a process and bundle; not shared by threads."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        if has_token(bundle.text):
            raise TemplateFault("模板文字含私用区字符，请删去")
        environment = _environment()
        try:
            _lint(environment.parse(bundle.text), (RELAY_NAMES if bundle.letter_type is LetterType.RELAY else NAMES) - names_without(bundle.facts))
            self._template = environment.from_string(bundle.text)
        except TemplateSyntaxError as error:
            raise TemplateFault(f"letter.jinja 第 {error.lineno} 行：写法有误（{error.message}）") from error
        self._forms: dict[str, LetterForm] = {}
        self._batch: tuple[tuple[object, ...], dict[str, object]] = ((), {})

    def compose(self, letter: LetterFields) -> ComposedLetter:
        """See ``compose``."""
        problems = field_problems(letter)
        if self._bundle.facts and not problems:
            problems = fact_problems(letter, self._bundle.facts)
        if problems:
            raise FieldRefused(problems)
        key = batch_key(letter)
        if self._batch[0] != key:
            self._batch = (key, batch_words(letter))
        values: list[str] = []
        words: dict[str, object] = {**self._batch[1], **case_words(letter), _SLOTS: values}
        try:
            skeleton = "".join(self._template.root_render_func(self._template.new_context(words, shared=True)))
        except (UndefinedError, SecurityError) as error:
            raise TemplateFault(str(error)) from error
        form = self._forms.get(skeleton)
        if form is None:
            form = read_form(skeleton, self._bundle.sha256, self._bundle.drawn)
            if len(self._forms) >= _FORMS_KEPT:
                self._forms.clear()
            self._forms[skeleton] = form
        return ComposedLetter(form, tuple(values), _furniture(letter), _foot(letter))


def _lint(template: nodes.Template, names: frozenset[str]) -> None:
    for node in template.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            raise TemplateFault(f"letter.jinja 第 {node.lineno} 行：函件里不能用 {type(node).__name__}，只能代入字段、if 与 for")
    loops = {name.name for loop in template.find_all(nodes.For) for name in loop.find_all(nodes.Name) if name.ctx == "store"}
    for name in template.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in names and name.name not in loops:
            raise TemplateFault(f"letter.jinja 第 {name.lineno} 行：没有字段“{name.name}”，可用字段见 letters/compose/wording.py 的 NAMES")


def verification_link(letter: LetterFields) -> str:
    """What the QR code says: the firm's verification address with this letter's code, or the code alone."""
    url, code = letter.verification_url, letter.verification_code
    if not url or not code or code in url:
        return url or code
    return f"{url.rstrip('/')}/{code}"


def _furniture(letter: LetterFields) -> tuple[str, ...]:
    return (
        letter.firm_name, f"执业许可证号：{letter.firm_licence_no}", f"地址：{letter.firm_address}",
        f"电话：{letter.firm_phone}", letter.item_no, letter.postcode, *letter.addressee_address,
        f"{letter.addressee_name}（收）", f"核验码 {letter.verification_code}",
    )


def _foot(letter: LetterFields) -> tuple[str, ...]:
    return (f"{letter.firm_name} {letter.letter_no}",)


_COMPOSERS: Final[dict[str, Composer]] = {}


def composer(bundle: Bundle) -> Composer:
    """The process's composer for this bundle."""
    found = _COMPOSERS.get(bundle.sha256)
    if found is None:
        found = _COMPOSERS[bundle.sha256] = Composer(bundle)
    return found


def compose(bundle: Bundle, letter: LetterFields) -> ComposedLetter:
    """The finished words of one letter.

    Raises:
        FieldRefused: a field carries what must not be printed (controls, bidi, private use, too long, wrong sum).
        TemplateFault: the bundle is wrong; ``load_bundle`` finds this on the sample already.
    """
    return composer(bundle).compose(letter)
