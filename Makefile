# make demo   the main job, with everything embedded        make test   all tests, with all they need
# make bench  benchmarks beside the peers                   make lint   style and types, Python and scripts
# make lock   renew the versions and hashes of what is installed
# make test-fast   the tests that start no process          make test-postgresql   the tests of the server, on PostgreSQL
# make test-wordpress   the WordPress plugin in a real WordPress     make wordpress-zip   the plugin, to upload
PYTHON ?= python3
BIN := .venv/bin
EDITOR_JS := static/desk/editor.min.js
READER_JS := static/reader/story.min.js
BUILT_JS := $(EDITOR_JS) $(READER_JS)
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
OURS := --no-deps --no-build-isolation --editable .  # pip takes no hash of an editable package: it goes alone, last
# The lock names no index: where the files come from is the machine's setting; what they hold, the hashes'.
LOCK := .lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(ARGS) pyproject.toml tools/build.in

WORDPRESS_ZIP = dist/liveblog-embed.zip

.PHONY: demo test test-fast test-postgresql test-wordpress wordpress-zip bench lint lock screenshots lighthouse clean

demo: .venv/.demo
	@if command -v npm >/dev/null; then $(MAKE) --silent $(BUILT_JS) || echo "The desk has its plain text field: the rich text editor could not be built." >&2; \
	elif [ ! -e $(EDITOR_JS) ]; then echo "npm is missing: the desk has its plain text field, without the rich text editor. For that: apt-get install npm, then make demo again." >&2; fi
	@exec $(BIN)/liveblog demo $(ARGS)

test: .venv/.test node_modules/.done tests/node_modules/.done $(BUILT_JS)
	@tools/packages curl jq nginx redis-server postgresql pgbouncer chromium chromium-headless-shell fonts-noto-core ffmpeg libimage-exiftool-perl openssl
	@$(BIN)/python -m compileall -q liveblog  # by itself Python may not: see PYTHONDONTWRITEBYTECODE
	node --test tests/js/*.test.mjs
	$(BIN)/pytest $(ARGS)

test-postgresql: .venv/.test tests/node_modules/.done $(BUILT_JS)
	@tools/packages curl jq nginx redis-server postgresql pgbouncer ffmpeg libimage-exiftool-perl openssl
	LIVEBLOG_TEST_DATABASE=postgresql $(BIN)/pytest $(ARGS) $(if $(filter tests/%,$(ARGS)),,tests/server)

test-fast: .venv/.test
	$(BIN)/pytest tests/unit $(ARGS)

test-wordpress: .venv/.test $(BUILT_JS)
	@tools/packages wordpress wordpress-theme-twentytwentythree wordpress-theme-twentytwentyone php-cli php-mysql php-curl \
		php-xml php-mbstring mariadb-server chromium-headless-shell fonts-noto-core
	$(BIN)/pytest tests/wordpress $(ARGS)

wordpress-zip:
	@mkdir -p $(dir $(WORDPRESS_ZIP)) && rm -f $(WORDPRESS_ZIP)
	cd integrations/wordpress && $(PYTHON) -m zipfile -c $(abspath $(WORDPRESS_ZIP)) liveblog-embed

bench: .venv/.test $(BUILT_JS)
	$(BIN)/python -m benchmarks $(ARGS)

lint: .venv/.test node_modules/.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	node_modules/.bin/biome ci --error-on-warnings

screenshots: .venv/.test $(BUILT_JS)
	@tools/packages chromium-headless-shell fonts-noto-core
	$(BIN)/python tools/screenshots.py

lighthouse: .venv/.demo tools/lighthouse/node_modules/.done
	@tools/packages chromium fonts-noto-core
	$(BIN)/python tools/lighthouse.py

.venv/.made:
	@PYTHON="$(PYTHON)" tools/environment .venv
	@touch $@

.venv/.demo: .venv/.made pyproject.toml constraints.txt
	@echo "Installing what the demo needs (the first time takes a minute) …"
	$(PIP) --require-hashes --requirement constraints.txt
	$(PIP) $(OURS)
	@touch $@

.venv/.test: .venv/.made pyproject.toml constraints-test.txt
	$(PIP) --require-hashes --requirement constraints-test.txt
	$(PIP) $(OURS)
	@touch $@

# Keeps the versions that fit; ARGS="--upgrade" or ARGS="--upgrade-package NAME" takes newer ones.
lock:
	test -x .lock/bin/uv || ($(PYTHON) -m venv .lock && .lock/bin/pip install --quiet --disable-pip-version-check uv)
	$(LOCK) --output-file constraints-test.txt --all-extras
	$(LOCK) --output-file constraints.txt --constraint constraints-test.txt --extra embedded --extra postgres --extra s3 --extra oidc

node_modules/.done: package-lock.json
	@tools/packages npm
	npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

tests/node_modules/.done: tests/package-lock.json
	@tools/packages npm
	npm ci --prefix tests --ignore-scripts --no-audit --no-fund --silent
	@touch $@

editor/node_modules/.done: editor/package-lock.json
	@tools/packages npm
	npm ci --prefix editor --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(EDITOR_JS): $(filter-out editor/build-reader.js,$(wildcard editor/*.js)) editor/package-lock.json | editor/node_modules/.done
	node editor/build.js

# It makes the other bundles of readers, too.
$(READER_JS): $(filter-out %.min.js,$(wildcard static/reader/*.js static/reader/*/*.js static/embed/*.js)) editor/build-reader.js editor/package-lock.json | editor/node_modules/.done
	node editor/build-reader.js

tools/lighthouse/node_modules/.done: tools/lighthouse/package-lock.json
	@tools/packages npm
	npm ci --prefix tools/lighthouse --ignore-scripts --no-audit --no-fund --silent
	@touch $@

clean:
	rm -rf .venv .lock node_modules tests/node_modules tools/lighthouse/node_modules editor/node_modules $(EDITOR_JS) static/embed/*.min.js static/reader/*.min.js static/reader/later/*.min.js build dist
