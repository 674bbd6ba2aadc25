"""Sphinx's settings of the documentation site.  `build.py` collects the pages and runs Sphinx."""

import hashlib
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

project = "hivemind_abm"
author = "The hivemind_abm developers"
copyright = f"2026, {author}"
release = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]["version"]
version = release

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "site_autodoc",
    "site_llms",
    "site_mathml",
]
exclude_patterns = ["paper", "_ext", "_static", "build.py", "conf.py"]
nitpick_ignore_regex = [  # types in signatures; there is no network to look others' names up
    ("py:class", ".*"),
    ("py:data", ".*"),
    ("py:exc", ".*"),
]

# Pages
myst_enable_extensions = [
    "amsmath",
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
    "linkify",
]
myst_heading_anchors = 3
myst_linkify_fuzzy_links = False
nb_execution_mode = "cache"
nb_execution_cache_path = os.environ.get("HIVEMIND_SITE_CACHE", str(HERE)) + "/notebooks"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_ipywidgets_js = {}  # they would come from the network

smartquotes = False  # what people type stands in straight quotes

# Docstrings
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
default_role = "name"
add_module_names = False
toc_object_entries = False  # the headings are enough
python_use_unqualified_type_names = True
maximum_signature_line_length = 76
pygments_style = "friendly"
pygments_dark_style = "github-dark"

# Looks
html_theme = "furo"
html_title = "hivemind_abm"
html_static_path = [str(HERE / "_static")]
html_css_files = ["custom.css"]
html_js_files = ["copy.js"]
html_logo = str(HERE / "_static" / "logo.svg")
html_favicon = str(HERE / "_static" / "logo.svg")
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#7a5200",
        "color-brand-content": "#7a5200",
        "color-brand-visited": "#7a5200",
    },
    "dark_css_variables": {
        "color-brand-primary": "#f2c14e",
        "color-brand-content": "#f2c14e",
        "color-brand-visited": "#f2c14e",
    },
}


def setup(app: Any) -> None:
    """Read all pages again where the machinery has changed."""
    machinery = b"".join(file.read_bytes() for file in sorted((HERE / "_ext").glob("*.py")))
    app.add_config_value("machinery", hashlib.sha256(machinery).hexdigest(), "env")
