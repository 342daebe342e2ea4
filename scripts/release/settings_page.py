"""Write .github/docs/SETTINGS.md from the table of settings: python -m scripts.release.settings_page."""

from pathlib import Path

from scripts.config.settings import SETTINGS, Setting

FILE = Path(__file__).parents[2] / ".github" / "docs" / "SETTINGS.md"
_INTRODUCTION = """# Settings

Set a value in one of three ways. The first one in this order wins:

1. an option of `sillage serve`, such as `--port 8080`
2. an environment variable, such as `SILLAGE_PORT=8080`
3. `sillage.toml`, such as `port = 8080`

Sillage reads one file: the one that `SILLAGE_CONFIG` names, otherwise `sillage.toml` in the working directory,
otherwise `sillage.toml` in the data directory. Relative paths start at the working directory. If the file
contains an unknown name, or a value is invalid, the command stops with an error.

This page is generated. After a change in `scripts/config/settings.py` run `python -m scripts.release.settings_page`.

| Setting | Variable | Default | Meaning |
|---|---|---|---|
"""


def page() -> str:
    """Return the page as Markdown."""
    return _INTRODUCTION + "".join(_row(setting) for setting in SETTINGS)


def _row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else ""
    return f"| `{setting.name}` | `{setting.variable}` | {default} | {setting.help} |\n"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
