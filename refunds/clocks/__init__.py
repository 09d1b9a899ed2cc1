"""The clocks of a case: one runs at a time, on the store's working time, inside the channel's."""
