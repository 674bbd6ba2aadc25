"""Movies and stills: which steps become frames, what a frame shows, and files read again."""

import tempfile
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO

import imageio.v2 as imageio
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from page_rules import RULES
from PIL import Image

from hivemind_abm.app.cli.main import main
from hivemind_abm.app.figures import movie_files
from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.figures.movie_files import write_movie
from hivemind_abm.app.page.cards.movie import MOST_FRAMES, frames_of, steps_of, still
from hivemind_abm.app.page.cards.recorder import Recording
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule, Second
from hivemind_abm.app.page.sessions.session import Session

SVG = "{http://www.w3.org/2000/svg}"
ELSEWHERE = """
import random
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Elsewhere(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return random.randrange(neighbours.n_action)
"""


def session_of(steps=8, **choices):
    choices = {"population_size": 30, "compiled": False, "dynamics": (), **choices}
    session = Session(Choices(**choices))
    for _ in range(steps):
        session.step()
    return session


def texts(svg):
    return [each.text for each in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def session():
    return session_of()


@pytest.fixture(scope="module")
def frames(session):
    return list(frames_of(session, steps_of(0, 8)))


@pytest.fixture(scope="module")
def small(session):
    return list(frames_of(session, [0, 4, 8], scale=0.5))


@pytest.mark.parametrize("last", [0, 1, 599, 600, 601, 1198, 1199, 100_000])
def test_at_most_so_many_steps_become_frames_and_the_last_one_is_among_them(last):
    steps = steps_of(7, 7 + last)
    assert len(steps) == min(last + 1, MOST_FRAMES) or MOST_FRAMES // 2 < len(steps) <= MOST_FRAMES
    assert steps[0] == 7 and steps[-1] == 7 + last and steps == sorted(set(steps))


def test_a_frame_is_that_of_its_step_whatever_else_is_looked_at(session, frames):
    assert frames[0].shape == (560, 1120, 3) and frames[0].dtype == np.uint8
    assert not np.array_equal(frames[0], frames[-1])
    some, held = [], session.at(2)
    for frame in frames_of(session, [3, 5, 8]):
        some.append(frame)
        assert held.steps == 2  # nobody has stepped what is being looked at
    for frame, step in zip(some, (3, 5, 8), strict=True):
        # The curves begin at the first step of a movie, so only the bees are the same.
        assert np.array_equal(frame[40:500, :540], frames[step][40:500, :540])


def test_a_cell_has_the_colour_of_its_option_and_payoff():
    session = session_of(2, population_size=600, compiled=True)
    last = list(frames_of(session, [0, 2]))[-1]
    opinion, shown = session.hive.opinions[0], session.hive.shown[0]
    colour = np.array(to_rgb(colours_of_options(10)[opinion]))
    wanted = 255.0 * (1.0 - (0.3 + 0.7 * shown) * (1.0 - colour))
    cells = last[100:500, 10:540].reshape(-1, 3)
    rows, columns = np.nonzero((last[60:, :550] < 250).any(axis=2))
    middle = last[60 + (rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
    near = (np.abs(cells - wanted) < 2.0).all(axis=1)
    assert near.sum() > 20
    assert np.abs(middle - wanted).max() < 2.0


def test_two_hives_stand_side_by_side():
    session = session_of(4, second=Second(rule="success"))
    frame = next(frames_of(session, [0, 4]))
    assert frame.shape == (800, 1120, 3)
    words = texts(still(session, 4))
    assert "R_wvoter, 30 bees" in words and "R_success, 30 bees" in words


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [".mp4", ".gif"])
def test_a_movie_holds_all_frames_and_keeps_its_time(kind, small, tmp_path):
    file = tmp_path / f"movie{kind}"
    write_movie(file, small, 5)
    with imageio.get_reader(file) as reader:
        decoded = [frame[..., :3].astype(float) for frame in reader]
        about = reader.get_meta_data()
    assert len(decoded) == 3
    for place in (0, 2):
        assert decoded[place].shape == small[place].shape
        assert np.abs(small[place] - decoded[place]).mean() < 2.0
    assert np.abs(decoded[0] - decoded[2]).mean() > 3.0
    if kind == ".mp4":
        assert about["codec"] == "h264" and about["fps"] == 5
    else:
        with Image.open(file) as image:
            assert image.n_frames == 3 and image.info["loop"] == 0 and image.info["duration"] == 200


def test_images_are_numbered_and_exact(small, tmp_path):
    write_movie(tmp_path / "movie.zip", small, 12)
    with zipfile.ZipFile(tmp_path / "movie.zip") as archive:
        names = archive.namelist()
        assert names == ["README.txt", "frame_0001.png", "frame_0002.png", "frame_0003.png"]
        assert archive.read("README.txt") == b"12 frames per second\n"
        image = Image.open(BytesIO(archive.read("frame_0003.png")))
        assert np.array_equal(np.asarray(image), small[2])


def test_without_the_packages_there_are_no_videos(monkeypatch, small, tmp_path):
    monkeypatch.setattr(movie_files, "find_spec", lambda name: None)
    assert not movie_files.has_video()
    with pytest.raises(ValueError, match=r"pip install 'hivemind_abm\[video\]'"):
        write_movie(tmp_path / "movie.mp4", small, 5)
    write_movie(tmp_path / "movie.gif", small[:1], 5)
    with pytest.raises(ValueError, match=r"must end in \.mp4, \.gif, \.zip, not 'movie\.avi'"):
        write_movie(tmp_path / "movie.avi", small, 5)


def test_a_still_is_an_svg_with_text(session):
    svg = still(session, 5)
    assert svg == still(session, 5)
    words = texts(svg)
    for word in ("step 5", "R_wvoter, 30 bees", "option 9", "share"):
        assert word in words
    options = [str(option) for option in session.at(5).opinions]
    ticks = [str(step) for step in range(6)]
    assert sorted(word for word in words if word.isdigit()) == sorted(options + ticks)
    assert "step 8" in texts(still(session, 8))


def test_kinds_silent_bees_and_those_without_option_are_told(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(RULES)
    mix = (FurtherRule(f"{file}:Stubborn", 0.3), FurtherRule(f"{file}:Scout", 0.3))
    words = texts(still(session_of(6, rule=f"{file}:Averager", mix=mix), 6))
    kinds = "no mark Averager, ● Stubborn, ▲ Scout"
    assert f"{kinds}; pale: silent; empty: no option" in words and "no option" in words
    words = texts(still(session_of(6, mix=mix, neighbourhood="random regular:4"), 6))
    assert any((word or "").startswith("● R_wvoter, ▲ Stubborn, ■ Scout") for word in words)


def test_a_rule_that_draws_elsewhere_is_refused(tmp_path):
    (tmp_path / "mine.py").write_text(ELSEWHERE)
    with pytest.warns(RuntimeWarning, match="draws from random"):
        session = session_of(3, rule=str(tmp_path / "mine.py"))
    with pytest.raises(ValueError, match="draws numbers from elsewhere than its rng"):
        list(frames_of(session, [0, 3]))


def test_a_recording_is_made_and_its_folder_removed(session, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    reports = []
    made = Recording(session, ".gif", [0, 4, 8], 5, lambda: reports.append(made.done))
    assert made.running
    made.make()
    assert made.data.startswith(b"GIF89a") and not made.running and reports[-1] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_is_cancelled_stops_and_says_no_more(session, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    reports = []
    made = Recording(session, ".zip", [*range(9)], 5, lambda: reports.append(made.done))
    draw = made._counted

    def cancelled_on_the_way(frames):
        for frame in draw(frames):
            yield frame
            made.cancel()

    made._counted = cancelled_on_the_way
    made.make()
    assert made.data is None and made.done == 1 and not made.running and reports == []
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_is_told(session):
    made = Recording(session, ".avi", [0], 5, lambda: None)
    made.make()
    assert made.problem.startswith("a movie must end in") and not made.running


def test_a_movie_from_the_command_line(tmp_path, capsys):
    file = tmp_path / "run.gif"
    words = ["run", "--population-size", "30", "--out", str(tmp_path), "--steps", "3"]
    words += ["--interpreted", "--movie"]
    assert main([*words, str(file)]) == 0
    assert f"written: {file}" in capsys.readouterr().out
    assert Image.open(file).n_frames == 4
    for wrong, message in (
        ([str(tmp_path / "run.avi")], "must end in .mp4, .gif, .zip"),
        ([str(file), "--runs", "2"], "--movie shows one run, so it needs --runs 1, not 2"),
        ([str(file), "--population-size", "20000"], "--population-size must be 1 to 10000"),
    ):
        assert main([*words, *wrong]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.thorough
def test_areas_of_a_gif_keep_their_colours(session, tmp_path):
    frame = next(frames_of(session, [0]))
    write_movie(tmp_path / "movie.gif", [frame], 5)
    shown = np.asarray(Image.open(tmp_path / "movie.gif").convert("RGB")).reshape(-1, 3)
    pixels = frame.reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    assert len(colours) > 256
    wide = colours[counts >= 60]
    assert len(wide) > 10
    for colour in wide:
        assert (shown[(pixels == colour).all(axis=1)] == colour).all()
    assert np.abs(shown.astype(int) - pixels).max() < 80


def test_a_place_where_nothing_can_be_written_is_told_before_the_run(tmp_path, capsys):
    words = ["run", "--population-size", "30", "--out", str(tmp_path / "out"), "--movie"]
    (tmp_path / "folder.gif").mkdir()
    (tmp_path / "file.gif").write_text("")
    for wrong, message in (
        (tmp_path / "folder.gif", "is a folder, not a file"),
        (tmp_path / "file.gif" / "run.gif", "cannot be written: "),
    ):
        assert main([*words, str(wrong)]) == 2
        told = capsys.readouterr().err
        assert message in told and repr(str(wrong)) in told and "Errno" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.gif", "folder.gif"]
