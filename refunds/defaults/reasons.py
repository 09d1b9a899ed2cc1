"""The reasons and reject codes that the product ships with: data that people may change."""

from dataclasses import dataclass

from refunds.defaults.untouched import touched_by_people
from refunds.models import Bearer, Kind, Reason, RejectCode

REFUND_ONLY, RETURN_REFUND, EXCHANGE, COMPENSATION = Kind
_GOODS = (REFUND_ONLY, RETURN_REFUND, EXCHANGE)
_NO_RETURN = (REFUND_ONLY, COMPENSATION)
_NO_EXCHANGE = (REFUND_ONLY, RETURN_REFUND, COMPENSATION)
FREIGHT_PAYERS = {"buyer": Bearer.BUYER, "carrier": Bearer.CARRIER}


@dataclass(frozen=True)
class ShippedReason:
    """A reason with who is liable, what it asks for as evidence, and its kinds (empty: all)."""

    code: str
    title: str
    title_zh: str
    liable: str
    evidence: str = ""
    evidence_zh: str = ""
    kinds: tuple[Kind, ...] = ()

    @property
    def counts_in_score(self) -> bool:
        """Whether it counts in the store's score."""
        return self.liable not in ("buyer", "carrier", "agreed")

    @property
    def freight_payer(self) -> Bearer:
        """Who pays for the way back: the store also for its supplier, and where it is open."""
        return FREIGHT_PAYERS.get(self.liable, Bearer.STORE)


REASONS = [
    ShippedReason("C01", "Changed mind", "不想要了", "buyer", kinds=_GOODS),
    ShippedReason("C02", "Wrong item ordered", "拍错/多拍", "buyer", kinds=_GOODS),
    ShippedReason("C03", "Wrong details given", "信息填错", "buyer", kinds=_GOODS),
    ShippedReason(
        "C04",
        "Coupon not used",
        "少用优惠",
        "buyer",
        kinds=(REFUND_ONLY, RETURN_REFUND, COMPENSATION),
    ),
    ShippedReason(
        "C05", "7-day return without reason", "七天无理由", "buyer", kinds=(RETURN_REFUND, EXCHANGE)
    ),
    ShippedReason(
        "S01", "Out of stock", "缺货", "merchant", kinds=(REFUND_ONLY, EXCHANGE, COMPENSATION)
    ),
    ShippedReason("S02", "Not shipped in time", "未按时发货", "merchant", kinds=_NO_RETURN),
    ShippedReason("S03", "Wrong goods sent", "发错货", "merchant", "Photo, label", "照片、面单"),
    ShippedReason("S04", "Parts missing", "少件/漏发", "merchant", "Photo, weight", "照片、重量"),
    ShippedReason("Q01", "Quality fault", "质量问题", "supplier", "Photo or video", "照片或视频"),
    ShippedReason(
        "Q02",
        "Not as described: size",
        "尺寸与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    ShippedReason(
        "Q03",
        "Not as described: material",
        "材质与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    ShippedReason(
        "Q04",
        "Not as described: colour",
        "颜色与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    ShippedReason(
        "Q05",
        "Not as described: function",
        "功能与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    ShippedReason(
        "Q06", "Counterfeit", "假冒商品", "merchant", "Appraisal", "鉴定报告", kinds=_NO_EXCHANGE
    ),
    ShippedReason(
        "Q07",
        "Expired or unsafe food",
        "过期/食品安全",
        "supplier",
        "Photo of the date",
        "日期照片",
        kinds=_NO_EXCHANGE,
    ),
    ShippedReason(
        "Q08",
        "Allergy",
        "过敏不适",
        "review",
        "Medical note or photo",
        "就诊记录或照片",
        kinds=_NO_EXCHANGE,
    ),
    ShippedReason(
        "L01", "Not received", "未收到货", "carrier", "Tracking", "物流信息", kinds=_NO_RETURN
    ),
    ShippedReason(
        "L02", "Long under way", "长时间未送达", "carrier", "Tracking", "物流信息", kinds=_NO_RETURN
    ),
    ShippedReason(
        "L03",
        "Damaged or empty parcel",
        "破损/空包",
        "carrier",
        "Unboxing media, weight",
        "开箱影像、重量",
    ),
    ShippedReason(
        "L04",
        "Refused at the door",
        "拒签",
        "review",
        "Carrier scan",
        "物流扫描记录",
        kinds=(REFUND_ONLY, RETURN_REFUND),
    ),
    ShippedReason(
        "P01",
        "Price protection, overcharged",
        "价保/多收",
        "merchant",
        "Price record",
        "价格记录",
        kinds=_NO_RETURN,
    ),
    ShippedReason("N01", "Agreed between both", "协商一致", "agreed", "Chat record", "聊天记录"),
    ShippedReason("O01", "Other", "其他", "review"),
]
# code, English, Chinese, evidence needed, supervisor only
REJECT_CODES = [
    ("R01", "Wrong item came back", "退回商品不符", True, False),
    ("R02", "Resale value lost", "影响二次销售", True, False),
    ("R03", "Waybill wrong or never arrived", "运单有误或未收到退货", False, False),
    ("R04", "Evidence does not show the fault", "凭证无法证明问题", False, False),
    ("R05", "Window over", "已超售后时限", False, False),
    ("R06", "Exempt category", "不支持退换类目", False, False),
    ("R07", "Abuse", "恶意售后", False, True),
]


ON_RECORD = {"L01", "L02", "L04"}  # the parcel's own record shows it: nobody has to bring a file


def install_reasons() -> None:
    """Add the reasons that are missing, and bring those up to date that no person ever changed."""
    known = {reason.code: reason for reason in Reason.objects.all()}
    touched = touched_by_people(Reason)
    for shipped in REASONS:
        reason = known.get(shipped.code)
        if reason is None:
            _create(shipped)
        elif reason.pk not in touched:
            _refresh(reason, shipped)


def _create(shipped: ShippedReason) -> None:
    Reason.objects.create(
        code=shipped.code,
        title=shipped.title,
        title_zh=shipped.title_zh,
        liable=shipped.liable,
        kinds=list(shipped.kinds),
        freight_payer=shipped.freight_payer,
        counts_in_score=shipped.counts_in_score,
        evidence_needed=bool(shipped.evidence) and shipped.code not in ON_RECORD,
        evidence_hint=shipped.evidence,
        evidence_hint_zh=shipped.evidence_zh,
        text_needed=shipped.code == "O01",
    )


def _refresh(reason: Reason, shipped: ShippedReason) -> None:
    """What older installs did not know yet: the kinds, and who pays the freight."""
    if (reason.kinds, reason.freight_payer) != (list(shipped.kinds), shipped.freight_payer):
        reason.kinds, reason.freight_payer = list(shipped.kinds), shipped.freight_payer
        reason.save()


def install_reject_codes() -> None:
    """Add the reject codes that are missing."""
    known = set(RejectCode.objects.values_list("code", flat=True))
    for code, title, title_zh, evidence, supervisor in REJECT_CODES:
        if code not in known:
            RejectCode.objects.create(
                code=code,
                title=title,
                title_zh=title_zh,
                evidence_needed=evidence,
                supervisor_only=supervisor,
            )
