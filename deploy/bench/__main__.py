"""`make bench`: what bundling costs, against a plain formulation and against greedy buying."""

import typer

from deploy.bench.bundling import main

typer.run(main)
