"""A file whose bytes the parent process hands over, range by range: nothing is copied to a disk."""

import errno
import io
from typing import BinaryIO

_LARGEST = 1024 * 1024


class RemoteFile(io.RawIOBase):
    """Asks with lines ``R <offset> <length>`` on `questions`, and reads exactly that many bytes from `answers`."""

    def __init__(self, size: int, questions: BinaryIO, answers: BinaryIO) -> None:
        self._size = size
        self._position = 0
        self._questions = questions
        self._answers = answers

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "a position before the start of the file")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = max(0, min(len(buffer), self._size - self._position, _LARGEST))
        if length:
            self._questions.write(f"R {self._position} {length}\n".encode())
            self._questions.flush()
            content = self._answers.read(length)
            if len(content) != length:
                raise EOFError("the parent process is gone")
            buffer[:length] = content
            self._position += length
        return length
