import pathlib
import tempfile
import unittest

from inline_scripts import refused

# The example of the Content Security Policy, level 2 (section 4.2.5), and its hash there.
SCRIPT = "alert('Hello, world.');"
DIGEST = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


class InlineScripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pages = pathlib.Path(folder.name)
        (self.pages / "portal").mkdir()
        self.write(SCRIPT)

    def write(self, script):
        page = f'<head>\n<script src="/assets/site.js"></script><script>{script}</script></head>'
        (self.pages / "portal" / "signup.ibss").write_text(page, encoding="utf-8")

    def test_a_script_runs_whose_hash_stands_in_the_policy(self):
        policy = f"default-src 'none'; script-src 'self' {DIGEST}; base-uri 'none'"
        self.assertEqual(refused(policy, self.pages), [])

    def test_another_script_is_refused_and_its_page_named(self):
        self.write(SCRIPT + " ")
        self.assertEqual(refused(f"script-src 'self' {DIGEST}", self.pages), ["portal/signup.ibss"])

    def test_a_hash_counts_for_scripts_only(self):
        self.assertEqual(refused(f"style-src {DIGEST}; script-src 'self'", self.pages), ["portal/signup.ibss"])

    def test_a_file_of_its_own_needs_no_hash(self):
        (self.pages / "portal" / "signup.ibss").write_text('<script src="/assets/site.js"></script>', encoding="utf-8")
        self.assertEqual(refused("script-src 'self'", self.pages), [])
