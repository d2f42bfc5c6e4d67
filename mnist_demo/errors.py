"""What can go wrong, each as one sentence that says what happened and what to do.

    DemoError
    ├── InputError        what a visitor sent can't be read
    │   ├── StrokesError
    │   ├── ImageError
    │   ├── NoTestImageError
    │   ├── NoWeightsError
    │   └── RequestError  nor can it be told what it was meant to be
    ├── UploadsError      there is no room for more of them
    ├── CrowdedError      too much is asked at once
    ├── DataError         the training images asked for can't be used
    │   └── DownloadError
    ├── CacheError        a cached model fails its check
    ├── TemporaryError    there is no place for temporary files
    ├── FolderError       the current folder has been removed
    ├── AddressError      the page can't be served where it was asked for
    ├── ClassError        the class's digits can't be kept, changed or trained with
    │   └── TeacherError      only a teacher may do that
    ├── RunError          a training beside the present network comes to nothing
    ├── ExportError       the trained network can't be handed out as a file
    └── TrainingError     the training broke off
        ├── BusyError         one is running already
        ├── UntrainedError    there is no network to ask yet
        └── RetrainOffError   this server's visitors may not train

The page and the command line catch `DemoError` and show its sentence; everything else is a bug.
"""

import functools
from typing import Any

from mnist_demo.messages import Sentence


class DemoError(Exception):
    """Base of all. `sentence` is for people; `str(error)` is its English form."""

    key = ""

    def __init__(self, **values: Any):
        self.sentence = Sentence(self.key, values)
        super().__init__(values)

    def __str__(self) -> str:
        return str(self.sentence)

    def __reduce__(self) -> Any:
        # out of another process it comes as it was
        return functools.partial(type(self), **self.sentence.values), ()


class InputError(DemoError):
    """What a visitor sent can't be read."""


class StrokesError(InputError):
    """Values: reason."""

    key = "error.strokes"


class ImageError(InputError):
    """Values: reason."""

    key = "error.image"


class NoTestImageError(InputError):
    """There is no such test image. Values: reason."""

    key = "error.test_image"


class NoWeightsError(InputError):
    """There is no such network, or no longer."""

    key = "error.weights"


class RequestError(InputError):
    """A request that nobody who knows the page or the API would send."""

    key = "error.request"


class UploadsError(DemoError):
    """So many pictures have been uploaded in the last minutes that there is no room for more."""

    key = "error.uploads"


class CrowdedError(DemoError):
    """More is asked at the same time than can be kept in mind."""

    key = "error.crowded"


class DataError(DemoError):
    """Values: path, reason."""

    key = "error.data"


class DownloadError(DataError):
    """Values: reason."""

    key = "error.download"


class CacheError(DemoError):
    """Values: folder, reason."""

    key = "error.cache"


class TemporaryError(DemoError):
    """No folder for temporary files can be written."""

    key = "error.temporary"


class FolderError(DemoError):
    """The folder in which the program was started does not exist any more."""

    key = "error.folder"


class AddressError(DemoError):
    """Values: host, reason."""

    key = "error.address"


class ExportError(DemoError):
    """Values: reason."""

    key = "error.export"


class ClassError(DemoError):
    """Values: reason."""

    key = "error.class"


class TeacherError(ClassError):
    """Only a teacher may do that. Values: reason."""

    key = "error.teacher"


class RunError(DemoError):
    """Values: reason."""

    key = "error.run"


class TrainingError(DemoError):
    """Values: reason."""

    key = "error.training"


class BusyError(TrainingError):
    """A training is running already."""

    key = "error.busy"


class UntrainedError(TrainingError):
    """There is no network to ask yet."""

    key = "error.untrained"


class RetrainOffError(TrainingError):
    """This server's visitors may not start trainings."""

    key = "error.retrain_off"
