#!/usr/bin/env python3
"""Writes the licences and notices that the libraries of a published program bring along. usage: notices.py FOLDER >NOTICES"""
import re
import sys

import nuget

NAMES = re.compile(r"(licen[cs]e|notice|copyright|third-?party-?notices)(\.(txt|md))?", re.IGNORECASE)

print("Licences and notices in the packages of the libraries that Postfleet contains. sbom.cdx.json lists all libraries.")
seen = {}
for name, version, _, folder in nuget.libraries(sys.argv[1]):
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not NAMES.fullmatch(path.name):
            continue
        text = "\n".join(line.rstrip() for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines()).strip()
        print(f"\n{'=' * 80}\n{name} {version}: {path.name}\n{'=' * 80}\n")
        # Many packages of one maker have the same text.
        print(f"The same text as {seen[text]}." if text in seen else text)
        seen.setdefault(text, f"{name} {version}: {path.name}")
