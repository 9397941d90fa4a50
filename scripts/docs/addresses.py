"""Tables of docs/addresses.md: every field of a standardized address and every grade, with its meaning."""

from __future__ import annotations

from collections.abc import Iterator

FIELD_WORDS = {
    "raw": "原文，一字不改",
    "province": "省、自治区、直辖市（今名）",
    "city": "地级市、自治州；直辖市写市名；省直辖县级市写其本身",
    "district": "区、县、县级市（今名）；不设区的市为空",
    "township": "乡镇、街道",
    "village": "村、社区",
    "devzone": "开发区、新区",
    "road": "道路、街巷",
    "road_no": "门牌号，含“之一”“附号”",
    "sub_road": "支路、弄、巷",
    "sub_road_no": "支路门牌",
    "poi": "小区、单位、地点",
    "sub_poi": "其中的分区、部门",
    "building": "楼栋",
    "unit": "单元、梯",
    "floor": "楼层",
    "room": "房号",
    "rest": "读出而不属以上各项的文字",
    "recipient": "地址里夹带的收件人：`{\"name\", \"phone\"}`；没有为 null",
    "adcode": "区划代码：6 位（区县）、9 位（乡镇）或 12 位（村）",
    "postcode": "邮编，到区县",
    "canonical": "标准地址：一行，由大到小，今名；印在信封上的就是它",
    "key": "标识：同一处不论怎么写都相同；不要解析它的内容",
    "grade": "等级，见下",
    "confidence": "置信度，0 到 1",
    "issues": "提示代码，见下",
    "corrections": "每处改动：`{\"field\", \"from\", \"to\", \"why\"}`",
    "spans": "各部分在原文里的位置：`[起, 止, 标签]`（Parquet 里是 start、end、label）",
    "rural": "是否在村或乡镇：是则 `place` 级也可投递",
    "candidates": "有歧义时可能的各地，最可能的在前：`{\"province\", \"city\", \"district\", \"adcode\", \"probability\"}`，见[行政区划](areas.md)",
    "deliverable": "可否投递（只在 CSV、XLSX、Parquet 与 Python 里）",
    "second_opinion": "地图服务的旁证（只在 `--maps` 时有）",
}
GRADE_WORDS = {
    "door": "到户：能找到那一户",
    "building": "到楼：能找到楼栋或门牌上的单位，缺房号",
    "place": "到村、小区或门牌号，缺楼栋",
    "area": "只到区县或乡镇",
    "unusable": "连区域都定不了",
}


def fields() -> Iterator[tuple[str, str, str]]:
    """Every field in the order of the output: name, heading in tables, meaning."""
    from console.address_columns import LABELS, OPINION
    from locate.address import parse, to_json_dict

    labels = {
        **LABELS,
        "recipient": f"{LABELS['recipient_name']}、{LABELS['recipient_phone']}",
        "second_opinion": "、".join(OPINION.values()),
    }
    for name in [*to_json_dict(parse("")), "deliverable", "second_opinion"]:
        yield f"`{name}`", labels.get(name, ""), FIELD_WORDS.get(name, "（缺说明）")


def grades() -> Iterator[tuple[str, str]]:
    """Every grade, best first."""
    from locate.address import Grade

    for grade in Grade:
        yield f"`{grade.value}`", GRADE_WORDS.get(grade.value, "（缺说明）")
