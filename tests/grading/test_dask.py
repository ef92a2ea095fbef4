"""The same grading on the workers of a Dask scheduler."""

import json

from cifg_edu.__main__ import main
from tests.grading.classroom import RIGHT, answered, hand_in, needs_bubblewrap
from tests.optional import optional

distributed = optional("distributed")


@needs_bubblewrap
def test_submissions_are_graded_on_a_cluster(tmp_path):
    falling = "def sigmoid(a):\n    return 1 / (1 + np.exp(a))\n"
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    hand_in(tmp_path / "submissions", "bob", answered(**{**RIGHT, "sigmoid": falling}))
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=None, protocol="tcp"
    ) as cluster:
        arguments = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "grades")]
        assert main([*arguments, "--scheduler", cluster.scheduler_address]) == 0
    students = json.loads((tmp_path / "grades" / "lesson_01" / "grades.json").read_text())[
        "students"
    ]
    ada, bob = students
    assert ada["earned"] == 20
    assert bob["earned"] < 20
