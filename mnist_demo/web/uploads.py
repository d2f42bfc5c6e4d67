"""Pictures that programs upload for /recognize: in a folder of our own, for ten minutes, so many at most."""

import asyncio
import secrets
from pathlib import Path

import anyio
import anyio.to_thread
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from mnist_demo.errors import ImageError, RequestError, UploadsError
from mnist_demo.messages import say
from mnist_demo.preprocess.decode import MAX_BYTES

SECONDS = 600.0
MOST_BYTES = 500_000_000
FILE_BYTES = 8_192  # of the disk for the smallest file
AT_ONCE = 10  # files of one request


class Uploads:
    """What has come within the time that files are kept. For the one thread of the server's event loop."""

    def __init__(self, folder: Path, most: int = MOST_BYTES, seconds: float = SECONDS):
        """`folder`: may be shared with other copies of the program, whose uploads are then found too."""
        self._folder, self._most, self._seconds = folder.resolve(), most, seconds
        self._used = 0

    async def save(self, request: Request) -> list[str]:
        """Keep the files of a multipart request -> their paths. Raises `UploadsError`, `ImageError`, `RequestError`.

        What has come of a request that breaks off is in files without a name, which the system removes by itself.
        """
        if self._used > self._most:
            raise UploadsError
        try:
            async with request.form(max_files=AT_ONCE, max_fields=AT_ONCE) as form:
                files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
                if any((file.size or 0) > MAX_BYTES for file in files):
                    raise ImageError(reason=say("reason.file_large", limit=f"{MAX_BYTES // 1_000_000}"))
                return [await self._keep(file) for file in files]
        except (MultiPartException, KeyError):
            raise RequestError from None
        except OSError as error:  # as of a full disk
            raise ImageError(reason=say("reason.system", detail=error.strerror or type(error).__name__)) from None

    async def _keep(self, file: UploadFile) -> str:
        path = self._folder / secrets.token_hex(16)
        content = await file.read()
        size = max(len(content), FILE_BYTES)
        self._used += size
        asyncio.get_running_loop().call_later(self._seconds, self._forget, path, size)
        await anyio.to_thread.run_sync(path.write_bytes, content)
        return str(path)

    def _forget(self, path: Path, size: int) -> None:
        self._used -= size
        path.unlink(missing_ok=True)

    def find(self, path: object) -> Path:
        """The file that was uploaded as `path`. Raises `ImageError` for any other file of the server, and for what is
        elsewhere."""
        if not isinstance(path, str):
            raise ImageError(reason=say("reason.upload"))
        if path.lower().startswith(("http:", "https:", "data:")):
            raise ImageError(reason=say("reason.address"))
        try:
            found = Path(path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            found = None
        if found is None or found.parent != self._folder or not found.is_file():
            raise ImageError(reason=say("reason.upload"))
        return found
