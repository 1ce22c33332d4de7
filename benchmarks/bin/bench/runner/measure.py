"""Run a command; print its wall time and processor time in seconds and its peak memory in MiB as the last line.

Linux counts a new process's peak memory from that of the process which started it. This one imports next to nothing,
so that the peak belongs to the command, however much memory the benchmark holds.
"""

import os
import sys
import time

KIB_IN_MIB = 1024

started = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(f"\n{time.perf_counter() - started} {used.ru_utime + used.ru_stime} {used.ru_maxrss / KIB_IN_MIB}")
sys.exit(os.waitstatus_to_exitcode(status))
