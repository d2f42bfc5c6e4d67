"""The digits that a class has collected, in one SQLite file that several copies of the program share.

    <cache>/class/digits.sqlite    and while it is open, SQLite's own -wal and -shm beside it

A digit that `add` has returned for is on the disk: SQLite writes it to its log and waits for the disk before the call
returns (https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous), so that it outlives
`kill -9`, a power cut and a disk that becomes full. What can't be kept is refused in a sentence.

Nobody's name is asked for. A writer is a random id that only the device which made it knows, and which therefore is
never handed out; everyone else sees the number, and the nickname if there is one.
"""

import contextlib
import json
import logging
import secrets
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.errors import ClassError
from mnist_demo.messages import say
from mnist_demo.preprocess import strokes
from mnist_demo.system import files

log = logging.getLogger("mnist_demo")

MAX_DIGITS = 20_000
MAX_OF_WRITER = 500
MAX_OF_ADDRESS = 5_000  # a whole class may share one, and whoever invents writers has only that
MAX_PER_MINUTE = 60  # of a writer
MAX_POINTS = 2_000  # kept of a digit; a pen that reports more is thinned out
GROUPS = ("", "A", "B", "C", "D")  # what they stand for the class decides
MAX_NAME = 20  # letters of a nickname
TESTED = 3  # every so manieth writer is only tested on

