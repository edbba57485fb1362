# `make run` and `make test` are all one needs. Each prepares what is missing first.
PYTHON ?= python3
JIESU = .venv/bin/python -m hotline

.PHONY: run test check bench bench-voice bench-intake bench-knowledge train lock format

run:  ## install, train, start everything; Ctrl-C stops it
	@$(PYTHON) bootstrap.py
	@exec $(JIESU) run

test:  ## all tests; those that need PostgreSQL or Chromium say so where it is missing
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/python -m pytest

check:  ## style, types, import rules
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache

bench:  ## measure the running system; prints tables
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/python -m bench

bench-voice:  ## measure calls (waiting, barge-in, calls at once) and recognition
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/python -m bench.voice
	@.venv/bin/python -m bench.speech

bench-intake:  ## measure the intake on its frozen test sets
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/python -m bench.intake
	@.venv/bin/python -m bench.dispatch

bench-knowledge:  ## measure the search of the knowledge; the last part takes minutes
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/python -m bench.knowledge
	@.venv/bin/python -m bench.knowledge_large

train:
	@$(PYTHON) bootstrap.py
	@$(JIESU) train

lock:  ## write the hashed requirements anew from the .in files
	@$(PYTHON) bootstrap.py --lock

bench-survey:  ## measure how survey answers are understood, surveys whose workers are killed, and figures at a million tickets
	@$(PYTHON) bootstrap.py --dev
	@.venv/bin/python -m bench.survey
	@.venv/bin/python -m bench.figures
