"""The one command, ``handa``: finds the subcommand and turns faults into sentences and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from console.commandline import Root
from console.faults import UsageFault, keep_trace, model_fault, told, wrong_words
from console.house import invocation, log_folder
from console.speech import Voice, document, finish, hush, say
from records.errors import Broken, ExitCode, HandaError

INTERRUPTED = 130
"""As shells count a process that was stopped by Ctrl-C."""

ANYWHERE = ("--home", "--actor")
"""Options of ``handa`` itself that may stand behind a subcommand too."""

app = typer.Typer(
    name="handa",
    help="函达：找到地址，寄出律师函，留下送达凭证。示例：handa demo",
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        say(f"handa {version('handa')}")
        raise typer.Exit


@app.callback()
def _before(
    home: Annotated[Path | None, typer.Option("--home", help="工作区目录；不写则用 HANDA_HOME 或 ./handa-home")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="经办人姓名，写入审计链；不写则用 HANDA_ACTOR")] = None,
    _version: Annotated[bool, typer.Option("--version", help="显示版本", is_eager=True, callback=_show_version)] = False,
) -> None:
    invocation.home, invocation.actor = home, actor


def arrange(words: Sequence[str]) -> list[str]:
    """Move ``--home DIR`` and ``--actor NAME`` to the front, so that they may stand anywhere in the command."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(words)
    for word in waiting:
        if word == "--":
            rest += [word, *waiting]
        elif word in ANYWHERE:
            first += [word, *[value for value in [next(waiting, None)] if value is not None]]
        elif word.startswith(tuple(f"{name}=" for name in ANYWHERE)):
            first.append(word)
        else:
            rest.append(word)
    return first + rest


def wants_json(words: Sequence[str]) -> bool:
    """Whether a program reads the answer."""
    own = words[: words.index("--")] if "--" in words else words
    return "--json" in own


def main(words: Sequence[str] | None = None) -> None:
    """Run ``handa`` with ``words`` (default: the process's own) and exit with the contract's code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before we were started
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  open to the end
        # A sign that the terminal's encoding lacks is written as an escape, never a fault.
        getattr(sys, name).reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:] if words is None else words)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            hush(stream)
    sys.exit(code)


def run(words: Sequence[str]) -> int:
    """Run one command; returns its exit code. No fault reaches the user as a traceback.

    With ``--json`` a fault is a document too: ``{"error": {"code", "message", "advice"}}``.
    """
    Voice.documents = 0
    try:
        code = _run(words)
        finish()
    except HandaError as fault:
        if wants_json(words) and not Voice.documents:
            document({"error": {"code": fault.code, "message": fault.message, "advice": fault.advice}})
        say(f"【{fault.code}】{fault.message}", quiet=True)
        if fault.advice:
            say(f"怎么办：{fault.advice}", quiet=True)
        return int(fault.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        message = "已中断。已完成的部分不会丢失，重新运行同一命令即可继续。"
        if wants_json(words) and not Voice.documents:
            document({"error": {"code": "E-INTERRUPTED", "message": message, "advice": ""}})
        say(message, quiet=True)
        return INTERRUPTED
    return code


def _run(words: Sequence[str]) -> int:
    try:
        code = typer.main.get_command(app).main(args=arrange(words), standalone_mode=False, prog_name="handa")
    except UsageFault as fault:
        if type(fault).__name__ == "NoArgsIsHelpError":
            say(str(fault), quiet=True)
            return int(ExitCode.WRONG_USAGE)
        raise wrong_words(fault) from fault
    except (typer.Abort, HandaError):
        raise
    except SystemExit:  # typer's own way out when nobody reads its help any more
        return int(ExitCode.DONE)
    except OSError as fault:
        raise told(fault) from fault
    except Exception as fault:
        raise model_fault(fault) or _unforeseen(fault) from fault
    if code == INTERRUPTED:  # typer makes a code of Ctrl-C
        raise KeyboardInterrupt
    return int(code) if isinstance(code, int) else int(ExitCode.DONE)


def _unforeseen(fault: Exception) -> HandaError:
    """A fault of ours: the trace goes to a file, the user gets a sentence and where it lies."""
    place = keep_trace(fault, log_folder())
    where = f"详情已写入 {place}。" if place else f"（{type(fault).__name__}，详情无处可写。）"
    return Broken(
        f"程序出现意外错误，已停止。{where}",
        "已完成的部分不会丢失，可重新运行；如再次出现，请把上述文件交给技术支持。",
        code="E-PROGRAM",
    )


if __name__ == "__main__":
    main()
