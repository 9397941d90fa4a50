"""``handa models``. Here ``train address``: learn from a user's own labelled addresses; needs no database, writes into the workspace.

``handa models labels`` (``console.consequences``) gives the outcomes of letters to learn from; all about the delivery model is
``console.models_delivery``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.commandline import SpokenCommand, section
from console.consequences import labels
from console.files import demand_writable
from console.house import settings
from console.models_delivery import card, evaluate, list_models, promote, rows, train_contacts, train_delivery
from console.models_freshness import freshness
from console.models_letters import train_letters, train_templates
from console.options import Json
from console.speech import done
from records.errors import UnreadableInput, WrongUsage

app = section("models")
app.command("labels", cls=SpokenCommand)(labels)
app.command("list", cls=SpokenCommand)(list_models)
app.command("evaluate", cls=SpokenCommand)(evaluate)
app.command("promote", cls=SpokenCommand)(promote)
app.command("card", cls=SpokenCommand)(card)
app.command("rows", cls=SpokenCommand)(rows)
app.command("freshness", cls=SpokenCommand)(freshness)
train_app = typer.Typer(name="train", help="训练：送达模型用投递结果，发函评分用随机对照，模板比较用抽签的首封函件，地址模型用自己的标注。示例：handa models train delivery", no_args_is_help=True)
app.add_typer(train_app)
train_app.command("delivery", cls=SpokenCommand)(train_delivery)
train_app.command("contacts", cls=SpokenCommand)(train_contacts)
train_app.command("letters", cls=SpokenCommand)(train_letters)
train_app.command("templates", cls=SpokenCommand)(train_templates)


@train_app.command("address", cls=SpokenCommand)
def train_address(
    data: Annotated[Path, typer.Option("--data", metavar="文件", help="标注文件：一行一址（编号、制表符、文字/标签|…），或一行一字（字、标签，空行分隔）")],
    as_json: Json = False,
) -> None:
    """用自己标注的地址继续训练地址模型，留出五分之一检验，写入工作区。示例：handa models train address --data 标注.tsv"""
    from locate.address.labelled import UnreadableLabels, read_labelled
    from locate.address.own_labels import LEAST, TooFewLabels, train_on

    if not data.is_file():
        raise WrongUsage(f"没有文件“{data}”。", "请核对路径。")
    target = settings().workspace.address_model_file
    target.parent.mkdir(parents=True, exist_ok=True)
    demand_writable(target)
    try:
        labelled = read_labelled(data)
        gain = train_on(labelled, target)
    except (UnreadableLabels, UnicodeDecodeError) as fault:
        raise UnreadableInput(f"“{data.name}”读不成标注：{fault}", "两种写法见 docs/address-tagger.md。") from fault
    except TooFewLabels as fault:
        raise WrongUsage(f"标注只有 {fault} 条，太少。", f"至少要 {LEAST} 条，几百条以上才看得出好坏。") from fault
    figures = {
        "trained": gain.trained, "held_out": gain.after.texts, "span_f1_before": round(gain.before.f1, 4), "span_f1_after": round(gain.after.f1, 4),
        "all_right_before": round(gain.before.all_right, 4), "all_right_after": round(gain.after.all_right, 4), "file": target,
    }  # fmt: skip
    done(
        as_json,
        figures,
        f"训练 {gain.trained} 条，留出 {gain.after.texts} 条检验：片段 F1 {gain.before.f1:.1%} → {gain.after.f1:.1%}，"
        f"整条全对 {gain.before.all_right:.1%} → {gain.after.all_right:.1%}。已写入：{target}\n"
        f"在这个工作区里以后都用它读地址；在别处用：HANDA_ADDRESS_MODEL={target}",
    )
