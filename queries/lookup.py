"""One box finds a customer by whatever the caller has in front of them."""

import unicodedata

# Letters whose stroke or ligature Unicode does not take apart, as people type them without it.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_UNSEEN = {"Cc", "Cf", "Cs"}  # control, format (direction marks, joiners) and lone surrogates


def folded(text: str) -> str:
    """The text without case, accents and stray space: how names are stored for search and compared.

    NFKD, casefolded, combining marks and characters nobody sees dropped (NUL among them), white space
    collapsed to single spaces. Folding twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    # Casefolding can bring marks back (İ becomes i and a dot), so the text is taken apart once more.
    letters = [
        letter
        for letter in unicodedata.normalize("NFKD", decomposed)
        if not unicodedata.combining(letter)
        and (letter.isspace() or unicodedata.category(letter) not in _UNSEEN)
    ]
    return " ".join("".join(letters).split())
