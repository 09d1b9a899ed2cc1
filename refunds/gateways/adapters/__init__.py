"""One module per provider: its library's words on one side, ours on the other."""
