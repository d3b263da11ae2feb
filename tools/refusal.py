"""What a tool says when it does nothing."""


class Refused(Exception):
    """Why nothing is done, in one line."""
