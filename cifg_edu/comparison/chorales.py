"""Bach's chorales as piano rolls: load_chorales, Chorales, chorale_baseline.

They are made by piano_roll, semitones_to_c and split_by_bwv.
"""

import io
import math
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cifg_edu.errors import UserError
from cifg_edu.files import cache_path, write_atomically

LOWEST_MIDI = 21  # A0
NOTES = 88  # up to C8, MIDI 108

# Two chorales that share this fraction of their phrases are on the same side of the split.
KINSHIP = 0.2
PHRASE_FRAMES = 4

FILE_NAME = "chorales.npz"
# Part of the cache: raise it after a change that gives other rolls, another split or other words.
RECIPE = 1

Roll = NDArray[np.uint8]


class Chorales(NamedTuple):
    """Piano rolls, each (T, 88) of 0 and 1, and their origin, to show to the user."""

    train: list[Roll]
    validation: list[Roll]
    test: list[Roll]
    origin: str


def load_chorales(path: Path | None = None) -> Chorales:
    """Bach's four-part chorales, made once from music21's corpus and then read from the cache.

    The first call takes a minute or two and shows a progress bar. If it is interrupted, it leaves
    no file and starts again next time. A damaged cache is made again.

    Args:
        path: where to keep the file; by default in the user's cache directory.

    Returns:
        Training, validation and test rolls, each (T, 88) of 0 and 1, and their origin. Row t is
        the t-th quarter note, column k is MIDI note 21 + k.

    Raises:
        UserError: the rolls are not in the cache, and music21 or its corpus is not installed or
            the cache cannot be written.

    Source: the corpus that comes with music21. Quarter-note frames and the transposition to C
    major or C minor as in Greff et al. (2017), "JSB Chorales", after Boulanger-Lewandowski et
    al. (2012), "Modeling temporal dependencies in high-dimensional sequences"; not their split.
    """
    path = cache_path(FILE_NAME) if path is None else path
    cached = _read(path)
    if cached is not None:
        return cached
    rolls = _rolls_of_the_corpus()
    sides = split_by_bwv(rolls)
    train, validation, test = ([rolls[name] for name in side] for side in sides)
    chorales = Chorales(train, validation, test, _origin(rolls, sides))
    write_atomically(path, _packed(chorales))
    return chorales


def piano_roll(score: Any, shift: int = 0) -> Roll:
    """The notes that sound at each quarter note of a score.

    A note is on in a frame if it sounds at the frame's start: notes between two beats are not
    seen. A held note and a repeated one look alike, and two voices on one note are one note.
    Repeats are played once, as written, and fermatas are not lengthened.

    Args:
        score: a music21 score or part; its beats lie at whole quarters from its start.
        shift: semitones to transpose by.

    Returns:
        (T, 88), where T is the score's length in quarters, rounded up.

    Raises:
        ValueError: a note is outside the piano, A0 to C8.

    Source: Greff et al. (2017), "JSB Chorales": frames sampled every quarter note.
    """
    roll = np.zeros((math.ceil(score.highestTime), NOTES), dtype=np.uint8)
    for note in score.flatten().notes:
        first = math.ceil(note.offset)
        end = math.ceil(note.offset + note.quarterLength)
        for pitch in note.pitches:
            column = pitch.midi + shift - LOWEST_MIDI
            if not 0 <= column < NOTES:
                raise ValueError(
                    f"MIDI note {pitch.midi + shift} is not on a piano: give notes from A0 to C8."
                )
            roll[first:end, column] = 1
    return roll


def semitones_to_c(score: Any) -> int:
    """The shortest transposition that takes a score's tonic to C.

    Args:
        score: a music21 score or part.

    Returns:
        Semitones, from -5 to 6. F sharp goes up, not down.

    The key is the one that music21 finds from the duration of each pitch class, with the
    Aarden-Essen weights. It is the last note of the bass in 308 of 365 files, and with none of
    music21's other weights more often.

    Source: Krumhansl (1990), "Cognitive Foundations of Musical Pitch".
    """
    tonic = int(score.analyze("key.aarden-essen").tonic.pitchClass)
    return 6 - (tonic + 6) % 12


def split_by_bwv(rolls: Mapping[str, Roll]) -> tuple[list[str], list[str], list[str]]:
    """Training, validation and test, by the number in the catalogue of Bach's works (BWV).

    Numbers with remainder 3 on division by 5 (they end in 3 or 8) are for validation, those
    with remainder 4 for the test, the rest for training. Copies are treated first. A phrase is
    any four frames in a row, in any key. Two chorales share the fraction of the shorter one's
    phrases that are in the other too. If they share all, the later number is left out. Chorales
    that share a fifth or more, or are linked by a chain of such pairs, all go where the lowest
    of their numbers goes. Tunes that Bach harmonized again may be on both sides.

    Args:
        rolls: by a name with the BWV number in it, such as "bwv66.6", in any order.

    Returns:
        The names on each side, in the order of their numbers.
    """
    names: list[str] = []
    phrases: list[set[bytes]] = []
    group: list[int] = []
    for name in sorted(rolls, key=_in_numeric_order):
        mine = _phrases(rolls[name])
        shares = [len(mine & theirs) / max(1, min(len(mine), len(theirs))) for theirs in phrases]
        if 1.0 in shares:
            continue
        kin = {group[k] for k, share in enumerate(shares) if share >= KINSHIP}
        first = min(kin, default=len(names))
        group = [first if g in kin else g for g in group] + [first]
        names.append(name)
        phrases.append(mine)
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for name, first in zip(names, group, strict=True):
        sides[{3: 1, 4: 2}.get(_in_numeric_order(names[first])[0] % 5, 0)].append(name)
    return sides


