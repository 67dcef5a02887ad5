# Every target makes what it needs, beginning with the environment in .venv.
PYTHON ?= python3
PORT ?= 8000
# Where make book MODEL=... puts its report.
OUT ?= runs/report
# The lock keeps its torch, a large download, unless told: make lock TORCH=torch
TORCH ?= $(shell grep '^torch==' requirements.lock)

BIN := .venv/bin
# Tests of the package and chapters go to as many processes as there are processors, each its own
# thread; four chapters take about 12 GB.
APART := -n logical --maxprocesses 4 --dist loadfile
ENVIRONMENT := .venv/.complete
CHAPTERS := $(shell sed -n "s|.*file: \(book/.*\.py\)|\1|p; s|root: \(book/.*\.py\)|\1|p" _toc.yml)

.PHONY: help book check chapter clean lock test train serve wheel

help:
	@echo "make book    execute the chapters that changed and build the book into _build/html"
	@echo "make book MODEL=my/checkpoint   the same on a network of yours, into \$$OUT ($(OUT))"
	@echo "make check   lint, and the tests that take less than a minute together"
	@echo "make chapter C=probes   execute one chapter and build its page"
	@echo "make lock    renew requirements.lock from pyproject.toml"
	@echo "make clean   forget pages and executed notebooks; the environment stays"
	@echo "make test    test the package, every chapter that changed, and the built pages in a browser"
	@echo "make train   train the model from scratch or go on, on the GPU if there is one;"
	@echo "             ARGS='--help' lists the options and says how several hosts do it"
	@echo "make wheel   build the package into _build/wheel, byte by byte the same for one commit"
	@echo "make serve   build the book and serve it on http://localhost:$(PORT)"
	@echo "The environment is created from requirements.lock by \$$PYTHON ($(PYTHON))."

ifdef MODEL
book: $(ENVIRONMENT)
	$(BIN)/othello-gpt report '$(MODEL)' --out '$(OUT)' $(if $(BOARD),--board $(BOARD)) $(ARGS)
else
book: $(ENVIRONMENT)
	$(BIN)/jupyter-book build . -W --keep-going
	@echo "Open _build/html/index.html in a browser, or run 'make serve'."
endif

test: $(ENVIRONMENT)
	OMP_NUM_THREADS=1 $(BIN)/pytest --ignore=tests/book $(APART)
	$(BIN)/jupytext --quiet --to ipynb $(CHAPTERS)
	stale=$$($(BIN)/python -m othello_gpt.book_tools.cache stale $(CHAPTERS:.py=.ipynb)) && \
		if test -n "$$stale"; then \
		OMP_NUM_THREADS=1 $(BIN)/pytest --nbmake --overwrite --durations=0 $(APART) $$stale && \
		$(BIN)/python -m othello_gpt.book_tools.cache keep $$stale; fi # so that the pages needn't
	$(BIN)/pytest tests/book -n 3 # on two processors, too: a browser often waits
	@$(BIN)/python tests/browser.py && seen=passed || seen="weren't looked at: no Chromium here"; \
		echo "Passed: the package, $(words $(CHAPTERS)) chapters. The pages in _build/html $$seen."

check: $(ENVIRONMENT)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/pytest -q -m "not slow" tests/test_style.py tests/test_house.py tests/test_intervals.py tests/game/test_rules.py

chapter: $(ENVIRONMENT)
	@test -f "book/$(C).py" || { echo "name a chapter, such as: make chapter C=probes"; exit 1; }
	$(BIN)/jupytext --quiet --to ipynb book/$(C).py
	$(BIN)/pytest --nbmake --overwrite book/$(C).ipynb
	$(BIN)/python -m othello_gpt.book_tools.cache keep book/$(C).ipynb
	printf 'format: jb-book\nroot: book/%s\n' $(C) > _build/chapter.yml
	$(BIN)/jupyter-book build . --toc _build/chapter.yml
	@echo "Open _build/html/book/$(C).html; links to other chapters work after make book."

lock:
	rm -rf _build/lock && $(PYTHON) -m venv _build/lock
	_build/lock/bin/pip install --quiet -e '.[book,test]' '$(TORCH)'
	{ head -1 requirements.lock; _build/lock/bin/pip freeze --exclude-editable | sed 's/+cpu$$//'; } > _build/lock.txt
	mv _build/lock.txt requirements.lock

clean:
	rm -rf _build book/*.ipynb

train: $(ENVIRONMENT)
	$(BIN)/othello-gpt train $(ARGS)

# Built from what is committed, with the commit's time: nothing of this machine gets in.
wheel: $(ENVIRONMENT)
	rm -rf _build/wheel && mkdir -p _build/wheel/source
	git archive HEAD | tar -x -C _build/wheel/source
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/pip wheel --quiet --no-deps \
		--wheel-dir _build/wheel ./_build/wheel/source
	rm -rf _build/wheel/source && ls _build/wheel

serve: book
	$(BIN)/python -m http.server $(PORT) --bind localhost --directory _build/html

$(ENVIRONMENT): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11; name another one: make PYTHON=..."; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@
