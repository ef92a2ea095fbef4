"""Bach's chorales: from a score to a roll, to a side of the split, to the cache, to a baseline."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from cifg_edu.comparison import chorales
from cifg_edu.errors import UserError
from cifg_edu.files import cache_path
from tests.optional import optional

FEW = ("bwv66.6.mxl", "bwv269.mxl", "bwv253.mxl", "bwv414.mxl", "bwv1.6.mxl")


def random_roll(seed, frames=24):
    """Four notes a frame, as good as surely unlike any other seed's."""
    rng = np.random.default_rng(seed)
    roll = np.zeros((frames, 88), np.uint8)
    for frame in roll:
        frame[rng.choice(np.arange(20, 60), 4, replace=False)] = 1
    return roll


@pytest.fixture
def rolls():
    """One chorale for each last digit, by BWV number."""
    return {f"bwv{number}": random_roll(number) for number in range(60, 70)}


@pytest.fixture
def makings(monkeypatch, rolls):
    """A corpus that needs no music21, and a list that grows each time it is read."""
    made = []

    def read():
        made.append(None)
        return rolls

    monkeypatch.setattr(chorales, "_rolls_of_the_corpus", read)
    monkeypatch.setattr(chorales, "version", lambda _: "0")
    return made


def small_corpus(monkeypatch, names=FEW):
    """The real music21, as if its corpus held these files alone."""
    optional("music21")
    from music21 import corpus

    files = [f for f in corpus.getComposer("bach") if f.name in names]
    assert len(files) == len(names)
    monkeypatch.setattr(corpus, "getComposer", lambda *_, **__: files)


def score_of(*voices):
    """A music21 score from lists of (MIDI pitch or None for a rest, quarters)."""
    optional("music21")
    from music21 import note, stream

    score = stream.Score()
    for voice in voices:
        part = stream.Part()
        for pitch, quarters in voice:
            sound = note.Rest() if pitch is None else note.Note(pitch)
            sound.quarterLength = quarters
            part.append(sound)
        score.insert(0, part)
    return score


def sounding(roll):
    """For each frame the MIDI notes that are on."""
    return [(np.flatnonzero(frame) + 21).tolist() for frame in roll]


def equal(one, other):
    return one.origin == other.origin and all(
        len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        for a, b in zip(one[:3], other[:3], strict=True)
    )


def test_a_note_is_on_in_the_frames_at_whose_start_it_sounds():
    upper = [(72, 1), (74, 0.5), (76, 0.5), (None, 1), (72, 1.5), (71, 0.5)]
    lower = [(48, 2), (48, 1), (72, 2)]
    roll = chorales.piano_roll(score_of(upper, lower))
    assert roll.dtype == np.uint8
    assert roll.shape == (5, 88)
    assert sounding(roll) == [[48, 72], [48, 74], [48], [72], [72]]


def test_a_last_frame_that_is_not_full_counts_and_a_tuplet_is_cut_exactly():
    third = 1 / 3
    score = score_of([(60, third), (62, third), (64, third), (65, 0.5)])
    assert sounding(chorales.piano_roll(score)) == [[60], [65]]


def test_the_ends_of_the_piano_fit_and_nothing_beyond_them_does():
    score = score_of([(21, 1), (108, 1)])
    assert sounding(chorales.piano_roll(score)) == [[21], [108]]
    for shift in (-1, 1):
        with pytest.raises(ValueError, match="not on a piano"):
            chorales.piano_roll(score, shift)


@pytest.mark.parametrize("tonic", range(12))
def test_a_tonic_goes_to_c_by_the_nearer_way(tonic):
    key = SimpleNamespace(tonic=SimpleNamespace(pitchClass=tonic))
    shift = chorales.semitones_to_c(SimpleNamespace(analyze=lambda _: key))
    assert (tonic + shift) % 12 == 0
    assert -5 <= shift <= 6


