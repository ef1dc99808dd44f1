# What people and CI type; the work is in scripts/.

.PHONY: help demo test soak mutants lint bench clean

help:
	@echo "make demo    set up and run the example: tune a model, register the best"
	@echo "make test    set up, lint, check types, run all tests"
	@echo "make soak    set up, then kill, hang and flood runs for a night (tests/faults)"
	@echo "make mutants set up, then plant defects, each of which the tests must notice"
	@echo "make lint    set up and check without running anything"
	@echo "make bench   set up and measure (minutes; on a quiet machine)"
	@echo "make clean   remove what the above made"

demo:
	@scripts/demo

test:
	@scripts/test

soak:
	@scripts/soak

mutants:
	@scripts/setup test
	@.venv/bin/python -m pytest tests/faults/test_planted_defects.py

lint:
	@scripts/setup test
	@scripts/check

bench:
	@scripts/setup test
	@.venv/bin/python -m benchmarks

clean:
	@scripts/clean
