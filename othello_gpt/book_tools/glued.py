"""What a page's chapter has glued: its claims, numbers and figures."""

from myst_nb.ext.glue.crossref import read_glue_cache
from sphinx.environment import BuildEnvironment


def glued(env: BuildEnvironment, page: str) -> dict[str, dict]:
    """Return the outputs that a page has glued, by name; none for a page without code."""
    return read_glue_cache(getattr(env, "mystnb_config").output_folder, page)  # noqa: B009
