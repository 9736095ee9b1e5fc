"""Days in English as everywhere on the site, 2020-09-30, where Django would write Sept. 30, 2020."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
