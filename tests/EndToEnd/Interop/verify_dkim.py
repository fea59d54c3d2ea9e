"""Prints, for each message in a folder, the results of its signatures by dkimpy. usage: verify_dkim.py FOLDER; records.json has the DNS."""
import json
import pathlib
import sys

import dkim

folder = pathlib.Path(sys.argv[1])
records = json.loads((folder / "records.json").read_text(encoding="ascii"))


def lookup(name, timeout=5):
    text = records.get(name.decode("ascii").rstrip("."))
    return text.encode("ascii") if text else None


for file in sorted(folder.glob("*.eml")):
    content = file.read_bytes()
    count = sum(line.lower().startswith(b"dkim-signature:") for line in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n"))
    results = [dkim.DKIM(content).verify(idx=index, dnsfunc=lookup) for index in range(count)]
    print(file.stem, *results)
