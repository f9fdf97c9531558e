"""Random tables for the tests of disclosure control, and attacks that see only what is published."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from stepdown.disclosure import CountTable, Ledger, ReleaseCheck, check_release, count_table


def checked(
    ledger: Ledger, table: CountTable, name: str, hidden: tuple[str, ...] = (), base: int = 1
) -> ReleaseCheck:
    """Return the check of a table of which some cells are hidden."""
    return check_release(ledger, table, np.isin(table.names, hidden), name=name, base=base)


def random_cells(
    rng: np.random.Generator, rows: int, columns: int, mean: float
) -> tuple[dict[str, int], list[tuple[str, list[str]]]]:
    """Return the counts of a table with margins, and its sums; a third of the cells are near 0."""
    inner = rng.poisson(rng.choice([2.0, mean, 2 * mean], size=(rows, columns)))
    inner[rng.random((rows, columns)) < 0.15] = 0
    return with_margins(inner)


def with_margins(inner: np.ndarray) -> tuple[dict[str, int], list[tuple[str, list[str]]]]:
    """Return the named counts of a table with its margins, and its sums."""
    rows, columns = inner.shape
    names = [[f"r{row} c{column}" for column in range(columns)] for row in range(rows)]
    counts = {names[row][column]: int(inner[row, column]) for row in range(rows) for column in range(columns)}
    sums = []
    for row in range(rows):
        counts[f"r{row}"] = int(inner[row].sum())
        sums.append((f"r{row}", names[row]))
    for column in range(columns):
        counts[f"c{column}"] = int(inner[:, column].sum())
        sums.append((f"c{column}", [names[row][column] for row in range(rows)]))
    counts["all"] = int(inner.sum())
    sums += [
        ("all", [f"r{row}" for row in range(rows)]),
        ("all", [f"c{column}" for column in range(columns)]),
    ]
    return counts, sums


def random_table(rng: np.random.Generator, size: int = 4) -> CountTable:
    """Return a table of 1 or 2 ways, linked with a second one by a subgroup of rows, with or without shares."""
    rows, columns = (int(count) for count in rng.integers(2, size + 1, 2))
    counts, sums = random_cells(rng, rows, columns, 15.0)
    shares = []
    if rng.random() < 0.4:  # the first two rows are a region, with a table of its own
        counts |= {"region": counts["r0"] + counts["r1"]}
        sums.append(("region", ["r0", "r1"]))
        for column in range(columns):
            counts[f"region c{column}"] = counts[f"r0 c{column}"] + counts[f"r1 c{column}"]
            sums.append((f"region c{column}", [f"r0 c{column}", f"r1 c{column}"]))
        sums.append(("region", [f"region c{column}" for column in range(columns)]))
    if rng.random() < 0.4:  # the second row by two subgroups that are not in the table
        part = int(rng.binomial(counts["r1"], 0.5))
        counts |= {"men": part, "women": counts["r1"] - part}
        sums.append(("r1", ["men", "women"]))
    if rng.random() < 0.4:
        for row in range(rows):
            counts[f"event r{row}"] = int(rng.binomial(counts[f"r{row}"], rng.choice([0.0, 0.3, 1.0])))
            shares.append((f"event r{row}", f"r{row}"))
        counts["event"] = sum(counts[f"event r{row}"] for row in range(rows))
        sums.append(("event", [f"event r{row}" for row in range(rows)]))
        shares.append(("event", "all"))
    return count_table(counts, sums, shares=shares)


def published_of(table: CountTable, hidden: Sequence[bool] | np.ndarray) -> dict[str, int]:
    """Return what a reader sees."""
    return {
        name: int(count)
        for name, count, gone in zip(table.names, table.counts, hidden, strict=True)
        if not gone
    }


def attack(seen: Mapping[str, int], table: CountTable, cell: int) -> tuple[float, float]:
    """Return the range of a hidden count, from the published ones and the relations alone.

    Written on its own: it solves for the hidden counts only, with what is published on the right-hand side.
    """
    matrix = table.relations.toarray()
    hidden = [number for number, name in enumerate(table.names) if name not in seen]
    shown = [number for number in range(len(table.names)) if number not in hidden]
    known = -matrix[:, shown] @ np.array([seen[table.names[number]] for number in shown], dtype=float)
    ends = []
    for sign in (1.0, -1.0):
        cost = np.zeros(len(hidden))
        cost[hidden.index(cell)] = sign
        solved = milp(
            cost,
            constraints=LinearConstraint(matrix[:, hidden], known, known),
            bounds=Bounds(0, 10_000),
            integrality=np.ones(len(hidden)),
        )
        ends.append(round(sign * solved.fun))
    return float(ends[0]), float(ends[1])


def least_total(table: CountTable, threshold: int) -> float:
    """Return the smallest total that protects, by trying every choice of cells, the cheapest first."""
    primary = table.sensitive(threshold)
    first = primary | ~table.printed
    costs = np.maximum(table.counts, 1)
    fixed = costs[first & table.printed].sum()
    free = np.flatnonzero(~first)
    choices = (np.arange(2 ** len(free))[:, None] >> np.arange(len(free))) & 1
    totals = choices @ costs[free]
    for number in np.argsort(totals, kind="stable"):
        hidden = first.copy()
        hidden[free[choices[number] == 1]] = True
        seen = published_of(table, hidden)
        if all(_protected(seen, table, int(cell), threshold) for cell in np.flatnonzero(primary)):
            return float(fixed + totals[number])
    raise AssertionError("hiding everything protects")


def _protected(seen: Mapping[str, int], table: CountTable, cell: int, threshold: int) -> bool:
    low, high = attack(seen, table, cell)
    return low <= 1 and high >= threshold


def random_pair(rng: np.random.Generator, size: int = 3) -> tuple[CountTable, CountTable]:
    """Return a table and its re-run: unchanged, with late data, or by other sums."""
    rows, columns = (int(count) for count in rng.integers(2, size + 1, 2))
    counts, sums = random_cells(rng, rows, columns, 15.0)
    inner = {name: count for name, count in counts.items() if " " in name}
    shares = [("c0", "all")] if rng.random() < 0.3 else []
    first = count_table(counts, sums, shares=shares)
    if rng.random() < 0.7:  # late data in a few cells
        for name in inner:
            inner[name] += int(rng.choice([0, 0, 0, 1, 4, 15]))
        if rng.random() < 0.3:
            inner["r0 c0"] = max(inner["r0 c0"] - 2, 0)
    lines: list[tuple[str, list[str]]] = list(sums)
    later = dict(inner)
    for total, parts in sums:
        later[total] = sum(later[name] for name in parts)
    kind = rng.random()
    if kind < 0.25:  # the margins of the rows are no longer printed
        lines = [line for line in lines if line[0] != "all" or line[1][0][0] == "c"]
        lines = [line for line in lines if line[0][0] != "r"]
        later = {name: count for name, count in later.items() if " " in name or name[0] != "r"}
    elif kind < 0.5:  # a region of the first two rows is
        later["region"] = later["r0"] + later["r1"]
        lines.append(("region", ["r0", "r1"]))
    return first, count_table(later, lines, shares=shares)


class PairAttack:
    """Someone who holds two releases, and believes that as little as possible has changed between them."""

    def __init__(self, releases: Sequence[tuple[Mapping[str, int], CountTable]]) -> None:
        self.releases = releases
        self.starts = np.concatenate([[0], np.cumsum([len(table.names) for _, table in releases])])
        first, second = (table.names for _, table in releases)
        shared = [name for name in first if name in second]
        cells, many = int(self.starts[-1]), len(shared)
        matrix = np.zeros((sum(table.relations.shape[0] for _, table in releases) + many, cells + 2 * many))
        row = 0
        for number, (_, table) in enumerate(releases):
            block = table.relations.toarray()
            matrix[row : row + len(block), self.starts[number] : self.starts[number + 1]] = block
            row += len(block)
        for count, name in enumerate(shared):
            matrix[row + count, self.starts[1] + second.index(name)] = 1
            matrix[row + count, first.index(name)] = -1
            matrix[row + count, cells + 2 * count] = -1
            matrix[row + count, cells + 2 * count + 1] = 1
        self.low, self.high = np.zeros(matrix.shape[1]), np.full(matrix.shape[1], 5_000.0)
        for number, (seen, table) in enumerate(releases):
            for place, name in enumerate(table.names, int(self.starts[number])):
                if name in seen:
                    self.low[place] = self.high[place] = seen[name]
        self.rules = [LinearConstraint(matrix, 0, 0)]
        changes = np.arange(matrix.shape[1]) >= cells
        least = self._solve(changes.astype(float))
        self.rules.append(LinearConstraint(changes.astype(float)[None, :], -np.inf, least))

    def _solve(self, cost: np.ndarray) -> float:
        solved = milp(
            cost, constraints=self.rules, bounds=Bounds(self.low, self.high), integrality=np.ones(len(cost))
        )
        assert solved.x is not None
        return float(round(solved.fun))

    def range_of(self, release: int, cell: int) -> tuple[float, float]:
        """Return the smallest and the largest value of a count of a release."""
        cost = np.zeros(len(self.low))
        cost[self.starts[release] + cell] = 1.0
        return self._solve(cost), -self._solve(-cost)


def recovered(
    releases: Sequence[tuple[Mapping[str, int], CountTable]], threshold: int
) -> list[tuple[int, str]]:
    """Return the small counts and small changes that someone with two releases can work out."""
    attacker = PairAttack(releases)
    found = []
    before = releases[0][0]
    for number, (seen, table) in enumerate(releases):
        for cell in np.flatnonzero(table.sensitive(threshold)):
            name = table.names[cell]
            if name in seen:
                found.append((number, name))
            elif not (number and name in before):
                low, high = attacker.range_of(number, int(cell))
                # Someone who takes it to be large, and so is wrong, has not worked it out.
                if 1 < low < threshold or high < threshold:
                    found.append((number, name))
    seen, table = releases[1]
    for name in [name for name in table.names if name in before]:
        true = int(table.counts[table.names.index(name)])
        change, sign = abs(true - before[name]), 1 if true >= before[name] else -1
        if 0 < change < threshold:
            low, high = (true, true) if name in seen else attack(seen, table, table.names.index(name))
            changes = sorted(sign * (end - before[name]) for end in (low, high))
            # None may be possible, or more than a small change.
            if changes[0] > 1 and changes[1] < threshold:
                found.append((2, name))
    return found
