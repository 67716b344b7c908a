"""Order files of any shop, checked as a whole and then sent to the raw topic."""

from pipeline.importer.checking import Checked, check
from pipeline.importer.mappings import find_mapping, setting, shipped
from pipeline.importer.refused import FileRefused
from pipeline.importer.sending import Interrupted, send
from pipeline.importer.summary import Problem, Summary

__all__ = [
    "Checked",
    "FileRefused",
    "Interrupted",
    "Problem",
    "Summary",
    "check",
    "find_mapping",
    "send",
    "setting",
    "shipped",
]
