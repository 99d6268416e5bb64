"""Runs a Pulumi program in the project's own Python, as a child of the language host.

Started by file path, because the project's interpreter need not have this package installed: nothing but the
standard library and the Pulumi SDK is imported here. The first argument is a JSON object (see
`server.LanguageHost._program_arguments`), the rest are the program's own; configuration arrives in PULUMI_CONFIG
and PULUMI_CONFIG_SECRET_KEYS, where the SDK looks for it.

Exit codes: 0 done; `SHOWN` an error that the user has already seen; anything else is the program's own (`sys.exit`).
"""

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SHOWN = 32
"""Exit code for a failure that was reported to the engine in full: nothing is to be added to it."""
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run the program described by the first argument and return the exit code."""
    # Python puts this file's folder first; the program's imports must not meet our modules there.
    sys.path.pop(0)
    run = json.loads(arguments[0])
    try:
        import pulumi
        import pulumi.runtime
    except ImportError as error:
        print(
            f"Cannot import the Pulumi SDK: {error}. Install the project's requirements into {sys.prefix} "
            f"({sys.executable} -m pip install -r requirements.txt).",
            file=sys.stderr,
        )
        return SHOWN
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**run["settings"]))
    os.chdir(run["directory"])
    entry = run["entry"]
    if Path(entry).is_dir() and not Path(entry, "__main__.py").is_file():
        pulumi.log.error(f"There is no program in {Path(entry).resolve()}: expected a __main__.py")
        return SHOWN
    sys.argv = [entry, *arguments[1:]]

    def program() -> None:
        runpy.run_path(entry, run_name="__main__")

    try:
        _complete(pulumi.runtime.run_in_stack(program), run["parallel"])
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return SHOWN
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        pulumi.log.error("Program failed with an unhandled exception:\n" + "".join(_own_part(error).format()))
        return SHOWN
    return 0


def _complete(program: Coroutine[Any, Any, Any], parallel: int) -> None:
    # A failed program leaves futures behind that nobody will look at; asyncio's complaints about them help nobody.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with ThreadPoolExecutor(max_workers=max(parallel, 1) * 4) as executor:
        loop.set_default_executor(executor)
        try:
            loop.run_until_complete(program)
        finally:
            loop.close()
            sys.stdout.flush()
            sys.stderr.flush()


def _own_part(error: BaseException) -> traceback.TracebackException:
    """Return the traceback from the program's first frame on, without the machinery that started it."""
    shown = traceback.TracebackException.from_exception(error)
    starters = [number for number, frame in enumerate(shown.stack) if "runpy" in frame.filename]
    if starters:
        shown.stack = traceback.StackSummary.from_list(list(shown.stack)[starters[-1] + 1 :])
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
