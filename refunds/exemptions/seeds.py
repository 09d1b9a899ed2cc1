"""The grounds that the law names, as the product ships them: data, whose words people may change.

Consumer protection law of China, article 25. Which categories fall under them is each store's to say.
"""

from refunds.models import ExemptGround

# code, title, Chinese title, the law's words, in Chinese, whether it depends on the purchase
GROUNDS = [
    (
        "E01",
        "goods made to your order",
        "定作商品",
        "Goods that were made to the consumer's order.",
        "消费者定作的商品，不适用七日无理由退货。",
        False,
    ),
    (
        "E02",
        "fresh and perishable goods",
        "鲜活易腐商品",
        "Fresh goods, and goods that spoil.",
        "鲜活易腐的商品，不适用七日无理由退货。",
        False,
    ),
    (
        "E03",
        "opened digital goods, such as software or discs",
        "已拆封的数字化商品",
        "Digital goods that were downloaded, or audio, video and software whose seal the consumer broke.",
        "在线下载或者消费者拆封的音像制品、计算机软件等数字化商品，不适用七日无理由退货。",
        True,
    ),
    (
        "E04",
        "newspapers and magazines",
        "报纸、期刊",
        "Newspapers and periodicals that were delivered.",
        "交付的报纸、期刊，不适用七日无理由退货。",
        False,
    ),
    (
        "E05",
        "goods that by their nature cannot be returned, where you confirmed that when you bought them",
        "购买时经您确认不宜退货的商品",
        "Other goods that by their nature are not fit to be returned, where the consumer confirmed it at "
        "the time of purchase.",
        "其他根据商品性质并经消费者在购买时确认不宜退货的商品，不适用无理由退货。",
        True,
    ),
]


def install_grounds() -> None:
    """Add the grounds that are missing; what people changed stays as it is."""
    known = set(ExemptGround.objects.values_list("code", flat=True))
    for code, title, title_zh, law, law_zh, by_purchase in GROUNDS:
        if code not in known:
            ExemptGround.objects.create(
                code=code,
                title=title,
                title_zh=title_zh,
                law=law,
                law_zh=law_zh,
                by_purchase=by_purchase,
            )
