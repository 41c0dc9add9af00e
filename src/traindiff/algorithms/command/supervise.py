"""Run a command that must not outlive the process that asks for it.

python -I -S supervise.py COMMAND ...    by file name, so that nothing else is imported

Who asks keeps this process's standard input open and makes it the leader of a process group. Once
that input is closed, because the asker is gone however it died, the whole group is killed.
"""

import os
import signal
import sys
import threading

__all__ = ["supervise"]

NOT_STARTED = 126


def supervise(command: list[str]) -> int:
    """Return the command's exit code; 128 and the signal's number where a signal ended it."""
    threading.Thread(target=_follow_asker, daemon=True).start()
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    try:
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=[nothing])
    except OSError as error:
        os.write(2, f"{command[0]} can't be started: {error}\n".encode())
        return NOT_STARTED
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def _follow_asker() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    os._exit(supervise(sys.argv[1:]))
