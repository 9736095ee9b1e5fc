"""Digits in Simplified Chinese: 12,345, where Django would leave them ungrouped. Days as the whole site has them."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
