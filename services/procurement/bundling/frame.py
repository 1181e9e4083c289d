"""Arrays over a pipe: eight bytes of length, then numpy's own archive without pickles."""

import io
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray


def write_frame(stream: IO[bytes], arrays: dict[str, NDArray[Any]]) -> None:
    """Send named arrays.

    Raises:
        BrokenPipeError: nobody reads.
    """
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **arrays)
    stream.write(body.getbuffer().nbytes.to_bytes(8, "big"))
    stream.write(body.getbuffer())
    stream.flush()


def read_frame(stream: IO[bytes]) -> dict[str, NDArray[Any]]:
    """Receive named arrays.

    Raises:
        EOFError: the other side closed the pipe.
    """
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    if len(body) < size:
        raise EOFError
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        return dict(archive)
