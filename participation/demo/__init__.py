"""The fictional Montréal scenario, its clock and its page of roles. Loaded only with DEMO=1."""
