"""The words that decide where an area's name ends and what it is: patterns as data, used by the region readers."""

from __future__ import annotations

import re

# After a name without its suffix these signs say that the name is only the head of a longer name.
HEAD_OF_ROAD = re.compile(
    r"[东南西北中上下前后新老大小直横]?(?:[一二三四五六七八九十]|\d+|环|外|内)*(?:号)?(?:路|街(?!道)|大街|大道|道(?!\d|里)|巷|弄|胡同|公路|快速|高架|线)"
)
HEAD_OF_PLACE = re.compile(
    r"(?:桥|村|社区|小区|新村|花园|家园|佳园|嘉园|苑|大厦|大楼|广场|公寓|公园(?!路|街)|医院(?!路|街)|大学(?!路|街|城)|学院|师范|工业(?!园|区)|中学(?!路|街)|小学|饭店|"
    r"镇|乡|街道|群岛|岛|宾馆|大酒店|酒店|银行|车站|机场|公司|集团|人家|印象|故事|豪庭|名城|之|门|商会|[一二三四五六七八九]区|城(?!区|关|东|西|南|北|中|乡)|港(?!区)|湾|山庄)"
)
ROADISH = re.compile(r"[东南西北中]?(?:[一二三四五六七八九十]|\d)*(?:路|街(?!道)|大道|大街|巷|弄|胡同)")
ROAD_SIGNS_AT_ONCE = frozenset("路街大巷弄胡")  # with which ROAD_AT_ONCE begins
ROAD_AT_ONCE = re.compile(r"(?:路|街(?!道)|大道|大街|巷|弄|胡同)")
GAP = re.compile(r"(?:[ ,/\-_|()+*'\"“”!?;<>]|null|NULL)*")
GAP_SIGNS = frozenset(" ,/\\-_|()+*'\"“”!?;<>nN")  # with which a gap begins
COUNTRY = re.compile(r"(?:中华人民共和国|中国)(?=$|[^人银建工农移联石中电邮铁太平])")
# Words that stand between levels in official tables and exports, and mean nothing.
FILLER = re.compile(r"(?:市辖区|省直辖县级行政区划|自治区直辖县级行政区划|直辖县级|直辖县|县(?=[一-龥]{2,}县)|其它地区|其他地区|其它区|其他区)")
FILLER_SIGNS = frozenset("市省自直县其")  # with which a filler begins
TOWN_UNLISTED = re.compile(r"[一-龥]{1,6}?(?:街道办事处|街道办|街办事处|街道|民族乡|镇(?!政府|中学|小学|卫生|人民|海|江市|[一-龥]?[路街]|村)|乡(?!村|政府|间|里|下|[一-龥]?[路街])|苏木)")
NOT_TOWN = re.compile(r"[路街巷弄号村区园厦楼栋幢桥市县省]")
REGION_WORD = re.compile(r"[一-龥]{2,7}?[省市区县旗州盟]")
NO_TYPO = re.compile(r"(?:小区|园区|新区|社区|校区|景区|片区|库区|厂区|城区|地区|开发区|工业区|郊区|矿区|高新区|经开区|保税区|东区|西区|南区|北区|中区|[ABCDEF]区|一区|二区|三区|.期|辖区|超市|门市|城市|夜市|都市|菜市|街市|集市)$")
# A bare township name is only believed when what follows can stand as a name of its own.
NEAR_SUFFIX = re.compile(r"[一-龥]?(?:路|街|大道|大街|道|巷|弄|村|社区|小区|新村|花园|苑|大厦|广场|公寓|公园|医院|大学|中学|小学|市场|桥)")
VILLAGE = re.compile(r"[ ,]*([一-龥]{2,7}?)(?:村|社区|居委会|居)")
BEFORE_ROAD = re.compile(r"[一-龥]?(?:路|街(?!道)|大道|巷|弄|胡同)(?!\w*[市区县])")
JOINED = frozenset("山湖河江港门开工经新高科产创农物电商保管批里区园")  # a bare township name before these heads a zone's name
INSTITUTION = re.compile(r"[一-龥]{0,12}?(?:公司|厂|局|院|学校|中学|小学|大学|幼儿园|银行|支行|医院|派出所|法院|政府|委员会|协会|监狱|车站|客运站|集团|仓库|物流园|工业园|百货)")
COUNTRY_LEVEL = -1  # the level of 中国, which says nothing
BETWEEN_LEVELS = re.compile(r"[^路街巷弄道号村园厦楼镇乡0-9]{1,7}")  # what may be a word that is no address
FALLBACK_LENGTH = 60
