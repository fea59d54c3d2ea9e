#!/usr/bin/env python3
"""Writes the manual page of the program from its own help. usage: man.py PROGRAM VERSION DATE >postfleet.1"""
import re
import subprocess
import sys

program, version, date = sys.argv[1:]


def help_of(*words):
    """The sections of a help text: {"Options": ["lines"]}."""
    text = subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout
    sections, current = {}, []
    for line in text.splitlines():
        if re.fullmatch(r"[A-Z][a-z ]+:", line):
            current = sections.setdefault(line[:-1], [])
        elif line.strip():
            current.append(line[2:])
    return sections


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def table(lines):
    """Pairs of term and text, which stand in two columns."""
    for line in lines:
        term, _, text = line.partition("  ")
        yield term.strip(), text.strip()


def listed(title, lines, heading):
    if not lines:
        return
    print(f".{heading} {title}")
    for term, text in table(lines):
        print(f".TP\n.B {roff(term)}\n{roff(text)}")


root = help_of()
print('.\\" Made from the help of the program.')
print(f'.TH POSTFLEET 1 "{date}" "postfleet {version}" "User Commands"')
print(".SH NAME\npostfleet \\- mail relay that runs as a cluster")
print(".SH SYNOPSIS")
for line in root["Usage"]:
    print(f".B {roff(line)}")
print(".SH DESCRIPTION")
for line in root["Description"]:
    print(roff(line))
listed("OPTIONS", root["Options"], "SH")
print(".SH COMMANDS")
for names, _ in table(root["Commands"]):
    aliases = [name for name in re.sub(r"<[^>]*>", "", names).replace(",", " ").split()]
    verb = help_of(aliases[-1])
    print(f".SS {roff(' '.join(verb['Usage']).replace('postfleet ', '', 1).strip())}")
    if len(aliases) > 1:
        print(f"Also: {roff(', '.join(aliases[:-1]))}.\n.PP")
    for line in verb["Description"]:
        print(roff(line))
    rows = verb.get("Arguments", []) + [row for row in verb.get("Options", []) if not re.match(r"(-\?|--config|--version)", row)]
    for term, text in table(rows):
        print(f".TP\n.B {roff(term)}\n{roff(text)}")
print(""".SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
the cluster refused the request or failed; a node failed
.TP
.B 2
the command line, the configuration or a value in them is wrong
.TP
.B 3
no node answers at the endpoint
.TP
.B 4
the named queue, message or action does not exist
.SH FILES
.TP
.B /etc/postfleet/postfleet.json
the configuration of the service
.TP
.B /etc/postfleet/credentials/
secrets for the service: the file NAME is /run/credentials/postfleet.service/secret_NAME for the configuration
.TP
.B /var/lib/postfleet/
mail and journals of the embedded storage
.SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1)""")
