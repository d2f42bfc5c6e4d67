"""The project's test command, for a laptop and for CI alike:

    python3 tests/run.py                     everything
    python3 tests/run.py -m "not slow"       what takes seconds
    python3 tests/run.py -k download         whatever else pytest understands

Makes `.venv` in the project's folder, installs the pinned requirements there and, if this computer has no Chromium or
Chrome, a browser; then runs ruff, mypy and pytest. Needs Python 3.11 to 3.14 and nothing else.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# who is ready helps the other
WORKERS = ("-n", "2", "--dist", "worksteal")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def run(*command: str) -> None:
    # compiled modules are kept, or each of the tests' many launches compiles them anew
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def install() -> None:
    if not PYTHON.exists():
        venv.create(FOLDER, with_pip=True)
    run(str(PYTHON), "-m", "pip", "install", "--quiet", "-r", "tests/requirements.txt")
    if not any(map(shutil.which, BROWSERS)):
        install_browser()


def install_browser() -> None:
    """Playwright's own Chromium or, where that can't be downloaded, the system's package."""
    try:
        run(str(PYTHON), "-m", "playwright", "install", "--with-deps", "chromium")
    except subprocess.CalledProcessError:
        sudo = [] if not hasattr(os, "geteuid") or os.geteuid() == 0 else ["sudo"]
        run(*sudo, "apt-get", "update", "-qq")
        run(*sudo, "apt-get", "install", "-y", "-qq", "chromium")


def main() -> int:
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        print(f"Python 3.11 to 3.14 is needed, this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    try:
        install()
        run(str(PYTHON), "-m", "ruff", "check", ".")
        run(str(PYTHON), "-m", "ruff", "format", "--check", ".")
        run(str(PYTHON), "-m", "mypy")
        run(str(PYTHON), "-m", "pytest", *WORKERS, *sys.argv[1:])
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
