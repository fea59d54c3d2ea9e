"""Scripted mailbox providers for bench/shaping.sh: SMTP servers on one port, each on its own address and with its own behaviour.

usage: provider.py PORT RESULTS SITE=ADDRESS...
SITE is one of
  throttle     takes 10 messages a second (up to 10 at once), and answers MAIL with 451 4.7.650 beyond them, as Outlook does
  connections  takes 4 connections; further ones get 421 as greeting, as at Orange. A message takes 0.4 s, so 10 a second are possible
  greylist     answers RCPT with 451 4.7.1 until 60 s after the first attempt for the sender and the recipient
  away         answers every connection with 421 4.3.2 for the first 20 minutes, counted from the first connection, and takes all mail then
  away:N       the same for N seconds
  block        takes mail from 127.0.0.1, and answers MAIL with 550 5.7.1 (Outlook's block list) to all other addresses
Prints "ready". On SIGTERM it writes one JSON object to RESULTS: for each site and minute, counted from the first connection, the
messages taken, the attempts refused, the connections opened, and the largest number of connections at a time; for greylist the seconds
from the first attempt to the delivery.
"""
import asyncio
import collections
import json
import signal
import sys
import time

RATE = 10
ALLOWED_CONNECTIONS = 4
ACCEPT_SECONDS = 0.4
GREYLIST_SECONDS = 60
LINE_LIMIT = 1 << 20

REFUSED = {
    "throttle": "451 4.7.650 The mail server [{ip}] has been temporarily rate limited due to IP reputation. (S775)",
    "connections": "421 Too many connections, slow down. LPN105_104",
    "greylist": "451 4.7.1 Greylisted, please try again in a minute",
    "away": "421 4.3.2 Service not available, closing transmission channel",
    "block": "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Part of their network is on our block list (S3150).",
}


class Site:
    """The state and the counts of one provider; all its connections run on one event loop."""

    def __init__(self, name, away_seconds=20 * 60):
        self.name = name
        self.away_seconds = away_seconds
        self.minutes = collections.defaultdict(collections.Counter)
        self.start = None
        self.tokens = float(RATE)
        self.filled = time.monotonic()
        self.now = 0
        self.first_seen = {}
        self.delays = []

    def count(self, what, value=1):
        self.minutes[int((time.monotonic() - self.start) / 60)][what] += value

    def highest(self, what, value):
        minute = self.minutes[int((time.monotonic() - self.start) / 60)]
        minute[what] = max(minute[what], value)

    def opens(self):
        """Whether a new connection is served."""
        self.start = self.start or time.monotonic()
        self.now += 1
        self.count("connections")
        self.highest("at a time", self.now)
        if self.name == "connections":
            return self.now <= ALLOWED_CONNECTIONS
        return self.name != "away" or time.monotonic() - self.start >= self.away_seconds

    def takes_mail(self, address):
        if self.name == "block":
            return address == "127.0.0.1"
        if self.name != "throttle":
            return True
        now = time.monotonic()
        self.tokens = min(RATE, self.tokens + (now - self.filled) * RATE)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def takes_recipient(self, triple):
        if self.name != "greylist":
            return True
        return time.monotonic() - self.first_seen.setdefault(triple, time.monotonic()) >= GREYLIST_SECONDS

    async def takes_message(self, triples):
        if self.name == "connections":
            await asyncio.sleep(ACCEPT_SECONDS)
        if self.name == "greylist":
            self.delays += [time.monotonic() - self.first_seen[triple] for triple in triples]
        self.count("taken")


async def serve(site, reader, writer):
    address = writer.get_extra_info("peername")[0]
    refusal = REFUSED[site.name].format(ip=address)

    async def say(line):
        writer.write(line.encode() + b"\r\n")
        await writer.drain()

    is_open = site.opens()
    try:
        if not is_open:
            site.count("refused")
            await say(refusal)
            return
        await say("220 mx.drill.test ESMTP")
        sender, recipients = "", []
        while line := await reader.readline():
            command = line.decode("latin-1").strip()
            verb = command[:4].upper()
            if verb == "EHLO":
                await say("250-mx.drill.test\r\n250-PIPELINING\r\n250 8BITMIME")
            elif verb == "MAIL":
                sender, recipients = command, []
                taken = site.takes_mail(address)
                if not taken:
                    site.count("refused")
                    sender = ""
                await say("250 2.1.0 Ok" if taken else refusal)
            elif verb == "RCPT":
                if not sender:
                    await say("503 5.5.1 MAIL first")
                elif site.takes_recipient((sender, command)):
                    recipients.append((sender, command))
                    await say("250 2.1.5 Ok")
                else:
                    site.count("refused")
                    await say(refusal)
            elif verb == "DATA":
                if not recipients:
                    await say("503 5.5.1 RCPT first")
                    continue
                await say("354 End data with <CR><LF>.<CR><LF>")
                while (line := await reader.readline()) and line != b".\r\n":
                    pass
                if not line:
                    return
                await site.takes_message(recipients)
                sender, recipients = "", []
                await say("250 2.0.0 Ok")
            elif verb == "QUIT":
                await say("221 2.0.0 Bye")
                return
            else:
                sender, recipients = "", []
                await say("250 2.0.0 Ok")
    except (ConnectionError, asyncio.IncompleteReadError):
        # The client has closed the connection; the counts stand.
        pass
    finally:
        site.now -= 1
        writer.close()


async def main():
    port, results = int(sys.argv[1]), sys.argv[2]
    sites = []
    for pair in sys.argv[3:]:
        name, address = pair.split("=")
        name, _, seconds = name.partition(":")
        site = Site(name, int(seconds)) if seconds else Site(name)
        sites.append(site)
        await asyncio.start_server(lambda r, w, site=site: serve(site, r, w), address, port, limit=LINE_LIMIT, backlog=1024)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("ready", flush=True)
    await stop.wait()
    with open(results, "w", encoding="ascii") as file:
        json.dump({site.name: {"minutes": site.minutes, "delays": sorted(site.delays)} for site in sites}, file)


asyncio.run(main())
