"""Find a recipient's name, a phone and a postcode written into an address text, and blank them out for the readers.

Blanking keeps every position, so spans into the raw text stay true. A name is only taken where the text shows it to be
one: next to a phone, before a province, before 收, or after a label. 文三路 is nobody's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PHONE = re.compile(r"(?<![\d-])(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)|(?<![\d-])(0\d{2,3}-\d{7,8}(?:-\d{1,5})?)(?!\d)")
_POSTCODE = re.compile(r"(?:邮编|邮政编码)[: ,]*(\d{6})(?!\d)|^[ ,]*(\d{6})(?=[ ,一-龥])|[ ,](\d{6})[ ,]*$")
_LABEL = re.compile(r"(?:收货地址|收件地址|详细地址|联系地址|户籍地址|居住地址|单位地址|家庭住址|现住址|住址|地址|收货信息|所在地区|送至|寄至|寄往)[: ,]+")
_PERSON_LABEL = re.compile(r"(?:收货人|收件人|联系人|姓名|收方)[: ,]*([一-龥·]{2,6}?)(?=[ ,:(]|$|手机|电话|联系)")
_PHONE_LABEL = re.compile(r"(?:手机号码|手机号|手机|联系电话|电话号码|联系方式|电话|Tel|TEL|tel)[: ,]*")
_SURNAMES = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|长孙|宇文|端木|南宫|独孤|"
    "[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅"
    "皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫"
    "房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程嵇邢裴陆荣翁荀羊甄曲家封芮储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙"
    "叶幸司韶黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾"
    "终暨居衡步都耿满弘匡国文寇广禄阙东殴殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾沙丰关蒯相查后荆红游竺权盖益桓公付肖闫涂代岳苟仝]"
)
_PERSON = rf"(?:{_SURNAMES})[一-龥]{{1,2}}"
_PROVINCE_AHEAD = (
    r"(?=(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾)省|(?:内蒙古|广西壮族|西藏|宁夏回族|新疆维吾尔)自治区|(?:北京|上海|天津|重庆)市)"
)
_LEADING = re.compile(rf"^[ ,]*({_PERSON})(?:先生|女士|小姐)?(?:[ ,:]+|{_PROVINCE_AHEAD})")
# A form's column of townships, written before the whole address: 陆家镇江苏省昆山市陆家镇 has no Mr 陆.
_TOWN_BEFORE = re.compile(r"[ ,]*[一-龥]{2}[镇乡村]")
_LEADING_BEFORE_PHONE = re.compile(rf"^[ ,]*({_PERSON}|[一-龥]{{2,4}})(?:先生|女士|小姐)?[ ,:]*$")
_TRAILING = re.compile(rf"(?:(?<=[\d室号户楼层元幢栋座A-Za-z ,)])|^)({_PERSON})[ ]*[(]?(?:先生|女士|小姐|老师|经理|总)?[)]?[ ,]*收?[)]?[ ,:]*$")
_TRAILING_TITLED = re.compile(r"(?:(?<=[\d室号户楼层元幢栋座A-Za-z ,)]))([一-龥]{1,4})[ ]*[(]?(?:先生|女士|小姐)[)]?[ ]*收?[ ,]*$")
_RECEIVED = re.compile(rf"(?:[ ,(]|(?<=[\d室号户楼层元幢栋座]))({_PERSON})[ ]*[(]?(?:先生|女士|小姐|老师)?[)]?[ ]*(?:亲)?收[)]?[ ,.]*$")


_AFTER_PHONE = re.compile(rf"[ ,:]*({_PERSON})[ ,]*$")
_BETWEEN = re.compile(rf"[ ,:]*({_PERSON})(?:先生|女士|小姐)?(?:[ ,:]+|$)")  # 13800138000 张三 浙江省…


@dataclass(frozen=True, slots=True)
class Found:
    """The text with what is no address blanked out, and what was found there."""

    form: str
    name: str | None
    phone: str | None
    postcode: str | None
    cuts: tuple[tuple[int, int], ...]


def find_recipient(form: str) -> Found:
    """Costs next to nothing where the text has neither a long number nor a blank nor 收."""
    cuts: list[tuple[int, int]] = []
    name = phone = postcode = None
    number = _PHONE.search(form) if _has_long_number(form) else None
    if number:
        phone = re.sub(r"[- ]", "", number.group(1)) if number.group(1) else number.group(2)
        cuts.append(number.span())
        again = _PHONE.search(form, number.end())
        if again:
            cuts.append(again.span())
        cuts += [m.span() for m in _PHONE_LABEL.finditer(form)]
    label = _LABEL.search(form) if "址" in form or "至" in form or "往" in form or "收" in form else None
    if label and label.start() < 40:
        cuts.append(label.span())
    if " " in form or "," in form or "邮" in form or (form[:6].isdigit() and form[:6].isascii()):
        code = _POSTCODE.search(form)
        if code:
            postcode = next(g for g in code.groups() if g)
            cuts.append(code.span())
    if "人" in form or "姓" in form or "收方" in form:
        labelled = _PERSON_LABEL.search(form)
        if labelled:
            name = labelled.group(1)
            cuts.append(labelled.span())
    if name is None:
        name, span = _unlabelled(form, number.span() if number else None)
        if name is not None and len(name) > 2:
            name = name.removesuffix("收")  # 张三收13800138000
        if span:
            cuts.append(span)
    if not cuts:
        return Found(form, None, None, None, ())
    signs = list(form)
    for start, end in cuts:
        signs[start:end] = " " * (end - start)
    return Found("".join(signs), name, phone, postcode, tuple(sorted(cuts)))


def _has_long_number(form: str) -> bool:
    return sum(map(form.count, "0123456789")) >= 10


def _unlabelled(form: str, number: tuple[int, int] | None) -> tuple[str | None, tuple[int, int] | None]:
    leading = _LEADING.match(form)
    if leading and not _TOWN_BEFORE.match(form):
        follows = form[leading.end() :].lstrip(" ,:")
        if number or form[leading.end() - 1] not in " ,:" or re.match(_PROVINCE_AHEAD, follows):
            return leading.group(1), leading.span()
    if number:
        before = _LEADING_BEFORE_PHONE.match(form, 0, number[0])
        if before:
            return before.group(1), before.span()
        for pattern in (_TRAILING, _TRAILING_TITLED):
            found = pattern.search(form, 0, number[0])
            if found:
                return found.group(1), (found.start(1), found.end())
        after = (_AFTER_PHONE if form[: number[0]].strip(" ,:") else _BETWEEN).match(form, number[1])
        if after:
            return after.group(1), after.span()
    if form.rstrip(" ,.)").endswith("收"):
        found = _RECEIVED.search(form)
        if found:
            return found.group(1), (found.start(1), found.end())
    return None, None
