"""Writes encrypted.pdf, which opens with the password `open` only, and owner.pdf, which is encrypted
but opens without one. Needs pypdf 7.1 from PyPI: python3 encrypted.py"""

from pathlib import Path

from pypdf import PdfWriter

for name, password in (("encrypted.pdf", "open"), ("owner.pdf", "")):
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=100)
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    writer.write(Path(__file__).with_name(name))
