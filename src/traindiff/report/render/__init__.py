"""From plain data to files: page, Markdown, JSON, charts and pictures."""