_FORMAT = 2
_MAX_PAGES = 100_000  # of 4 kB, of the file: more than the most digits of the most points take
_GRID = 1000  # the longer side of a digit as it is kept, whose coordinates are whole numbers
_PATIENCE = 10.0  # seconds for another process to finish its writing
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS writers (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, grp TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS digits (
        number INTEGER PRIMARY KEY AUTOINCREMENT, writer INTEGER NOT NULL REFERENCES writers, label INTEGER NOT NULL,
        strokes TEXT NOT NULL, moment REAL NOT NULL, key TEXT, UNIQUE (writer, key));
    CREATE INDEX IF NOT EXISTS of_writer ON digits (writer, moment);
"""


@dataclass(frozen=True)
class Writer:
    """Who wrote: a number that nobody else ever gets, a nickname or "", a group or "", and how many digits."""

    number: int
    name: str
    group: str
    digits: int

    @property
    def tested(self) -> bool:
        """Whether the digits are only tested on. Fixed by the number, so nobody changes sides from one training to
        the next; of two writers the second is tested on, of thirty ten."""
        return self.number % TESTED == 2


@dataclass(frozen=True)
class Digit:
    """A digit of the class. `strokes`: each a list of [x, y], whole numbers, the longer side 1,000."""

    number: int  # grows with every digit
    writer: int  # `Writer.number`
    label: int  # 0..9
    strokes: list[list[list[int]]]
    moment: float  # seconds since 1970


@dataclass(frozen=True)
class Incoming:
    """A writer brought in from elsewhere. `digits`: of each the label, the strokes as `strokes.check` returns them, and
    the moment in seconds since 1970; at most `MAX_OF_WRITER`."""

    name: str
    group: str
    digits: list[tuple[int, list[np.ndarray], float]]


class ClassDigits:
    """The class's digits. Every method may be called from any thread and any process, and raises `ClassError`."""

    def __init__(self, folder: Path):
        """`folder` is made when the first digit comes."""
        self._path = folder / "digits.sqlite"
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None
        self._damaged = False
        self._came_from: Counter[str] = Counter()  # digits by address; on the disk none is kept

    def close(self) -> None:
        """Let the file go; the next call opens it again."""
        with self._lock:
            self._drop()

    def add(
        self,
        writer: str,
        label: int,
        drawing: Sequence[np.ndarray],
        name: str = "",
        group: str = "",
        key: str | None = None,
        address: str = "",
    ) -> int:
        """Keep a digit -> the number it got.

        Args:
            writer: the device's random id.
            label: 0..9, what was written.
            drawing: as `strokes.check` returns it, arrays (n, 2) of points, with at least one point.
            name, group: the writer's, from now on for all digits.
            key: of this digit, made by the device. One that is sent again, because the answer was lost on its way, is
                kept once and has the number that it got first.
            address: of the device in the network. So many digits of one at most until all are cleared, or this program
                ends.

        Raises:
            ClassError: a bound is reached, or the disk won't have it.
        """
        kept, now = _text(drawing), time.time()
        with self._transaction() as db:
            # no upsert, which would use up a number each time
            if not db.execute("UPDATE writers SET name = ?, grp = ? WHERE id = ?", (name, group, writer)).rowcount:
                db.execute("INSERT INTO writers (id, name, grp) VALUES (?, ?, ?)", (writer, name, group))
            (number,) = db.execute("SELECT number FROM writers WHERE id = ?", (writer,)).fetchone()
            known = db.execute("SELECT number FROM digits WHERE writer = ? AND key = ?", (number, key)).fetchone()
            if known is not None:
                return int(known[0])
            of_writer = "SELECT COUNT(*) FROM digits WHERE writer = ?"
            if db.execute(f"{of_writer} AND moment > ?", (number, now - 60)).fetchone()[0] >= MAX_PER_MINUTE:
                raise ClassError(reason=say("reason.class_minute", limit=MAX_PER_MINUTE))
            if db.execute(of_writer, (number,)).fetchone()[0] >= MAX_OF_WRITER:
                raise ClassError(reason=say("reason.class_writer", limit=MAX_OF_WRITER))
            self._need_room(db, 1)
            self._count(address)
            return _insert(db, number, label, kept, now, key)

    def writers(self) -> list[Writer]:
        """All who have written something, by their numbers."""
        rows = self._rows(
            "SELECT w.number, w.name, w.grp, COUNT(*) FROM writers w JOIN digits d ON d.writer = w.number "
            "GROUP BY w.number ORDER BY w.number"
        )
        return [Writer(*row) for row in rows]

    def writer(self, id_: str) -> Writer | None:
        """The writer with this random id; None if nothing of theirs is kept."""
        rows = self._rows(
            "SELECT w.number, w.name, w.grp, COUNT(*) FROM writers w JOIN digits d ON d.writer = w.number "
            "WHERE w.id = ? GROUP BY w.number",
            id_,
        )
        return Writer(*rows[0]) if rows else None

    def counts(self) -> tuple[int, int]:
        """How many digits there are, of how many writers."""
        rows = self._rows("SELECT COUNT(*), COUNT(DISTINCT writer) FROM digits")
        return rows[0] if rows else (0, 0)

    def digits(self, after: int = 0) -> list[Digit]:
        """The digits whose number is greater than `after`, by their numbers."""
        rows = self._rows(
            "SELECT number, writer, label, strokes, moment FROM digits WHERE number > ? ORDER BY number", after
        )
        return [Digit(number, writer, label, json.loads(kept), moment) for number, writer, label, kept, moment in rows]

    def numbers(self) -> list[int]:
        """The numbers of all digits, ascending: what has been taken back since is missing."""
        return [number for (number,) in self._rows("SELECT number FROM digits ORDER BY number")]

    def remove(self, numbers: Iterable[int]) -> int:
        """Remove these digits -> how many there were of them."""
        with self._transaction() as db:
            gone = sum(db.execute("DELETE FROM digits WHERE number = ?", (number,)).rowcount for number in numbers)
            _forget_idle_writers(db)
            return gone

    def remove_writer(self, id_: str) -> int:
        """Remove all that the writer with this random id has written, and the writer -> how many digits it was."""
        with self._transaction() as db:
            of_writer = "DELETE FROM digits WHERE writer = (SELECT number FROM writers WHERE id = ?)"
            gone = db.execute(of_writer, (id_,)).rowcount
            _forget_idle_writers(db)
            return gone

    def clear(self) -> int:
        """Remove everything, from the disk too -> how many digits it was."""
        with self._transaction() as db:
            gone = db.execute("DELETE FROM digits").rowcount
            _forget_idle_writers(db)
        with self._lock, self._told():
            self._came_from.clear()
            db = self._connection()
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def bring_in(self, writers: Sequence[Incoming]) -> int:
        """Keep the digits of all these writers, who are new ones here, or of none -> how many digits."""
        total = sum(len(writer.digits) for writer in writers)
        with self._transaction() as db:
            self._need_room(db, total)
            for writer in writers:
                values = secrets.token_hex(16), writer.name, writer.group
                row = db.execute("INSERT INTO writers (id, name, grp) VALUES (?, ?, ?)", values)
                for label, drawing, moment in writer.digits:
                    _insert(db, int(row.lastrowid or 0), label, _text(drawing), moment)
            return total

    def _need_room(self, db: sqlite3.Connection, count: int) -> None:
        if db.execute("SELECT COUNT(*) FROM digits").fetchone()[0] + count > MAX_DIGITS:
            raise ClassError(reason=say("reason.class_full", limit=f"{MAX_DIGITS:,}"))

    def _count(self, address: str) -> None:
        if self._came_from[address] >= MAX_OF_ADDRESS:
            raise ClassError(reason=say("reason.class_address", limit=f"{MAX_OF_ADDRESS:,}"))
        if len(self._came_from) > MAX_DIGITS:  # whoever has that many can't be told by them
            self._came_from.clear()
        self._came_from[address] += 1

    def _rows(self, query: str, *values: Any) -> list[Any]:
        if not self._path.exists():  # no file is made for a question
            return []
        with self._lock, self._told():
            return self._connection().execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Within, all or nothing is written; on the disk when it ends."""
        with self._lock, self._told():
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has ended it already
                    db.execute("ROLLBACK")
                raise

    def _connection(self) -> sqlite3.Connection:
        if self._open is not None and not self._path.exists():  # else digits would go to a file without a name
            self._drop()
        if self._open is None:
            if self._damaged or not (self._path.is_file() or not self._path.exists()):
                self._set_aside()
            try:
                self._open = _opened(self._path)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside()
                self._open = _opened(self._path)
        return self._open

    def _set_aside(self) -> None:
        """Move a file that can't be believed out of the way, with what belongs to it."""
        self._damaged = False
        place = files.damaged_folder(self._path.parent)
        name = f"digits-{time.time_ns()}.sqlite"
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._path}{ending}").rename(place / (name + ending))
        log.warning("%s", say("notice.class_damaged", folder=str(place / name)))

    def _drop(self) -> None:
        if self._open is not None:
            with contextlib.suppress(sqlite3.Error):
                self._open.close()
            self._open = None

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's and the system's errors as a sentence. A damaged file is looked at anew by the next call."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self._drop()
            self._damaged = _is_damage(error)
            detail = getattr(error, "strerror", None) or str(error)
            raise ClassError(reason=say("reason.system", detail=detail)) from None


