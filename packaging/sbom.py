#!/usr/bin/env python3
"""Writes an SBOM (CycloneDX 1.6, JSON) of a published program. usage: sbom.py FOLDER VERSION SECONDS >sbom.cdx.json

The components are the libraries of FOLDER/postfleet.deps.json: those of NuGet, and the runtime in a self-contained program. Licences are of
the package files in the cache of NuGet, where a publish has put them."""
import base64
import datetime
import json
import os
import pathlib
import sys
import uuid
import xml.etree.ElementTree as xml

folder, version, seconds = sys.argv[1:]
deps = json.loads((pathlib.Path(folder) / "postfleet.deps.json").read_text())
cache = pathlib.Path(os.environ.get("NUGET_PACKAGES") or pathlib.Path.home() / ".nuget" / "packages")


def nuspec(name, release):
    """The metadata of a package: {tag: element}."""
    path = cache / name.lower() / release.lower() / f"{name.lower()}.nuspec"
    if not path.exists():
        return {}
    metadata = next(element for element in xml.parse(path).getroot() if element.tag.endswith("metadata"))
    return {element.tag.split("}")[-1]: element for element in metadata}


def licences(about):
    licence = about.get("license")
    if licence is not None and licence.get("type") == "expression":
        text = licence.text.strip()
        return [{"expression": text}] if " " in text else [{"license": {"id": text}}]
    url = about.get("licenseUrl")
    if licence is not None:
        return [{"license": {"name": f"the file {licence.text.strip()} of the package"}}]
    return [{"license": {"name": "see url", "url": url.text.strip()}}] if url is not None else []


components = []
for key, library in sorted(deps["libraries"].items()):
    name, _, release = key.partition("/")
    if library["type"] == "project":
        continue
    # runtimepack.NAME is the package NAME.
    name = name.removeprefix("runtimepack.")
    purl = f"pkg:nuget/{name}@{release}"
    about = nuspec(name, release)
    component = {"type": "library", "bom-ref": purl, "name": name, "version": release, "purl": purl}
    if (found := licences(about)):
        component["licenses"] = found
    if about.get("copyright") is not None and about["copyright"].text:
        component["copyright"] = about["copyright"].text.strip()
    if library.get("sha512", "").startswith("sha512-"):
        component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(library["sha512"][7:]).hex()}]
    components.append(component)

product = {"type": "application", "bom-ref": f"postfleet@{version}", "name": "postfleet", "version": version,
           "licenses": [{"license": {"id": "Apache-2.0"}}]}
identity = json.dumps([product, components], sort_keys=True)
print(json.dumps({
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, identity)}",
    "version": 1,
    "metadata": {
        "timestamp": datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "component": product,
    },
    "components": components,
    "dependencies": [{"ref": product["bom-ref"], "dependsOn": [component["bom-ref"] for component in components]}],
}, indent=1))
