# A thin face over setup_environment.py, which does the work (on Windows: py setup_environment.py run).
PYTHON ?= python3
# make run WHEELS=folder installs from a folder of wheels, without a network.
SETUP = $(PYTHON) setup_environment.py $(if $(WHEELS),--wheels "$(WHEELS)")

.PHONY: run test test-fast test-full lint dev bench spark clean help
run test test-fast test-full lint dev bench spark clean help:
	@$(SETUP) $@
