"""From answers to one score for each mark: statistics, means and standard scales."""
