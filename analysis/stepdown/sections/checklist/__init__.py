"""Section on the protocol and the reporting checklist."""
