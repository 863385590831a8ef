"""Tests of the values and rules: nothing here touches a database, a clock or the web."""
