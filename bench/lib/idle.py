"""Opens connections, greets on each, and then holds them without a word.

usage: idle.py HOST PORT COUNT plain|starttls|tls12|tls13

Prints "open" when all have been greeted, and holds them until it is ended.
"""
import asyncio
import ssl
import sys

AT_A_TIME = 50


async def read_reply(reader):
    while True:
        line = await reader.readline()
        if not line:
            raise ConnectionError("closed")
        if line[3:4] != b"-":
            if line[:1] != b"2":
                raise ConnectionError(line.decode().strip())
            return


def context(manner):
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    version = ssl.TLSVersion.TLSv1_2 if manner == "tls12" else ssl.TLSVersion.TLSv1_3
    made.minimum_version = made.maximum_version = version
    return made


async def greet(host, port, manner, tls, held, turn):
    async with turn:
        reader, writer = await asyncio.open_connection(host, port, ssl=tls if manner.startswith("tls") else None)
        held.append(writer)
        await read_reply(reader)
        if manner == "starttls":
            for command in (b"EHLO idle.test\r\n", b"STARTTLS\r\n"):
                writer.write(command)
                await read_reply(reader)
            await writer.start_tls(tls)
        writer.write(b"EHLO idle.test\r\n")
        await read_reply(reader)


async def main():
    host, port, count, manner = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    held, turn, tls = [], asyncio.Semaphore(AT_A_TIME), context(manner)
    await asyncio.gather(*(greet(host, port, manner, tls, held, turn) for _ in range(count)))
    print("open", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
