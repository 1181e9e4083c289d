"""Write the contracts anew: `python -m deploy.contracts`."""

from deploy.contracts import FOLDER, documents


def main() -> None:
    """Write what changed, and remove the schemas of messages that are gone."""
    wanted = documents()
    for path in sorted(FOLDER.glob("schemas/*.json")):
        if path.relative_to(FOLDER) not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
