"""Complaints: filed, acknowledged, answered, resolved – and taken to a supervisor when that is late."""
