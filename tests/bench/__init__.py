"""Speed as ratios against floor programs that are timed in the same run. `make bench` prints them."""
