"""The peer side of the benchmarks: runs snippets when told to and answers how long they took.

Requests come on standard input, answers go to standard output; bench/harness_peer.c describes both. A snippet's
statement is compiled into a function once, so that its names are locals, as they would be in a program.
"""

import sys
import time


def load(package, threads, setup, statement):
    """The function run(repeats) of a snippet, in which `package` is imported."""
    names = {}
    module = __import__(package)
    names[package] = module
    if package == "torch":
        module.set_num_threads(threads)
    lines = ["def run(repeats):"]
    lines += ["  " + line for line in setup.splitlines()]
    lines += ["  yield"]
    lines += ["  while True:", "    start = clock()", "    for _ in range(repeats):"]
    lines += ["      " + line for line in statement.splitlines()]
    lines += ["    repeats = yield clock() - start"]
    names["clock"] = time.perf_counter
    exec("\n".join(lines), names)
    work = names["run"](1)
    next(work)  # the setup
    next(work)  # once, which also brings it to the point where a number of repeats can be sent
    return work


def main():
    requests, answers = sys.stdin.buffer, sys.stdout
    sys.stdout = sys.stderr
    snippets = {}
    for line in requests:
        words = line.decode().split()
        try:
            if words[0] == "load":
                setup = requests.read(int(words[2])).decode()
                statement = requests.read(int(words[3])).decode()
                snippets[words[1]] = load(words[4], int(words[5]), setup, statement)
                answer = "ok"
            else:
                answer = repr(snippets[words[1]].send(int(words[2])))
        except ModuleNotFoundError:
            answer = "absent"
        except KeyError:
            answer = "error this snippet could not be loaded"
        except Exception as error:
            answer = "error " + " ".join(str(error).split())
        answers.write(answer + "\n")
        answers.flush()


main()
