"""Reads the legs' JSON lines from standard input and prints medians with their spread, and ratios against Postfix."""
import json
import statistics
import sys


def spread(values):
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def main():
    legs = {}
    for line in sys.stdin:
        leg = json.loads(line)
        legs.setdefault(leg["leg"], []).append(leg)
    yardstick = {key: statistics.median(run[key] for run in legs["postfix"]) for key in ("accepted", "end_to_end")} \
        if "postfix" in legs else {}

    print("| leg | rounds | messages | accepted/s | end to end/s | CPU us a message | accepted vs Postfix | end to end vs Postfix |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, runs in legs.items():
        cells = [name, str(len(runs)), f"{runs[0]['messages']:,}"]
        cells += [spread([run[key] for run in runs]) for key in ("accepted", "end_to_end", "cpu_us")]
        cells += [f"{statistics.median(run[key] for run in runs) / yardstick[key]:.1f}" if yardstick else "-"
                  for key in ("accepted", "end_to_end")]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