def test_chorales_of_four_parts_are_read_and_transposed_and_the_others_are_not(monkeypatch):
    small_corpus(monkeypatch)
    rolls = chorales._rolls_of_the_corpus()
    assert sorted(rolls) == ["bwv253", "bwv269", "bwv414", "bwv66.6"]
    # BWV 66.6, F sharp minor, goes up by six. It begins with C#5, E4 and twice A3 in its four
    # voices, and ends on F sharp major.
    assert rolls["bwv66.6"].shape == (36, 88)
    assert sounding(rolls["bwv66.6"])[0] == [57 + 6, 64 + 6, 73 + 6]
    assert sounding(rolls["bwv66.6"])[-1] == [60, 64, 67, 72]
    for roll in rolls.values():
        assert set(roll.sum(axis=1)) <= {3, 4}
        assert sounding(roll)[-1][0] % 12 == 0
    # BWV 414 is BWV 253 a tone lower and hardly changed: no key tells them apart any more.
    assert (rolls["bwv253"] != rolls["bwv414"]).sum(axis=1).astype(bool).mean() < 0.1
    assert chorales.split_by_bwv(rolls)[1] == ["bwv253", "bwv414"]


def test_the_split_goes_by_the_last_digit_in_any_order_of_the_files(rolls):
    expected = (
        ["bwv60", "bwv61", "bwv62", "bwv65", "bwv66", "bwv67"],
        ["bwv63", "bwv68"],
        ["bwv64", "bwv69"],
    )
    names = list(rolls)
    for seed in range(5):
        np.random.default_rng(seed).shuffle(names)
        assert chorales.split_by_bwv({name: rolls[name] for name in names}) == expected
    # Nor does one file more or less move another.
    del rolls["bwv60"]
    assert chorales.split_by_bwv(rolls) == (expected[0][1:], *expected[1:])


def test_numbers_count_as_numbers_and_a_name_without_one_is_refused(rolls):
    rolls["bwv9.7"] = rolls["bwv100"] = random_roll(0)
    sides = chorales.split_by_bwv(rolls)
    assert sides[2][0] == "bwv9.7"
    assert "bwv100" not in sides[0]
    with pytest.raises(ValueError, match="BWV number"):
        chorales.split_by_bwv({"jesu": random_roll(0)})


def test_a_copy_in_another_key_or_with_a_repeat_is_left_out(rolls):
    rolls["bwv101"] = np.roll(rolls["bwv64"], 5, axis=1)
    rolls["bwv102"] = np.concatenate([rolls["bwv63"], rolls["bwv63"]])
    names = [name for side in chorales.split_by_bwv(rolls) for name in side]
    assert sorted(names) == [f"bwv{number}" for number in range(60, 70)]


def test_near_copies_in_a_chain_are_on_one_side(rolls):
    # Half of BWV 64 is in BWV 101, whose other half is in BWV 100: neither end knows the other.
    rolls["bwv100"] = random_roll(100)
    rolls["bwv101"] = np.concatenate([rolls["bwv64"][:12], rolls["bwv100"][:12]])
    sides = chorales.split_by_bwv(rolls)
    assert sides[2] == ["bwv64", "bwv69", "bwv100", "bwv101"]
    # Three frames in common, time and again, are less than a phrase and no kinship.
    rolls["bwv103"] = random_roll(103)
    for start in range(0, 24, 4):
        rolls["bwv103"][start : start + 3] = rolls["bwv64"][start : start + 3]
    assert "bwv103" in chorales.split_by_bwv(rolls)[1]


def test_the_rolls_are_made_once_and_then_come_from_the_cache(tmp_path, makings, rolls):
    path = tmp_path / "cache" / "chorales.npz"
    made = chorales.load_chorales(path)
    assert [len(side) for side in made[:3]] == [6, 2, 2]
    np.testing.assert_array_equal(made.test[1], rolls["bwv69"])
    cached = chorales.load_chorales(path)
    assert len(makings) == 1
    assert equal(made, cached)
    assert cached.train[0].dtype == np.uint8
    assert [file.name for file in path.parent.iterdir()] == ["chorales.npz"]


def test_the_origin_says_how_many_how_made_and_whose_split(tmp_path, makings, rolls):
    rolls["bwv101"] = rolls["bwv64"]
    origin = chorales.load_chorales(tmp_path / "c.npz").origin
    for words in (
        "10 chorales by J. S. Bach, 240 quarter notes",
        "less 1 copies",
        "C major or C minor",
        "(6 / 2 / 2 for",
        "is ours",
        "not that of Boulanger-Lewandowski",
    ):
        assert words in origin


