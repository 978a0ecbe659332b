"""The programs that the tests of crashes start and kill."""
