"""Benchmarks: the same keyed-state job on four runtimes, and this system end to end."""