def compact(drawing: Sequence[np.ndarray]) -> list[list[list[int]]]:
    """Strokes (n, 2) as they are kept: whole numbers with the longer side 1,000, at most some `MAX_POINTS` of them."""
    everything = np.concatenate(list(drawing))
    low = everything.min(0)
    scale = _GRID / max(float((everything.max(0) - low).max()), 1e-9)
    scaled = [(stroke - low) * scale for stroke in drawing]
    if len(everything) > MAX_POINTS:
        length = sum(float(np.hypot(*np.diff(stroke, axis=0).T).sum()) for stroke in scaled)
        scaled = [strokes.resample(stroke, max(length / (MAX_POINTS / 2), 1.0)) for stroke in scaled]
    return [np.round(stroke).astype(int).tolist() for stroke in scaled]


def _text(drawing: Sequence[np.ndarray]) -> str:
    return json.dumps(compact(drawing), separators=(",", ":"))


def _insert(db: sqlite3.Connection, writer: int, label: int, kept: str, moment: float, key: str | None = None) -> int:
    values = writer, label, kept, moment, key
    row = db.execute("INSERT INTO digits (writer, label, strokes, moment, key) VALUES (?, ?, ?, ?, ?)", values)
    return int(row.lastrowid or 0)


def _forget_idle_writers(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM writers WHERE number NOT IN (SELECT writer FROM digits)")


def _is_damage(error: Exception) -> bool:
    """Whether it is the file's content; a full disk, a lock or a value that doesn't fit have kinds of their own."""
    return type(error) is sqlite3.DatabaseError


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # transactions are begun by hand; the lock above lets one thread in at a time
    db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")  # what is taken back is overwritten, not only let go
        db.executescript(_SCHEMA)
        if db.execute("PRAGMA user_version").fetchone()[0] not in (0, _FORMAT):
            raise sqlite3.DatabaseError("another format")
        db.execute(f"PRAGMA user_version = {_FORMAT}")
        db.execute(f"PRAGMA max_page_count = {_MAX_PAGES}")
    except BaseException:
        db.close()
        raise
    return db
