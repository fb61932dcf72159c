"""Runs one test file as tests/run wants it: python3 python/tests/run.py FILE

A line "ok NAME", "not ok NAME" or "SKIP: reason" for each test, with the traceback before it where it failed. An expected failure
is ok; one that passes unexpectedly is not, so that the list of them can only shrink.
"""

import importlib.util
import os
import sys
import traceback
import unittest


class Lines(unittest.TestResult):
    def __init__(self, label):
        super().__init__()
        self.label = label

    def name(self, test):
        return "%s %s" % (self.label, test.id().split(".", 1)[-1])

    def bad(self, test, text):
        print("%s\nnot ok %s" % (text.rstrip(), self.name(test)), flush=True)

    def addSuccess(self, test):
        print("ok", self.name(test), flush=True)

    def addExpectedFailure(self, test, error):
        self.addSuccess(test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.bad(test, "it passes, though it is listed as an expected failure")

    def addSkip(self, test, reason):
        print("SKIP: %s: %s" % (self.name(test), reason), flush=True)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.bad(test, "".join(traceback.format_exception(*error)))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.bad(subtest, "".join(traceback.format_exception(*error)))


def main():
    path = sys.argv[1]
    label = os.path.splitext(os.path.basename(path))[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(label, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[label] = module
    spec.loader.exec_module(module)
    result = Lines(label)
    unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
