"""Prints failed tests with the first lines of their messages, from the result files (trx) in a folder."""
import pathlib
import sys
import xml.etree.ElementTree as tree

SPACE = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
LINES = 25

for file in sorted(pathlib.Path(sys.argv[1]).rglob("*.trx")):
    for result in tree.parse(file).iter(SPACE + "UnitTestResult"):
        if result.get("outcome") != "Failed":
            continue
        print(f"== FAILED {result.get('testName')}")
        for part in ("Message", "StackTrace"):
            text = "".join(element.text or "" for element in result.iter(SPACE + part))
            for line in text.splitlines()[:LINES]:
                print(f"   {line[:300]}")
