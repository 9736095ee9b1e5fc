"""Digits in Traditional Chinese: 12,345, where Django would leave them ungrouped."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
