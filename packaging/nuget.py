"""The libraries of NuGet in a published program, and their packages in the cache of this user. Used by sbom.py and notices.py."""
import json
import os
import pathlib
import sys

CACHE = pathlib.Path(os.environ.get("NUGET_PACKAGES") or pathlib.Path.home() / ".nuget" / "packages")


def libraries(published):
    """Yields name, version, entry of postfleet.deps.json and package folder of each library, by name: packages, and the runtime of a
    self-contained program. Ends the process with a message when a package is not in the cache, where a build has put it."""
    deps = json.loads((pathlib.Path(published) / "postfleet.deps.json").read_text())
    for key, entry in sorted(deps["libraries"].items(), key=lambda pair: pair[0].removeprefix("runtimepack.").lower()):
        if entry["type"] not in ("package", "runtimepack"):
            continue
        # runtimepack.NAME is the package NAME.
        name, _, version = key.removeprefix("runtimepack.").partition("/")
        folder = CACHE / name.lower() / version.lower()
        if not folder.is_dir():
            sys.exit(f"{name} {version} is not in the cache of NuGet, {CACHE}: build the program on this machine")
        yield name, version, entry, folder