def test_by_default_the_cache_is_the_users(makings):
    chorales.load_chorales()
    assert cache_path(chorales.FILE_NAME).is_file()


@pytest.mark.parametrize("damage", ["empty", "text", "half", "another archive", "older recipe"])
def test_a_damaged_or_outdated_cache_is_made_anew(tmp_path, makings, monkeypatch, damage):
    path = tmp_path / "chorales.npz"
    made = chorales.load_chorales(path)
    content = path.read_bytes()
    if damage == "another archive":
        np.savez(path, other=np.zeros(3))
    elif damage == "older recipe":
        monkeypatch.setattr(chorales, "RECIPE", chorales.RECIPE + 1)
    else:
        broken = {"empty": b"", "text": b"no archive", "half": content[: len(content) // 2]}
        path.write_bytes(broken[damage])
    assert equal(chorales.load_chorales(path), made)
    assert len(makings) == 2
    chorales.load_chorales(path)
    assert len(makings) == 2


def test_no_single_wrong_byte_in_the_cache_changes_what_is_loaded(tmp_path, makings):
    path = tmp_path / "chorales.npz"
    made = chorales.load_chorales(path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(len(content), 150, replace=False):
        broken = bytearray(content)
        broken[place] ^= int(rng.integers(1, 256))
        path.write_bytes(broken)
        assert equal(chorales.load_chorales(path), made), place


def test_without_music21_a_cache_serves_and_its_absence_says_what_to_install(
    tmp_path, makings, monkeypatch
):
    path = tmp_path / "chorales.npz"
    made = chorales.load_chorales(path)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "music21", None)
    assert equal(chorales.load_chorales(path), made)
    with pytest.raises(UserError, match="python -m pip install music21"):
        chorales.load_chorales(tmp_path / "none.npz")


def test_a_corpus_without_chorales_is_refused_kindly(tmp_path, monkeypatch):
    small_corpus(monkeypatch, ())
    with pytest.raises(UserError, match="no chorales in its corpus"):
        chorales.load_chorales(tmp_path / "chorales.npz")
    assert not list(tmp_path.iterdir())


def test_an_interrupted_reading_leaves_nothing_and_the_next_one_is_whole(tmp_path, monkeypatch):
    small_corpus(monkeypatch, FEW[:2])
    from music21 import converter

    parse = converter.parse

    def interrupted(file, **options):
        if file.name == "bwv66.6.mxl":
            raise KeyboardInterrupt
        return parse(file, **options)

    path = tmp_path / "chorales.npz"
    with monkeypatch.context() as patch:
        patch.setattr(converter, "parse", interrupted)
        with pytest.raises(KeyboardInterrupt):
            chorales.load_chorales(path)
    assert not list(tmp_path.iterdir())
    whole = chorales.load_chorales(path)
    assert [len(side) for side in whole[:3]] == [1, 0, 1]
    assert equal(chorales.load_chorales(path), whole)


def test_the_baseline_is_the_entropy_of_independent_notes():
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 0.3, 88)
    drawn = [(rng.random((frames, 88)) < p).astype(np.uint8) for frames in (9000, 1000, 10000)]
    entropy = -np.sum(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert chorales.chorale_baseline(drawn[:2], drawn[2:]) == pytest.approx(entropy, rel=0.01)
    # It is the mean over frames, not over chorales, of a cross-entropy written out here.
    few = [np.eye(88, dtype=np.uint8)[:3], np.zeros((1, 88), np.uint8)]
    q = (np.arange(88) < 3) * 1.0
    q = (q + 1) / 6
    losses = [-np.sum(np.where(frame, np.log(q), np.log(1 - q))) for roll in few for frame in roll]
    assert chorales.chorale_baseline(few, few) == pytest.approx(np.mean(losses))


def test_a_note_never_heard_in_training_costs_much_but_not_everything():
    silent, heard = np.zeros((98, 88), np.uint8), np.eye(88, dtype=np.uint8)[:1]
    cost = chorales.chorale_baseline([silent], [heard])
    assert cost == pytest.approx(np.log(100) + 87 * np.log(100 / 99))
