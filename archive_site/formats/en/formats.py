"""English formats: dates are 2020-09-30, as on the whole site."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
