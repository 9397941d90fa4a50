"""Typst and WeasyPrint set the same composed letters, each in an environment of its own (``.venv-bench``), one core.

Both get letters' words as plain data and the house's Song face; neither draws barcodes, seal or window. Where the packages
can't be installed the peers are left out, and the report says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from letters.compose.form import BlockKind, ComposedLetter, fill
from letters.press.faces import house_faces

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-bench"
PINNED = ("typst==0.15.2", "weasyprint==70.0")
TIMEOUT = 600

TYPST = r"""
#let letters = json("letters.json")
#set page(paper: "a4", margin: 25mm)
#set text(font: "Noto Serif SC", size: 10.5pt, lang: "zh")
#set par(justify: true, leading: 0.6em)
#for letter in letters {
  for block in letter {
    if block.kind == "table" {
      table(columns: block.rows.at(0).len(), ..block.rows.flatten().map(cell => [#cell]))
    } else {
      for line in block.lines { par(first-line-indent: if block.kind == "p" { (amount: 2em, all: true) } else { 0pt })[#line] }
    }
  }
  pagebreak(weak: true)
}
"""

RUNNER = r"""
import html, json, sys, time
name, folder, font = sys.argv[1:4]
letters = json.load(open(folder + "/letters.json"))
started, cpu = time.perf_counter(), time.process_time()
if name == "typst":
    import typst
    open(folder + "/letters.typ", "w").write(open(folder + "/source.typ").read())
    pdf = typst.compile(folder + "/letters.typ", font_paths=[font], root=folder)
else:
    import weasyprint
    out = ["<style>@font-face{font-family:S;src:url('file://%s')}@page{size:A4;margin:25mm}body{font:10.5pt/16pt S}"
           "p.p{text-indent:2em;margin:0}td{border:.4pt solid}div{break-after:page}</style>" % font]
    for letter in letters:
        out.append("<div>")
        for block in letter:
            if block["kind"] == "table":
                out.append("<table>" + "".join("<tr>" + "".join("<td>%s</td>" % html.escape(c) for c in row) + "</tr>" for row in block["rows"]) + "</table>")
            else:
                out += ["<p class=%s>%s</p>" % (block["kind"], html.escape(line)) for line in block["lines"]]
        out.append("</div>")
    pdf = weasyprint.HTML(string="".join(out)).write_pdf()
used = time.process_time() - cpu
print(json.dumps({"letters": len(letters), "cpu_s": used, "wall_s": time.perf_counter() - started, "bytes": len(pdf),
                  "peak_bytes": int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) * 1024}))
"""


def as_data(letter: ComposedLetter) -> list[dict[str, Any]]:
    """A letter's words as plain lists: what a peer's template loops over."""
    blocks = []
    for block in letter.form.blocks:
        lines = [fill(line, letter.values) for line in block.lines]
        rows = [[fill(cell, letter.values) for cell in row.cells] for row in block.rows]
        blocks.append({"kind": "table" if block.kind is BlockKind.TABLE else block.kind.value, "lines": lines, "rows": rows})
    return [{"kind": "line", "lines": list(letter.furniture), "rows": []}, *blocks]


def environment() -> Path | None:
    """The peers' Python, made once; None when it can't be had."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists() and subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=False).returncode:
        return None
    ready = subprocess.run([python, "-c", "import typst, weasyprint"], capture_output=True, check=False)
    if ready.returncode:
        subprocess.run([python, "-m", "pip", "install", "-qq", *PINNED], capture_output=True, check=False)
        ready = subprocess.run([python, "-c", "import typst, weasyprint"], capture_output=True, check=False)
    return python if ready.returncode == 0 else None


def measure(name: str, python: Path, letters: Sequence[ComposedLetter], folder: Path) -> dict[str, Any]:
    """One run of a peer over these letters: rates, bytes and peak memory of a fresh process.

    Raises:
        RuntimeError: the peer failed; its last words.
    """
    (folder / "letters.json").write_text(json.dumps([as_data(letter) for letter in letters], ensure_ascii=False), "utf-8")
    (folder / "source.typ").write_text(TYPST, "utf-8")
    (folder / "runner.py").write_text(RUNNER, "utf-8")
    face = house_faces().faces[0].path
    font = str(face.parent if name == "typst" else face)
    one_core = {**os.environ, "RAYON_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, folder / "runner.py", name, folder, font], capture_output=True, text=True, timeout=TIMEOUT, check=False, env=one_core
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-400:])
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {
        "per_cpu_second": round(said["letters"] / said["cpu_s"], 1), "per_second": round(said["letters"] / said["wall_s"], 1),
        "letters": said["letters"], "bytes_per_letter": round(said["bytes"] / said["letters"]), "peak_bytes": said["peak_bytes"],
    }  # fmt: skip
