"""Comments on a consultation, a document, a project or a theme: written, read, answered, corrected, reported."""
