"""The form that the software ships with: the quarterly supplier scorecard, in two languages."""

from typing import Any

from django.utils.translation import gettext_noop

from backoffice.actors import INSTALLER, Actor, system
from backoffice.audit.recording import recorded
from merchants.models import FormTemplate, Question

CODE = "supplier-scorecard"
TITLE = "Supplier scorecard, quarterly"
TITLE_ZH = "供应商季度评分表"
SCALE, CHOICE, YES_NO, TEXT = (kind.value for kind in Question.Kind)

LOTS = [
    ["all", "Every inspected lot was accepted", "所有抽检批次均合格", 100],
    ["most", "At least 95 of 100 lots were accepted", "合格批次不低于95%", 75],
    ["some", "At least 90 of 100 lots were accepted", "合格批次不低于90%", 40],
    ["fewer", "Fewer than 90 of 100 lots were accepted", "合格批次低于90%", 0],
]
QUALITY_REFUNDS = [
    ["low", "0.5 % or less", "0.5% 及以下", 100],
    ["fair", "Above 0.5 % up to 1.5 %", "0.5%–1.5%", 70],
    ["high", "Above 1.5 % up to 3 %", "1.5%–3%", 30],
    ["worst", "Above 3 %", "3% 以上", 0],
]
ON_TIME = [
    ["full", "95 % or more", "95% 及以上", 100],
    ["good", "90 % up to 95 %", "90%–95%", 75],
    ["fair", "80 % up to 90 %", "80%–90%", 40],
    ["poor", "Below 80 %", "低于 80%", 0],
]
# kind, weight, question, question in Chinese, choices, critical answer
QUESTIONS: list[tuple[str, int, str, str, list[Any], str]] = [
    (
        CHOICE,
        15,
        "Lot acceptance at incoming inspection (AQL 0 / 2.5 / 4.0, level II)",
        "来料批次合格率（AQL 0 / 2.5 / 4.0，水平 II）",
        LOTS,
        "",
    ),
    (
        CHOICE,
        15,
        "Quality refunds caused by the supplier, of what was delivered",
        "供应商责任品质退款率",
        QUALITY_REFUNDS,
        "",
    ),
    (SCALE, 10, "Corrective actions closed on time", "纠正措施按时关闭", [], ""),
    (CHOICE, 15, "Deliveries on time and in full", "准时足量交付率", ON_TIME, ""),
    (SCALE, 10, "Lead times kept within three days", "交期准确（±3 天）", [], ""),
    (SCALE, 15, "Price competitiveness and stability", "价格竞争力与稳定性", [], ""),
    (SCALE, 5, "Charge-backs recovered", "扣款追回", [], ""),
    (SCALE, 5, "Responsiveness", "响应速度", [], ""),
    (SCALE, 5, "Documents and labels correct", "单据与标签正确", [], ""),
    (
        YES_NO,
        5,
        "Compliance: are all mandatory certificates valid?",
        "合规：强制性证书是否全部有效？",
        [],
        "no",
    ),
    (
        YES_NO,
        0,
        "Gate: free of critical defects and counterfeit findings?",
        "红线：是否未发现致命缺陷或假冒商品？",
        [],
        "no",
    ),
    (TEXT, 0, "What should the supplier improve next quarter?", "下季度需要改进的地方", [], ""),
]


def install_scorecard() -> None:
    """Add the published scorecard unless any version of it exists."""
    if FormTemplate.objects.filter(code=CODE).exists():
        return
    actor: Actor = system(INSTALLER)
    with recorded(actor, gettext_noop("Shipped with the software.")):
        template = FormTemplate.objects.create(code=CODE, title=TITLE, title_zh=TITLE_ZH)
        for number, (kind, weight, text, text_zh, choices, critical) in enumerate(QUESTIONS, 1):
            Question.objects.create(
                template=template,
                position=number * 10,
                kind=kind,
                weight=weight,
                text=text,
                text_zh=text_zh,
                choices=choices,
                critical_answer=critical,
            )
        template.publish()
        template.save()
