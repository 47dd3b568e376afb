"""Start our own modules as processes, so that none of them runs code that lies in the working folder."""

import sys

_START = "import runpy, sys; sys.path[:] = {path!r}; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"


def command(module: str, *arguments: str) -> list[str]:
    """Return what starts a module of ours. It imports from where this process does: -m would look here and now first."""
    path = [entry for entry in sys.path if entry]
    return [sys.executable, "-P", "-c", _START.format(path=path, module=module), *arguments]
