"""Prints the facts of the machine that affect results. usage: facts.py FOLDER [POSTGRES] (the folder of the queues; the server program)"""
import os
import platform
import statistics
import subprocess
import sys
import time


def fsync_milliseconds(folder, rounds=100):
    """Median time to append 4 KiB to a file and sync it."""
    path, times = os.path.join(folder, "fsync.probe"), []
    with open(path, "wb", buffering=0) as probe:
        for _ in range(rounds):
            start = time.monotonic()
            probe.write(b"x" * 4096)
            os.fsync(probe.fileno())
            times.append(time.monotonic() - start)
    os.unlink(path)
    return statistics.median(times) * 1000


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "none"


def main():
    folder, postgres = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    filesystem = output("stat", "-f", "-c", "%T", folder)
    print(f"- {os.cpu_count()} cores ({processor()}), {gigabytes:.0f} GiB, kernel {platform.release()}")
    print(f"- {filesystem}, append of 4 KiB and fsync: {fsync_milliseconds(folder):.2f} ms (median of 100)")
    database = f", {output(postgres, '--version')}" if postgres else ""
    print(f"- .NET {output('dotnet', '--version')}, Postfix {output('postconf', '-dh', 'mail_version')}{database}")


if __name__ == "__main__":
    main()
