"""What `benchmark.py` measures with: the table, the processes, the load, and the rows."""
