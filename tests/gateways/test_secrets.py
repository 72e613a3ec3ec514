"""Secrets by name: read at the moment of use, and no error repeats them."""

import pytest

from webapp.gateways.secrets import SecretMissing, Secrets, in_header


def test_a_secret_is_its_file_without_the_end_of_the_line(tmp_path):
    (tmp_path / "bank").write_text("tk 1\r\n")
    assert Secrets(tmp_path).read("bank") == "tk 1"
    (tmp_path / "bank").write_text("tk 2")
    assert Secrets(tmp_path).read("bank") == "tk 2"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 70_000])
def test_what_cannot_be_used_is_missing_and_its_content_is_not_repeated(tmp_path, content):
    if content is not None:
        (tmp_path / "bank").write_bytes(content)
    assert Secrets(tmp_path).missing(["bank"]) == ["bank"]
    with pytest.raises(SecretMissing, match="The secret bank") as refused:
        Secrets(tmp_path).read("bank")
    assert "xxx" not in str(refused.value)


def test_without_a_folder_every_secret_is_missing():
    with pytest.raises(SecretMissing, match="HANDRAIL_SECRETS is not set"):
        Secrets(None).read("bank")


@pytest.mark.parametrize("secret", ["a\nb", " a", "é", "a\0", ""])
def test_what_no_header_can_hold_is_refused_before_any_library_sees_it(secret):
    with pytest.raises(SecretMissing) as refused:
        in_header("bank", secret)
    assert secret not in str(refused.value) or not secret.strip()
    assert in_header("bank", "Bearer a.b") == "Bearer a.b"
