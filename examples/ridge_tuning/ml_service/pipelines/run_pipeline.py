"""Run the pipeline from a terminal: `python -m ml_service.pipelines.run_pipeline --test_size=0.2`."""

import argparse

import hyperstep
from ml_service.pipelines.build_pipeline import pipeline


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test_size", type=float, default=0.2, help="part of the rows that is kept for the test")
    args = parser.parse_args()

    finished = hyperstep.run(pipeline, {"test_size": args.test_size})

    best = finished.best()
    print(f"Best trial: {best.id} with alpha {best.values['alpha']}, {best.metric} {best.score:.5f}")
    for model in finished.models():
        print(f"Registered: {model.name}, version {model.version}")


if __name__ == "__main__":
    main()
