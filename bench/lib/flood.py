"""A flood from one address beside honest mail from another.

usage: flood.py junk HOST PORT KIND RATE SECONDS    at most RATE bursts a second of a kind: connect, early, junk, refused, line, smuggle,
                                                    tls, drip; denied, listed, greylisted, rated: 10 recipients that were never seen
       flood.py honest HOST PORT SECONDS EVERY      a message on a connection of its own each EVERY seconds; prints latencies as JSON
"""
import asyncio
import itertools
import json
import ssl
import sys
import time

JUNK, HONEST = "127.0.0.2", "127.0.0.3"
WORKERS = 50
BODY = b"Subject: flood\r\n\r\n" + (b"x" * 76 + b"\r\n") * 50


async def connect(host, port, source):
    return await asyncio.open_connection(host, port, local_addr=(source, 0))


async def reply(reader):
    while True:
        line = await asyncio.wait_for(reader.readline(), 60)
        if not line:
            raise ConnectionError("closed")
        if line[3:4] != b"-":
            return line


async def say(reader, writer, line):
    writer.write(line + b"\r\n")
    return await reply(reader)


def client_hello():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="mx.test").do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


HELLO = client_hello()
NUMBERS = itertools.count()


async def burst(kind, host, port):
    reader, writer = await connect(host, port, JUNK)
    try:
        if kind == "connect":
            return
        if kind == "early":
            writer.write(b"EHLO early.test\r\n" * 100)
            await asyncio.wait_for(reader.read(), 10)
            return
        await reply(reader)
        if kind == "junk":
            writer.write(b"XYZZY plugh\r\n" * 200)
            await asyncio.wait_for(reader.read(), 10)
        elif kind == "refused":
            await say(reader, writer, b"EHLO junk.test")
            await say(reader, writer, b"MAIL FROM:<a@junk.test>")
            for _ in range(30):
                await say(reader, writer, b"RCPT TO:<no such address>")
        elif kind == "line":
            writer.write(b"EHLO " + b"x" * 1000000)
            await asyncio.wait_for(reader.read(), 10)
        elif kind == "smuggle":
            await say(reader, writer, b"EHLO junk.test")
            await say(reader, writer, b"MAIL FROM:<a@junk.test>")
            await say(reader, writer, b"RCPT TO:<b@junk.test>")
            await say(reader, writer, b"DATA")
            writer.write(BODY + b"\n.\nMAIL FROM:<evil@junk.test>\r\n.\r\n")
            await reply(reader)
        elif kind in ("denied", "listed", "greylisted", "rated"):
            number = next(NUMBERS)
            await say(reader, writer, b"EHLO junk.test")
            await say(reader, writer, b"MAIL FROM:<a@junk%d.test>" % number)
            for i in range(10):
                if (await say(reader, writer, b"RCPT TO:<b%d-%d@honest.test>" % (number, i)))[:3] == b"421":
                    return
        elif kind == "tls":
            await say(reader, writer, b"EHLO junk.test")
            await say(reader, writer, b"STARTTLS")
            writer.write(HELLO)
            await asyncio.wait_for(reader.read(1000), 10)
        elif kind == "drip":
            for octet in b"EHLO drip.test":
                writer.write(bytes([octet]))
                await asyncio.sleep(1)
    finally:
        writer.transport.abort()


async def flood(host, port, kind, rate, seconds):
    done, failed, began = 0, 0, time.monotonic()

    async def worker(number):
        nonlocal done, failed
        turn = number
        while True:
            at = began + turn / rate
            if at > began + seconds:
                return
            turn += workers
            await asyncio.sleep(max(0, at - time.monotonic()))
            try:
                await asyncio.wait_for(burst(kind, host, port), 60)
            except (OSError, ConnectionError, asyncio.TimeoutError):
                failed += 1
            done += 1
            if time.monotonic() > began + seconds:
                return

    workers = 500 if kind == "drip" else WORKERS
    await asyncio.gather(*(worker(number) for number in range(workers)))
    print(json.dumps({"kind": kind, "bursts": done, "ended_by_server": failed, "rate": round(done / (time.monotonic() - began))}))


async def honest(host, port, seconds, every):
    times, failures, running = {"greeting": [], "rcpt": [], "dot": []}, [], set()

    async def one():
        try:
            began = time.perf_counter()
            reader, writer = await connect(host, port, HONEST)
            await reply(reader)
            times["greeting"].append(time.perf_counter() - began)
            await say(reader, writer, b"EHLO honest.test")
            await say(reader, writer, b"MAIL FROM:<a@honest.test>")
            began = time.perf_counter()
            line = await say(reader, writer, b"RCPT TO:<b@honest.test>")
            times["rcpt"].append(time.perf_counter() - began)
            await say(reader, writer, b"DATA")
            writer.write(BODY)
            began = time.perf_counter()
            line = await say(reader, writer, b".")
            times["dot"].append(time.perf_counter() - began)
            if line[:1] != b"2":
                failures.append(line.decode())
            writer.close()
        except (OSError, asyncio.TimeoutError) as e:
            failures.append(repr(e))

    end, at = time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < end:
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)
        at += every
        await asyncio.sleep(max(0, at - time.monotonic()))
    await asyncio.gather(*running)
    answer = {"messages": len(times["dot"]), "failures": len(failures), "first_failure": failures[:1]}
    for name, values in times.items():
        values.sort()
        places = [min(len(values) - 1, int(len(values) * share)) for share in (0.5, 0.99)]
        answer[name] = [round(values[place] * 1000, 2) if values else None for place in places]
    print(json.dumps(answer))


if sys.argv[1] == "junk":
    asyncio.run(flood(sys.argv[2], int(sys.argv[3]), sys.argv[4], float(sys.argv[5]), float(sys.argv[6])))
else:
    asyncio.run(honest(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])))
