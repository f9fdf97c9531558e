"""`make fuzz`: damaged projects, and what became of them; all that load are analyzed, too."""

import itertools
import json
import sys
import tempfile
from pathlib import Path

from robustness.outcomes import MUST_NOT, fuzz
from robustness.test_report_folder import STOPS, stops_survived


def main(inputs: int) -> int:
    """Print what became of the inputs, and each fault with the seed that shows it; 1 where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        ends, faults = fuzz(
            Path(folder), range(inputs), whole=True, progress=lambda text: print(text, flush=True)
        )
    stops = 0
    for stop, old, exchange in itertools.product(STOPS, ("", "old"), (True, False)):
        with tempfile.TemporaryDirectory() as folder:
            stops += stops_survived(stop, old, exchange, Path(folder))
    counts = {what: sum(fault.what == what for fault in faults) for what in MUST_NOT}
    found = {
        "inputs": inputs,
        "refused": ends["refused"],
        "loaded": ends["loaded"],
        "faults": counts,
        "stops": stops,
    }
    Path(__file__).with_name("found.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))
    for fault in faults:
        print(f"  seed {fault.draw}: {fault.what} ({fault.damage})")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
