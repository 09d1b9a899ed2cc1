"""The reasons, reject codes and policies that the product ships with: data that people may change."""

from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from refunds.models import Kind, Reason, RefundPolicy, RejectCode, Stage

SHIPPED = gettext_noop("Shipped with the product.")
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
CEILING = Decimal(2000)

# code, English, Chinese, liable, evidence (English, Chinese)
REASONS = [
    ("C01", "Changed mind", "不想要了", "buyer", "", ""),
    ("C02", "Wrong item ordered", "拍错/多拍", "buyer", "", ""),
    ("C03", "Wrong details given", "信息填错", "buyer", "", ""),
    ("C04", "Coupon not used", "少用优惠", "buyer", "", ""),
    ("C05", "7-day return without reason", "七天无理由", "buyer", "", ""),
    ("S01", "Out of stock", "缺货", "merchant", "", ""),
    ("S02", "Not shipped in time", "未按时发货", "merchant", "", ""),
    ("S03", "Wrong goods sent", "发错货", "merchant", "Photo, label", "照片、面单"),
    ("S04", "Parts missing", "少件/漏发", "merchant", "Photo, weight", "照片、重量"),
    ("Q01", "Quality fault", "质量问题", "supplier", "Photo or video", "照片或视频"),
    (
        "Q02",
        "Not as described: size",
        "尺寸与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    (
        "Q03",
        "Not as described: material",
        "材质与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    (
        "Q04",
        "Not as described: colour",
        "颜色与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    (
        "Q05",
        "Not as described: function",
        "功能与描述不符",
        "merchant",
        "Photo and listing",
        "照片与商品页",
    ),
    ("Q06", "Counterfeit", "假冒商品", "merchant", "Appraisal", "鉴定报告"),
    ("Q07", "Expired or unsafe food", "过期/食品安全", "supplier", "Photo of the date", "日期照片"),
    ("Q08", "Allergy", "过敏不适", "review", "Medical note or photo", "就诊记录或照片"),
    ("L01", "Not received", "未收到货", "carrier", "Tracking", "物流信息"),
    ("L02", "Long under way", "长时间未送达", "carrier", "Tracking", "物流信息"),
    (
        "L03",
        "Damaged or empty parcel",
        "破损/空包",
        "carrier",
        "Unboxing media, weight",
        "开箱影像、重量",
    ),
    ("L04", "Refused at the door", "拒签", "review", "Carrier scan", "物流扫描记录"),
    ("P01", "Price protection, overcharged", "价保/多收", "merchant", "Price record", "价格记录"),
    ("N01", "Agreed between both", "协商一致", "agreed", "Chat record", "聊天记录"),
    ("O01", "Other", "其他", "review", "", ""),
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
# kind, stage, hours to review, at the deadline (domain: the review deadlines per kind and stage)
APPROVE, PERSON = RefundPolicy.AtDeadline.APPROVE, RefundPolicy.AtDeadline.PERSON
POLICIES = [
    (Kind.REFUND_ONLY, Stage.NOT_SHIPPED, 24, APPROVE),
    (Kind.REFUND_ONLY, Stage.SHIPPED, 36, APPROVE),
    (Kind.REFUND_ONLY, Stage.RECEIVED, 48, PERSON),
    *((Kind.RETURN_REFUND, stage, 48, APPROVE) for stage in Stage),
    *((Kind.EXCHANGE, stage, 48, APPROVE) for stage in Stage),
    *((Kind.COMPENSATION, stage, 24, PERSON) for stage in Stage),
]


def install_defaults() -> None:
    """Add the shipped rows that are missing; what people changed stays as it is."""
    with recorded(system(INSTALLER), SHIPPED, "install"):
        _install_reasons()
        _install_reject_codes()
        if not RefundPolicy.objects.exists():
            _install_policies()


def _install_reasons() -> None:
    known = set(Reason.objects.values_list("code", flat=True))
    for code, title, title_zh, liable, hint, hint_zh in REASONS:
        if code not in known:
            Reason.objects.create(
                code=code,
                title=title,
                title_zh=title_zh,
                liable=liable,
                counts_in_score=liable not in ("buyer", "carrier", "agreed"),
                evidence_needed=bool(hint),
                evidence_hint=hint,
                evidence_hint_zh=hint_zh,
                text_needed=code == "O01",
            )


def _install_reject_codes() -> None:
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


def _install_policies() -> None:
    for kind, stage, hours, at_deadline in POLICIES:
        RefundPolicy.objects.create(
            kind=kind,
            stage=stage,
            valid_from=SINCE,
            review_hours=hours,
            at_deadline=at_deadline,
            auto_ceiling=CEILING,
        )
