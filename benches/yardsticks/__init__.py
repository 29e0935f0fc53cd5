"""The parts of `benches/yardsticks.py`."""
