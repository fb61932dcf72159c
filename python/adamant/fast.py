"""Layers' hot parts, each as one operation."""
from . import _names

globals().update(_names.functions("fast"))
