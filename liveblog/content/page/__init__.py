"""Parts of a page that are more than a template: texts, captions, labels and headings as readers see them."""
