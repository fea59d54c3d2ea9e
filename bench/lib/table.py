"""Reads the legs' JSON lines from standard input and prints medians with their spread, and ratios against Postfix in the same row."""
import json
import statistics
import sys


def spread(values):
    if len(values) == 1:
        return f"{values[0]:,.0f}"
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def sum_of(runs, what):
    """The sum of server and database and, in brackets, the value of the database."""
    if f"server_{what}" not in runs[0]:
        return "-"
    server = median(runs, f"server_{what}")
    if f"database_{what}" not in runs[0]:
        return f"{server:,.0f}"
    database = median(runs, f"database_{what}")
    return f"{server + database:,.0f} ({database:,.0f})"


def latency(runs, key):
    if not all(run.get(key) for run in runs):
        return "-"
    return " / ".join(f"{statistics.median(run[key][share] for run in runs):,.1f}" for share in ("p50", "p99", "p999"))


def ratio(runs, yardstick, key):
    return f"{median(runs, key) / median(yardstick, key):.1f}" if yardstick else "-"


def main():
    rows = {}
    for line in sys.stdin:
        run = json.loads(line)
        rows.setdefault(run["row"], {}).setdefault(run["leg"], []).append(run)
    named = any(rows)
    exact = any(run.get("accept_ms") for legs in rows.values() for runs in legs.values() for run in runs)
    rounds = max(len(runs) for legs in rows.values() for runs in legs.values())

    head = ["row"] if named else []
    head += ["leg", "messages", "accepted/s", "end to end/s", "accepted vs Postfix", "end to end vs Postfix"]
    head += ["dot to 250, ms", "250 to sink, ms"] if exact else []
    head += ["server CPU us a message (of it database)", "tool CPU us a message" if exact else "machine CPU us a message", "MiB at the end (of it database)"]
    print((f"Medians of {rounds} rounds." if rounds > 1 else "One round.") + (" Times are p50 / p99 / p99.9." if exact else ""))
    print()
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for name, legs in rows.items():
        for leg, runs in legs.items():
            yardstick = legs.get("postfix")
            cells = [name] if named else []
            cells += [leg, f"{runs[0]['messages']:,}"] + [spread([run[key] for run in runs]) for key in ("accepted", "end_to_end")]
            cells += [ratio(runs, yardstick, key) for key in ("accepted", "end_to_end")]
            cells += [latency(runs, "accept_ms"), latency(runs, "deliver_ms")] if exact else []
            cells += [sum_of(runs, "us"), spread([run["tool_cpu_us" if exact else "cpu_us"] for run in runs]), sum_of(runs, "mib")]
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
