PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check up down adopt backup restore tensorboard bench weights install
demo: weights  ## [PHOTOS=folder] [QUERY=file]
	@$(BIN)/python -m local.demo $(if $(PHOTOS),--photos "$(PHOTOS)") $(if $(QUERY),--query "$(QUERY)")

up: weights  ## [PHOTOS=folder] [HOST=address, such as 0.0.0.0: other machines reach it there]
	@$(BIN)/python -m local.up $(if $(PHOTOS),"$(PHOTOS)") $(if $(HOST),--host "$(HOST)")

down: install
	@$(BIN)/python -m local.down

adopt: weights  ## FROM=folder of the first system: its catalogue and vectors move in
	@$(BIN)/python -m local.adopt $(if $(FROM),"$(FROM)")

backup: install  ## [FILE=file.tar], also while Nitari serves
	@$(BIN)/python -m local.backup $(if $(FILE),"$(FILE)")

restore: install  ## FILE=file.tar; what is there now is put aside
	@$(BIN)/python -m local.restore $(if $(FILE),"$(FILE)")

tensorboard: install  ## the curves of every fine-tune, on http://127.0.0.1:6006
	$(BIN)/tensorboard --logdir "$(or $(NITARI_DATA),data)/tensorboard" --host 127.0.0.1 --port 6006

# OpenBLAS, told of another processor, makes NumPy two to three times slower: ratios to it would lie
bench: weights  ## [ROWS="http index ..."] [QUICK=1]: beside peers, which it installs into .bench/; docs/benchmarks.md
	@env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python -m tests.benchmarks.beside_peers $(ROWS) \
		$(if $(QUICK),--quick) $(if $(ROWS)$(QUICK),,--write docs/benchmarks.md)

weights: install  ## [WEIGHTS=imagenet|standin|FILE]
	@TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python -m services.worker.weights $(or $(WEIGHTS),auto)

test: weights  ## everything that takes no minutes; `.venv/bin/pytest -m slow` runs the rest
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: .venv/installed
.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Nitari needs Python 3.11 to 3.13: install one and run make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv is missing: apt install python3-venv" >&2; exit 1; }
	@echo "Installing Python packages into .venv (about 1.5 GB with TensorFlow) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[search,embedding,worker,cpu,local,dev]'
	@touch $@
