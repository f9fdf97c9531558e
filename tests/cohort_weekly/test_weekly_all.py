"""All weekly definitions at once are the same as each by itself."""

import pandas as pd

from stepdown.cohort.relapse.weekly import WeeklyPatterns, weekly_value, weekly_values
from stepdown.schema import endpoint
from support_weekly import WEEKLY


def test_every_definition_is_there_once_and_says_what_it_says_alone() -> None:
    patterns = WeeklyPatterns.read(["++++", "----o-", "o" * 24, "+"])
    found = weekly_values(patterns)
    assert found["endpoint"].unique().tolist() == [spec.name for spec in WEEKLY]
    assert len(found) == len(WEEKLY) * len(patterns)
    for name, mine in found.groupby("endpoint"):
        spec = endpoint(str(name))
        assert set(mine["kind"]) == {spec.kind}
        alone = weekly_value(spec, patterns)
        pd.testing.assert_frame_equal(
            mine.set_index("at")[["value", "event", "weeks"]], alone, check_names=False
        )
