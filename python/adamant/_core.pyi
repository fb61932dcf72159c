# The extension. What it offers is said by the stubs of the package, which shows it.
from typing import Any

def __getattr__(name: str) -> Any: ...
