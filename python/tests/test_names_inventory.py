"""The inventory: every name has an implementation, a signature, a docstring and a test that calls it; and there is no other name."""

import importlib
import inspect
import os
import unittest

import adamant as ad
import tables

HERE = os.path.dirname(os.path.abspath(__file__))
SPACES = ("random", "fft", "linalg", "fast", "metal", "cuda", "distributed")


def inventory():
    with open(os.path.join(HERE, "inventory.txt")) as lines:
        return lines.read().split()


def find(path):
    found = ad
    for name in path.split("."):
        found = getattr(found, name)
    return found


def public_names():
    found = {name for name in vars(ad) if name[0] != "_"} - set(SPACES)
    for space in SPACES:
        found |= {space + "." + name for name in vars(getattr(ad, space)) if name[0] != "_"}
    return found


class Inventory(unittest.TestCase):
    def test_every_name_is_there(self):
        for path in inventory():
            with self.subTest(name=path):
                find(path)

    def test_there_is_no_other_name(self):
        self.assertEqual(sorted(public_names() - set(inventory())), [])

    def test_functions_have_signatures_and_docs(self):
        for path in inventory():
            found = find(path)
            if not callable(found) or isinstance(found, (ad.Dtype, ad.DtypeCategory)):
                continue
            with self.subTest(name=path):
                self.assertGreater(len((found.__doc__ or "").strip()), 2)
                if not isinstance(found, type):
                    inspect.signature(found)

    def test_every_name_has_a_test(self):
        for file in os.listdir(HERE):
            if file.startswith(("test_names_", "test_array_api")):
                importlib.import_module(file[:-3])
        elsewhere = ELSEWHERE.split()
        self.assertEqual([name for name in inventory() if name not in tables.NAMES and name not in elsewhere], [])


# names whose tests stand in files of their own: conversion and printing, transforms, control flow
ELSEWHERE = """
array asarray from_dlpack ArrayAt export_to_dot
grad value_and_grad vjp jvp vmap checkpoint custom_function compile disable_compile enable_compile jacobian jacfwd jacrev hessian hvp linearize cond while_loop fori_loop scan map
"""

if __name__ == "__main__":
    unittest.main()
