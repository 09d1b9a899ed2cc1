"""Two merchants and three stores with a row of every model each, every text of which is a marker.

Whoever reads a marker has seen the row: ``MKb-payout-7f3a`` is written in store B's payout only. What a row
holds of a buyer has ``PDb-payout-7f3a`` besides: only who may see buyers' personal data there ever reads it.
"""
