"""`python -m shared.healthcheck`: whether the service in this container is well, by exit code."""

import os
import sys
import urllib.error
import urllib.request

from shared.settings import HTTP_PORTS


def main() -> int:
    """0 where the service answers that it, its broker and its database are well; else 1."""
    service = os.environ["SERVICE"]
    own, common = f"KITU_{service.upper()}_HTTP_PORT", "KITU_HTTP_PORT"
    port = os.environ.get(own) or os.environ.get(common) or HTTP_PORTS[service]
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=4).close()
    except (urllib.error.URLError, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
