"""Sends mail with Python's smtplib: smtplib_sender.py PORT CERTIFICATE WAY, whose ways are the functions below."""

import pathlib
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTPUTF8

SENDER = "python@source.test"


def connect(port: int, authority: str, starttls: bool) -> smtplib.SMTP:
    """Opens a session with the node, whose certificate must be good."""
    server = smtplib.SMTP("localhost", port)
    server.ehlo("python.test")
    if starttls:
        server.starttls(context=ssl.create_default_context(cafile=authority))
        server.ehlo("python.test")
    return server


def many(server: smtplib.SMTP, folder: pathlib.Path) -> None:
    """Every file of the folder as a message of its own, on one connection; after each second one a recipient that is refused."""
    for number, file in enumerate(sorted(folder.iterdir())):
        recipients = [f"{file.name}@sink.test"] + (["no@refused.test"] if number % 2 else [])
        refused = server.sendmail(SENDER, recipients, file.read_bytes(), ["BODY=8BITMIME"])
        assert sorted(refused) == recipients[1:], refused
        assert all(code == 550 for code, _ in refused.values()), refused


def international(server: smtplib.SMTP, _: pathlib.Path) -> None:
    """A message whose addresses and header are not ASCII, built and sent as Python does it."""
    message = EmailMessage(policy=SMTPUTF8)
    message["From"] = "Jörg <jörg@source.test>"
    message["To"] = "Дмитрий <дмитрий@sink.test>"
    message["Subject"] = "Grüße aus Köln"
    message.set_content("Grüße\n.\n..\n", cte="8bit")
    server.send_message(message)


if __name__ == "__main__":
    port, authority, way, folder = sys.argv[1:]
    with connect(int(port), authority, starttls=way != "plain") as server:
        (international if way == "international" else many)(server, pathlib.Path(folder))
    print("sent")
