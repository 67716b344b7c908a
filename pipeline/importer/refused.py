"""The refusal of a whole file."""


class FileRefused(ValueError):
    """The file cannot be used at all; the message names the file, the line and the field where known."""
