"""The public guide of a store: what buyers can ask for, how, and how long it takes."""
