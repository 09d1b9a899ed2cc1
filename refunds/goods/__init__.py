"""Goods: on their way back, looked at, put back into stock – and what is sent in exchange.

A piece that was promised to a buyer has left the store's stock. It comes back when its replacement
is cancelled, or its case ends without one.
"""
