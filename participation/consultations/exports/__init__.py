"""What the office takes away: tables of everything that came in, and the coded passages for its report."""
