"""Reads the legs' JSON lines from standard input and compares each leg with the first leg of its row, round by round.

usage: pairs.py LEG
Pairs of the same round saw the same load of the machine. Prints the median of the ratios to LEG, with the quartiles: of the processor time
for each message (node and database), which depends little on other work, and of the accepted messages a second.
"""
import json
import statistics
import sys


def quartiles(ratios):
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


def cost(run):
    return sum(run.get(f"{part}_us", 0) for part in ("server", "database"))


def main():
    first, rows = sys.argv[1], {}
    for line in sys.stdin:
        run = json.loads(line)
        rows.setdefault(run["row"], {}).setdefault(run["leg"], []).append(run)
    print(f"| row | leg | rounds | processor time to that of {first} | messages/s to those of {first} |")
    print("| --- | --- | ---: | ---: | ---: |")
    for row, legs in rows.items():
        for leg, runs in legs.items():
            if leg == first:
                continue
            pairs = list(zip(legs[first], runs))
            processor = quartiles([cost(run) / cost(base) for base, run in pairs])
            speed = quartiles([run["accepted"] / base["accepted"] for base, run in pairs])
            print(f"| {row} | {leg} | {len(pairs)} | {processor} | {speed} |")


if __name__ == "__main__":
    main()
