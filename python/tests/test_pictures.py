"""Pictures: export_to_dot as MLX has it, and compile.draw."""
import io
import json
import os
import pathlib
import tempfile
import unittest
import xml.dom.minidom

import adamant as ad
import tables


class Pictures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.x = ad.array([1.0, 2.0])
        self.y = ad.exp(self.x + 1)

    def path(self, name):
        return os.path.join(self.folder, name)

    @tables.covers("export_to_dot")
    def test_export_to_dot(self):
        texts = []
        for file in (self.path("a.dot"), pathlib.Path(self.path("b")), os.fsencode(self.path("c.dot"))):
            self.assertIsNone(ad.export_to_dot(file, self.y, self.x, named=self.y))
            with open(file, encoding="utf-8") as f:
                texts.append(f.read())
        out = io.StringIO()
        self.assertIsNone(ad.export_to_dot(out, self.y, self.x, named=self.y))
        self.assertEqual(set(texts), {out.getvalue()})
        for part in ('digraph "arrays" {', 'label="exp"', 'label="A"', 'label="B"', 'label="named"', 'label="float32[2]"'):
            self.assertIn(part, out.getvalue())

    def test_refusals_of_export_to_dot(self):
        self.assertRaisesRegex(ValueError, "no arrays", ad.export_to_dot, self.path("a.dot"))
        self.assertRaisesRegex(TypeError, "a path or an object with write", ad.export_to_dot, 3, self.x)
        self.assertRaisesRegex(RuntimeError, "nowhere", ad.export_to_dot, self.path("nowhere/a.dot"), self.x)
        self.assertRaises(Exception, ad.export_to_dot, self.path("a.dot"), "no array")

    def test_draw(self):
        f = ad.compile(lambda a, b: ad.tanh(a @ b + 1))
        self.assertRaisesRegex(ValueError, "draw: the function has not been called", f.draw, self.path("a.svg"))
        a = ad.ones((16, 16))
        for _ in range(2):
            ad.eval(f(a, a))
            f.profile()
        ad.eval(f(a, a))
        self.assertIsNone(f.draw(self.path("a.svg"), title="a <plan>"))
        with open(self.path("a.svg"), encoding="utf-8") as file:
            document = xml.dom.minidom.parseString(file.read())
        self.assertEqual(document.getElementsByTagName("title")[0].firstChild.data, "a <plan>")
        out = io.StringIO()
        f.draw(out, "json", depth=0)
        data = json.loads(out.getvalue())
        self.assertEqual((data["format"], data["version"]), ("adamant picture", 1))
        self.assertGreater(data["boxes"][0][8], 0, "no seconds after profile()")
        f.draw(pathlib.Path(self.path("a.html")))
        with open(self.path("a.html"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("<!DOCTYPE html>"))
        self.assertRaisesRegex(ValueError, "a path that ends in .dot, .svg, .html or .json", f.draw, self.path("a.gif"))
        self.assertRaisesRegex(ValueError, "no format", f.draw, io.StringIO())
        self.assertRaisesRegex(ValueError, "a depth of -1", f.draw, self.path("b.svg"), depth=-1)
        self.assertRaises(TypeError, f.draw, 3)


if __name__ == "__main__":
    unittest.main()
