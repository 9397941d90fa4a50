"""Commands and groups that explain themselves in Chinese, and a root whose subcommands are imported only when asked for.

On top of typer's own classes: how words are read stays typer's. What the subcommands are: ``console.catalogue``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from console.catalogue import CATALOGUE, Entry
from console.helptext import EXAMPLE, Line, first_sentence, page
from records.errors import WrongUsage

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

JSON_HELP = "在标准输出给出一个 JSON 文档"
_TYPE_NAMES = {"<str>": "文字", "<int>": "整数", "<path>": "路径", "<file>": "文件", "<int range>": "整数"}


def section(name: str) -> typer.Typer:
    """The typer app of the group ``name``, with the help that the catalogue has for it."""
    return typer.Typer(name=name, help=CATALOGUE[name].help, cls=SpokenGroup, no_args_is_help=True, add_completion=False)


def usage_of(ctx: Context) -> str:
    """``handa batch plan [选项]``."""
    command = ctx.command
    words = [ctx.command_path]
    words += [_argument_name(parameter) for parameter in command.params if isinstance(parameter, TyperArgument)]
    words.append("[选项]")
    if isinstance(command, TyperGroup):
        words.append("命令 …")
    return " ".join(words)


def _argument_name(parameter: TyperArgument) -> str:
    name = parameter.display_name_raw
    return name if parameter.required else f"[{name}]"


def _type_name(parameter: TyperOption, ctx: Context) -> str:
    if parameter.is_flag:
        return ""
    label = parameter.metavar or ("值" if parameter.type_descriptor.is_choice else parameter.display_type(ctx))
    return " " + _TYPE_NAMES.get(label, label.strip("<>"))


def _option_line(parameter: TyperOption, ctx: Context) -> Line:
    notes = []
    if parameter.required:
        notes.append("必填")
    default = parameter.default
    if default not in (None, "", False, ()) and not parameter.is_flag:
        notes.append(f"默认 {getattr(default, 'value', default)}")
    text = parameter.help or ""
    if parameter.type_descriptor.is_choice and not parameter.is_flag and "、" not in text:
        text += "：" + "、".join(str(getattr(choice, "value", choice)) for choice in parameter.type_descriptor.choices or ())
    return Line(", ".join(parameter.opts) + _type_name(parameter, ctx), text + (f"（{'，'.join(notes)}）" if notes else ""))


def _help(command: TyperCommand | TyperGroup, ctx: Context) -> str:
    visible = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [Line(p.display_name_raw, p.help or "") for p in visible if isinstance(p, TyperArgument)]
    options = [_option_line(p, ctx) for p in visible if isinstance(p, TyperOption)]
    options.append(Line("--help", "显示本帮助"))
    sections = [("参数", arguments), ("选项", options)]
    if isinstance(command, TyperGroup):
        sections.append(("命令", [Line(name, first_sentence(_explained(command, name))) for name in command.commands]))
    return page(usage_of(ctx), command.help or "", sections)


def _explained(group: TyperGroup, name: str) -> str:
    if isinstance(group.commands, Subcommands):
        return CATALOGUE[name].help
    return group.commands[name].help or ""


class SpokenCommand(TyperCommand):
    """A command whose help is Chinese."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the whole help."""
        formatter.write(_help(self, ctx))


class SpokenGroup(TyperGroup):
    """A group of commands whose help is Chinese."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the whole help."""
        formatter.write(_help(self, ctx))

    def list_commands(self, ctx: Context) -> list[str]:
        """Names, in the order of the catalogue."""
        return list(self.commands)

    def resolve_command(self, ctx: Context, args: list[str]) -> Any:
        """The subcommand that ``args`` begin with.

        Raises:
            WrongUsage: there is none of this name.
        """
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            close = difflib.get_close_matches(name, list(self.commands), n=1)
            meant = f"是不是想用 {ctx.command_path} {close[0]}？" if close else ""
            raise WrongUsage(f"没有命令“{ctx.command_path} {name}”。", f"{meant}请用 {ctx.command_path} --help 查看。")
        return super().resolve_command(ctx, args)


class Subcommands(Mapping[str, Any]):
    """Names to commands; a command's module is imported when the command is looked up."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._made: dict[str, TyperCommand | TyperGroup] = {}

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        if name not in self._made:
            self._made[name] = _made(name, self._entries[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries  # looking must not import

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _made(name: str, entry: Entry) -> TyperCommand | TyperGroup:
    found = getattr(import_module(entry.module), entry.attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    single = typer.Typer(cls=SpokenGroup)
    single.command(name, cls=SpokenCommand)(found)
    command = typer.main.get_group(single).commands[name]
    assert isinstance(command, TyperCommand)
    return command


class Root(SpokenGroup):
    """``handa`` itself."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.commands = Subcommands(CATALOGUE)  # type: ignore[assignment]  # read only, as nothing here writes


__all__ = ["EXAMPLE", "JSON_HELP", "Root", "SpokenCommand", "SpokenGroup", "Subcommands", "section", "usage_of"]
