# `make run` and `make test` install what they need on a fresh machine. Later runs skip this.

PYTHON ?= python3
PORT ?= 8000
BIND ?= 127.0.0.1:$(PORT)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

.DEFAULT_GOAL := help
.PHONY: help run serve test check test-browser test-deploy test-postgres format messages screenshots clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is required. Set its path: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "Python cannot create a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }

.venv/installed: requirements.txt .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.env:
	@umask 077 && printf 'SECRET_KEY=%s\nALLOWED_HOSTS=localhost,127.0.0.1,[::1]\n' \
		"$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" > $@
	@echo "Wrote .env with a random secret."

run: .venv/installed .env ## Set up, import the sample archive into an empty database, and serve the site
	@$(BIN)/python -c 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1]))).close()' $(PORT) 2>/dev/null \
		|| { echo "Port $(PORT) is in use. Use another: make run PORT=8001"; exit 1; }
	umask 077 && $(MANAGE) migrate --verbosity 0
	$(MANAGE) loaddata --verbosity 0 moderators
	$(MANAGE) collectstatic --verbosity 0 --noinput
	$(MANAGE) import_archive --if-empty fixtures/sample_archive
	@echo "The site runs at http://127.0.0.1:$(PORT)/ (press Ctrl-C to stop)"
	@$(BIN)/gunicorn --workers 2 --bind 127.0.0.1:$(PORT) --log-level warning archive_site.wsgi

# A variable has priority over `.env`.
serve: export DEBUG := 0
serve: .venv/installed .env ## Set up and serve a public site, without sample threads (BIND=address:port)
	@$(BIN)/python -c 'import socket, sys; host, _, port = sys.argv[1].rpartition(":"); family = socket.AF_INET6 if ":" in host else socket.AF_INET; port.isdigit() and socket.create_server((host.strip("[]"), int(port)), family=family).close()' $(BIND) 2>/dev/null \
		|| { echo "Cannot listen at $(BIND): the port is in use, or the address is wrong. Use another: make serve BIND=127.0.0.1:8001"; exit 1; }
	umask 077 && $(MANAGE) migrate --verbosity 0
	$(MANAGE) loaddata --verbosity 0 moderators
	$(MANAGE) collectstatic --verbosity 0 --noinput
	$(MANAGE) check --deploy
	@echo "The site runs at $(BIND) with one process for each core (WEB_CONCURRENCY). Press Ctrl-C to stop."
	@$(BIN)/gunicorn --bind $(BIND) --log-level warning archive_site.wsgi

test: .venv/installed-dev ## Run the tests that need no server
	$(BIN)/python -m pytest -n auto --durations=10

test-postgres: .venv/installed-dev ## Run the tests on PostgreSQL, if a server answers
	@bash .ci/postgres

test-deploy: .venv/installed-dev ## Run the tests of deploy/ and of the operators' guide
	@bash .ci/deploy

test-browser: .venv/installed-dev ## Run the browser tests, if Debian's Chromium is installed
	@bash .ci/browser

screenshots: .venv/installed-dev ## Make the pictures of the README from the sample archive
	@$(BIN)/python -m tests.browser.screenshots

check: .venv/installed-dev ## Check format, lint, types, import contracts, templates, migrations, deployment settings and known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	DEBUG=1 $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates
	DEBUG=1 $(MANAGE) makemigrations --check --dry-run
	SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))') HTTPS=1 DEBUG=0 \
		$(MANAGE) check --deploy --fail-level WARNING
	@bash .ci/audit

format: .venv/installed-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: .venv/installed ## Update and compile the translation catalogues (needs gettext)
	@command -v xgettext >/dev/null || { echo "GNU gettext is required. On Debian: apt-get install gettext"; exit 1; }
	DEBUG=1 $(MANAGE) makemessages --locale zh_Hans --locale zh_Hant --add-location file --no-obsolete --no-wrap \
		--ignore bench --ignore build --ignore staticfiles --ignore tests
	DEBUG=1 $(MANAGE) compilemessages --locale zh_Hans --locale zh_Hant --ignore '.venv'

clean: ## Remove the virtual environment and caches, not the database
	rm -rf .venv staticfiles .mypy_cache .ruff_cache .pytest_cache
