"""Starts two published programs by turns until each is ready, and prints medians and their ratio. usage: start.py ROUNDS WORK A B"""
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time

rounds, work, programs = int(sys.argv[1]), pathlib.Path(sys.argv[2]), [pathlib.Path(folder) for folder in sys.argv[3:]]
LIMIT = 120


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def cpu_of(arguments):
    """Milliseconds of processor time of a program that ends by itself."""
    before = os.times()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) * 1000


def start(folder):
    """Wall and processor time in ms until ready, resident memory in MiB then."""
    place = work / "node"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    smtp, admin, cluster = free_ports(3)
    began = time.monotonic()
    with open(place / "log", "w+") as log:
        node = subprocess.Popen(
            [folder / "postfleet", "serve", f"--Listeners:0:Endpoint=127.0.0.1:{smtp}", f"--Admin:Endpoint=127.0.0.1:{admin}",
             f"--Cluster:Port={cluster}"], cwd=place, stdout=log, stderr=log)
        while " info ready " not in (place / "log").read_text():
            if node.poll() is not None or time.monotonic() - began > LIMIT:
                node.kill()
                sys.exit(f"{folder} did not get ready: {(place / 'log').read_text()}")
            time.sleep(0.02)
        wall = (time.monotonic() - began) * 1000
        fields = pathlib.Path(f"/proc/{node.pid}/stat").read_text().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
        status = pathlib.Path(f"/proc/{node.pid}/status").read_text()
        resident = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
        node.terminate()
        if node.wait(LIMIT) != 0:
            sys.exit(f"{folder} ended with {node.returncode}")
    return wall, cpu, resident


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


# The first round reads the files from the disk and does not count.
names = ("start to ready, ms", "processor time to ready, ms", "resident memory when ready, MiB", "processor time of --version, ms")
rows = {name: {} for name in names}
for round_ in range(rounds + 1):
    for folder in programs:
        values = (*start(folder), cpu_of([folder / "postfleet", "--version"]))
        if round_ > 0:
            for row, value in zip(rows.values(), values):
                row.setdefault(folder, []).append(value)
print(f"| | {' | '.join(folder.name for folder in programs)} | ratio |\n| --- | --- | --- | --- |")
for name, row in rows.items():
    medians = [statistics.median(row[folder]) for folder in programs]
    cells = [f"{median:.0f} ({min(row[folder]):.0f} to {max(row[folder]):.0f})" for median, folder in zip(medians, programs)]
    print(f"| {name} | {' | '.join(cells)} | {medians[1] / medians[0]:.2f} |")
sizes = [size_of(folder) for folder in programs]
print(f"| published, MiB | {' | '.join(f'{size:.0f}' for size in sizes)} | {sizes[1] / sizes[0]:.2f} |")
