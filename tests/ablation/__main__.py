"""`python -m tests.ablation`: ends with 1 when the absence of a safeguard goes unnoticed."""

from __future__ import annotations

import argparse
import sys

from tests.ablation import SAFEGUARDS
from tests.ablation.run import tests_of, without


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(each.name for each in SAFEGUARDS)}")
    asked = parser.parse_args()
    chosen = [each for each in SAFEGUARDS if not asked.names or each.name in asked.names]
    print("Each set of tests, first with all safeguards:")
    for tests in dict.fromkeys(map(tests_of, chosen)):
        whole = without(None, *tests)
        if " passed" not in whole.output or whole.failed:
            print(whole.output)
            print("These tests fail with all safeguards in place; nothing can be learned from taking one out.")
            return 1
        print(f"{whole.seconds:6.0f} s: {' '.join(tests)}", flush=True)
    unnoticed = 0
    for safeguard in chosen:
        found = without(safeguard, *tests_of(safeguard))
        noticed = any(name.partition("[")[0] == safeguard.test for name in found.failed)
        unnoticed += not noticed
        told = "; ".join(found.failed) if noticed else f"NOT NOTICED by {safeguard.test}"
        print(f"{safeguard.name}: {safeguard.sentence}\n{found.seconds:6.0f} s: {told}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
