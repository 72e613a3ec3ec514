"""Fetch the browser's third-party files as `lock.json` lists them, or check them with `--check`.

A developer runs this after changing a version, a file or an icon in the lock file:

    python static/vendor/fetch.py            # needs npm; writes outputs and their sums
    python static/vendor/fetch.py --check    # offline: do the files still have those sums?

Nothing of a package is run: the archive is fetched with `npm pack --ignore-scripts`, compared with
the published integrity, and only the listed files leave it.
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK = HERE / "lock.json"
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)

Archives = Mapping[str, tarfile.TarFile]


def digest(data: bytes, name: str = "sha384") -> str:
    """Return the sum of `data` as a subresource integrity value."""
    return f"{name}-{base64.b64encode(hashlib.new(name, data).digest()).decode()}"


def read_lock() -> dict[str, Any]:
    """Read what is to be taken, from which package, and what came out last time."""
    lock: dict[str, Any] = json.loads(LOCK.read_text())
    return lock


def wrong_sums(lock: Mapping[str, Any]) -> list[str]:
    """Name each output that is missing or is not what the lock file says."""
    outputs: dict[str, Any] = lock["outputs"]
    return [
        name
        for name, output in outputs.items()
        if not (HERE / name).is_file() or digest((HERE / name).read_bytes()) != output["sha384"]
    ]


def download(package: str, version: str, integrity: str, folder: Path) -> Path:
    """Fetch one archive and refuse it when its sum is not the published one."""
    command = ["npm", "pack", "--ignore-scripts", "--silent", f"{package}@{version}"]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / answer.stdout.split()[-1]
    if digest(archive.read_bytes(), "sha512") != integrity:
        sys.exit(f"{package} {version}: the archive is not what the lock file says; keep nothing")
    return archive


def member(archives: Archives, source: str) -> bytes:
    """Read `package:path` out of its archive."""
    package, path = source.split(":", 1)
    handle = archives[package].extractfile(f"package/{path}")
    if handle is None:
        sys.exit(f"{source} is not a file")
    return handle.read()


def joined(archives: Archives, output: Mapping[str, Any]) -> bytes:
    """Join the sources in order, without the source map comments that point nowhere."""
    parts = [member(archives, source) for source in output["from"]]
    if len(parts) == 1:
        return parts[0]
    return b"\n;\n".join(SOURCE_MAP.sub(b"", part) for part in parts) + b"\n"


def sprite(archives: Archives, output: Mapping[str, Any]) -> bytes:
    """Draw one SVG file that holds the listed icons as symbols."""
    symbols = []
    for icon in sorted(output["icons"]):
        text = member(archives, f"{output['package']}:icons/{icon}.svg").decode()
        found = DRAWING.search(text)
        if found is None:
            sys.exit(f"{icon} is not a drawing")
        shape = re.sub(r"\s*\n\s*", "", found[1])
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{shape}</symbol>')
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
    )
    return "\n".join([head, *symbols, "</svg>", ""]).encode()


def build(lock: dict[str, Any]) -> None:
    """Write every output and record its sum."""
    with tempfile.TemporaryDirectory() as name:
        archives = {
            package: tarfile.open(download(package, said["version"], said["integrity"], Path(name)))
            for package, said in lock["packages"].items()
        }
        for path, output in lock["outputs"].items():
            data = (sprite if "icons" in output else joined)(archives, output)
            (HERE / path).parent.mkdir(exist_ok=True)
            (HERE / path).write_bytes(data)
            output["sha384"] = digest(data)
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


def main() -> None:
    """Fetch, or only check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the sums; no network")
    if not parser.parse_args().check:
        build(read_lock())
    if wrong := wrong_sums(read_lock()):
        sys.exit("not as in lock.json: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
