"""What history is: every change of an audited row is one version, with an actor and a reason."""
