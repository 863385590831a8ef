"""The end of the paper: destroyed by two people once its time is over, with a certificate."""
