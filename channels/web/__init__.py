"""The web chat: a page of plain HTML and the API it speaks."""
