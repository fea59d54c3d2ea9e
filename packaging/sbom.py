#!/usr/bin/env python3
"""Writes an SBOM (CycloneDX 1.6, JSON) of a published program. usage: sbom.py FOLDER VERSION SECONDS >sbom.cdx.json

The components are the libraries of FOLDER/postfleet.deps.json. SECONDS, a Unix time, is the time stamp of the document."""
import base64
import datetime
import json
import sys
import uuid
import xml.etree.ElementTree as xml

import nuget


def metadata(folder, name):
    """The elements of a package's description, by tag."""
    root = xml.parse(folder / f"{name.lower()}.nuspec").getroot()
    found = next(element for element in root if element.tag.endswith("metadata"))
    return {element.tag.split("}")[-1]: element for element in found}


def licences(about):
    licence, url = about.get("license"), about.get("licenseUrl")
    if licence is not None and licence.get("type") == "expression":
        text = licence.text.strip()
        return [{"expression": text}] if " " in text else [{"license": {"id": text}}]
    if licence is not None:
        return [{"license": {"name": f"the file {licence.text.strip()} of the package"}}]
    return [{"license": {"name": "see url", "url": url.text.strip()}}] if url is not None else []


def component(name, version, entry, folder):
    purl = f"pkg:nuget/{name}@{version}"
    result = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    about = metadata(folder, name)
    if found := licences(about):
        result["licenses"] = found
    if about.get("copyright") is not None and about["copyright"].text:
        result["copyright"] = about["copyright"].text.strip()
    # The checksum of the package file, as NuGet verified it. Runtimes have none in deps.json.
    checksum = entry.get("sha512", "").removeprefix("sha512-") or (folder / f"{name}.{version}.nupkg.sha512".lower()).read_text().strip()
    result["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(checksum).hex()}]
    return result


published, version, seconds = sys.argv[1:]
components = [component(*library) for library in nuget.libraries(published)]
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
    "dependencies": [{"ref": product["bom-ref"], "dependsOn": [each["bom-ref"] for each in components]}],
}, indent=1))