def chorale_baseline(train: Sequence[Roll], test: Sequence[Roll]) -> float:
    """The loss of a model without memory: each note is on independently, at its own frequency.

    Args:
        train: rolls (T, 88) that give the frequencies; for each note one frame with it and one
            without are added, so that no note is impossible.
        test: rolls (T, 88) to predict; every frame has the same weight.

    Returns:
        Nats per frame: binary cross-entropy, summed over the 88 notes and averaged over the
        frames of `test`.

    Source: the negative log-likelihood of Boulanger-Lewandowski et al. (2012), per frame.
    """
    seen, unseen = np.concatenate(train), np.concatenate(test)
    p = (seen.sum(axis=0, dtype=np.float64) + 1) / (len(seen) + 2)
    q = unseen.mean(axis=0, dtype=np.float64)
    return float(-np.sum(q * np.log(p) + (1 - q) * np.log1p(-p)))


def _rolls_of_the_corpus() -> dict[str, Roll]:
    """Each of Bach's MusicXML files with four parts, by its name, transposed to C."""
    try:
        from music21 import converter, corpus
    except ImportError as error:
        raise UserError(
            "Bach's chorales come from music21, which is not installed: run "
            "python -m pip install music21"
        ) from error
    # The Humdrum files repeat three of the MusicXML ones.
    files = [
        file
        for file in corpus.getComposer("bach", fileExtensions=("mxl", "xml", "musicxml"))
        if file.name.startswith("bwv")
    ]
    rolls = {}
    for file in tqdm(sorted(files), desc="Reading Bach's chorales, once", unit="file"):
        score: Any = converter.parse(file, forceSource=True, storePickle=False)
        if len(score.parts) == 4:
            rolls[file.stem] = piano_roll(score, semitones_to_c(score))
    if not rolls:
        raise UserError(
            "The installed music21 has no chorales in its corpus: run "
            "python -m pip install --force-reinstall music21"
        )
    return rolls


def _in_numeric_order(name: str) -> tuple[int, str]:
    """BWV 66.6 comes before BWV 100; files of one number are sorted by name."""
    found = re.match(r"bwv(\d+)", name)
    if found is None:
        raise ValueError(f"{name!r} has no BWV number: give a name such as bwv66.6.")
    return int(found[1]), name


def _phrases(roll: Roll) -> set[bytes]:
    """All groups of a few frames in a row, moved down to the lowest note, whatever the key."""
    found = set()
    for start in range(len(roll) - PHRASE_FRAMES + 1):
        frames, notes = np.nonzero(roll[start : start + PHRASE_FRAMES])
        found.add((frames * NOTES + notes - notes.min(initial=NOTES)).tobytes())
    return found


def _origin(rolls: Mapping[str, Roll], sides: Sequence[Sequence[str]]) -> str:
    kept = [rolls[name] for side in sides for name in side]
    sizes = " / ".join(str(len(side)) for side in sides)
    return (
        f"Music: {len(kept)} chorales by J. S. Bach, {sum(map(len, kept)):,} quarter notes, from "
        f"the corpus of music21 {version('music21')}: the MusicXML files of exactly four parts, "
        f"less {len(rolls) - len(kept)} copies of others. A frame is a quarter note and holds the "
        "notes, A0 to C8, that sound at its start; repeats are played once; each chorale is "
        "transposed to C major or C minor by the nearer way, in the key that music21 finds. "
        f"The split ({sizes} for training / validation / test) is ours, by BWV number, with "
        "near copies on one side; it is not that of Boulanger-Lewandowski et al. (2012), whose "
        "rolls (229 / 76 / 77) Greff et al. (2017) used, so losses are not comparable with theirs."
    )


def _packed(chorales: Chorales) -> bytes:
    """The bytes of a .npz file: all frames in one array, and where to cut it."""
    sides = chorales[:3]
    rolls = [roll for side in sides for roll in side]
    file = io.BytesIO()
    np.savez_compressed(
        file,
        recipe=np.array(RECIPE),
        frames=np.concatenate(rolls),
        lengths=np.array([len(roll) for roll in rolls]),
        sizes=np.array([len(side) for side in sides]),
        origin=np.array(chorales.origin),
    )
    return file.getvalue()


def _read(path: Path) -> Chorales | None:
    """The cache, or None if there is none, it is damaged, or another recipe made it."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if file["recipe"] != RECIPE:
                return None
            rolls = np.split(file["frames"], np.cumsum(file["lengths"])[:-1])
            n_train, n_validation, n_test = (int(size) for size in file["sizes"])
            validation = rolls[n_train : n_train + n_validation]
            test = rolls[n_train + n_validation :]
            if len(test) != n_test:
                return None
            return Chorales(rolls[:n_train], validation, test, str(file["origin"]))
    except Exception:
        # zipfile, zlib and NumPy report damage in a dozen ways; all mean: make it again.
        return None
