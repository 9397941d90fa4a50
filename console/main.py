"""The one command, ``handa``: collects the subcommands and turns faults into sentences and exit codes."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import click
import typer
from typer import rich_utils

from console import address, admin, batch, cases, contacts, day, demo, letter, parties, post, report, rules
from console.house import invocation, settings
from console.speech import err, say
from records.errors import ExitCode, HandaError

rich_utils.OPTIONS_PANEL_TITLE = "选项"
rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
rich_utils.COMMANDS_PANEL_TITLE = "命令"
rich_utils.ERRORS_PANEL_TITLE = "错误"

app = typer.Typer(
    name="handa",
    help="函达：找到地址，寄出律师函，留下送达凭证。\n\n示例：handa demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(parties.lender_app, name="lender")
app.add_typer(parties.firm_app, name="firm")
app.add_typer(parties.partner_app, name="partner")
app.add_typer(cases.app, name="cases")
app.add_typer(contacts.app, name="contacts")
app.add_typer(address.app, name="address")
app.add_typer(batch.app, name="batch")
app.add_typer(day.app, name="day")
app.add_typer(post.app, name="post")
app.add_typer(letter.app, name="letter")
app.add_typer(rules.app, name="rules")
app.add_typer(report.app, name="report")
app.add_typer(admin.audit_app, name="audit")
admin.register(app)
demo.register(app)


@app.callback()
def _before(
    home: Annotated[Path | None, typer.Option("--home", help="工作区目录；不写则用 HANDA_HOME 或 ./handa-home")] = None,
) -> None:
    invocation.home = home


def arrange(words: Sequence[str]) -> list[str]:
    """Move ``--home DIR`` to the front, so that it may stand anywhere in the command."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(words)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word == "--home":
            first += [word, *[value for value in [next(waiting, None)] if value is not None]]
        elif word.startswith("--home="):
            first.append(word)
        else:
            rest.append(word)
    return first + rest


def main(words: Sequence[str] | None = None) -> None:
    """Run ``handa`` with ``words`` (default: the process's own) and exit with the contract's code."""
    sys.exit(run(sys.argv[1:] if words is None else words))


def run(words: Sequence[str]) -> int:
    """Run one command; returns its exit code. No fault reaches the user as a traceback."""
    try:
        code = app(args=arrange(words), standalone_mode=False, prog_name="handa")
        return int(code) if isinstance(code, int) else int(ExitCode.DONE)
    except click.exceptions.NoArgsIsHelpError as fault:
        say(fault.format_message(), quiet=True)
        return int(ExitCode.WRONG_USAGE)
    except click.ClickException as fault:
        say(f"命令用法有误：{fault.format_message()}", quiet=True)
        say("请加 --help 查看用法。", quiet=True)
        return int(ExitCode.WRONG_USAGE)
    except (click.exceptions.Exit, typer.Exit) as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, click.exceptions.Abort):
        say("已中断。已完成的部分不会丢失，重新运行同一命令即可继续。", quiet=True)
        return 130
    except HandaError as fault:
        say(f"【{fault.code}】{fault.message}", quiet=True)
        if fault.advice:
            say(f"怎么办：{fault.advice}", quiet=True)
        return int(fault.exit_code)
    except Exception:
        return _unforeseen()


def _unforeseen() -> int:
    """A fault of ours: the trace goes to a file, the user gets a sentence and where it lies."""
    try:
        folder = settings().workspace.logs
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
        place.write_text(traceback.format_exc(), encoding="utf-8")
        place.chmod(0o600)
        say(f"【E-BROKEN】程序出现意外错误，已停止。详情已写入 {place}。", quiet=True)
    except (OSError, HandaError):
        err.print(traceback.format_exc(), markup=False)
    say("怎么办：已完成的部分不会丢失，可重新运行；如再次出现，请把上述文件交给技术支持。", quiet=True)
    return int(ExitCode.DONE_WITH_REFUSALS)


if __name__ == "__main__":
    main()
